"""Bytes leave the store on the user's word alone, and damaged ones are never deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_spec.clips.store import Store, StoreFault
from tests.support.clips import CLIP, FRAME, OTHER, digest, stocked


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return stocked(tmp_path)


def _put(store: Store, data: bytes) -> str:
    with store.open_part("again") as part:
        part.append(data)
        return store.admit(part, "mp4")


def test_what_is_let_go_is_gone_and_remembered(store: Store) -> None:
    """The bytes are deleted, others stay, and the store knows that it was meant."""
    store.let_go(digest(CLIP))

    assert store.digests() == {digest(OTHER), digest(FRAME)}
    assert store.pruned() == {digest(CLIP)}
    assert Store(store.root).pruned() == {digest(CLIP)}


def test_what_comes_again_is_not_let_go_any_more(store: Store) -> None:
    """A clip that was fetched once more counts as any other: were it lost then, it would be missed."""
    store.let_go(digest(CLIP))
    _put(store, CLIP)

    assert store.has(digest(CLIP))
    assert store.pruned() == frozenset()


def test_a_death_between_the_note_and_the_deletion_leaves_a_whole_clip(store: Store) -> None:
    """The note comes first: with it alone the clip is simply here, and letting it go once more ends the work."""
    note = store.root / "pruned" / digest(CLIP)
    note.parent.mkdir()
    note.touch()

    assert store.verify(digest(CLIP))
    store.let_go(digest(CLIP))
    assert not store.has(digest(CLIP))


def test_what_is_not_here_cannot_be_let_go(store: Store) -> None:
    """Nothing is noted about bytes that nobody has."""
    with pytest.raises(StoreFault, match="does not hold"):
        store.let_go(digest(b"never seen"))

    assert store.pruned() == frozenset()


def test_a_damaged_clip_is_set_aside_whole(store: Store) -> None:
    """Its bytes lie under another name, the store has room for whole ones, and a second one does not replace it."""
    for damage in (b"first", b"second"):
        path = store.path(digest(CLIP))
        path.chmod(0o644)
        path.write_bytes(damage)
        moved = store.set_aside(digest(CLIP))
        assert not store.has(digest(CLIP))
        assert (store.root / moved).read_bytes() == damage
        _put(store, CLIP)

    assert store.verify(digest(CLIP))
    assert len(list((store.root / "damaged").iterdir())) == 2


def test_sizes_and_strangers_are_told_apart(store: Store) -> None:
    """Clips have sizes; what else lies in their folders is named and left alone."""
    bucket = store.path(digest(CLIP)).parent
    (bucket / "notes.txt").write_text("mine")
    (bucket / f"{digest(b'elsewhere')}.mp4").write_text("in the wrong folder")

    assert store.sizes() == {digest(data): len(data) for data in (CLIP, OTHER, FRAME)} | _misplaced(store)
    assert f"{bucket.name}/notes.txt" in store.strangers()
    assert f"{bucket.name}/{digest(b'elsewhere')}.mp4" in store.strangers()


def _misplaced(store: Store) -> dict[str, int]:
    """A clip in a wrong folder is not found by its digest."""
    assert not store.has(digest(b"elsewhere"))
    return {}


def test_reading_tells_how_far_it_is(store: Store) -> None:
    """Every byte is heard of once."""
    heard: list[int] = []

    assert store.verify(digest(CLIP), heard.append)
    assert sum(heard) == len(CLIP)
