"""A saved plan against a world that moved on: per row it goes, is done, or is stale; and it never pays for more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.model.given import Given
from seedance_spec.model.shot import Project
from seedance_spec.plan.change import Action, Plan
from seedance_spec.plan.saved import Asked, SavedPlan
from seedance_spec.plan.saved_check import stale_words
from seedance_spec.plan.saved_document import is_saved_plan, read_saved_plan, saved_document, saved_plan_schema
from seedance_spec.specfiles.diagnostic import Diagnostic
from seedance_spec.specfiles.found import SpecFile
from tests.support.deciding import Scene, a_failure, a_rendering, a_scene, a_shot, an_attempt, rows
from tests.support.editing import a_spec, read
from tests.support.saving import applied, saved

MOON, STORM = a_shot("film/moon"), a_shot("film/storm", prompt="s")
EMPTY = a_scene(MOON, STORM)


def stale(plan: Plan) -> list[tuple[str, str]]:
    """Each row that no longer holds, with what changed."""
    return [(change.shot_id, stale_words(change)) for change in plan.stale]


def test_a_plan_of_an_unmoved_world_goes_as_it_was() -> None:
    """Every row is there, at its price, and nothing is stale."""
    plan = applied(saved(EMPTY), EMPTY)

    assert (rows(plan), plan.stale, plan.outside) == (rows(EMPTY.plan()), (), ())


def test_what_was_bought_meanwhile_is_done_and_what_is_new_is_left_out() -> None:
    """An unrelated edit and another clone's payment cost the plan nothing: the rest of it goes."""
    plan_of_noon = saved(EMPTY)
    now = a_scene(MOON, STORM, a_shot("film/more", prompt="m"), facts=[a_rendering(MOON, "mo")], stored=["mo"])

    plan = applied(plan_of_noon, now)

    assert rows(plan) == [("film/moon", 1, Action.RESTORE), ("film/storm", 1, Action.NEW)]
    assert [change.shot_id for change in plan.outside] == ["film/more"]
    assert (plan.stale, plan_of_noon.bought(plan)) == ((), 1)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (a_scene(a_shot("film/moon", prompt="Another cat"), STORM), "prompt changed (specs/film.yaml:4:13)"),
        (a_scene(STORM), "it is no longer in the specs"),
        (
            a_scene(MOON, STORM, facts=[a_failure(MOON, "fa")]),
            "it failed: moderation (OutputVideoSensitiveContentDetected): blocked, and is not bought again",
        ),
    ],
    ids=["edited", "gone", "failed meanwhile"],
)
def test_a_row_that_changed_is_stale_and_the_others_go(now: Scene, said: str) -> None:
    """It is named with what changed, and nothing is paid for it; no other row is held up by it."""
    plan = applied(saved(EMPTY), now)

    assert stale(plan) == [("film/moon", said)]
    assert [change.shot_id for change in plan.paid] == ["film/storm"]


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.UNKNOWN, Status.LANDED])
def test_what_was_submitted_meanwhile_is_followed_and_not_sent_again(status: Status) -> None:
    """Whatever may have cost money stands in the way of a second payment."""
    plan = applied(saved(EMPTY), a_scene(MOON, STORM, facts=[an_attempt(MOON, "mo", status)]))

    assert [change.shot_id for change in plan.paid] == ["film/storm"]
    assert plan.changes[0].action in {Action.IN_FLIGHT, Action.UNKNOWN}


def test_a_take_that_was_asked_for_once_more_is_bought_once() -> None:
    """--retake is saved with the plan: applied twice, it is one more take and not two."""
    first = a_rendering(MOON, "t1")
    before = a_scene(MOON, facts=[first], stored=["t1"], shown={"film/moon": "t1"})
    plan = saved(before, asked=Asked(retake=("film/moon",)))
    second = a_rendering(MOON, "t2", take=2)
    after = a_scene(MOON, facts=[first, second], stored=["t1", "t2"], shown={"film/moon": "t1"})

    assert [(change.take, change.action) for change in applied(plan, before).paid] == [(2, Action.NEW)]
    assert (applied(plan, after).paid, applied(plan, after).stale) == ((), ())


