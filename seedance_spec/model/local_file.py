"""What a look at a local file gives, and how bytes tell their kind. Pure: the look itself is in local_files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

UNKNOWN_TYPE = "application/octet-stream"
HEAD_BYTES = 16
"""How many bytes from the start `media_type_of` needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """`path` is relative to the project folder, with `/`; `media_type` is told by the bytes, not by the name."""

    path: str
    sha256: str
    bytes: int
    media_type: str


class Trouble(StrEnum):
    MISSING = "missing"
    OUTSIDE = "outside"
    NOT_A_FILE = "not-a-file"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too-large"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFault:
    """Why a file cannot be an input. `detail` is the system's word for it, or the size in bytes."""

    path: str
    trouble: Trouble
    detail: str = ""


def media_type_of(head: bytes) -> str:
    """The type by magic bytes; the names are those that the upstream takes in a data URI."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], UNKNOWN_TYPE)
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "audio/mp3"  # a frame of MPEG layer III without a tag before it
    return UNKNOWN_TYPE


_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"ID3", "audio/mp3"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
