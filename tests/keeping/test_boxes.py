"""A clip that was cut anywhere is not taken for a whole one."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.clips.boxes import box_fault, box_fault_of
from tests.support.clips import film, film_with_index_last


def box(kind: bytes, body: bytes = b"") -> bytes:
    return pack(">I4s", 8 + len(body), kind) + body


def long_box(kind: bytes, body: bytes = b"") -> bytes:
    return pack(">I4sQ", 1, kind, 16 + len(body)) + body


WHOLE = box(b"ftyp", b"isom") + box(b"moov", b"index") + box(b"mdat", b"pictures")


@pytest.mark.parametrize("clip", [film, film_with_index_last], ids=["index-first", "index-last"])
def test_a_real_clip_is_whole(clip: Callable[[], bytes]) -> None:
    """Clips pass in both layouts, wherever their index stands."""
    assert box_fault_of(clip()) is None


@pytest.mark.parametrize("clip", [film, film_with_index_last], ids=["index-first", "index-last"])
def test_every_truncation_of_a_real_clip_is_noticed(clip: Callable[[], bytes]) -> None:
    """However many bytes are missing at the end, the walk says so."""
    data = clip()

    def walk(length: int) -> str | None:
        return box_fault(length, lambda offset, count: data[offset : min(offset + count, length)])

    assert [length for length in range(len(data)) if walk(length) is None] == []


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "it is empty"),
        (b"<html>502 Bad Gateway</html>", "its 'l>50' box reaches"),
        (b"\0\0\0", "it ends inside the header of a box, at byte 3"),
        (box(b"moov") + box(b"ftyp") + box(b"mdat"), "it begins with a 'moov' box instead of 'ftyp'"),
        (box(b"ftyp") + box(b"mdat"), "it has no 'moov' box"),
        (box(b"ftyp") + box(b"moov"), "it has no 'mdat' box"),
        (WHOLE + b"\0\0\0\0\0", "it ends inside the header of a box"),
        (WHOLE + b"\0\0\0\x08\0\0\0\0", "what stands at byte 41 is no box"),
        (WHOLE + pack(">I4s", 7, b"free"), "its 'free' box claims 7 bytes, less than a header has"),
        (WHOLE + pack(">I4s", 9, b"free"), "its 'free' box reaches 1 bytes beyond the end: it is cut"),
        (WHOLE + pack(">I4s", 1, b"free"), "it ends inside the header of its 'free' box"),
        (WHOLE + pack(">I4sQ", 1, b"free", 15), "its 'free' box claims 15 bytes, less than a header has"),
        (WHOLE + pack(">I4sQ", 1, b"free", 2**63), "beyond the end: it is cut"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(data: bytes, fault: str) -> None:
    """Each way not to be a whole clip has its sentence."""
    assert fault in (box_fault_of(data) or "it is whole")


@pytest.mark.parametrize(
    "data",
    [
        WHOLE,
        box(b"ftyp") + long_box(b"mdat", b"pictures") + box(b"moov"),
        box(b"ftyp") + box(b"moov") + pack(">I4s", 0, b"mdat") + b"to the very end",
        box(b"ftyp") + box(b"free") + box(b"moov") + box(b"mdat") + box(b"free"),
    ],
    ids=["plain", "64-bit-size", "size-to-the-end", "with-gaps"],
)
def test_every_legal_way_to_write_sizes_is_whole(data: bytes) -> None:
    """64-bit sizes, a last box that runs to the end, and boxes that mean nothing to us are fine."""
    assert box_fault_of(data) is None


@given(st.binary(max_size=200))
def test_no_bytes_break_the_walk(noise: bytes) -> None:
    """Arbitrary bytes get an answer, never an exception."""
    assert isinstance(box_fault_of(noise), str | None)
    assert isinstance(box_fault_of(WHOLE + noise), str | None)
