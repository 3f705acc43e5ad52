"""The moving landscape behind a slate: sky, a disc on its arc, land in parallax. No text and no file may enter."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin
from random import Random
from typing import TYPE_CHECKING

from seedance_spec.sandbox.clip_cat import STEPS, walking_cat
from seedance_spec.sandbox.clip_land import band_of_land
from seedance_spec.sandbox.clip_moods import Colour, Mood, between
from seedance_spec.sandbox.clip_planes import Layer, Planes, lay, layer_of, planes_of

if TYPE_CHECKING:
    from PIL import Image

_HORIZON = 0.62
_BANDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    layer: Layer
    top: int
    travel: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything drawn once. `frame` then costs a copy and a few pastes."""

    size: tuple[int, int]
    sky: Planes
    disc: Layer
    bands: tuple[_Band, ...]
    cat: tuple[Layer, ...]

    def frame(self, index: int, progress: float) -> Planes:
        """The picture of one frame; `progress` runs from 0 to 1."""
        width, height = self.size
        canvas = self.sky.copy()
        reach = self.disc.mask.width
        x = round(width * (0.16 + 0.68 * progress) - reach / 2)
        y = round(height * (_HORIZON - 0.14 - 0.3 * sin(pi * (0.15 + 0.7 * progress))) - reach / 2)
        lay(canvas, self.disc, (x, y))
        for band in self.bands[:-1]:
            lay(canvas, band.layer, (-round(band.travel * progress), band.top))
        self._walk(canvas, index, progress)
        front = self.bands[-1]
        lay(canvas, front.layer, (-round(front.travel * progress), front.top))
        return canvas

    def _walk(self, canvas: Planes, index: int, progress: float) -> None:
        if not self.cat:
            return
        width, height = self.size
        pose = self.cat[index // 2 % STEPS]
        x = round((width + pose.mask.width) * (0.12 + 0.8 * progress)) - pose.mask.width
        lay(canvas, pose, (x, self.bands[-1].top + round(height * 0.035) - pose.mask.height))


def scene_of(size: tuple[int, int], mood: Mood, rng: Random, *, cat: bool) -> Scene:
    """Draw all layers. The same mood and random numbers give the same scene."""
    bands = tuple(_band(size, mood, rng, depth) for depth in range(_BANDS))
    tall, fur = round(min(size) * 0.26), between(mood.near, (0, 0, 0), 0.45)
    poses = range(STEPS if cat else 0)
    return Scene(
        size=size,
        sky=planes_of(_sky(size, mood, rng)),
        disc=layer_of(_disc(round(min(size) * 0.085), mood.disc)),
        bands=bands,
        cat=tuple(layer_of(walking_cat(tall, fur, mood.accent, step)) for step in poses),
    )


def _band(size: tuple[int, int], mood: Mood, rng: Random, depth: int) -> _Band:
    width, height = size
    nearness = depth / (_BANDS - 1)
    travel = round(width * (0.03 + 0.22 * nearness**1.5))
    top = round(height * (_HORIZON - 0.16 + 0.28 * nearness))
    wide = (width + travel + 2) // 2 * 2
    high = (height - top + 1) // 2 * 2
    colour = between(mood.far, mood.near, nearness**0.8)
    haze = between(colour, mood.sky[2], 0.35 * (1 - nearness))
    land = band_of_land((wide, high), mood.horizon, haze, mood.accent, rng, nearness=nearness, unit=min(width, height))
    return _Band(layer=layer_of(land), top=top, travel=travel)


def _sky(size: tuple[int, int], mood: Mood, rng: Random) -> Image.Image:
    from PIL import Image, ImageDraw

    width, height = size
    column = Image.new("RGB", (1, 64))
    for y in range(64):
        share = min(1.0, y / 63 / _HORIZON)
        upper, lower = (mood.sky[0], mood.sky[1]) if share < 0.5 else (mood.sky[1], mood.sky[2])
        column.putpixel((0, y), between(upper, lower, share * 2 % 1 if share < 1 else 1))
    sky = column.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(sky)
    for _ in range(140 if mood.stars else 0):
        x, y, glow = rng.random() * width, rng.random() ** 1.4 * height * _HORIZON, rng.random()
        radius = (0.5 + 1.3 * glow**3) * min(size) / 720
        light: Colour = between(mood.sky[1], (255, 250, 240), 0.35 + 0.65 * glow)
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=light)
    return sky


def _disc(radius: int, colour: Colour) -> Image.Image:
    """A sun or moon in its glow; the glow reaches four radii."""
    from PIL import Image, ImageDraw, ImageFilter

    reach = radius * 8 // 2 * 2
    glow = Image.radial_gradient("L").resize((reach, reach), Image.Resampling.BICUBIC)
    glow = glow.point([max(0, round(150 * (1 - value / 181) ** 2.6)) if value < 181 else 0 for value in range(256)])
    core = Image.new("L", (reach, reach), 0)
    middle = reach / 2
    ImageDraw.Draw(core).ellipse([middle - radius, middle - radius, middle + radius, middle + radius], fill=255)
    core = core.filter(ImageFilter.GaussianBlur(max(1.0, radius / 40)))
    disc = Image.new("RGBA", (reach, reach), (*colour, 0))
    glow.paste(core, (0, 0), core)
    disc.putalpha(glow)
    return disc
