"""Where the bytes of a download lie in the whole clip, from its headers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_CONTENT_RANGE = re.compile(r"bytes\s+(\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`offset` is where the body starts, `length` the whole clip's number of bytes, None where not said."""

    offset: int
    length: int | None


def place_of(status: int, headers: Mapping[str, str], *, asked: int) -> Place | None:
    """The place of a 200's or 206's body; None where it cannot be used (a gap, or a 206 that does not say).

    `headers` has lower-case names. A 200 starts at 0 whatever was asked: Range was not honoured.
    """
    encoded = headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}
    if status == 200:
        # an encoded body's Content-Length counts the encoded bytes
        return Place(offset=0, length=None if encoded else _length(headers))
    if encoded:
        return None
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None or int(found[1]) > asked:
        return None
    return Place(offset=int(found[1]), length=None if found[3] == "*" else int(found[3]))


def _length(headers: Mapping[str, str]) -> int | None:
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