def test_a_failure_that_may_be_retried_is_retried_once() -> None:
    """The plan rests on the failed attempt: when another one stands there, that was the retry, and it failed too."""
    before = a_scene(MOON, facts=[a_failure(MOON, "f1")])
    plan = saved(before, asked=Asked(retry_failed=True))
    after = a_scene(MOON, facts=[a_failure(MOON, "f1"), a_failure(MOON, "f2", submitted_at=1_778_236_900)])

    assert [change.passes_over for change in applied(plan, before).paid] == ["f1"]
    assert applied(plan, after).paid == ()
    assert stale(applied(plan, after))[0][1].startswith("another attempt stands there by now; it failed")


def test_who_was_to_come_with_a_stale_shot_is_stale_too() -> None:
    """Its price was never agreed to: the shot that was to pay for both has changed."""
    twins = a_scene(a_shot("film/a"), a_shot("film/b"))
    now = a_scene(a_shot("film/a", prompt="new"), a_shot("film/b"))

    plan = applied(saved(twins), now)

    assert plan.paid == ()
    assert [shot for shot, _ in stale(plan)] == ["film/a", "film/b"]


def test_a_shot_whose_payment_moved_to_a_stale_one_is_not_left_waiting() -> None:
    """The first shot was edited into the second one's request, and would pay for both: neither goes."""
    pair = a_scene(a_shot("film/a", prompt="one"), a_shot("film/b", prompt="two"))
    now = a_scene(a_shot("film/a", prompt="two"), a_shot("film/b", prompt="two"))

    plan = applied(saved(pair), now)

    assert (plan.changes, stale(plan)) == (
        (),
        [
            ("film/a", "prompt changed (specs/film.yaml:4:13)"),
            ("film/b", "was to come with film/a, which is not rendered in this run"),
        ],
    )


def test_a_child_of_a_stale_parent_is_not_paid_for() -> None:
    """A parent that changed changes its children's request; one that failed leaves them blocked."""
    chain = "exit: { prompt: B, inputs: [{ shot: moon, frame: last }] }"
    film = read({"reel.yaml": a_spec("moon: { prompt: A }", chain)})
    edited = read({"reel.yaml": a_spec("moon: { prompt: C }", chain)})
    failed = a_failure(film.shots["reel/moon"], "fa")

    changed = applied(saved(Scene(film=film)), Scene(film=edited))
    lost = applied(saved(Scene(film=film)), Scene(film=film, facts=(failed,)))

    assert (changed.paid, [shot for shot, _ in stale(changed)]) == ((), ["reel/moon", "reel/exit"])
    assert (lost.paid, [shot for shot, _ in stale(lost)], rows(lost)) == (
        (),
        ["reel/moon"],
        [("reel/exit", 1, Action.BLOCKED)],
    )


def test_saving_is_a_yes_to_the_price_and_to_no_higher_one() -> None:
    """The same prices are agreed to; retries that were configured since then make it dearer, and are asked about."""
    plan = saved(EMPTY)
    dearer = replace(EMPTY, film=replace(EMPTY.film, project=Project(name="teaser-q4", retries=1)))

    assert plan.agrees_to(applied(plan, EMPTY))
    assert not plan.agrees_to(applied(plan, dearer))


def test_a_payment_without_a_price_is_agreed_to_only_where_it_was_saved_as_such() -> None:
    """A model whose price is gone since then is asked about, and so is one that had none and has one now."""
    priced, now = saved(EMPTY), EMPTY.plan()
    unpriced = replace(priced, rows=tuple(replace(row, most_usd=None) for row in priced.rows))
    now_unpriced = replace(now, changes=tuple(replace(change, quote=None) for change in now.changes))

    assert unpriced.agrees_to(now_unpriced)
    assert not priced.agrees_to(now_unpriced)
    assert not unpriced.agrees_to(now)
    assert not replace(unpriced, rows=()).agrees_to(now_unpriced)


STEPS = ("moon", "storm", "twin")


