"""The picture that a new project starts from: a cat on a hill at dusk. Pure: a PNG as bytes; no file may enter."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from math import hypot, sin
from typing import TypeAlias

WIDTH, HEIGHT = 640, 360

_Colour: TypeAlias = tuple[float, float, float]

_SKY: tuple[_Colour, ...] = ((24, 22, 58), (78, 52, 106), (196, 96, 112), (250, 178, 120))
_MOON: _Colour = (255, 240, 210)
_FAR_HILL: _Colour = (74, 48, 92)
_NEAR_HILL: _Colour = (28, 22, 46)
_ABOVE_HILLS = 210
_FIGURES = (*range(140, 260), *range(404, 500))
"""The columns of cat and moon: above the hills nothing else is to be painted."""


def dusk_png() -> bytes:
    """640 × 360, RGB; the same picture everywhere."""
    tops = [(252 + 22 * sin(x / 90 + 1.2) + 8 * sin(x / 37), 296 - 46 * sin(x / 204 + 0.35)) for x in range(WIDTH)]
    rows = b"".join(b"\0" + _row(y, tops) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _row(y: int, tops: Sequence[tuple[float, float]]) -> bytes:
    sky = _sky(y / HEIGHT)
    row = [_bytes(sky)] * WIDTH
    for x in range(WIDTH) if y > _ABOVE_HILLS else _FIGURES:
        row[x] = _bytes(_pixel(x, y, sky, *tops[x]))
    return b"".join(row)


@lru_cache
def _bytes(colour: _Colour) -> bytes:
    return bytes(map(round, colour))


def _pixel(x: int, y: int, sky: _Colour, far_top: float, near_top: float) -> _Colour:
    near = max(y - near_top, _cat(x, y))
    if near >= 0.5:
        return _NEAR_HILL
    # A layer's depth is how far inside it a pixel lies; half a pixel each way softens its edge.
    colour = sky
    for depth, paint in ((_moon(x, y), _MOON), (y - far_top, _FAR_HILL), (near, _NEAR_HILL)):
        if depth > -0.5:
            colour = _mixed(colour, paint, min(1.0, depth + 0.5))
    return colour


def _sky(height: float) -> _Colour:
    position = min(height / 0.8, 1.0) * (len(_SKY) - 1)
    band = min(int(position), len(_SKY) - 2)
    return _mixed(_SKY[band], _SKY[band + 1], position - band)


def _mixed(under: _Colour, over: _Colour, share: float) -> _Colour:
    return (
        under[0] + (over[0] - under[0]) * share,
        under[1] + (over[1] - under[1]) * share,
        under[2] + (over[2] - under[2]) * share,
    )


def _moon(x: float, y: float) -> float:
    return 46 - hypot(x - 452, y - 112) if abs(x - 452) < 48 else -1.0


def _cat(x: float, y: float) -> float:
    if not (140 < x < 260 and y > 140):
        return -1.0
    body = 30 * (1 - hypot((x - 200) / 25, (y - 232) / 36))
    head = 17 - hypot(x - 206, y - 188)
    ears = max(_ear(x - 196, y - 164), _ear(x - 216, y - 164))
    return max(body, head, ears, _tail(x, y))


def _ear(x: float, y: float) -> float:
    """A triangle with its tip at the origin, 20 high."""
    return min(20 - y, (y - 2.4 * abs(x)) / 2.6)


def _tail(x: float, y: float) -> float:
    """The left half of a ring, with a round tip."""
    tip = 4.5 - hypot(x - 172, y - 216)
    ring = 4.5 - abs(hypot(x - 172, y - 234) - 18)
    return max(tip, ring) if x < 172 or y > 240 else tip
