"""Whether a file is a whole MP4, by its top-level boxes alone. Pure: bytes come from a callable, no file may enter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

Reader: TypeAlias = Callable[[int, int], bytes]
"""`read(offset, count)`: up to `count` bytes from `offset`; fewer only at the end of the file."""

_HEADER, _LONG_HEADER = 8, 16
_MOST_BOXES = 100_000


def box_fault(length: int, read: Reader) -> str | None:
    """What is wrong with a file of `length` bytes, None where its boxes fill it exactly and none of ours is missing.

    A library that opens a file is no proof: fast-start files open however they are cut (webhooks.md, finding 8).
    """
    kinds: list[str] = []
    try:
        for kind in _kinds(length, read):
            kinds.append(kind)
            if len(kinds) > _MOST_BOXES:
                return "it has too many boxes for a clip"
    except _Torn as torn:
        return str(torn)
    if not kinds:
        return "it is empty"
    if kinds[0] != "ftyp":
        return f"it begins with a {kinds[0]!r} box instead of 'ftyp'"
    missing = [kind for kind in ("moov", "mdat") if kind not in kinds]
    return f"it has no {missing[0]!r} box" if missing else None


def box_fault_of(data: bytes) -> str | None:
    """`box_fault` of bytes in memory."""
    return box_fault(len(data), lambda offset, count: data[offset : offset + count])


class _Torn(Exception):  # noqa: N818 - an early return of this module's own
    pass


def _kinds(length: int, read: Reader) -> Iterator[str]:
    at = 0
    while at < length:
        header = read(at, _LONG_HEADER)[: length - at]
        if len(header) < _HEADER:
            raise _Torn(f"it ends inside the header of a box, at byte {length}")
        kind = _kind(header[4:8], at)
        size = _size(header, kind, length - at)
        if size > length - at:
            raise _Torn(f"its {kind!r} box reaches {size - (length - at)} bytes beyond the end: it is cut")
        yield kind
        at += size


def _kind(name: bytes, at: int) -> str:
    if not all(0x20 <= letter < 0x7F for letter in name):
        raise _Torn(f"what stands at byte {at} is no box")
    return name.decode("ascii")


def _size(header: bytes, kind: str, rest: int) -> int:
    """The box's length with its header: 0 means up to the end of the file, 1 that 64 bits follow."""
    size, least = int.from_bytes(header[:4]), _HEADER
    if size == 0:
        return rest
    if size == 1:
        if len(header) < _LONG_HEADER:
            raise _Torn(f"it ends inside the header of its {kind!r} box")
        size, least = int.from_bytes(header[8:16]), _LONG_HEADER
    if size < least:
        raise _Torn(f"its {kind!r} box claims {size} bytes, less than a header has")
    return size
