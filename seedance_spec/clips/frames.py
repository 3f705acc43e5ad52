"""One frame cut out of a clip, as a picture. Bytes in, bytes out: no file, no store and no network may enter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from PIL import Image

_BT709, _UNSPECIFIED = 1, 2
_SD_HEIGHT = 576


class FrameFault(Exception):  # noqa: N818 - it names what happened, as the callers' `except` reads it
    """No frame can be cut: the bytes are no clip, or the media extra is missing."""


def can_cut() -> bool:
    """Whether the media extra is installed. It is not loaded."""
    return find_spec("av") is not None and find_spec("PIL") is not None


def first_frame_png(clip: bytes) -> bytes:
    """The first picture: the same bytes of a clip give the same PNG. Blocking; raises FrameFault."""
    with _opened(clip) as film:
        for frame in film.decode(video=0):
            return _png(frame)
    raise FrameFault("the clip holds no picture")


def poster_jpeg(clip: bytes, *, width: int) -> bytes:
    """The first picture, at most so wide, for a page. Blocking; raises FrameFault."""
    from PIL import Image

    with _opened(clip) as film:
        for frame in film.decode(video=0):
            picture = _picture(frame)
            picture.thumbnail((width, picture.height), Image.Resampling.LANCZOS)
            target = BytesIO()
            picture.save(target, "JPEG", quality=82)
            return target.getvalue()
    raise FrameFault("the clip holds no picture")


def last_frame_png(clip: bytes) -> bytes:
    """The last picture: the same bytes of a clip give the same PNG. Blocking; raises FrameFault."""
    with _opened(clip) as film:
        return _png(_last(film))


@contextmanager
def _opened(clip: bytes) -> Iterator[InputContainer]:
    try:
        import av
    except ImportError:
        raise FrameFault("a frame cannot be cut without the media extra: pip install 'seedance-spec[media]'") from None
    try:
        # one format, named: a guessing library would follow the addresses in a playlist that came instead of a clip
        with av.open(BytesIO(clip), "r", format="mp4") as film:
            if not film.streams.video:
                raise FrameFault("the clip holds no picture track")
            yield film
    except (av.FFmpegError, ValueError) as fault:
        raise FrameFault(f"the clip cannot be read: {type(fault).__name__}") from fault


def _last(film: InputContainer) -> VideoFrame:
    """Decoded from the last key frame on; a clip that cannot be sought in is decoded whole."""
    import av

    track = film.streams.video[0]
    try:
        film.seek((track.duration or 0) + (track.start_time or 0), stream=track)
    except av.FFmpegError:
        film.seek(0)
    last: VideoFrame | None = None
    for frame in film.decode(track):
        last = frame
    if last is None:
        raise FrameFault("the clip holds no picture")
    return last


def _png(frame: VideoFrame) -> bytes:
    target = BytesIO()
    _picture(frame).save(target, "PNG", compress_level=6)
    return target.getvalue()


def _picture(frame: VideoFrame) -> Image.Image:
    from PIL import Image

    rgb = frame.reformat(format="rgb24", src_colorspace=_colours(frame))
    plane = rgb.planes[0]
    return Image.frombytes("RGB", (rgb.width, rgb.height), bytes(plane), "raw", "RGB", plane.line_size, 1)


def _colours(frame: VideoFrame) -> str:
    """What the frame says of its colours; untagged ones follow custom: BT.709 above standard definition."""
    is_hd = frame.colorspace == _UNSPECIFIED and frame.height > _SD_HEIGHT
    return "ITU709" if frame.colorspace == _BT709 or is_hd else "ITU601"
