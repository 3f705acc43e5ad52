"""A cat that walks, drawn from circles and strokes. Only shapes: no scene, no codec and no file may enter."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

    from seedance_spec.sandbox.clip_moods import Colour

STEPS = 12
"""How many poses make one stride."""

_OVERSAMPLING = 3


def walking_cat(height: int, colour: Colour, eye: Colour, step: int) -> Image.Image:
    """One pose of a cat walking to the right: RGBA, `height` × 1.5 by `height` pixels, both even."""
    from PIL import Image, ImageDraw

    height -= height % 2
    width = height * 3 // 2 // 2 * 2
    unit = height * _OVERSAMPLING / 100
    mask = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING), 0)
    draw = ImageDraw.Draw(mask)
    phase = 2 * pi * step / STEPS
    bob = 1.2 * sin(2 * phase)
    _legs(draw, unit, phase)
    _tail(draw, unit, phase, bob)
    _body(draw, unit, bob)
    cat = Image.new("RGBA", mask.size, (*colour, 0))
    cat.putalpha(mask)
    _dot(ImageDraw.Draw(cat), unit, (129, 30 + bob), 1.9, (*eye, 255))
    return cat.resize((width, height), Image.Resampling.LANCZOS)


def _legs(draw: ImageDraw.ImageDraw, unit: float, phase: float) -> None:
    for hip, lag in ((44, 0.0), (50, pi), (97, pi / 2), (103, 3 * pi / 2)):
        swing = sin(phase + lag)
        lift = max(0.0, cos(phase + lag)) * 7
        knee = (hip + 5 * swing + (3 if hip > 80 else -3), 76 - lift / 2)
        foot = (hip + 13 * swing, 96 - lift)
        _stroke(draw, unit, [(hip, 58), knee, foot, (foot[0] + 4, foot[1])], 8)


def _tail(draw: ImageDraw.ImageDraw, unit: float, phase: float, bob: float) -> None:
    points = []
    for k in range(13):
        t = k / 12
        points.append((40 - 30 * t + 8 * sin(phase + 3 * t) * t, 50 + bob - 44 * t * t - 4 * sin(pi * t)))
    _stroke(draw, unit, points, 6.5)


def _body(draw: ImageDraw.ImageDraw, unit: float, bob: float) -> None:
    back = [(40, 56 + bob), (58, 53 + bob), (78, 55 + bob), (100, 52 + bob)]
    _stroke(draw, unit, back, 27)
    _stroke(draw, unit, [(102, 50 + bob), (117, 37 + bob)], 19)
    for centre, radius in (((121, 32 + bob), 14.5), ((131, 36 + bob), 7)):
        _dot(draw, unit, centre, radius, 255)
    for base, tip in (((109, 28), (109, 7)), ((121, 22), (128, 6))):
        ear = [(base[0], base[1] + bob), (tip[0], tip[1] + bob), (base[0] + 13, base[1] + bob + 1)]
        draw.polygon([(x * unit, y * unit) for x, y in ear], fill=255)


def _stroke(draw: ImageDraw.ImageDraw, unit: float, points: Sequence[tuple[float, float]], thickness: float) -> None:
    draw.line([(x * unit, y * unit) for x, y in points], fill=255, width=round(thickness * unit), joint="curve")
    for point in points:
        _dot(draw, unit, point, thickness / 2, 255)


def _dot(
    draw: ImageDraw.ImageDraw,
    unit: float,
    centre: tuple[float, float],
    radius: float,
    fill: int | tuple[int, int, int, int],
) -> None:
    x, y = centre
    draw.ellipse([(x - radius) * unit, (y - radius) * unit, (x + radius) * unit, (y + radius) * unit], fill=fill)
