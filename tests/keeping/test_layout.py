"""A shot's clip has one place under renders/, and no id leads anywhere else."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.clips.layout import last_frame_path, names_of, output_path, sidecar_path
from seedance_spec.realm import Realm


@pytest.mark.parametrize(
    ("shot_id", "realm", "profile", "path"),
    [
        ("ep1/intro/moon-walk", Realm.PAID, None, "renders/ep1/intro/moon-walk.mp4"),
        ("ep1/intro/moon-walk", Realm.SANDBOX, None, "renders/sandbox/ep1/intro/moon-walk.mp4"),
        ("ep1/intro/moon-walk", Realm.PAID, "draft", "renders/draft/ep1/intro/moon-walk.mp4"),
        ("reel/banner@ratio=16,9", Realm.SANDBOX, "draft", "renders/sandbox/draft/reel/banner@ratio=16,9.mp4"),
    ],
)
def test_a_shot_has_one_place(shot_id: str, realm: Realm, profile: str | None, path: str) -> None:
    """File and key make the path, realm and profile their own folders."""
    assert output_path(shot_id, realm, profile) == path


def test_sidecar_and_last_frame_stand_beside_the_clip() -> None:
    """Their names differ from every clip's, so that no shot can take their place."""
    clip = "renders/ep1/moon-walk.mp4"

    assert sidecar_path(clip) == "renders/ep1/moon-walk.json"
    assert last_frame_path(clip) == "renders/ep1/moon-walk.last-frame.png"


@pytest.mark.parametrize(
    "shot_id",
    ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", ".git/hooks", "a\\b", "a\nb", "a\0b", "a/", "x" * 256],
)
def test_an_id_that_leads_elsewhere_has_no_place(shot_id: str) -> None:
    """Hostile ids are refused before any path exists."""
    with pytest.raises(ValueError, match="file name"):
        output_path(shot_id, Realm.PAID)


@pytest.mark.parametrize(
    "output", ["clip.mp4", "specs/a.mp4", "renders/a.txt", "renders/.mp4", "renders/../a.mp4", "/renders/a.mp4"]
)
def test_a_path_that_is_no_clips_is_refused(output: str) -> None:
    """Only paths that the layout makes are written to."""
    with pytest.raises(ValueError, match=r"file name|no clip below renders/"):
        names_of(output)


@given(st.text(max_size=40))
def test_every_place_lies_below_renders(shot_id: str) -> None:
    """Whatever the id, its path has plain names below renders/, or there is none."""
    try:
        path = output_path(shot_id, Realm.PAID)
    except ValueError:
        return
    assert names_of(path) == PurePosixPath(path).parts
    assert PurePosixPath(path).parts[0] == "renders"
    assert not {"..", "."} & set(PurePosixPath(path).parts)
