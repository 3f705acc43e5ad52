"""Which shots a word selects: ids, globs, tags, files, states and their relatives; and words that mean nothing."""

from __future__ import annotations

import pytest

from seedance_spec.plan.selection import SelectionError, selection_of
from tests.support.deciding import a_failure
from tests.support.editing import a_plan, a_spec, read, rendered

FILM = read(
    {
        "ep1/intro.yaml": a_spec(
            "moon-walk: { prompt: A, duration: 4, tags: [hero] }",
            "moon-exit: { prompt: B, inputs: [{ shot: moon-walk, frame: last }], tags: [hero, night] }",
            "banner: { prompt: C, matrix: { ratio: [16:9, 9:16] }, metadata: { ratio: '${matrix.ratio}' } }",
        ),
        "ep1/deep/cave.yaml": a_spec("moon-cave: { prompt: D }"),
        "ep2.yaml": a_spec(
            "finale: { prompt: E, inputs: [{ shot: ep1/intro/moon-exit, frame: last }] }", "storm: { prompt: F }"
        ),
    }
)
WALK, EXIT, CAVE = "ep1/intro/moon-walk", "ep1/intro/moon-exit", "ep1/deep/cave/moon-cave"
WIDE, TALL = "ep1/intro/banner@ratio=16x9", "ep1/intro/banner@ratio=9x16"
FINALE, STORM = "ep2/finale", "ep2/storm"


def selected(*select: str, exclude: tuple[str, ...] = ()) -> set[str]:
    """The ids that are meant: storm failed, finale is new, everything else is rendered and has its bytes nowhere."""
    done = rendered(FILM, but=frozenset({FINALE, STORM}))
    plan = a_plan(FILM, (*done, a_failure(FILM.shots[STORM], "storm")))
    return set(selection_of(select, exclude).shots(FILM, plan))


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        (WALK, {WALK}),
        ("moon-walk", {WALK}),
        ("moon*", {WALK, EXIT, CAVE}),
        ("moon-?xit", {EXIT}),
        ("id:storm", {STORM}),
        ("ep1/*", set()),
        ("ep1/intro/*", {WALK, EXIT, WIDE, TALL}),
        ("ep1/", {WALK, EXIT, WIDE, TALL, CAVE}),
        ("**/moon-*", {WALK, EXIT, CAVE}),
        ("banner", {WIDE, TALL}),
        ("banner@ratio=9x16", {TALL}),
        ("tag:hero", {WALK, EXIT}),
        ("tag:n*", {EXIT}),
        ("file:specs/ep2.yaml", {FINALE, STORM}),
        ("file:ep1/**", {WALK, EXIT, WIDE, TALL, CAVE}),
        ("state:failed", {STORM}),
        ("state:new", {FINALE}),
        ("state:rendered", {WALK, EXIT, WIDE, TALL, CAVE}),
        ("state:unknown", set()),
        ("+finale", {FINALE, EXIT, WALK}),
        ("moon-walk+", {WALK, EXIT, FINALE}),
        ("+moon-exit+", {WALK, EXIT, FINALE}),
        ("+tag:night", {EXIT, WALK}),
    ],
)
def test_a_word_selects(word: str, meant: set[str]) -> None:
    """Every kind of word, alone. A star keeps to one folder, as in .gitignore."""
    if word == "ep1/*":
        with pytest.raises(SelectionError, match="no shot has this id"):
            selected(word)
    else:
        assert selected(word) == meant


def test_words_add_up_and_exclusions_take_away() -> None:
    """Several --select are any of them; --exclude takes away from what they name, or from everything."""
    assert selected("tag:hero", "storm") == {WALK, EXIT, STORM}
    assert selected("tag:hero", "storm", exclude=("moon-exit+",)) == {WALK, STORM}
    assert selected(exclude=("ep1/",)) == {FINALE, STORM}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("moon-wak", "--select moon-wak: no shot has this id (column 1)\n  → did you mean moon-walk?"),
        ("tag:heroe", "--select tag:heroe: no shot has this tag (column 5)\n  → did you mean tag:hero?"),
        (
            "file:specs/ep3.yaml",
            "--select file:specs/ep3.yaml: no shot has this file (column 6)\n  → did you mean file:",
        ),
        ("+tga:hero", "--select +tga:hero: this selects no shots (column 2)\n  → did you mean tag:hero?"),
        ("state:faild", "--select state:faild: this selects no shots (column 7)\n  → did you mean state:failed?"),
        ("tag:", "--select tag:: this selects no shots (column 5)\n  → name shots"),
        ("", "--select '': this selects no shots (column 1)\n  → name shots"),
        ("moon+walk", "--select moon+walk: this selects no shots (column 5)\n  → a + stands at the beginning"),
        ("xyzzy", "→ there are ep1/deep/cave/moon-cave, ep1/intro/banner@ratio=16x9, "),
    ],
)
def test_a_word_that_selects_nothing_is_refused_with_a_way_out(word: str, said: str) -> None:
    """The column that is at fault, and the nearest name; a state that no shot is in is no mistake."""
    with pytest.raises(SelectionError) as refused:
        selected(word)

    assert said in str(refused.value)


def test_an_exclusion_that_names_nothing_is_refused_too() -> None:
    """It was meant to save money: passed over, the money would be spent."""
    with pytest.raises(
        SelectionError, match=r"--exclude strom: no shot has this id \(column 1\)\n  → did you mean storm"
    ):
        selected(exclude=("strom",))


def test_the_words_can_be_typed_again() -> None:
    """What a plan says to type next is quoted for a shell."""
    assert selection_of(["moon*", "tag:hero"], ["ep2/"]).words == ("--select 'moon*' --select tag:hero --exclude ep2/")
