"""What the upstream sells: models, frame sizes, tokens and prices as data. Pure: no I/O may enter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

FPS = 24
DURATIONS = range(4, 16)
AUTO = -1
DEFAULT_DURATION = 5
DEFAULT_RESOLUTION = "720p"
ADAPTIVE = "adaptive"
FRAMES = range(29, 290, 4)
SEEDS = range(-1, 2**32)
EXPIRY = range(3600, 259_201)
DEFAULT_EXPIRY = 172_800
LINK_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model as the gateway sells it: `served` is the dated name upstream, prices are USD per million tokens.

    `prices` has a row per resolution: (without, with) a video among the inputs. `pace` scales rendering times.
    """

    name: str
    served: str
    prices: Mapping[str, tuple[float, float]]
    pace: float

    @property
    def base_price(self) -> float:
        return self.prices[DEFAULT_RESOLUTION][0]


_PRO = {"480p": (7.0, 4.3), "720p": (7.0, 4.3), "1080p": (7.7, 4.7)}
_FAST = {"480p": (5.6, 3.3), "720p": (5.6, 3.3)}

MODELS: Mapping[str, Model] = MappingProxyType(
    {
        model.name: model
        for model in (
            Model(name="dreamina-seedance-2-0", served="dreamina-seedance-2-0-260128", prices=_PRO, pace=1.0),
            Model(
                name="dreamina-seedance-2-0-fast", served="dreamina-seedance-2-0-fast-260128", prices=_FAST, pace=0.5
            ),
        )
    },
)

SIZES: Mapping[str, Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "480p": {
            "16:9": (864, 496), "4:3": (752, 560), "1:1": (640, 640),
            "3:4": (560, 752), "9:16": (496, 864), "21:9": (992, 432),
        },
        "720p": {
            "16:9": (1280, 720), "4:3": (1112, 834), "1:1": (960, 960),
            "3:4": (834, 1112), "9:16": (720, 1280), "21:9": (1470, 630),
        },
        "1080p": {
            "16:9": (1920, 1080), "4:3": (1664, 1248), "1:1": (1440, 1440),
            "3:4": (1248, 1664), "9:16": (1080, 1920), "21:9": (2206, 946),
        },
    },
)  # fmt: skip

RATIOS = (*SIZES[DEFAULT_RESOLUTION], ADAPTIVE)


def nearest_ratio(width: int, height: int) -> str:
    """The ratio of the table that lies nearest to a picture's own, by the quotient of the two."""
    wanted = math.log(width / height)

    def distance(ratio: str) -> float:
        left, right = ratio.split(":")
        return abs(math.log(int(left) / int(right)) - wanted)

    return min(SIZES[DEFAULT_RESOLUTION], key=distance)


def tokens(*, width: int, height: int, frames: int, seconds: int, input_seconds: int) -> int:
    """Billed tokens: W × H × (frames + 24·D_in) / 1024, with the floor ceil(5·D/3)·24 where a video is an input.

    `frames` is 24·D+1 for whole seconds. Fractions (480p) are cut off: the upstream's rounding is not known.
    """
    plain = width * height * (frames + FPS * input_seconds) / 1024
    floor = math.ceil(5 * seconds / 3) * width * height * FPS / 1024 if input_seconds else 0.0
    return int(max(plain, floor))
