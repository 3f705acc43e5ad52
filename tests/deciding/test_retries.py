"""Retries before payment: what a plan says that they may come to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from seedance_spec.lockfile.facts import Fact
from seedance_spec.model.shot import Project, Shot
from seedance_spec.plan.change import Action, Plan
from seedance_spec.plan.document import plan_document
from seedance_spec.plan.style import PLAIN
from seedance_spec.plan.text import plan_text
from tests.support.deciding import Scene, a_failure, a_rendering, a_scene, a_shot

MOON, SUN, TWIN = a_shot("film/moon"), a_shot("film/sun", prompt="A sun"), a_shot("film/twin")
PRICE = 0.7623


def _scene(*shots: Shot, retries: int, facts: Sequence[Fact] = ()) -> Scene:
    scene = a_scene(*shots, facts=facts)
    return replace(scene, film=replace(scene.film, project=Project(name="teaser-q4", retries=retries)))


def _says(plan: Plan, words: str) -> bool:
    return words in plan_text(plan, width=200, style=PLAIN)


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_every_retry_is_in_the_most_that_a_plan_may_cost(retries: int) -> None:
    """Two new shots: the total is theirs, the most is theirs times one more for every retry."""
    plan = _scene(MOON, SUN, retries=retries).plan()

    assert [change.retries for change in plan.changes] == [retries, retries]
    assert plan.total_usd == pytest.approx(2 * PRICE)
    assert plan.most_usd == pytest.approx(2 * PRICE * (1 + retries))


def test_a_take_that_is_bought_for_two_shots_is_retried_once_for_both() -> None:
    """The shot that follows neither pays nor retries."""
    plan = _scene(MOON, TWIN, retries=3).plan()

    assert [(change.shot_id, change.retries) for change in plan.changes] == [("film/moon", 3), ("film/twin", 0)]
    assert plan.most_usd == pytest.approx(PRICE * 4)


def test_what_costs_nothing_has_no_retries() -> None:
    """A rendered take and a failure of an earlier run buy nothing by themselves, whatever the project allows."""
    scene = _scene(MOON, SUN, retries=5, facts=[a_rendering(MOON, "a1"), a_failure(SUN, "a2", "upstream-timeout")])

    plan = scene.plan()

    assert [(change.action, change.retries) for change in plan.changes] == [(Action.MISSING, 0), (Action.FAILED, 0)]
    assert plan.most_usd == 0


def test_a_take_that_is_retried_on_the_users_word_has_retries_of_its_own() -> None:
    """--retry-failed begins anew: one attempt, and as many more as the project allows."""
    scene = _scene(SUN, retries=2, facts=[a_failure(SUN, "a2", "upstream-timeout")])

    (change,) = scene.plan(retry_failed=True).changes

    assert (change.action, change.passes_over, change.retries) == (Action.RERENDER, "a2", 2)


def test_the_plan_says_the_most_in_words_and_as_data() -> None:
    """`at most $X with retries` for people, `most_usd` and each row's `retries` for machines."""
    plan = _scene(MOON, retries=2).plan()
    document = json.loads(json.dumps(plan_document(plan)))

    assert _says(plan, "Retry: at most $2.29 with retries · up to 2 times more after a failure of the upstream")
    assert (document["totals"]["usd"], document["totals"]["most_usd"]) == (PRICE, 2.2869)
    assert [change["retries"] for change in document["changes"]] == [2]


def test_a_plan_without_retries_says_nothing_of_them() -> None:
    """The default is silent."""
    assert not _says(_scene(MOON, retries=0).plan(), "retries")
