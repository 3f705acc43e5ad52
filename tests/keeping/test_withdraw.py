"""What renders/ shows can be taken away and taken back, and a planted link leads neither astray."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_spec.clips.publish import published, restock, withdraw
from seedance_spec.clips.store import Store, StoreFault
from tests.support.clips import CLIP, FRAME, OTHER, OUT, digest, show, shown_files, stocked


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return stocked(tmp_path)


# ── taking away ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_withdrawn_clip_leaves_no_trace_but_in_the_store(tmp_path: Path, store: Store) -> None:
    """Clip, sidecar, last frame and empty folders go; the bytes stay in the store."""
    show(tmp_path, store, last_frame=digest(FRAME))

    assert withdraw(tmp_path, OUT)
    assert [path.name for path in (tmp_path / "renders").iterdir()] == [".gitignore"]
    assert store.verify(digest(CLIP))


def test_neighbours_of_a_withdrawn_clip_stay(tmp_path: Path, store: Store) -> None:
    """Folders that still hold something are kept."""
    show(tmp_path, store)
    show(tmp_path, store, OTHER, output="renders/ep1/other.mp4")

    assert withdraw(tmp_path, OUT)
    assert (tmp_path / "renders/ep1/other.mp4").exists()
    assert not (tmp_path / "renders/ep1/intro").exists()


def test_a_clip_that_somebody_changed_is_not_withdrawn(tmp_path: Path, store: Store) -> None:
    """What is not the bytes that the sidecar names is somebody's work."""
    show(tmp_path, store)
    (tmp_path / OUT).write_bytes(b"my own cut")

    assert not withdraw(tmp_path, OUT)
    assert (tmp_path / OUT).read_bytes() == b"my own cut"


def test_a_file_without_a_sidecar_is_not_withdrawn(tmp_path: Path) -> None:
    """A file that we never wrote is not ours to remove."""
    (tmp_path / "renders/ep1/intro").mkdir(parents=True)
    (tmp_path / OUT).write_bytes(CLIP)

    assert not withdraw(tmp_path, OUT)
    assert (tmp_path / OUT).exists()
    assert not withdraw(tmp_path, "renders/none/x.mp4")


def test_a_sidecar_whose_clip_is_gone_is_cleared(tmp_path: Path, store: Store) -> None:
    """A clip that the user deleted leaves no orphan behind."""
    show(tmp_path, store)
    (tmp_path / OUT).unlink()

    assert withdraw(tmp_path, OUT)
    assert shown_files(tmp_path) == {"renders/.gitignore"}


# ── a store that was deleted ────────────────────────────────────────────────────────────────────────────────────────


def test_a_deleted_store_gets_its_clip_back_from_renders(tmp_path: Path, store: Store) -> None:
    """Shown bytes that are still the right ones are taken in again."""
    show(tmp_path, store)
    lost = Store(tmp_path / ".seedance" / "new-store")

    assert restock(tmp_path, lost, OUT, digest(CLIP))
    assert lost.verify(digest(CLIP))


def test_wrong_bytes_are_not_taken_back(tmp_path: Path, store: Store) -> None:
    """A changed file never enters the store under a digest that is not its own."""
    show(tmp_path, store)
    lost = Store(tmp_path / ".seedance" / "new-store")

    assert not restock(tmp_path, lost, OUT, digest(OTHER))
    assert not restock(tmp_path, lost, "renders/none.mp4", digest(CLIP))
    assert lost.digests() == frozenset()
    assert list((lost.root / "parts").iterdir()) == []


# ── planted links ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "moon-walk.mp4").write_text("precious")
    (folder / "moon-walk.json").write_text("precious")
    return folder


@pytest.mark.parametrize("planted", ["renders", "renders/ep1", "renders/ep1/intro"])
def test_a_planted_folder_is_not_written_through(tmp_path: Path, store: Store, victim: Path, planted: str) -> None:
    """Whichever folder on the way is a link, nothing behind it is written, removed, read or taken in."""
    link = tmp_path / planted
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(victim)

    with pytest.raises(StoreFault, match="is a link or a file where a folder must be"):
        show(tmp_path, store)
    with pytest.raises(StoreFault, match="is a link"):
        withdraw(tmp_path, OUT)
    assert published(tmp_path, [OUT]) == {OUT: None}
    assert not restock(tmp_path, store, OUT, digest(b"precious"))
    assert sorted(path.name for path in victim.rglob("*")) == ["moon-walk.json", "moon-walk.mp4"]
    assert {path.read_text() for path in victim.iterdir()} == {"precious"}


@pytest.mark.parametrize("name", ["moon-walk.mp4", "moon-walk.json"])
def test_a_planted_file_is_replaced_and_not_followed(tmp_path: Path, store: Store, victim: Path, name: str) -> None:
    """A link at the final name gives way to the clip, and its target keeps its bytes."""
    folder = tmp_path / "renders/ep1/intro"
    folder.mkdir(parents=True)
    (folder / name).symlink_to(victim / name)

    show(tmp_path, store)

    assert (victim / name).read_text() == "precious"
    assert not (folder / name).is_symlink()
    assert published(tmp_path, [OUT]) == {OUT: digest(CLIP)}


def test_a_link_to_the_right_bytes_is_not_a_shown_clip(tmp_path: Path, store: Store) -> None:
    """Only a file of our own counts as shown."""
    show(tmp_path, store)
    (tmp_path / OUT).rename(tmp_path / "elsewhere.mp4")
    (tmp_path / OUT).symlink_to(tmp_path / "elsewhere.mp4")

    assert published(tmp_path, [OUT]) == {OUT: None}
    assert not withdraw(tmp_path, OUT)
    assert not restock(tmp_path, Store(tmp_path / "new"), OUT, digest(CLIP))


@pytest.mark.parametrize("output", ["renders/../specs/a.mp4", "/etc/a.mp4", "specs/a.mp4", "renders/a\\b.mp4", ""])
def test_a_path_outside_of_renders_is_refused(tmp_path: Path, store: Store, output: str) -> None:
    """Nothing is written, removed or taken in by a path that the layout cannot have made."""
    for act in (lambda: show(tmp_path, store, output=output), lambda: withdraw(tmp_path, output)):
        with pytest.raises(StoreFault, match=r"cannot be a file name|is no clip below renders/"):
            act()
    assert not (tmp_path / "renders").exists()
