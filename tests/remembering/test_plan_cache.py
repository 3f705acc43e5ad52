"""A plan that found nothing to do is said again, and only as long as everything that it read is as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.text import render_lock
from seedance_spec.plan_cache.kept import unpacked
from seedance_spec.plan_cache.recall import recall
from seedance_spec.plan_cache.remember import MOST_ANSWERS, keep, stamp
from tests.support.facts import a_hash, an_attempt
from tests.support.replaying import CLIP, FILM, PICTURE, Replayed
from tests.support.whole import python, seedance_spec

Edit = Callable[[Replayed], object]


@pytest.fixture
def film(tmp_path: Path) -> Replayed:
    return Replayed(tmp_path / "film")


def a_lock_line(status: Status) -> str:
    return render_lock(Facts.of(an_attempt(status=status)))


def append_to_lock(film: Replayed, text: str) -> None:
    with film.path("specs/seedance.lock").open("a", encoding="utf-8") as file:
        file.write(text)


def with_times_kept(path: Path, content: bytes) -> None:
    """Rewrite a file in place and set its time back, as a tool that hides its traces does."""
    before = path.stat()
    assert len(content) == before.st_size
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


EDITS: Mapping[str, Edit] = {
    "a prompt": lambda film: film.write("specs/film.yaml", FILM.replace("jump\n", "leap\n")),
    "a comment": lambda film: film.write("specs/film.yaml", FILM + "# a comment\n"),
    "a word, size and time kept": lambda film: with_times_kept(
        film.path("specs/film.yaml"), FILM.replace("Make the cat jump", "Make the cat leap").encode()
    ),
    "a new spec file": lambda film: film.write("specs/more.yaml", FILM),
    "a new folder of specs": lambda film: film.write("specs/ep1/more.yaml", FILM),
    "a project file": lambda film: film.write("specs/project.yaml", "version: 1\nname: reel\n"),
    "a spec file gone": lambda film: film.path("specs/film.yaml").rename(film.path("film.yaml")),
    "a renamed spec file": lambda film: film.path("specs/film.yaml").rename(film.path("specs/reel.yaml")),
    "a local input": lambda film: film.write("specs/refs/cat.png", PICTURE + b"more"),
    "a local input, size and time kept": lambda film: with_times_kept(
        film.path("specs/refs/cat.png"), PICTURE[:-1] + b"\x01"
    ),
    "a local input gone": lambda film: film.path("specs/refs/cat.png").unlink(),
    "a lockfile gone": lambda film: film.path("specs/seedance.lock").unlink(),
    "a line that is no fact": lambda film: append_to_lock(film, "not a fact\n"),
    "an attempt of another shot": lambda film: append_to_lock(film, a_lock_line(Status.SUBMITTED)),
    "a clip gone": lambda film: film.path(CLIP).unlink(),
    "a clip cut in place": lambda film: film.write(CLIP, b"mine"),
    "a clip, size and time kept": lambda film: with_times_kept(
        film.path(CLIP), bytes(len(film.path(CLIP).read_bytes()))
    ),
    "a sidecar gone": lambda film: film.path(CLIP).with_suffix(".json").unlink(),
    "renders gone": lambda film: shutil.rmtree(film.path("renders")),
    "the store gone": lambda film: shutil.rmtree(film.path(".seedance/store")),
    "both gone": lambda film: _without(film, ".seedance/store", "renders"),
}


def _without(film: Replayed, *folders: str) -> None:
    for name in folders:
        shutil.rmtree(film.path(name))


def test_an_unchanged_project_is_answered_from_memory_in_the_same_words(film: Replayed) -> None:
    """The second plan of an unchanged project says what the first one said, and makes no plan to say it."""
    first = film.plan()

    assert film.says_again()
    assert film.plan() == first == film.fresh()
    assert "3 unchanged" in first.out


@pytest.mark.parametrize("words", [("--all",), ("--json",), ("--markdown",), ("--detailed-exitcode",), ("--locked",)])
def test_each_way_of_asking_has_its_own_answer(film: Replayed, words: tuple[str, ...]) -> None:
    """Flags that only ask are remembered, each with what it said."""
    plain, first = film.plan(), film.plan(*words)

    assert film.says_again(*words)
    assert (film.plan(), film.plan(*words)) == (plain, first)


def test_the_answer_needs_nothing_of_what_makes_a_plan(film: Replayed) -> None:
    """An answer from memory loads neither the parser of YAML nor that of the command line, nor pathlib."""
    loaded = ["argparse", "dataclasses", "pathlib", "re", "yaml", "pydantic", "json", "enum"]
    program = (
        "import sys; before = set(sys.modules); from seedance_spec.cli import main\n"
        f"sys.argv[1:] = ['plan', '-C', {str(film.root)!r}]\n"
        "code = main(); sys.stderr.write(' '.join(sorted(set(sys.modules) - before)))\n"
        "sys.exit(code)"
    )
    first = python(program, cwd=film.root)
    again = python(program, cwd=film.root)

    assert again.out == first.out
    assert set(loaded) & set(again.err.split()) == set()
    assert set(loaded) <= set(first.err.split()) | {"re", "enum"}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_whatever_changed_is_seen(film: Replayed, edit: Edit) -> None:
    """After any change the plan is the one that a project without a cache makes."""
    film.plan()
    assert film.says_again()

    edit(film)

    assert not film.says_again()
    assert film.plan() == film.fresh()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from([*EDITS, "nothing", "time passes", "as it was"]), min_size=1, max_size=5))
def test_a_plan_with_a_cache_is_the_plan_without_one(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """Whatever is edited and in whatever order, the cache changes no word of any plan."""
    film = Replayed(tmp_path_factory.mktemp("edited") / "film")
    for step in steps:
        _take(step, film)
        said = film.plan()
        kept = [(answer, answer.read_bytes()) for answer in film.answers]

        assert said == film.fresh()
        for answer, content in kept:
            answer.write_bytes(content)


def _take(step: str, film: Replayed) -> None:
    match step:
        case "nothing":
            pass
        case "time passes":
            film.age()
        case "as it was":
            film.write("specs/film.yaml", FILM)
            film.write("specs/refs/cat.png", PICTURE)
        case _:
            try:
                EDITS[step](film)
            except (FileNotFoundError, AssertionError):
                """What an earlier step took away cannot be edited."""


def test_a_file_of_the_same_moment_is_not_trusted(film: Replayed) -> None:
    """A file that is not older than the beginning of the plan may change again and look the same: nothing is kept."""
    since = stamp(film.root)
    assert since is not None
    film.write("specs/film.yaml", FILM)

    assert not keep(film.root, b"asked", [os.fsencode(film.path("specs/film.yaml"))], ("out", ""), since=since)
    assert film.answers == []


def test_a_sidecar_rewritten_in_place_is_no_news_of_its_clip(film: Replayed) -> None:
    """What is not promised: a sidecar rewritten in place goes unnoticed; the clip beside it never does."""
    film.plan()
    sidecar = film.path(CLIP).with_suffix(".json")

    film.write(str(sidecar.relative_to(film.root)), sidecar.read_bytes() + b"\n")

    assert film.says_again()


@pytest.mark.parametrize("edit", ["a prompt", "an attempt of another shot", "both gone"])
def test_only_a_plan_with_nothing_to_do_is_remembered(film: Replayed, edit: str) -> None:
    """What has to be paid, waited for or fetched is looked at anew each time: it may be said with a time."""
    EDITS[edit](film)
    film.age()

    film.plan()

    assert film.answers == []


def test_a_post_without_an_outcome_keeps_the_plan_from_being_remembered(film: Replayed) -> None:
    """What an open POST means hangs on whether its process lives, and no file tells that."""
    with closing(SqliteJournal(film.path(".seedance/journal.db"))) as journal:
        journal.claim(an_attempt(content_hash=a_hash("another")), owner="1-1-1-1")
    film.age()

    opened = film.plan()
    kept = film.answers
    with closing(SqliteJournal(film.path(".seedance/journal.db"))) as journal:
        journal.release("a1", reason="given up")
    film.age()
    film.plan()

    assert (opened.code, kept) == (0, [])
    assert film.says_again()


@pytest.mark.parametrize("words", [("--explain", "film/moon"), ("-o", "plan.json"), ("--select", "film/moon")])
def test_words_that_do_more_than_ask_are_not_remembered(film: Replayed, words: tuple[str, ...]) -> None:
    """A flag that may write a file or tell the time is carried out each time."""
    film.plan(*(word.replace("plan.json", str(film.root.parent / "plan.json")) for word in words))

    assert film.answers == []


def test_another_environment_asks_another_question(film: Replayed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable, a cap or a width that the environment sets is part of the question."""
    settings = {"SEEDANCE_VAR_hero": "a dog", "SEEDANCE_MAX_COST": "1", "COLUMNS": "140", "CI": "true"}
    for name in settings:
        monkeypatch.delenv(name, raising=False)
    film.plan()

    for name, text in settings.items():
        with monkeypatch.context() as changed:
            changed.setenv(name, text)
            assert not film.says_again(), name
    assert film.says_again()


