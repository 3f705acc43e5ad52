"""What a clip is asked to be, and what one turned out to be. No drawing, no codec and no file may enter."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

FRAMES_PER_SECOND = 24


class MediaMissing(Exception):  # noqa: N818 - a missing extra in the glossary's sense, not a fault of the program
    """PyAV or Pillow is not installed: the sandbox cannot draw clips."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"the sandbox draws its clips with PyAV and Pillow, and {package} is missing: "
            "pip install 'seedance-spec[media]'"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRequest:
    """One placeholder clip. Sizes are pixels, both even; `frames` run at 24 per second.

    `parameters` are label and value pairs for the slate's lower third, `thumbnails` encoded images of the inputs
    (what cannot be read shows as an empty frame), `continues` an MP4 whose last frame is this clip's first.
    """

    width: int
    height: int
    frames: int
    title: str
    parameters: tuple[tuple[str, str], ...]
    task_id: str
    seed: int
    audio: bool
    thumbnails: tuple[bytes, ...] = ()
    continues: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """What a video's container says of its picture track."""

    width: int
    height: int
    seconds: float
    frames: int


def need_media() -> None:
    """Raises MediaMissing, naming the extra to install, where PyAV or Pillow cannot be imported."""
    for module, package in (("av", "PyAV"), ("PIL", "Pillow")):
        try:
            import_module(module)
        except ImportError as missing:
            raise MediaMissing(package) from missing
