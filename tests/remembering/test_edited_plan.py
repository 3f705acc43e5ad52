"""After an edit of some spec files only these are read and decided: and the plan says what the whole plan says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.text import render_lock
from seedance_spec.plan_cache.base import folder_of_id, joined
from tests.support.facts import an_attempt
from tests.support.replaying import FILM, Replayed
from tests.support.whole import Done, python

_SCENE = """\
version: 1
vars: {{ hero: a tabby cat }}
defaults:
  model: dreamina-seedance-2-0
  metadata: {{ ratio: 16:9 }}
shots:
{shots}
"""
_SHOTS = ("one", "two", "three")
_LINKS = ("", "one", "ep/a/one", "ep/b/two", "ep/c/@", "ep/a/gone")
_OTHERS: Mapping[str, str] = {
    "specs/film.yaml": FILM,
    "specs/far.yaml": FILM.replace("the moon", "the sea").replace("jump\n", "bound\n"),
    "specs/near.yaml": FILM.replace("the moon", "a roof")
    .replace("shot: moon", "shot: far/moon")
    .replace("jump\n", "leap\n")
    .replace("walks out", "runs out"),
}


def a_scene(shots: Mapping[str, tuple[str, str]], matrix: str = "") -> str:
    """Shots by key, each with its prompt and the shot that it starts from; a matrix with these values of its axis."""
    lines = []
    for key, (prompt, link) in shots.items():
        lines.append(f"  {key}:\n    prompt: ${{hero}} {prompt}")
        lines += [f"    inputs:\n      - {{ shot: {link}, frame: last, role: first_frame }}"] if link else []
    lines += [f"  many:\n    prompt: seen ${{matrix.way}}\n    matrix: {{ way: [{matrix}] }}"] if matrix else []
    return _SCENE.format(shots="\n".join(lines) or "  {}")


def scenes() -> st.SearchStrategy[str]:
    prompts = st.sampled_from(["walks", "runs", "${here}", "walks  # loudly", "walks in ${hero}"])
    shots = st.dictionaries(st.sampled_from(_SHOTS), st.tuples(prompts, st.sampled_from(_LINKS)), max_size=3)
    return st.one_of(
        st.builds(a_scene, shots, st.sampled_from(["", "near, far", "far, by, near", "far"])),
        st.sampled_from(["", "version: 1\n", "version: 1\nshots: [", "version: 1\nprofiles: { ep: {}, draft: {} }\n"]),
    )


SOUND = {
    "specs/ep/a.yaml": a_scene({"one": ("walks", ""), "two": ("runs", "one")}),
    "specs/ep/b.yaml": a_scene({"one": ("sits", ""), "two": ("lies", ""), "three": ("hides", "ep/a/one")}),
    "specs/ep/c.yaml": a_scene({"one": ("waits", "two"), "two": ("swims", "")}, "near, far"),
    "specs/same.yaml": a_scene({"one": ("swims", ""), "two": ("flies", "")}),
    "specs/project.yaml": "version: 1\nname: reel\nprofiles: { draft: {} }\n",
}


@pytest.fixture
def film(tmp_path: Path) -> Replayed:
    return Replayed(tmp_path / "film", _OTHERS)


def opened(film: Replayed, *words: str) -> tuple[Done, set[str]]:
    """The plan in a process of its own, and the spec files that it opened."""
    program = (
        "import sys; from seedance_spec.cli import main; seen = []\n"
        "sys.addaudithook(lambda event, args: seen.append(str(args[0])) if event == 'open' else None)\n"
        f"sys.argv[1:] = ['plan', *{words!r}, '-C', {str(film.root)!r}]\n"
        "code = main(); print('|'.join(seen), file=sys.stderr); sys.exit(code)"
    )
    done = python(program, cwd=film.root)
    *said, names = done.err.splitlines()
    specs = {Path(each).name for each in names.split("|") if each.endswith(".yaml")}
    return Done(code=done.code, out=done.out, err="\n".join(said)), specs


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.sampled_from([*SOUND][:4]), scenes()), min_size=1, max_size=4))
def test_the_plan_of_edited_files_is_the_whole_plan(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, str]]
) -> None:
    """Whatever is written into whichever files, one edit on the other, no word and no exit code is another."""
    film = Replayed(tmp_path_factory.mktemp("edited") / "film", SOUND)
    film.plan()
    film.plan("--detailed-exitcode")
    assert any(each.name.startswith("base-") for each in film.kept)
    for path, text in edits:
        film.write(path, text)
        film.age()
        assert film.plan() == film.beside()
        assert film.plan("--detailed-exitcode") == film.beside("--detailed-exitcode")


def test_only_edited_files_are_read(film: Replayed) -> None:
    """An edit costs one file, however many others there are; edits pile up."""
    opened(film)
    film.write("specs/film.yaml", FILM.replace("jump\n", "hop\n"))
    one, read_first = opened(film)
    film.write("specs/more.yaml", "")
    film.path("specs/more.yaml").unlink()
    film.write("specs/film.yaml", FILM.replace("jump\n", "skip\n"))
    other, read_then = opened(film)

    assert (one.code, other.code) == (0, 0)
    assert read_first == read_then == {"film.yaml"}
    assert "1 re-render, 8 unchanged" in one.out
    assert other.out == film.fresh().out


def test_what_an_edited_file_is_chained_to_is_read_too(film: Replayed) -> None:
    """Shots that start from an edited one, in whichever file, are decided with it."""
    opened(film)
    film.write("specs/far.yaml", _OTHERS["specs/far.yaml"].replace("the sea", "the dunes"))

    said, read = opened(film)

    assert read == {"far.yaml", "near.yaml"}
    assert "3 re-render, 6 unchanged" in said.out
    assert said.out == film.fresh().out


@pytest.mark.parametrize("word", ["--json", "--markdown", "--all"])
def test_an_answer_that_shows_what_is_unchanged_is_made_of_all_files(film: Replayed, word: str) -> None:
    """Where each row is shown, each file is read."""
    opened(film, word)
    film.write("specs/film.yaml", FILM.replace("jump\n", "hop\n"))

    said, read = opened(film, word)

    assert read == {"film.yaml", "far.yaml", "near.yaml"}
    assert said.out == film.fresh(word).out


def _swap(film: Replayed, one: str, other: str) -> None:
    texts = _OTHERS[one], _OTHERS[other]
    film.write(one, texts[1])
    film.write(other, texts[0])


ELSEWHERE: Mapping[str, Callable[[Replayed], object]] = {
    "a new spec file": lambda film: film.write("specs/more.yaml", FILM.replace("the moon", "the ice")),
    "a file of a wrong suffix": lambda film: film.write("specs/more.yml", FILM),
    "a project file": lambda film: film.write("specs/project.yaml", "version: 1\nname: reel\n"),
    "a spec file gone": lambda film: film.path("specs/near.yaml").unlink(),
    "a local input": lambda film: film.write("specs/refs/cat.png", b"\x89PNG\r\n\x1a\n" + bytes(99)),
    "a clip gone": lambda film: film.path("renders/far/moon.mp4").unlink(),
    "the store gone": lambda film: film.path(".seedance/store").rename(film.path("store")),
    "an attempt on record": lambda film: film.write(
        "specs/seedance.lock",
        film.path("specs/seedance.lock").read_text() + render_lock(Facts.of(an_attempt(status=Status.SUBMITTED))),
    ),
    "the same request as another file's": lambda film: film.write(
        "specs/film.yaml", FILM.replace("the moon", "the sea").replace("jump\n", "hop\n")
    ),
    "a renamed shot": lambda film: film.write(
        "specs/far.yaml", _OTHERS["specs/far.yaml"].replace("  jump:", "  leap:")
    ),
    "a shot that moved": lambda film: _swap(film, "specs/film.yaml", "specs/far.yaml"),
}


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE)
def test_whatever_else_changed_beside_an_edit_is_seen(film: Replayed, change: Callable[[Replayed], object]) -> None:
    """Any other change beside an edit, and what one file's edit means to another's shots, is told all the same."""
    film.plan()
    film.write("specs/film.yaml", FILM.replace("jump\n", "hop\n"))
    change(film)
    film.age()

    assert film.plan() == film.beside()


def test_an_editor_that_replaces_the_file_costs_no_more(film: Replayed) -> None:
    """A new file under the old name changes its folder too, in which there is the same to be seen as before."""
    opened(film)
    film.write("specs/.film.yaml.swp", FILM.replace("jump\n", "hop\n"))
    film.path("specs/.film.yaml.swp").rename(film.path("specs/film.yaml"))

    said, read = opened(film)

    assert read == {"film.yaml"}
    assert said.out == film.fresh().out


def test_an_edit_that_changes_nothing_is_remembered_again(film: Replayed) -> None:
    """A comment costs one whole plan; the next is said from memory."""
    film.plan()
    film.write("specs/film.yaml", FILM + "# a comment\n")
    film.age()

    film.plan()

    assert film.says_again()


@given(pairs=st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"))))
def test_groups_are_closed(pairs: list[tuple[str, str]]) -> None:
    """Whoever is paired is in one group, and nobody is in two."""
    groups = joined(pairs)

    members = [each for group in groups for each in group]
    assert len(members) == len(set(members))
    assert all(one == other or any({one, other} <= set(group) for group in groups) for one, other in pairs)


def test_a_shot_of_a_matrix_lies_in_the_folder_of_its_file() -> None:
    """What stands behind the `@` is no path."""
    assert folder_of_id("ep/a/many@way=near/far") == "ep/a" == folder_of_id("ep/a/one")
