"""Shots that start from other shots, in the plan: causes, lengths, and takes that cannot be had."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_spec.lockfile.facts import Report, Reporter
from seedance_spec.lockfile.fold import Facts
from seedance_spec.plan.change import Action
from seedance_spec.plan.unheld import names_takes_beyond, unheld_takes
from seedance_spec.realm import Realm
from tests.support.deciding import Scene, a_rendering
from tests.support.editing import a_plan, a_spec, edited, read, rendered

CHAIN = {
    "reel.yaml": a_spec(
        "moon: { prompt: A, duration: 4, metadata: { ratio: 16:9 } }",
        "exit: { prompt: B, inputs: [{ shot: moon }], metadata: { ratio: 16:9 } }",
        "after: { prompt: C, inputs: [{ shot: exit, frame: last }], metadata: { ratio: 16:9 } }",
    )
}


def causes(shot_id: str, *, facts: bool = False, edit: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """Field and words of each cause of one shot."""
    plan = edited(CHAIN, edit or {}) if facts else a_plan(read(CHAIN), ())
    (change,) = [each for each in plan.changes if each.shot_id == shot_id]
    return [(cause.field, cause.text) for cause in change.causes]


def test_a_child_of_a_shot_that_nobody_rendered_says_what_it_waits_for() -> None:
    """It is a paid change like any other, and its parent is among the causes, at the place of the link."""
    plan = a_plan(read(CHAIN), ())

    assert [change.action for change in plan.changes] == [Action.NEW] * 3
    assert causes("reel/exit") == [
        ("shot", "never rendered"),
        ("parent", "starts from reel/moon, which is not rendered yet"),
    ]
    assert str(plan.changes[1].causes[1].span) == "specs/reel.yaml:5:39"


def test_a_changed_parent_is_the_cause_all_down_the_chain() -> None:
    """Every child names its own parent, once."""
    edit = {"reel.yaml": CHAIN["reel.yaml"].replace("prompt: A", "prompt: D")}

    assert causes("reel/exit", facts=True, edit=edit) == [("parent", "reel/moon asks for another picture")]
    assert causes("reel/after", facts=True, edit=edit) == [("parent", "reel/exit asks for another picture")]


def test_another_take_of_the_parent_is_a_change_of_the_input() -> None:
    """The parent asks for the same picture; the child wants another of its takes."""
    edit = {"reel.yaml": CHAIN["reel.yaml"].replace("{ prompt: A,", "{ prompt: A, takes: 2, pick: 2,")}
    plan = edited(CHAIN, edit)

    exit_ = next(change for change in plan.paid if change.shot_id == "reel/exit")
    assert [cause.field for cause in exit_.causes] == ["inputs[0]", "parent"]


def test_the_length_of_a_parents_clip_is_known_before_it_is_rendered() -> None:
    """A clip of n seconds has 24·n + 1 frames: the price of its child is no guess about its length."""
    change = a_plan(read(CHAIN), ()).changes[1]

    assert change.estimate is not None
    assert change.estimate.tokens == -(-(1280 * 720 * (121 + 97)) // 1024)


def test_a_rendered_parents_clip_is_as_long_as_it_was_measured() -> None:
    """What the clip has is better than what was asked for."""
    film = read(CHAIN)
    report = Report(output="ab" * 32, bytes=1, frames=49, tokens=1)
    facts = (a_rendering(film.shots["reel/moon"], reports={Reporter.GATEWAY: report}),)
    plan, _ = Scene(film=film, facts=facts, stored=frozenset({"ab" * 32})).decide()
    change = next(each for each in plan.changes if each.shot_id == "reel/exit")

    assert [cause.field for cause in change.causes] == ["shot"]
    assert change.estimate is not None
    # The floor for video input: five thirds of the length, in whole seconds.
    assert change.estimate.tokens == max(-(-(1280 * 720 * (121 + 49)) // 1024), 1280 * 720 * 24 * 9 // 1024)


@pytest.mark.parametrize(
    ("take", "message"),
    [
        ("2", "reel/moon has takes: 1, and no take 2"),
        ("a-7", 'take names an attempt that is not on record: "a-7"'),
        ("reel/exit", 'take names an attempt at another request: "reel/exit"'),
    ],
)
def test_a_take_that_cannot_be_had_is_an_error_before_any_payment(take: str, message: str) -> None:
    """A child would wait for it for ever."""
    film = read({"reel.yaml": CHAIN["reel.yaml"].replace("{ shot: moon }", f"{{ shot: moon, take: {take} }}")})
    _, complaints = Scene(film=film, facts=rendered(read(CHAIN))).decide()

    assert [(each.code, each.message) for each in complaints] == [("parent-take-missing", message)]


def test_a_wrong_pick_is_said_at_the_pick_and_not_at_its_children() -> None:
    """Whoever mends it there has mended all that start from it."""
    picked = CHAIN["reel.yaml"].replace("{ prompt: A,", "{ prompt: A, takes: 2, pick: 5,")
    _, complaints = Scene(film=read({"reel.yaml": picked}), facts=()).decide()

    assert [(each.code, str(each.span)) for each in complaints] == [("pick-missing", "specs/reel.yaml:4:38")]


@pytest.mark.parametrize("having", [*Realm])
def test_a_pick_that_a_realm_has_on_record_is_valid(having: Realm) -> None:
    """Without a plan it is not known which realm is meant: it is enough that one of them has the take."""
    film = read({"reel.yaml": CHAIN["reel.yaml"].replace("{ prompt: A,", "{ prompt: A, pick: 2,")})
    taken = replace(a_rendering(film.shots["reel/moon"], take=2), realm=having)
    facts = {realm: Facts.of(*((taken,) if realm is having else ())) for realm in Realm}

    assert names_takes_beyond(film)
    assert unheld_takes(film, facts) == ()
    assert [each.code for each in unheld_takes(film, dict.fromkeys(Realm, Facts()))] == ["pick-missing"]
