"""Children that were made from another clip than their parent shows today: said, and never paid for."""

from __future__ import annotations

from dataclasses import replace

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.model.shot import Shot
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity
from tests.support.deciding import a_rendering, a_scene, a_shot, an_origin
from tests.support.facts import digest
from tests.support.families import a_child

MOON = a_shot("film/moon", prompt="moon")
EXIT = replace(a_child("exit", MOON), origins={"id": an_origin(9, 3), "inputs[0]": an_origin(11, 9)})


def made(shot: Shot, attempt_id: str, *clips: str, **overrides: object) -> AttemptFact:
    return a_rendering(shot, attempt_id, made_from=tuple(sorted(digest(each) for each in clips)), **overrides)


def complaints(*facts: AttemptFact, shots: tuple[Shot, ...] = (MOON, EXIT)) -> tuple[Diagnostic, ...]:
    plan, told = a_scene(*shots, facts=facts, stored=[each.attempt_id for each in facts]).decide()
    assert plan.paid == ()
    return told


def test_a_child_of_its_parents_present_clip_is_no_news() -> None:
    """The usual case."""
    assert complaints(a_rendering(MOON, "m1"), made(EXIT, "e1", "m1")) == ()


def test_a_child_of_a_clip_that_was_bought_again_since_is_warned_about_at_its_input() -> None:
    """The parent's first clip was given up on, --retake bought its take again: the child still shows the old one."""
    told = complaints(a_rendering(MOON, "m1", status=Status.GONE), a_rendering(MOON, "m2"), made(EXIT, "e1", "m1"))

    assert told == (
        Diagnostic(
            code="made-from-another-clip",
            message="film/exit was made from another clip of film/moon than the one that stands now; it is kept",
            span=an_origin(11, 9).span,
            hint="apply --retake film/exit makes one more take from the present clip; pick: shows it",
            severity=Severity.WARNING,
        ),
    )


def test_the_face_of_a_take_is_the_clip_that_a_child_was_made_from() -> None:
    """Two clones bought the parent; the child names the clip with the larger attempt id, so that is its face (D1)."""
    assert complaints(a_rendering(MOON, "m1"), a_rendering(MOON, "m2"), made(EXIT, "e1", "m2")) == ()


def test_of_children_of_different_clips_those_of_the_other_one_are_warned_about() -> None:
    """One face for all: the smallest attempt id among those that children name."""
    late = a_child("late", MOON)
    told = complaints(
        a_rendering(MOON, "m1"),
        a_rendering(MOON, "m2"),
        made(EXIT, "e1", "m2"),
        made(late, "l1", "m1"),
        shots=(MOON, EXIT, late),
    )

    assert [each.message.partition(" ")[0] for each in told] == ["film/exit"]


def test_a_take_that_is_not_shown_is_nobodys_worry() -> None:
    """After --retake and `pick: 2`, the take from the present clip is shown, and the warning is gone."""
    picked = replace(EXIT, takes=2, pick=2)
    gone, again = a_rendering(MOON, "m1", status=Status.GONE), a_rendering(MOON, "m2")

    assert complaints(gone, again, made(EXIT, "e1", "m1"), made(EXIT, "e2", "m2", take=2), shots=(MOON, picked)) == ()


def test_a_child_of_two_parents_is_warned_about_the_one_that_changed() -> None:
    """Each parent's clip is looked for among all that the child was made from."""
    sun = a_shot("film/sun", prompt="sun")
    both = a_child("both", MOON, sun)
    told = complaints(
        a_rendering(MOON, "m1"),
        a_rendering(sun, "s1", status=Status.GONE),
        a_rendering(sun, "s2"),
        made(both, "b1", "m1", "s1"),
        shots=(MOON, sun, both),
    )

    assert [each.message for each in told] == [
        "film/both was made from another clip of film/sun than the one that stands now; it is kept"
    ]


def test_an_old_take_that_names_no_clips_is_believed() -> None:
    """Imported by hand, or bought before clips were named: nothing is known, so nothing is said."""
    assert complaints(a_rendering(MOON, "m1"), a_rendering(EXIT, "e1")) == ()
