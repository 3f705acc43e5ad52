"""A URL as its author meant it: without password and signature, which change while the bytes do not. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:)?"
    r"(?P<slashes>//(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)"
    r"(?P<query>\?[^#]*)?"
    r"(?P<fragment>#.*)?",
    re.DOTALL,
)

# The closed list (D2). Prefixes are case-sensitive: `x-tos-process`, in lower case, asks for another picture.
_SIGNED_PREFIXES = ("X-Amz-", "X-Tos-", "X-Goog-")
# Names that mean a signature only beside the names of the first column; elsewhere they are anybody's words.
_SIGNED_TOGETHER: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"Signature"}), frozenset({"Expires", "Signature", "Key-Pair-Id", "Policy"})),
    (
        frozenset({"sig", "sv"}),
        frozenset(
            {
                "sv",
                "se",
                "sr",
                "sp",
                "sig",
                "st",
                "spr",
                "skoid",
                "sktid",
                "skt",
                "ske",
                "sks",
                "skv",
                "srt",
                "ss",
                "sip",
            }
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlPlace:
    """What may be shown of a URL. `host` has the port where one was written; both are as written, perhaps empty."""

    host: str
    path: str


def canonical_url(url: str) -> str:
    """The URL as written, without userinfo and without signature parameters; nothing else changes. Never raises.

    Case, order, escapes, default ports, empty parameters and the fragment stay. A `?` goes only with the last
    parameter that was taken away.
    """
    found = _match(url)
    slashes = "" if found["slashes"] is None else f"//{_without_userinfo(found['authority'])}"
    query = _without_signature(found["query"] or "")
    return f"{found['scheme'] or ''}{slashes}{found['path']}{query}{found['fragment'] or ''}"


def url_place(url: str) -> UrlPlace:
    """Host and path: no userinfo, no query, no fragment. Never raises."""
    found = _match(url)
    return UrlPlace(host=_without_userinfo(found["authority"] or ""), path=found["path"])


def _match(url: str) -> re.Match[str]:
    found = _URL.fullmatch(url)
    assert found is not None, "every text has this form: each part may be empty and the path takes the rest"
    return found


def _without_userinfo(authority: str) -> str:
    return authority.rpartition("@")[2]


def _without_signature(query: str) -> str:
    pairs = query[1:].split("&")
    names = frozenset(_name(pair) for pair in pairs)
    signed = frozenset[str]().union(*(family for marks, family in _SIGNED_TOGETHER if marks <= names))
    kept = [pair for pair in pairs if _name(pair) not in signed and not pair.startswith(_SIGNED_PREFIXES)]
    if len(kept) == len(pairs):
        return query
    rest = "&".join(kept)
    return f"?{rest}" if rest else ""


def _name(pair: str) -> str:
    return pair.partition("=")[0]
