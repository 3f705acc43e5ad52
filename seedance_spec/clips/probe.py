"""What a codec library finds in a clip. PyAV is imported inside functions: many runs never need it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.clips.expectation import ClipFacts

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_NO_PICTURE = ClipFacts(width=0, height=0, fps=0.0, frames=0, packets=0, seconds=0.0, codec=None, has_audio=False)


def probe(path: Path) -> ClipFacts | None:
    """The clip's facts, read through to its last packet; None where the `media` extra is missing (or cannot be loaded).

    What cannot be opened has no picture track. Blocking.
    """
    try:
        import av
    except ImportError:
        return None
    try:
        # one format, named: a guessing library would follow the addresses in a playlist that came instead of a clip
        with av.open(str(path.absolute()), "r", format="mp4") as film:
            return _facts(film) if film.streams.video else _NO_PICTURE
    except (av.FFmpegError, ValueError):
        return _NO_PICTURE


def _facts(film: InputContainer) -> ClipFacts:
    track = film.streams.video[0]
    packets = sum(1 for packet in film.demux(track) if packet.size)
    seconds = float(track.duration * track.time_base) if track.duration and track.time_base else 0.0
    return ClipFacts(
        width=track.width,
        height=track.height,
        fps=_fps(track),
        frames=track.frames or packets,
        packets=packets,
        seconds=seconds,
        codec=track.codec_context.name,
        has_audio=bool(film.streams.audio),
    )


def _fps(track: VideoStream) -> float:
    rate = track.average_rate or track.guessed_rate
    return float(rate) if rate else 0.0


def library_versions() -> tuple[str | None, str | None]:
    """The versions of PyAV and Pillow; None for one that is missing, or cannot be loaded. Blocking."""
    return _av_version(), _pillow_version()


def _av_version() -> str | None:
    try:
        import av
    except ImportError:
        return None
    return av.__version__


def _pillow_version() -> str | None:
    try:
        import PIL
    except ImportError:
        return None
    return PIL.__version__
