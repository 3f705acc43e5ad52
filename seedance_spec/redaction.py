"""What may be shown of a text that might hold keys, tokens or signed URLs. Pure: it knows no environment."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HIDDEN = "…"

# The closed list of signature parameters (D2) and their kin; a value ends where a URL or a quoted text does.
_SIGNED = (
    r"X-Tos-[\w-]+|X-Amz-[\w-]+|X-Goog-[\w-]+|Key-Pair-Id|Policy|Signature|AccessKeyId"
    r"|(?:access_)?token|api_?key|sig|se|sp|sv|sr"
)
_VALUE = r"[^\s&;\"'<>)\]}]+"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bBearer(?:\s+|%20)[^\s\"',;]+"), f"Bearer {_HIDDEN}"),
    # In small letters or as Basic it may be prose: there a credential is known by a digit or by its length.
    (re.compile(r"(?i:\b(bearer|basic))\s+(?=[^\s\"',;]*\d|[^\s\"',;]{16})[^\s\"',;]+"), rf"\1 {_HIDDEN}"),
    (re.compile(r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]+"), f"sk-{_HIDDEN}"),
    (re.compile(r"(/v1/(?:callback|input)/)[^\s?#\"'<>]+"), rf"\1{_HIDDEN}"),
    (re.compile(rf"((?:[?&;]|%3F|%26)(?:{_SIGNED})(?:=|%3D)){_VALUE}", re.IGNORECASE), rf"\1{_HIDDEN}"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/?#@\"'<>]+@", re.IGNORECASE), rf"\1{_HIDDEN}@"),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with every key, bearer, capability, URL signature and URL password replaced by `…`.

    `secrets` are values known to be secret whatever they look like; empty ones are passed over.
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    for pattern, shown in _RULES:
        text = pattern.sub(shown, text)
    return text
