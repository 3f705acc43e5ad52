"""One band of land: hills, roofs or waves. Only shapes: no motion, no codec and no file may enter."""

from __future__ import annotations

from math import pi, sin
from random import Random
from typing import TYPE_CHECKING, TypeAlias, assert_never

from seedance_spec.sandbox.clip_moods import Colour, Horizon, between

if TYPE_CHECKING:
    from PIL import Image

_OVERSAMPLING = 2
_Outline: TypeAlias = list[tuple[float, float]]


def band_of_land(
    size: tuple[int, int],
    horizon: Horizon,
    colour: Colour,
    light: Colour,
    rng: Random,
    *,
    nearness: float,
    unit: int,
) -> Image.Image:
    """RGBA of `size`: land below, nothing above. `nearness` runs from 0 to 1, `unit` is the short side of the frame."""
    from PIL import Image, ImageDraw

    width, height = size
    match horizon:
        case Horizon.HILLS:
            outline = _hills(width, unit, rng, nearness)
        case Horizon.CITY:
            outline = _roofs(width, unit, rng, nearness)
        case Horizon.SEA:
            outline = _waves(width, unit, rng, nearness)
        case _:
            assert_never(horizon)
    mask = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING), 0)
    closed = [*outline, (width, height), (0, height)]
    ImageDraw.Draw(mask).polygon([(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in closed], fill=255)
    land = _shaded(size, colour)
    if horizon is Horizon.CITY and nearness > 0:
        _windows(land, outline, between(colour, light, 0.75), rng, unit=unit, rows=round(9 - 5 * nearness))
    land.putalpha(mask.resize(size, Image.Resampling.BOX))
    return land


def _shaded(size: tuple[int, int], colour: Colour) -> Image.Image:
    """The land grows darker downwards."""
    from PIL import Image

    column = Image.new("RGB", (1, 2))
    column.putpixel((0, 0), between(colour, (255, 255, 255), 0.05))
    column.putpixel((0, 1), between(colour, (0, 0, 0), 0.45))
    return column.resize(size, Image.Resampling.BILINEAR).convert("RGBA")


def _hills(width: int, unit: int, rng: Random, nearness: float) -> _Outline:
    swell = unit * (0.10 - 0.045 * nearness)
    waves = [(unit * span * (0.8 + rng.random()), rng.random() * 2 * pi, size) for span, size in _OCTAVES]
    step = max(2, unit // 240)
    return [
        (x, swell + swell * sum(a * sin(2 * pi * x / span + at) for span, at, a in waves)) for x in _to(width, step)
    ]


_OCTAVES = ((0.9, 0.55), (0.37, 0.26), (0.16, 0.12), (0.06, 0.04))


def _waves(width: int, unit: int, rng: Random, nearness: float) -> _Outline:
    span = unit * (0.10 + 0.22 * nearness)
    swell = unit * (0.004 + 0.014 * nearness)
    at = rng.random() * 2 * pi
    base = unit * 0.10 * (1 - nearness)
    return [(x, base + swell * (1 - abs(sin(pi * x / span + at))) + swell) for x in _to(width, 2)]


def _roofs(width: int, unit: int, rng: Random, nearness: float) -> _Outline:
    outline: _Outline = []
    x = 0.0
    while x < width:
        wide = unit * (0.03 + 0.06 * rng.random()) * (0.8 + 0.9 * nearness)
        top = unit * 0.2 * rng.random() * (1 - 0.55 * nearness)
        outline += [(x, top), (min(width, x + wide), top)]
        x += wide
    return outline


def _windows(land: Image.Image, roofs: _Outline, light: Colour, rng: Random, *, unit: int, rows: int) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(land)
    pane = max(2, unit // 180)
    for (left, top), (right, _) in zip(roofs[::2], roofs[1::2], strict=True):
        for x in range(round(left) + 2 * pane, round(right) - 2 * pane, 3 * pane):
            for row in range(rows):
                y = round(top) + (3 + 4 * row) * pane
                if rng.random() < 0.3:
                    draw.rectangle([x, y, x + pane - 1, y + 2 * pane - 1], fill=light)


def _to(width: int, step: int) -> list[int]:
    return [*range(0, width, step), width]
