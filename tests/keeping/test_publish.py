"""renders/ shows the chosen takes and nothing else: whole, under their names, never through a planted link."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import MappingProxyType

import pytest

from seedance_spec.clips.publish import publish, published, withdraw
from seedance_spec.clips.store import Store, StoreFault
from seedance_spec.json_types import JsonObject
from tests.support.clips import CLIP, FRAME, OTHER, OUT, SAID, digest, room_for, show, shown_files, stocked


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return stocked(tmp_path)


# ── showing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_published_clip_stands_under_its_name_with_its_sidecar(tmp_path: Path, store: Store) -> None:
    """Clip and sidecar appear, readable by all, and a new renders/ keeps itself out of git."""
    show(tmp_path, store)

    sidecar = json.loads((tmp_path / "renders/ep1/intro/moon-walk.json").read_text())
    assert shown_files(tmp_path) == {
        "renders/.gitignore", "renders/ep1/intro/moon-walk.mp4", "renders/ep1/intro/moon-walk.json",
    }  # fmt: skip
    assert (tmp_path / OUT).read_bytes() == CLIP
    assert (tmp_path / OUT).stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "renders/ep1").stat().st_mode & 0o777 == 0o755
    assert {key: sidecar[key] for key in SAID} == SAID
    assert sidecar["shown"]["clip"]["sha256"] == digest(CLIP)
    assert published(tmp_path, [OUT]) == {OUT: digest(CLIP)}


def test_a_sidecar_takes_frozen_values(tmp_path: Path, store: Store) -> None:
    """Facts are frozen mappings; their sidecar is plain JSON."""
    said: JsonObject = {"request": MappingProxyType({"seed": 1, "tags": ("a", "b")})}
    publish(tmp_path, store, sha256=digest(CLIP), output=OUT, sidecar=said)

    sidecar = json.loads((tmp_path / "renders/ep1/intro/moon-walk.json").read_text())
    assert sidecar["request"] == {"seed": 1, "tags": ["a", "b"]}


def test_another_take_takes_the_place_of_the_first(tmp_path: Path, store: Store) -> None:
    """Publishing again replaces clip and sidecar, and leaves no draft."""
    show(tmp_path, store)
    show(tmp_path, store, OTHER)

    assert (tmp_path / OUT).read_bytes() == OTHER
    assert published(tmp_path, [OUT]) == {OUT: digest(OTHER)}
    assert len(shown_files(tmp_path)) == 3


def test_a_file_of_somebodys_own_under_the_name_keeps_its_bytes(tmp_path: Path, store: Store) -> None:
    """A cut saved over a clip, or put where a clip will come, is set aside and never written over."""
    mine = tmp_path / OUT
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"my own cut")
    show(tmp_path, store)
    (tmp_path / OUT).write_bytes(b"graded by hand")
    show(tmp_path, store, OTHER)

    assert (tmp_path / OUT).read_bytes() == OTHER
    aside = [mine.with_name(f"moon-walk.yours-{number}.mp4").read_bytes() for number in (1, 2)]
    assert aside == [b"my own cut", b"graded by hand"]


def test_a_clip_without_its_sidecar_is_not_taken_for_somebodys_own(tmp_path: Path, store: Store) -> None:
    """A sudden end between clip and sidecar leaves bytes that the store has: they are simply shown again."""
    show(tmp_path, store)
    (tmp_path / OUT).with_suffix(".json").unlink()
    show(tmp_path, store, OTHER)
    assert len(shown_files(tmp_path)) == 3


def test_the_last_frame_is_shown_and_goes_with_its_take(tmp_path: Path, store: Store) -> None:
    """A take with a last frame shows it; one without does not inherit it."""
    frame = tmp_path / "renders/ep1/intro/moon-walk.last-frame.png"
    show(tmp_path, store, last_frame=digest(FRAME))
    assert frame.read_bytes() == FRAME

    show(tmp_path, store, OTHER)
    assert not frame.exists()


def test_a_users_own_picture_of_that_name_is_left_alone(tmp_path: Path, store: Store) -> None:
    """Only a last frame that the sidecar names is removed."""
    show(tmp_path, store)
    mine = tmp_path / "renders/ep1/intro/moon-walk.last-frame.png"
    mine.write_bytes(b"mine")

    show(tmp_path, store, OTHER)
    withdraw(tmp_path, OUT)
    assert mine.read_bytes() == b"mine"


def test_editing_a_shown_clip_does_not_harm_the_store(tmp_path: Path, store: Store) -> None:
    """What was paid for survives an editor that writes into the published file."""
    show(tmp_path, store)
    with (tmp_path / OUT).open("r+b") as file:
        file.write(b"scribble")

    assert store.verify(digest(CLIP))


def test_an_ignore_file_that_the_user_wrote_or_removed_stays_so(tmp_path: Path, store: Store) -> None:
    """A renders/ that exists is the user's: whether git sees it is not ours to decide."""
    (tmp_path / "renders").mkdir()
    show(tmp_path, store)

    assert not (tmp_path / "renders/.gitignore").exists()


