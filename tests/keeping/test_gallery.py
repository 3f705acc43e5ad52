"""Everything below renders/ as it was shown and as it lies there; no link is followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_spec.clips.gallery import ShownFile, check_shown, gallery
from seedance_spec.clips.store import Store
from seedance_spec.realm import Realm
from tests.support.clips import CLIP, FRAME, OUT, digest, show, stocked

SANDBOXED = "renders/sandbox/ep1/moon.mp4"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return stocked(tmp_path)


def _seen(root: Path, realm: Realm = Realm.PAID) -> dict[str, tuple[bool, bool]]:
    """Whether each file has our sidecar, and whether it is here."""
    return {each.path: (each.record is not None, each.is_here) for each in gallery(root, realm)}


def _only(root: Path) -> ShownFile:
    (file,) = gallery(root, Realm.PAID)
    return file


def test_each_realm_has_its_own_clips(tmp_path: Path, store: Store) -> None:
    """The sandbox's folder is none of the paid realm's, and the other way round."""
    show(tmp_path, store)
    show(tmp_path, store, output=SANDBOXED)

    assert _seen(tmp_path) == {OUT: (True, True)}
    assert _seen(tmp_path, Realm.SANDBOX) == {SANDBOXED: (True, True)}


def test_a_clip_with_its_frame_is_whole(tmp_path: Path, store: Store) -> None:
    """Both are read, every byte once."""
    show(tmp_path, store, last_frame=digest(FRAME))
    heard: list[int] = []

    assert check_shown(tmp_path, _only(tmp_path), heard.append)
    assert sum(heard) == len(CLIP) + len(FRAME) == _only(tmp_path).bytes


@pytest.mark.parametrize("name", ["moon-walk.mp4", "moon-walk.last-frame.png"])
def test_one_changed_byte_is_found_even_with_size_and_time_kept(tmp_path: Path, store: Store, name: str) -> None:
    """Nothing but the bytes is trusted."""
    show(tmp_path, store, last_frame=digest(FRAME))
    path = tmp_path / "renders/ep1/intro" / name
    path.write_bytes(b"X" + path.read_bytes()[1:])

    assert not check_shown(tmp_path, _only(tmp_path), lambda _: None)


def test_a_deleted_clip_is_known_by_its_sidecar(tmp_path: Path, store: Store) -> None:
    """What should be there and is not is no silence."""
    show(tmp_path, store)
    (tmp_path / OUT).unlink()

    assert _seen(tmp_path) == {OUT: (True, False)}


def test_files_of_somebody_else_are_named(tmp_path: Path, store: Store) -> None:
    """A clip without sidecar, a note, a link, and JSON of another kind; none of them is opened as ours."""
    show(tmp_path, store)
    folder = (tmp_path / OUT).parent
    (folder / "graded.mp4").write_bytes(CLIP)
    (folder / "notes.txt").write_text("mine")
    (folder / "data.json").write_text("{}")
    (folder / "link.mp4").symlink_to(tmp_path / OUT)

    named = {path.rpartition("/")[2]: seen for path, seen in _seen(tmp_path).items()}
    assert named == {
        "data.json": (False, True), "graded.mp4": (False, True), "link.mp4": (False, False),
        "moon-walk.mp4": (True, True), "notes.txt": (False, True),
    }  # fmt: skip


def test_a_linked_folder_is_not_entered(tmp_path: Path, store: Store) -> None:
    """What lies behind a planted link is not of this project."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.mp4").write_bytes(CLIP)
    show(tmp_path, store)
    (tmp_path / "renders/linked").symlink_to(outside)

    assert set(_seen(tmp_path)) == {OUT, "renders/linked"}


def test_a_project_without_renders_has_an_empty_gallery(tmp_path: Path) -> None:
    """Nothing shown, nothing wrong."""
    assert _seen(tmp_path) == {}
