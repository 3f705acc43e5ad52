"""What `collect` makes of a plan: nothing in it pays, moves a label or takes away what is shown."""

from __future__ import annotations

from dataclasses import replace

from seedance_spec.lockfile.facts import Status
from seedance_spec.plan.change import Action, Plan
from seedance_spec.plan.collecting import COLLECTED, collectable
from tests.support.deciding import a_failure, a_rendering, a_scene, a_shot, an_attempt, rows

MOON, SUN = a_shot("film/moon"), a_shot("film/sun", prompt="A sun")


def _every_action() -> Plan:
    shots = {name: a_shot(f"film/{name}", prompt=name) for name in (each.value for each in Action)}
    facts = [
        a_rendering(shots["missing"], "missing"),
        a_rendering(shots["restore"], "restore"),
        a_rendering(shots["unchanged"], "unchanged"),
        a_rendering(replace(shots["renamed"], id="film/former"), "renamed"),
        a_rendering(a_shot("film/re-render", prompt="before"), "before"),
        a_rendering(shots.pop("dropped"), "dropped"),
        an_attempt(shots["in-flight"], "flying"),
        an_attempt(shots["unknown"], "lost", Status.UNKNOWN, task_id=None),
        a_failure(shots["failed"], "failed"),
    ]
    here = ("restore", "unchanged", "renamed", "before", "dropped")
    return a_scene(*shots.values(), facts=facts, stored=here, shown={"film/unchanged": "unchanged"}).plan()


def test_of_a_plan_with_every_action_only_what_brings_a_clip_is_left() -> None:
    """Rows about an attempt that is in flight, missing, unknown or not shown; none of them pays."""
    plan = _every_action()

    left = collectable(plan)

    assert {change.action for change in plan.changes} == set(Action) - {Action.BLOCKED, Action.STALE}
    assert {change.action for change in left.changes} == COLLECTED
    assert [change for change in left.changes if change.attempt is None or change.pays or change.retries] == []
    assert [change for change in left.changes if change.label_after is not None or change.previous_id is not None] == []


def test_a_shot_that_follows_a_payer_is_left_to_the_apply() -> None:
    """It waits for a payment that collect does not make."""
    assert collectable(a_scene(MOON, replace(MOON, id="film/twin")).plan()).changes == ()


def test_a_take_that_was_given_up_on_is_not_fetched() -> None:
    """Written off by --retake: no link of it is looked for."""
    gone, flying = a_rendering(MOON, "a1", status=Status.GONE), an_attempt(SUN, "a2")

    assert rows(collectable(a_scene(MOON, SUN, facts=[gone, flying]).plan())) == [("film/sun", 1, Action.IN_FLIGHT)]
