"""A shot's id is its file's path and its key: ASCII, file-safe everywhere, never two alike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.model.ids import collisions, folder_fault, folder_of, key_fault
from seedance_spec.specfiles.positions import whole_file
from tests.support.reading import SHOT, a_film

PLACE = whole_file("specs/film.yaml")


def test_an_id_is_the_path_and_the_key() -> None:
    """Folders, file and key make the id, in the order of files and lines."""
    two = "version: 1\ndefaults: { model: dreamina-seedance-2-0, prompt: A }\nshots: { z: {}, a: {} }\n"
    film, told = a_film(files={"ep1/intro.yaml": two, "outro.yaml": SHOT})

    assert told == ()
    assert list(film.shots) == ["ep1/intro/z", "ep1/intro/a", "outro/moon"]
    assert [shot.id for shot in film.shots.values()] == list(film.shots)


@pytest.mark.parametrize("key", ["a", "moon-walk", "Moon_2", "7", "a.b", "010", "x" * 64, "a--b", "sandbox"])
def test_file_safe_keys_are_allowed(key: str) -> None:
    """Letters, digits, hyphen, underscore and dot, 64 of them at most."""
    assert key_fault(key, PLACE) is None


@pytest.mark.parametrize(
    "key",
    ["", "-a", "_a", "a_", ".a", "a.", "a-", "a b", "a/b", "a@b", "a=b", "a,b",
     "ä", "a\n", "x" * 65, "con", "NUL", "com1", "aux.mp4", "..", "a\\b"],
)  # fmt: skip
def test_other_keys_are_refused(key: str) -> None:
    """What some file system, the matrix or Windows claims for itself cannot be a key."""
    fault = key_fault(key, PLACE)

    assert fault is not None
    assert fault.code == "bad-shot-key"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("specs/ep1/intro.yaml", None),
        ("specs/ep1/sandbox.yaml", None),
        ("specs/sandbox.yaml", "reserved-name"),
        ("specs/Sandbox/intro.yaml", "reserved-name"),
        ("specs/my film.yaml", "bad-file-name"),
        ("specs/prn/intro.yaml", "bad-file-name"),
        ("specs/a=1/intro.yaml", "bad-file-name"),
        ("specs/intro.mp4.yaml", "bad-file-name"),
        ("specs/intro.json/a.yaml", "bad-file-name"),
    ],
)
def test_paths_obey_the_same_rules(path: str, code: str | None) -> None:
    """Folders and files under specs/ are parts of ids, and renders/sandbox/ is taken."""
    fault = folder_fault(path, PLACE)

    assert (fault.code if fault else None) == code


def test_ids_that_differ_in_case_name_both_places() -> None:
    """Two ids that are one file on some systems are an error at the second that names the first."""
    film, told = a_film(files={"Ep1.yaml": SHOT, "ep1.yaml": SHOT})

    assert [(each.code, str(each.span)) for each in told] == [("ids-collide", "specs/ep1.yaml:3:3")]
    assert "specs/Ep1.yaml:3:3" in told[0].message
    assert list(film.shots) == ["Ep1/moon"]


parts = st.text(st.sampled_from("aB1._- ä/@=,\\\n"), max_size=6)


@given(parts)
def test_an_allowed_key_is_safe_in_a_path(key: str) -> None:
    """Whatever is allowed is ASCII, stays in its folder, and is no hidden file."""
    if key_fault(key, PLACE) is None:
        assert re.fullmatch(r"[A-Za-z0-9._-]+", key)
        assert not key.startswith(".")
        assert folder_of(f"specs/{key}.yaml") == key


@given(st.lists(parts, unique=True, max_size=6))
def test_one_of_several_alike_stays(keys: list[str]) -> None:
    """As many complaints as ids beyond the first of each kind."""
    told = list(collisions(dict.fromkeys(keys, PLACE)))

    assert len(told) == len(keys) - len({key.casefold() for key in keys})
