"""The brake: most finished shots do not re-render, and no project is emptied, by one slip of the pen."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from seedance_spec.lockfile.facts import AttemptFact, LabelFact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.money import Budget
from seedance_spec.model.shot import Shot
from seedance_spec.plan.brake import USUAL_BRAKE, empty_project, pulled
from seedance_spec.plan.budget import Allowed, Caps, Guard, Refused, Verdict, caps_of, verdict
from seedance_spec.plan.change import Plan
from seedance_spec.plan.price import Pricing
from tests.support.deciding import NOON, a_failure, a_rendering, a_scene, a_shot, a_span
from tests.support.pricing import some_shots


def _edited(finished: int, edited: int) -> Plan:
    """So many finished shots, of which the first ones have another prompt now."""
    shots = some_shots(finished)
    facts = [a_rendering(shot, shot.id[-3:]) for shot in shots]
    now = [a_shot(shot.id, prompt="another") if place < edited else shot for place, shot in enumerate(shots)]
    return a_scene(*_apart(now), facts=facts, stored=[shot.id[-3:] for shot in shots]).plan()


def _apart(shots: Sequence[Shot]) -> list[Shot]:
    """The shots with prompts of their own, so that each pays for itself."""
    return [
        a_shot(shot.id, prompt=f"another {place}") if shot.request.prompt == "another" else shot
        for place, shot in enumerate(shots)
    ]


def _judge(plan: Plan, caps: Caps) -> Verdict:
    return verdict(plan, caps, Facts(), NOON, pricing=Pricing())


@pytest.mark.parametrize(
    ("finished", "edited", "stopped"),
    [(10, 5, False), (10, 6, True), (9, 5, True), (4, 4, False), (5, 5, True), (58, 12, False)],
)
def test_more_than_half_of_the_finished_shots_and_at_least_five_pull_the_brake(
    finished: int,
    edited: int,
    stopped: bool,  # noqa: FBT001 - a row of a table
) -> None:
    """Exactly half may re-render, and a handful is read at a glance."""
    assert (pulled(_edited(finished, edited), USUAL_BRAKE) is not None) is stopped


def test_the_brake_says_how_many_of_how_many() -> None:
    """The arithmetic, the limit, and the word that lets it pass."""
    judged = _judge(_edited(14, 12), Caps())

    assert isinstance(judged, Refused)
    (objection,) = judged.objections
    assert (objection.guard, objection.said) == (
        Guard.BRAKE,
        "12 of 14 finished shots (86 %) would re-render; the limit is 50 %",
    )
    assert objection.hint == "read the plan; if all of it is meant: seedance-spec apply --force"


def test_a_project_lowers_the_share_and_is_named() -> None:
    """`budget.rerender_percent: 20` stops at a fifth."""
    budget = Budget(rerender_percent=20.0, origins={"rerender_percent": a_span(4, 3, file="specs/project.yaml")})

    judged = _judge(_edited(20, 5), caps_of(budget))

    assert isinstance(judged, Refused)
    assert judged.objections[0].said == (
        "5 of 20 finished shots (25 %) would re-render;"
        " the limit is 20 % (budget.rerender_percent at specs/project.yaml:4:3)"
    )


def test_force_is_a_word_about_the_brake_alone() -> None:
    """--force lets the brake pass."""
    assert isinstance(_judge(_edited(14, 12), Caps(force=True)), Allowed)


def test_a_shot_that_follows_another_counts_as_re_rendering() -> None:
    """Five shots that become one and the same are five finished shots that change, though only one is paid for."""
    shots = some_shots(6)
    facts = [a_rendering(shot, shot.id[-3:]) for shot in shots]
    now = [a_shot(shot.id, prompt="all the same") for shot in shots]

    plan = a_scene(*now, facts=facts, stored=[shot.id[-3:] for shot in shots]).plan()

    assert pulled(plan, USUAL_BRAKE) == "6 of 6 finished shots (100 %) would re-render; the limit is 50 %"


def test_new_shots_failures_and_what_the_user_named_do_not_count() -> None:
    """The brake is about clips that exist and that nobody asked to replace."""
    shots = some_shots(12)
    failed: list[AttemptFact] = [a_failure(shot, shot.id[-3:]) for shot in shots[:6]]
    done = [a_rendering(shot, shot.id[-3:]) for shot in shots[6:]]
    scene = a_scene(*shots, *some_new(6), facts=[*failed, *done])

    plan = scene.plan(retry_failed=True, retake=[shot.id for shot in shots[6:]])

    assert len(plan.paid) == 18
    assert pulled(plan, USUAL_BRAKE) is None


def some_new(count: int) -> list[Shot]:
    return [a_shot(f"film/n{number}", prompt=f"new {number}") for number in range(count)]


def test_a_project_without_a_shot_is_not_applied_over_what_is_on_record() -> None:
    """A wrong folder or a bad merge must not drop every label; --force says that it is meant."""
    plan = a_scene(facts=[a_rendering(shot, shot.id[-3:]) for shot in some_shots(3)]).plan()

    judged = _judge(plan, Caps())

    assert isinstance(judged, Refused)
    assert [(each.guard, each.said) for each in judged.objections] == [
        (Guard.EMPTY, "the specs describe no shot, and 3 shots on record would be dropped")
    ]
    assert isinstance(_judge(plan, Caps(force=True)), Allowed)


def test_one_shot_is_enough_for_a_project_not_to_be_empty() -> None:
    """Dropping some of several is an edit like any other."""
    shots = some_shots(3)
    plan = a_scene(shots[0], facts=[a_rendering(shot, shot.id[-3:]) for shot in shots]).plan()
    assert empty_project(plan) is None


def test_a_project_that_was_emptied_on_purpose_is_at_rest() -> None:
    """Once the labels are dropped, an empty project is no news."""
    (shot,) = some_shots(1)
    dropped = LabelFact(shot=shot.id, profile=None, content_hash=None, when=NOON + 9)
    assert empty_project(a_scene(facts=[a_rendering(shot, "a1"), dropped]).plan()) is None


def test_a_new_project_without_a_shot_is_not_refused() -> None:
    """With nothing on record there is nothing to lose."""
    assert isinstance(_judge(a_scene().plan(), Caps()), Allowed)
