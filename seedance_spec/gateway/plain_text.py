"""Foreign text made fit to show and to keep: no control characters, no secrets, bounded. Pure."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_SECRETS = (
    # a key, wherever it stands; short words such as `sk-ip` stay
    (re.compile(r"\bsk-[A-Za-z0-9_\-]{6,}"), "sk-***"),
    (re.compile(r"(?i)\b(bearer)\s+[A-Za-z0-9._~+/=\-]{6,}"), r"\1 ***"),
    # userinfo, and the whole query: signed links are bearer secrets for a day
    (re.compile(r"(?i)\b(https?://)[^\s/@\"'<>]+@"), r"\1***@"),
    (re.compile(r"(?i)\b(https?://[^\s?#\"'<>]+)[?#][^\s\"'<>]*"), r"\1?***"),
    (re.compile(r"(/v1/(?:callback|input)/)[^\s\"'<>]+"), r"\1***"),
)
LIMIT = 1000


def safe_text(text: str, *, limit: int = LIMIT) -> str:
    """`text` on one line, without secrets and terminal escapes, at most `limit` characters."""
    # bounded before the patterns run: an answer may be a megabyte
    clean = text[: 8 * limit].encode("utf-8", "replace").decode()
    clean = _CONTROL.sub(" ", _ESCAPE.sub("", clean)).strip()
    for pattern, instead in _SECRETS:
        clean = pattern.sub(instead, clean)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
