"""Which landscape a prompt is given: its colours and its horizon, as data. Pure: no drawing and no clock may enter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]


class Horizon(StrEnum):
    HILLS = "hills"
    CITY = "city"
    SEA = "sea"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """`sky` runs from the zenith to the horizon; `far` and `near` colour the land between them."""

    sky: tuple[Colour, Colour, Colour]
    disc: Colour
    far: Colour
    near: Colour
    accent: Colour
    horizon: Horizon = Horizon.HILLS
    stars: bool = False


def _colour(text: str) -> Colour:
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def _mood(colours: str, horizon: Horizon = Horizon.HILLS, *, stars: bool = False) -> Mood:
    zenith, middle, low, disc, far, near, accent = map(_colour, colours.split())
    return Mood(sky=(zenith, middle, low), disc=disc, far=far, near=near, accent=accent, horizon=horizon, stars=stars)


_LUNAR = _mood("070b1f 1b2450 5a4f8c f4efe1 3b3a70 0b0e22 f2c14e", stars=True)
_NEON = _mood("0d0524 47125e d8427c ffd0b0 3a1456 0c0518 2be3e8", Horizon.CITY, stars=True)
_DAWN = _mood("34457a c97f86 ffd3a1 fff3d6 8f6c8a 251d3d ffb454")
_FOREST = _mood("0e2f3c 3d7f7a d3e7b4 fff8dc 4e8c7c 0c2626 f4d35e")
_DESERT = _mood("3d2f52 bf5c50 f8c67e fff0c9 a85643 2b1524 ffc857")
_SEA = _mood("0b2a52 2c7aa8 c4e8e4 fffbe6 3f8fb0 06203c ffd166", Horizon.SEA)
_SNOW = _mood("46608a 93aed0 f3e9e6 fffdf6 8ea6c6 24344f ff9f68")
_ROSE = _mood("331842 a8426f ffc4ac fff0df 8c3f6b 210f2c ffd27d")
_DUSK_CITY = _mood("16233f 5b5f8f f2a97e ffe3bd 4a4a73 111628 ff8a5b", Horizon.CITY)

_ANY = (_LUNAR, _DAWN, _FOREST, _DESERT, _SEA, _SNOW, _ROSE, _DUSK_CITY)

_SPOKEN: tuple[tuple[frozenset[str], Mood], ...] = (
    (frozenset({"cyberpunk", "neon", "arcade", "nightclub"}), _NEON),
    (
        frozenset({"moon", "lunar", "space", "star", "stars", "starry", "galaxy", "planet", "rocket", "astronaut"}),
        _LUNAR,
    ),
    (frozenset({"city", "street", "skyline", "tower", "towers", "rooftop", "traffic", "tokyo"}), _DUSK_CITY),
    (frozenset({"sea", "ocean", "beach", "wave", "waves", "harbour", "harbor", "boat", "ship", "island"}), _SEA),
    (frozenset({"snow", "winter", "ice", "glacier", "arctic"}), _SNOW),
    (frozenset({"desert", "dune", "dunes", "canyon", "sand"}), _DESERT),
    (frozenset({"forest", "tree", "trees", "jungle", "garden", "meadow"}), _FOREST),
    (frozenset({"dawn", "sunrise", "morning", "sunset", "dusk"}), _DAWN),
)


def mood_of(title: str) -> Mood:
    """The landscape that the prompt names, else one that its hash chooses."""
    words = frozenset(re.findall(r"[a-z]+", title.lower()))
    for spoken, mood in _SPOKEN:
        if words & spoken:
            return mood
    return _ANY[sha256(title.encode("utf-8", "surrogatepass")).digest()[0] % len(_ANY)]


def has_cat(title: str) -> bool:
    return re.search(r"\b(cat|cats|kitten|tabby)\b", title.lower()) is not None


def between(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue
