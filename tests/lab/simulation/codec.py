"""A codec library that reads the laboratory's clips of a few bytes, in the place of the real one: at its import."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Self

WIDTH, HEIGHT, SECONDS, RATE = 1280, 720, 5, 24
FRAMES = SECONDS * RATE + 1
"""What every shot of a history asks for."""


def clip_of(upstream_id: str) -> bytes:
    """A clip of a few bytes, whole by its boxes, and another one for every task upstream."""
    return b"".join(
        (_box(b"ftyp", b"isom\0\0\0\0"), _box(b"moov", b"\0" * 40), _box(b"mdat", upstream_id.encode() * 12))
    )


def _box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


class UnreadableError(Exception):
    """What the library raises for anything that is no clip."""


@dataclass(slots=True)
class _Opened:
    """As much of an open container as `clips.probe` looks at."""

    streams: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            video=[
                SimpleNamespace(
                    width=WIDTH,
                    height=HEIGHT,
                    frames=FRAMES,
                    duration=FRAMES,
                    time_base=Fraction(1, RATE),
                    average_rate=Fraction(RATE),
                    codec_context=SimpleNamespace(name="h264"),
                )
            ],
            audio=[SimpleNamespace()],
        )
    )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def demux(self, _track: object) -> Iterator[SimpleNamespace]:
        yield from [SimpleNamespace(size=1)] * FRAMES


def _open(path: str, mode: str, *, format: str) -> _Opened:  # noqa: A002 - the library's own word
    if not Path(path).read_bytes()[4:8] == b"ftyp":
        raise UnreadableError(path, mode, format)
    return _Opened()


@contextmanager
def reading_small_clips() -> Iterator[None]:
    """While this lasts, importing the codec library gives this one."""
    library = ModuleType("av")
    vars(library).update(open=_open, FFmpegError=UnreadableError)
    held = sys.modules.get("av")
    sys.modules["av"] = library
    try:
        yield
    finally:
        if held is None:
            del sys.modules["av"]
        else:
            sys.modules["av"] = held
