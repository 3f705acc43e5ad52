"""Finished bytes lie under their own digest, unfinished ones are never lost, and no planted name leads astray."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seedance_spec.clips.store import Store, StoreFault
from tests.support.clips import digest, room_for

CLIP = b"pictures " * 1000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".seedance" / "store")


def stored(store: Store, data: bytes = CLIP, name: str = "attempt-1") -> str:
    with store.open_part(name) as part:
        part.cut(0)
        part.append(data)
        return store.admit(part, "mp4", kept_as=name)


def test_admitted_bytes_lie_under_their_digest(store: Store) -> None:
    """A stored file is named by its SHA-256, read-only, whole, and no part of it is left elsewhere."""
    sha256 = stored(store)

    assert sha256 == digest(CLIP)
    assert store.path(sha256) == store.root / sha256[:2] / f"{sha256}.mp4"
    assert store.path(sha256).read_bytes() == CLIP
    assert store.path(sha256).stat().st_mode & 0o777 == 0o444
    assert (store.has(sha256), store.verify(sha256), store.digests()) == (True, True, frozenset({sha256}))
    assert list((store.root / "parts").iterdir()) == []


def test_making_a_store_touches_nothing(tmp_path: Path) -> None:
    """A plan that only looks leaves no folder behind."""
    store = Store(tmp_path / ".seedance" / "store")

    assert (store.digests(), store.has("0" * 64), store.verify("0" * 64), store.kept("a")) == (
        frozenset(), False, False, None,
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_here_has_no_path(store: Store) -> None:
    """Asking for absent bytes is a fault that names their digest."""
    with pytest.raises(StoreFault, match="does not hold 0123456789ab…"):
        store.path("0123456789ab" + "0" * 52)


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_digest_is_not_here(store: Store, sha256: str) -> None:
    """Text that is no digest never becomes a path."""
    stored(store)

    assert not store.has(sha256)
    assert not store.verify(sha256)


def test_the_same_bytes_twice_are_one_file(store: Store) -> None:
    """Two attempts with the same bytes share their place."""
    assert stored(store, name="attempt-1") == stored(store, name="attempt-2")
    assert len(store.digests()) == 1


def test_changed_bytes_are_noticed_and_can_be_replaced(store: Store) -> None:
    """A damaged file fails its check, and the right bytes mend it."""
    sha256 = stored(store)
    store.path(sha256).chmod(0o644)
    store.path(sha256).write_bytes(b"damaged")

    assert not store.verify(sha256)
    assert stored(store) == sha256
    assert store.verify(sha256)


def test_a_part_survives_its_process_and_is_resumed(store: Store) -> None:
    """What an earlier try downloaded is still there, private to the user."""
    with store.open_part("attempt-1") as part:
        part.append(b"first half, ")

    with store.open_part("attempt-1") as part:
        assert part.size == 12
        assert store.part_path(part).stat().st_mode & 0o777 == 0o600
        part.append(b"second half")
        assert store.path(store.admit(part, "mp4")).read_bytes() == b"first half, second half"


def test_what_was_admitted_is_found_by_its_attempt(store: Store) -> None:
    """A process that dies right after admitting has not lost which bytes were whose."""
    sha256 = stored(store, name="attempt-1")

    assert (store.kept("attempt-1"), store.kept("attempt-2"), store.kept("../attempt-1")) == (sha256, None, None)


def test_one_part_has_one_writer(store: Store) -> None:
    """A second process that joins does not write into the same download."""
    with store.open_part("attempt-1"), pytest.raises(StoreFault, match="downloaded by another process"):
        store.open_part("attempt-1")


def test_other_files_in_the_store_are_passed_over(store: Store) -> None:
    """Only names that are digests count as stored."""
    sha256 = stored(store)
    (store.root / sha256[:2] / "README.md").write_text("mine")
    (store.root / "zz").mkdir()
    (store.root / "ab.txt").write_text("mine")

    assert store.digests() == frozenset({sha256})


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "a\n", "x" * 300, "a b", "ä"])
def test_a_hostile_name_opens_nothing(store: Store, name: str) -> None:
    """A part's name is a plain word; anything else is refused before the disk is touched."""
    with pytest.raises(StoreFault, match="cannot name a download"):
        store.open_part(name)
    assert not store.root.exists()


def test_a_hostile_extension_admits_nothing(store: Store) -> None:
    """An extension is a few plain letters."""
    with store.open_part("attempt-1") as part, pytest.raises(StoreFault, match="cannot be a file's extension"):
        store.admit(part, "mp4/../../x")


# ── planted links ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_planted_part_is_not_written_through(store: Store, tmp_path: Path) -> None:
    """A link at the part's name is refused, and its target keeps its bytes."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (store.root / "parts").mkdir(parents=True)
    (store.root / "parts" / "attempt-1.part").symlink_to(victim)

    with pytest.raises(StoreFault, match="is a link or cannot be opened"):
        store.open_part("attempt-1")
    assert victim.read_text() == "precious"


def test_a_second_name_of_another_file_is_not_written_to(store: Store, tmp_path: Path) -> None:
    """A hard link to somebody's file is no part of ours."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (store.root / "parts").mkdir(parents=True)
    (store.root / "parts" / "attempt-1.part").hardlink_to(victim)

    with pytest.raises(StoreFault, match="second name of another file"):
        store.open_part("attempt-1")
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("planted", [".seedance", ".seedance/store", ".seedance/store/parts"])
def test_a_planted_folder_is_not_followed(store: Store, tmp_path: Path, planted: str) -> None:
    """Whichever folder of the store is a link, nothing is written behind it, and nothing there counts as stored."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "store" / "parts").mkdir(parents=True)
    link = tmp_path / planted
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(elsewhere)

    with pytest.raises(StoreFault, match="is a link or a file where a folder must be"):
        store.open_part("attempt-1")
    assert [path for path in elsewhere.rglob("*") if path.is_file()] == []
    assert store.digests() == frozenset()


def test_a_pipe_in_the_parts_place_does_not_hang(store: Store) -> None:
    """A FIFO is refused at once."""
    (store.root / "parts").mkdir(parents=True)
    os.mkfifo(store.root / "parts" / "attempt-1.part")

    with pytest.raises(StoreFault, match="is not a file"):
        store.open_part("attempt-1")


# ── a full disk ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_full_disk_is_said_and_the_partial_is_kept(store: Store) -> None:
    """What arrived before the disk was full stays, and the fault names the reason."""
    with store.open_part("attempt-1") as part:
        with room_for(100_000), pytest.raises(StoreFault, match="the disk is full") as fault:
            part.append(b"x" * 150_000)
        assert fault.value.disk_full
        assert part.size == 100_000

    with store.open_part("attempt-1") as part:
        assert part.size == 100_000


def test_a_full_disk_is_known_before_bandwidth_is_spent(store: Store) -> None:
    """Reserving more room than there is fails at once, and what had arrived is unharmed."""
    with store.open_part("attempt-1") as part:
        part.append(CLIP)
        with room_for(100_000), pytest.raises(StoreFault, match=r"5\.0 MB cannot be kept: the disk is full"):
            part.reserve(5_000_000)
        part.reserve(50_000)

        assert store.part_path(part).read_bytes() == CLIP