def a_fact(name: str, status: Status | None) -> tuple[AttemptFact, ...]:
    shot = a_shot(f"film/{name}", prompt=name)
    match status:
        case None:
            return ()
        case Status.SUCCEEDED:
            return (a_rendering(shot, f"{name}-now"),)
        case Status.FAILED:
            return (a_failure(shot, f"{name}-now"),)
        case _:
            return (an_attempt(shot, f"{name}-now", status),)


@whatever(
    before=st.sets(st.sampled_from(STEPS)),
    edited=st.sets(st.sampled_from(STEPS)),
    happened=st.fixed_dictionaries({name: st.sampled_from([None, *Status]) for name in STEPS}),
)
def test_a_saved_plan_never_pays_for_more_than_it_said(
    before: set[str], edited: set[str], happened: dict[str, Status | None]
) -> None:
    """Whatever happened since: every payment was in the plan with this hash and take, and nothing stood in its way."""
    plan = saved(a_scene(*(a_shot(f"film/{name}", prompt=name) for name in sorted(before))))
    texts = {name: "edited" if name in edited else name for name in STEPS}
    now = a_scene(
        *(a_shot(f"film/{name}", prompt=text) for name, text in texts.items()),
        facts=[fact for name, status in happened.items() for fact in a_fact(name, status)],
    )

    paid = {(change.shot_id, change.take, change.content_hash) for change in applied(plan, now).paid}

    assert paid <= {(row.shot_id, row.take, row.content_hash) for row in plan.paid}
    free = {f"film/{name}" for name, status in happened.items() if status in {None, Status.NOT_LANDED}}
    assert {shot for shot, _, _ in paid} == {f"film/{name}" for name in before - edited} & free


# ── as a file ───────────────────────────────────────────────────────────────────────────────────────────────────────


def a_rich_plan() -> SavedPlan:
    given = Given(
        profile=None,
        files=(SpecFile(path="vars.yaml", text="hero: a cat\n"),),
        environment={},
        arguments={"mood": "cold dawn"},
    )
    gone = a_rendering(a_shot("film/gone", prompt="gone"), "go")
    scene = a_scene(MOON, a_shot("film/twin"), STORM, facts=[gone, a_failure(STORM, "fa")])
    return saved(scene, given=given, asked=Asked(retry_failed=True, select=("film/",)))


def text_of(plan: SavedPlan, **changed: Any) -> str:
    return json.dumps({**saved_document(plan), **changed}, indent=2)


def test_what_is_written_is_what_is_read_and_what_the_schema_says() -> None:
    """The file holds the whole plan, every kind of row, and matches its published schema."""
    plan = a_rich_plan()

    Draft202012Validator(dict(saved_plan_schema())).validate(saved_document(plan))

    assert {row.action for row in plan.rows} >= {Action.NEW, Action.IN_FLIGHT, Action.RERENDER, Action.DROPPED}
    assert read_saved_plan("plan.json", text_of(plan)) == plan
    assert is_saved_plan(text_of(plan))


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("", "plan.json:1:1", "this is not JSON"),
        ('{\n  "format": nope }', "plan.json:2:13", "this is not JSON: expecting value"),
        ('{\n  "format": "seedance-spec/plan/1"\n}', "plan.json:2:13", "this is no saved plan"),
        ("[]", "plan.json:1:1", "this is no saved plan"),
        ('{"format": "seedance-spec/saved-plan/9"}', "plan.json:1:12", "another version of seedance-spec"),
        (text_of(a_rich_plan(), realm="moon"), "plan.json:4:12", "realm: input should be 'paid' or 'sandbox'"),
        (text_of(a_rich_plan(), rows=[{"shot": 5}]), "plan.json:30:15", "rows.0.shot: input should be a valid string"),
        (text_of(a_rich_plan(), created_at=float("nan")), "plan.json:1:1", "this is not JSON that can be read"),
        ("[" * 100_000, "plan.json:1:1", "this is not JSON that can be read"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused_at_its_place(text: str, place: str, said: str) -> None:
    """Line and column of what is wrong, and how to get a good one."""
    fault = read_saved_plan("plan.json", text)

    assert isinstance(fault, Diagnostic)
    assert (str(fault.span), fault.hint) == (place, "save it again: seedance-spec plan -o FILE")
    assert said in fault.message
