"""Placeholder clips for the gateway at home, and what the bytes of inputs say. Nothing of the client may enter."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

from seedance_spec.sandbox.clip_film import write_film
from seedance_spec.sandbox.clip_moods import has_cat, mood_of
from seedance_spec.sandbox.clip_planes import Planes, mixed
from seedance_spec.sandbox.clip_reading import first_frame_png, image_size, last_frame_png, last_planes, video_facts
from seedance_spec.sandbox.clip_samples import SAMPLES, sample_image, sample_video
from seedance_spec.sandbox.clip_scene import scene_of
from seedance_spec.sandbox.clip_values import ClipRequest, MediaMissing, VideoFacts, need_media
from seedance_spec.sandbox.slate import SlateText, slate_of

__all__ = [
    "SAMPLES",
    "ClipRequest",
    "MediaMissing",
    "VideoFacts",
    "first_frame_png",
    "image_size",
    "last_frame_png",
    "render_clip",
    "sample_image",
    "sample_video",
    "video_facts",
]

_CROSS_FADE = 12
"""Frames over which a continued clip leaves the picture it starts from: half a second."""


def render_clip(request: ClipRequest, out: Path) -> None:
    """Write the clip: H.264 in MP4, the exact size and number of frames, 24 per second, AAC where sound is asked for.

    The file appears whole or not at all. The same request gives the same pictures. Raises MediaMissing, and ValueError
    where `continues` is no video.
    """
    need_media()
    size = (request.width, request.height)
    write_film(_pictures(request), size, out, sound=request.seed if request.audio else None)


def _pictures(request: ClipRequest) -> Iterator[Planes]:
    size = (request.width, request.height)
    start = None if request.continues is None else last_planes(request.continues, size)
    mood = mood_of(request.title)
    scene = scene_of(size, mood, _dice(request), cat=has_cat(request.title))
    text = SlateText(title=request.title, parameters=_parameters(request), thumbnails=request.thumbnails)
    slate = slate_of(size, text, mood.accent)
    for index in range(request.frames):
        progress = index / max(1, request.frames - 1)
        picture = scene.frame(index, progress)
        slate.draw(picture, index, progress)
        if start is not None and index < _CROSS_FADE:
            picture = mixed(start, picture, index / _CROSS_FADE)
        yield picture


def _dice(request: ClipRequest) -> Random:
    """Chance that prompt and seed decide: another seed is another landscape."""
    named = f"{request.seed}\n{request.title}".encode("utf-8", "surrogatepass")
    return Random(sha256(named).digest())  # noqa: S311 - it draws hills


def _parameters(request: ClipRequest) -> tuple[tuple[str, str], ...]:
    """What the caller wants shown, then seed and task where it did not say them itself."""
    said = {label.lower() for label, _ in request.parameters}
    own = (("seed", str(request.seed)), ("task", request.task_id))
    return (*request.parameters, *(pair for pair in own if pair[0] not in said))
