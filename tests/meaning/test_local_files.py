"""Local inputs: told by their bytes, kept inside the project, and never sent with other bytes than were planned."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest

from seedance_spec.model.local_file import LocalFault, LocalFile, Trouble, media_type_of
from seedance_spec.model.local_files import FileChanged, LocalFiles
from seedance_spec.model.shot import FileSource
from seedance_spec.model.vocabulary import MAX_IMAGE_BYTES
from tests.support.reading import MP4, PNG, WAV, put

DIGEST = hashlib.sha256(PNG).hexdigest()
SOURCE = FileSource(path="specs/cat.png", sha256=DIGEST, bytes=len(PNG), media_type="image/png")


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (PNG, "image/png"), (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"GIF89a\x01\x00", "image/gif"), (b"II*\x00\x08\x00", "image/tiff"), (b"MM\x00*\x00\x08", "image/tiff"),
        (b"BM\x46\x00\x00\x00", "image/bmp"), (WAV, "audio/wav"), (b"ID3\x04\x00", "audio/mp3"),
        (b"\xff\xfb\x90\x00", "audio/mp3"),
        (MP4, "video/mp4"), (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime"), (b"<svg/>", "application/octet-stream"),
        (b"", "application/octet-stream"), (b"\xff", "application/octet-stream"),
    ],
)  # fmt: skip
def test_the_kind_is_told_by_the_bytes(head: bytes, media_type: str) -> None:
    """Magic bytes decide, never a suffix."""
    assert media_type_of(head) == media_type


def test_a_look_tells_digest_size_and_type(tmp_path: Path) -> None:
    """A file is known by its bytes, also through a link that stays in the project."""
    put(tmp_path, {"refs/cat.png": PNG, "specs/link.jpg": "-> ../refs/cat.png"})

    look = LocalFiles(tmp_path).look

    assert look("specs/link.jpg") == LocalFile(
        path="specs/link.jpg", sha256=DIGEST, bytes=len(PNG), media_type="image/png"
    )


def test_large_files_are_digested_in_full(tmp_path: Path) -> None:
    """The digest covers every byte of a file of several chunks."""
    data = PNG + os.urandom(3_000_000)
    put(tmp_path, {"big.png": data})

    seen = LocalFiles(tmp_path).look("big.png")

    assert isinstance(seen, LocalFile)
    assert seen.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("gone.png", Trouble.MISSING),
        ("cat.png/deeper.png", Trouble.MISSING),
        ("dangling.png", Trouble.MISSING),
        ("folder", Trouble.NOT_A_FILE),
        ("pipe.png", Trouble.NOT_A_FILE),
        ("empty.png", Trouble.EMPTY),
        ("huge.png", Trouble.TOO_LARGE),
        ("loop.png", Trouble.UNREADABLE),
        ("nul\0.png", Trouble.UNREADABLE),
        ("x" * 300, Trouble.UNREADABLE),
        ("out.png", Trouble.OUTSIDE),
        ("outside-folder/cat.png", Trouble.OUTSIDE),
        ("../elsewhere/cat.png", Trouble.OUTSIDE),
    ],
)
def test_what_cannot_be_an_input_is_a_value(tmp_path: Path, path: str, trouble: Trouble) -> None:
    """Every way a look can fail has a name; nothing is raised, and nothing outside the project is read."""
    root = tmp_path / "project"
    put(tmp_path, {"elsewhere/cat.png": PNG})
    put(
        root,
        {
            "cat.png": PNG,
            "empty.png": b"",
            "folder/x": b"x",
            "dangling.png": "-> gone.png",
            "loop.png": "-> loop.png",
            "out.png": "-> ../elsewhere/cat.png",
            "outside-folder": "-> ../elsewhere",
        },
    )
    os.mkfifo(root / "pipe.png")
    with (root / "huge.png").open("wb") as file:
        file.truncate(MAX_IMAGE_BYTES + 1)

    seen = LocalFiles(root).look(path)

    assert isinstance(seen, LocalFault)
    assert seen.trouble is trouble


def test_a_file_is_looked_at_once(tmp_path: Path) -> None:
    """All shots of one reading see the same bytes, even if the file changes meanwhile."""
    put(tmp_path, {"cat.png": PNG})
    look = LocalFiles(tmp_path).look
    first = look("cat.png")
    put(tmp_path, {"cat.png": PNG + b"!"})

    assert look("cat.png") is first


def test_a_data_uri_holds_the_planned_bytes(tmp_path: Path) -> None:
    """The file is read again when it is sent."""
    put(tmp_path, {"specs/cat.png": PNG})

    assert LocalFiles(tmp_path).data_uri(SOURCE) == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


@pytest.mark.parametrize("now", [PNG + b"!", PNG[:-1], PNG[:-1] + b"!", b"", None, "-> ../../elsewhere.png"])
def test_a_file_that_changed_is_not_sent(tmp_path: Path, now: bytes | str | None) -> None:
    """Other bytes than were planned, or none, raise FileChanged with the file's path."""
    root = tmp_path / "project"
    put(tmp_path, {"elsewhere.png": PNG})
    put(root, {"specs/cat.png": now} if now is not None else {})

    with pytest.raises(FileChanged, match=r"^specs/cat\.png .*plan again$") as changed:
        LocalFiles(root).data_uri(SOURCE)

    assert changed.value.path == "specs/cat.png"