@pytest.mark.parametrize("damage", [b"damaged", None], ids=["damaged", "absent"])
def test_bytes_that_are_not_what_they_should_be_are_not_shown(
    tmp_path: Path, store: Store, damage: bytes | None
) -> None:
    """A store that lost or garbled the clip is noticed before anything is replaced."""
    show(tmp_path, store, OTHER)
    path = store.path(digest(CLIP))
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)

    with pytest.raises(StoreFault, match=r"are damaged|are not here"):
        show(tmp_path, store)
    assert published(tmp_path, [OUT]) == {OUT: digest(OTHER)}


# ── seeing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_not_shown_is_none(tmp_path: Path, store: Store) -> None:
    """Every path that is asked about has an answer, hostile ones too."""
    show(tmp_path, store)
    absent = ["renders/ep1/other.mp4", "renders/none/x.mp4", "../x.mp4", ""]

    assert published(tmp_path, [OUT, *absent]) == {OUT: digest(CLIP), **dict.fromkeys(absent)}
    assert published(tmp_path / "no-project", [OUT]) == {OUT: None}


def test_a_changed_clip_is_noticed(tmp_path: Path, store: Store) -> None:
    """Another size, or other bytes of the same size, are not the clip any more."""
    show(tmp_path, store)
    (tmp_path / OUT).write_bytes(CLIP[:-1])
    assert published(tmp_path, [OUT]) == {OUT: None}

    (tmp_path / OUT).write_bytes(CLIP[:-1] + b"!")
    assert published(tmp_path, [OUT]) == {OUT: None}


def test_a_clip_that_was_only_touched_or_copied_is_still_the_clip(tmp_path: Path, store: Store) -> None:
    """Another time alone is looked into: a restored folder of CI artifacts counts as shown."""
    show(tmp_path, store)
    os.utime(tmp_path / OUT, (1, 1))

    assert published(tmp_path, [OUT]) == {OUT: digest(CLIP)}


def test_size_and_time_are_trusted_without_reading(tmp_path: Path, store: Store) -> None:
    """A plan over thousands of clips reads none of them."""
    show(tmp_path, store)
    before = (tmp_path / OUT).stat()
    (tmp_path / OUT).write_bytes(b"!" * len(CLIP))
    os.utime(tmp_path / OUT, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert published(tmp_path, [OUT]) == {OUT: digest(CLIP)}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"shown": 3}', '{"shown": {"clip": {"sha256": 1, "bytes": 2, "mtime_ns": 3}}}', "[" * 9999]
)
def test_a_sidecar_that_says_nothing_shows_nothing(tmp_path: Path, store: Store, text: str) -> None:
    """A broken sidecar makes the clip unknown, not the program fail."""
    show(tmp_path, store)
    (tmp_path / "renders/ep1/intro/moon-walk.json").write_text(text)

    assert published(tmp_path, [OUT]) == {OUT: None}


def test_a_full_disk_leaves_the_shown_clip_as_it_was(tmp_path: Path, store: Store) -> None:
    """What cannot be written whole is not written, and the reason is said."""
    show(tmp_path, store)

    with room_for(10_000), pytest.raises(StoreFault, match=r"moon-walk\.mp4 cannot be written: the disk is full"):
        show(tmp_path, store, OTHER)

    assert published(tmp_path, [OUT]) == {OUT: digest(CLIP)}
    assert len(shown_files(tmp_path)) == 3