def test_a_project_without_a_private_folder_is_left_as_it_is(film: Replayed) -> None:
    """A plan makes no .seedance/ to remember itself in."""
    shutil.rmtree(film.path(".seedance"))

    film.plan()

    assert not film.path(".seedance").exists()


def test_nothing_is_written_through_a_link(film: Replayed, tmp_path: Path) -> None:
    """A .seedance/ or a cache folder that leads out of the project is not followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    film.path(".seedance/cache").symlink_to(elsewhere)

    done = film.plan()

    assert (done.code, list(elsewhere.iterdir())) == (0, [])


def test_where_nothing_can_be_written_the_plan_is_made(film: Replayed) -> None:
    """A cache that cannot be had is no error."""
    film.write(".seedance/cache", "a file where the folder should be")

    assert film.plan() == film.plan()


def test_few_answers_are_kept(film: Replayed) -> None:
    """The oldest ways of asking are forgotten."""
    since = stamp(film.root)
    assert since is not None
    for number in range(MOST_ANSWERS + 3):
        assert keep(film.root, b"%d" % number, [b"/"], ("out", ""), since=since)
        film.age()

    assert len(film.answers) == MOST_ANSWERS
    assert recall(str(film.root), b"%d" % (MOST_ANSWERS + 2)) is not None
    assert recall(str(film.root), b"0") is None


def test_many_processes_at_once_leave_one_whole_answer(film: Replayed) -> None:
    """Plans side by side agree, and what they leave behind is whole."""
    with ThreadPoolExecutor(3) as pool:
        done = [*pool.map(lambda _: seedance_spec("plan", cwd=film.root), range(3))]

    assert len({each.out for each in done}) == 1
    (answer,) = film.answers
    assert unpacked(answer.read_bytes(), _asked(answer)) is not None
    assert seedance_spec("plan", cwd=film.root) == done[0]


def _asked(answer: Path) -> bytes:
    head, _, body = answer.read_bytes().partition(b"\n")
    return body[: int(head.split()[4])]
