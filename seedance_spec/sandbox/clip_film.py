"""Frames and sound into an MP4 file, whole or not at all. No drawing may enter."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from seedance_spec.sandbox.clip_planes import Planes, frame_of
from seedance_spec.sandbox.clip_sound import SAMPLES_PER_SECOND, looped, one_second
from seedance_spec.sandbox.clip_values import FRAMES_PER_SECOND

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_BLOCK = 1024
_SOUND_PER_FRAME = SAMPLES_PER_SECOND // FRAMES_PER_SECOND
# Without B-frames every timestamp is its place in the file; one thread gives the same bytes on every machine.
_X264 = {
    "preset": "superfast",
    "crf": "29",
    "g": "48",
    "bf": "0",
    "threads": "1",
    "x264-params": "mbtree=1:rc-lookahead=8",
}
_BT709 = 1
_LIMITED = 1


def write_film(frames: Iterable[Planes], size: tuple[int, int], out: Path, *, sound: int | None) -> None:
    """Encode `frames` (24 per second) as H.264 in a fast-start MP4 at `out`, by way of a temporary file beside it.

    `sound` is the seed of a mono AAC track, None for a silent clip without one.
    """
    draft = out.with_name(f".{out.name}.{uuid4().hex}.tmp")
    try:
        _encode(frames, size, draft, sound)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(out)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _encode(frames: Iterable[Planes], size: tuple[int, int], draft: Path, sound: int | None) -> None:
    import av

    with av.open(str(draft), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as film:
        picture = _picture_track(film, size)
        track = None if sound is None else _SoundTrack(film, sound)
        count = 0
        for count, planes in enumerate(frames, start=1):
            film.mux(picture.encode(_timed(planes, count - 1)))
            if track is not None:
                track.play_to(count * _SOUND_PER_FRAME)
        film.mux(picture.encode(None))
        if track is not None:
            track.end_at(count * _SOUND_PER_FRAME)


def _picture_track(film: OutputContainer, size: tuple[int, int]) -> VideoStream:
    track = film.add_stream("libx264", rate=FRAMES_PER_SECOND, options=_X264)
    track.width, track.height = size
    track.pix_fmt = "yuv420p"
    track.codec_context.color_range = _LIMITED
    track.codec_context.colorspace = _BT709
    track.codec_context.color_primaries = _BT709
    track.codec_context.color_trc = _BT709
    return track


def _timed(planes: Planes, index: int) -> VideoFrame:
    frame = frame_of(planes)
    frame.pts = index
    frame.time_base = Fraction(1, FRAMES_PER_SECOND)
    return frame


class _SoundTrack:
    """A mono AAC track that follows the picture block by block."""

    def __init__(self, film: OutputContainer, seed: int) -> None:
        self._film = film
        self._stream = film.add_stream("aac", rate=SAMPLES_PER_SECOND, options={"b": "64000"}, layout="mono")
        self._second = one_second(seed)
        self._heard = 0

    def play_to(self, end: int) -> None:
        """Whole blocks only: the encoder takes a shorter one at the very end."""
        while self._heard + _BLOCK <= end:
            self._put(_BLOCK)

    def end_at(self, end: int) -> None:
        if end > self._heard:
            self._put(end - self._heard)
        self._film.mux(self._stream.encode(None))

    def _put(self, count: int) -> None:
        import av

        frame = av.AudioFrame(format="fltp", layout="mono", samples=count)
        frame.sample_rate = SAMPLES_PER_SECOND
        frame.pts = self._heard
        frame.time_base = Fraction(1, SAMPLES_PER_SECOND)
        plane = frame.planes[0]
        plane.update(looped(self._second, self._heard, count).ljust(plane.buffer_size, b"\0"))
        self._film.mux(self._stream.encode(frame))
        self._heard += count
