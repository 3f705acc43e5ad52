"""What the bytes of an image or a video say: size, length, first and last picture. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.sandbox.clip_planes import Planes, picture_of, planes_of_frame
from seedance_spec.sandbox.clip_values import VideoFacts, need_media
from seedance_spec.sandbox.slate_parts import READABLE_IMAGES

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

_MICROSECONDS = 1_000_000
_SD_HEIGHT = 480
_BT709 = 1


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height of an encoded image. Raises ValueError for what is none."""
    need_media()
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=READABLE_IMAGES) as opened:
            return opened.size
    except (OSError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise ValueError(f"not a readable image: {fault}") from fault


def video_facts(data: bytes) -> VideoFacts:
    """What the container says of its picture track. Raises ValueError for what is no video."""
    with _opened(BytesIO(data)) as film:
        track = film.streams.video[0]
        rate = track.average_rate
        seconds = float(track.duration * track.time_base) if track.duration and track.time_base else 0.0
        if not seconds and film.duration:
            seconds = film.duration / _MICROSECONDS
        frames = track.frames or (round(seconds * rate) if rate else 0)
        return VideoFacts(width=track.width, height=track.height, seconds=seconds, frames=frames)


def first_frame_png(data: bytes) -> bytes:
    """The first picture of a video. Raises ValueError for what is no video."""
    with _opened(BytesIO(data)) as film:
        for frame in film.decode(video=0):
            return _png(frame)
    raise ValueError("the video holds no picture")


def last_frame_png(clip: Path) -> bytes:
    """The last picture of a video file. Raises ValueError for what is no video."""
    with _opened(str(clip)) as film:
        return _png(_last(film))


def last_planes(data: bytes, size: tuple[int, int]) -> Planes:
    """The last picture of a video, scaled to cover `size`, its middle kept. Raises ValueError."""
    with _opened(BytesIO(data)) as film:
        frame = _last(film)
        width, height = size
        share = max(width / frame.width, height / frame.height)
        wide, high = (max(side, round(old * share) // 2 * 2) for side, old in zip(size, _sides(frame), strict=True))
        planes = planes_of_frame(
            frame.reformat(wide, high, "yuv420p", src_colorspace=_space(frame), dst_colorspace="ITU709")
        )
    left, top = (wide - width) // 4 * 2, (high - height) // 4 * 2
    half = (left // 2, top // 2, left // 2 + width // 2, top // 2 + height // 2)
    return Planes(planes.y.crop((left, top, left + width, top + height)), planes.cb.crop(half), planes.cr.crop(half))


def _sides(frame: VideoFrame) -> tuple[int, int]:
    return frame.width, frame.height


def _last(film: InputContainer) -> VideoFrame:
    """Decode from the last key frame on; a container that cannot seek is decoded whole."""
    import av

    track = film.streams.video[0]
    try:
        if track.duration:
            film.seek(track.duration + (track.start_time or 0), stream=track)
    except av.FFmpegError:
        film.seek(0)
    last: VideoFrame | None = None
    for frame in film.decode(track):
        last = frame
    if last is None:
        raise ValueError("the video holds no picture")
    return last


def _png(frame: VideoFrame) -> bytes:
    target = BytesIO()
    picture_of(frame, _space(frame)).save(target, "PNG", compress_level=3)
    return target.getvalue()


def _space(frame: VideoFrame) -> str:
    """What the frame says of its colours; untagged ones follow custom: BT.709 above standard definition."""
    unspecified = 2
    if frame.colorspace == _BT709 or (frame.colorspace == unspecified and frame.height > _SD_HEIGHT):
        return "ITU709"
    return "ITU601"


@contextmanager
def _opened(source: BytesIO | str) -> Iterator[InputContainer]:
    """An open video with a picture track. Whatever the codec complains of is a ValueError."""
    need_media()
    import av

    try:
        # one format, named: a guessing library would follow the addresses in a playlist
        with av.open(source, "r", format="mp4") as film:
            if not film.streams.video:
                raise ValueError("the file holds no picture track")
            yield film
    except av.FFmpegError as fault:
        raise ValueError(f"not a readable video: {fault}") from fault
