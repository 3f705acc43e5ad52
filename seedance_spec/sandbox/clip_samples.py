"""Inputs that always exist: a few pictures and short films that the gateway at home serves. Drawn, never stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import MappingProxyType

from seedance_spec.sandbox.clip_film import write_film
from seedance_spec.sandbox.clip_moods import has_cat, mood_of
from seedance_spec.sandbox.clip_planes import Planes, frame_of, picture_of
from seedance_spec.sandbox.clip_scene import Scene, scene_of
from seedance_spec.sandbox.clip_values import FRAMES_PER_SECOND, need_media


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    theme: str
    size: tuple[int, int]
    moment: float
    seed: int


_IMAGES: Mapping[str, _Sample] = {
    "cat.jpg": _Sample(theme="a cat under the moon", size=(1280, 720), moment=0.55, seed=3),
    "cat-portrait.jpg": _Sample(theme="a cat at dawn", size=(834, 1112), moment=0.5, seed=5),
    "moon.png": _Sample(theme="the moon", size=(1280, 720), moment=0.3, seed=7),
    "city.jpg": _Sample(theme="a cyberpunk city", size=(1280, 720), moment=0.7, seed=11),
    "sea.jpg": _Sample(theme="the sea", size=(1280, 720), moment=0.4, seed=13),
}
_VIDEOS: Mapping[str, _Sample] = {
    "cat-original.mp4": _Sample(theme="a cat in the desert", size=(1280, 720), moment=0, seed=17),
}
_VIDEO_FRAMES = 5 * FRAMES_PER_SECOND

SAMPLES: Mapping[str, str] = MappingProxyType(dict.fromkeys(_IMAGES, "image") | dict.fromkeys(_VIDEOS, "video"))
"""Name to kind: `image` or `video`. Without watermark and words: they are inputs, not clips."""


@lru_cache(maxsize=len(_IMAGES))
def sample_image(name: str) -> bytes:
    """An encoded picture, the same bytes at every call. Raises KeyError for a name that SAMPLES does not hold."""
    sample = _IMAGES[name]
    need_media()
    picture = picture_of(frame_of(_scene(sample).frame(0, sample.moment)))
    target = BytesIO()
    picture.save(target, "PNG" if name.endswith(".png") else "JPEG", quality=90)
    return target.getvalue()


@lru_cache(maxsize=len(_VIDEOS))
def sample_video(name: str) -> bytes:
    """Five silent seconds at 24 frames, the same bytes at every call. Raises KeyError for an unknown name."""
    sample = _VIDEOS[name]
    need_media()
    with TemporaryDirectory() as folder:
        out = Path(folder) / name
        write_film(_walk(sample), sample.size, out, sound=None)
        return out.read_bytes()


def _walk(sample: _Sample) -> Iterator[Planes]:
    scene = _scene(sample)
    for index in range(_VIDEO_FRAMES):
        yield scene.frame(index, index / (_VIDEO_FRAMES - 1))


def _scene(sample: _Sample) -> Scene:
    dice = Random(sample.seed)  # noqa: S311 - it draws hills
    return scene_of(sample.size, mood_of(sample.theme), dice, cat=has_cat(sample.theme))
