"""What a changed parent does to its children: the whole cascade, or none of it, and what cannot go at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.lockfile.facts import AttemptFact, Fact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Film, Shot
from seedance_spec.plan.brake import USUAL_BRAKE, pulled
from seedance_spec.plan.bringing import Bringing, obstacle
from seedance_spec.plan.change import Action, Plan
from seedance_spec.plan.decide import decide
from seedance_spec.plan.document import plan_document
from seedance_spec.plan.edits import edits_of
from seedance_spec.plan.price_text import price_of
from seedance_spec.plan.status import State, status_rows, status_text
from seedance_spec.plan.style import PLAIN
from seedance_spec.plan.text import plan_text
from seedance_spec.plan.world import Options, Presence
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, a_failure, a_film, a_rendering, a_scene, a_shot, an_attempt
from tests.support.editing import a_spec, read, rendered
from tests.support.facts import digest
from tests.support.families import a_chain, a_child

REEL = a_spec(
    "moon: { prompt: A, duration: 4, metadata: { ratio: 16:9 } }",
    "exit: { prompt: B, inputs: [{ shot: moon }], metadata: { ratio: 16:9 } }",
    "after: { prompt: C, inputs: [{ shot: exit, frame: last }], metadata: { ratio: 16:9 } }",
    "sun: { prompt: S, metadata: { ratio: 16:9 } }",
)
BEFORE = {"reel.yaml": REEL}
NEW_MOON = {"reel.yaml": REEL.replace("prompt: A", "prompt: a dark moon")}
NEW_MOON_AND_LAST = {"reel.yaml": NEW_MOON["reel.yaml"].replace("prompt: C", "prompt: D")}


def planned(film: Film, facts: Iterable[AttemptFact], **options: object) -> Plan:
    """The plan for a film; every clip on record is in the store."""
    facts = tuple(facts)
    stored = frozenset(digest(each.attempt_id) for each in facts)
    plan, complaints = decide(
        film,
        Facts.of(*facts),
        Presence(stored=stored),
        realm=Realm.PAID,
        options=Options(**options),  # type: ignore[arg-type] # a test's own words
    )
    assert complaints == ()
    return plan


def actions(plan: Plan) -> dict[str, str]:
    return {change.shot_id.rpartition("/")[2]: change.action.value for change in plan.changes if change.shot}


def test_the_whole_cascade_is_planned_with_its_price_under_one_edit() -> None:
    """One prompt changed; three clips are anew: the edit is told once, counts them all and sums their prices."""
    plan = planned(read(NEW_MOON), rendered(read(BEFORE)))
    (edit,) = edits_of(plan).shared

    assert actions(plan) == {"moon": "re-render", "exit": "re-render", "after": "re-render", "sun": "restore"}
    assert edit.shots == ("reel/moon", "reel/exit", "reel/after")
    assert price_of(plan, edit).startswith(f"about ${plan.total_usd:.2f}")
    text = plan_text(plan, width=110, style=PLAIN)
    assert "Why:  1 edit explains 3 of 3\n      specs/reel.yaml:4:19  prompt  about $" in text
    assert "(also changes 2 other shots)" in text
    assert "parent          reel/moon asks for another picture  specs/reel.yaml:5:39" in text


def test_without_a_cascade_the_parent_goes_and_its_children_stay_stale() -> None:
    """They are free, keep their takes, say what they would cost, and the way on repeats the flag."""
    plan = planned(read(NEW_MOON), rendered(read(BEFORE)), cascade=False)
    text = plan_text(plan, width=110, style=PLAIN)
    document = plan_document(plan)

    assert actions(plan) == {"moon": "re-render", "exit": "stale", "after": "stale", "sun": "restore"}
    assert [change.shot_id for change in plan.paid] == ["reel/moon"]
    assert "! reel/exit   stale         free  left as it is; anew $" in text
    assert "Plan: 1 re-render, 1 restore, 2 stale" in text
    assert "Note: 2 shots left stale (--no-cascade), about $" in text
    assert "Next: seedance-spec apply --no-cascade" in text
    assert document["totals"]["actions"] == {"re-render": 1, "restore": 1, "stale": 2}  # type: ignore[index,call-overload] # JSON


def test_stale_shots_alone_are_nothing_to_pay() -> None:
    """The parent is rendered by now: neither --locked nor --detailed-exitcode counts what the user lets stay."""
    new, old = read(NEW_MOON), rendered(read(BEFORE))
    moon = a_rendering(new.shots["reel/moon"], "anew")
    plan = planned(new, (*old, moon), cascade=False)

    assert actions(plan) == {"moon": "restore", "exit": "stale", "after": "stale", "sun": "restore"}
    assert not plan.has_changes
    assert actions(planned(new, (*old, moon)))["exit"] == "re-render"


def test_a_child_with_an_edit_of_its_own_goes_where_its_parent_does() -> None:
    """Its only cause is not the parent: without a cascade it is rendered all the same, after the parent."""
    edit = {"reel.yaml": NEW_MOON["reel.yaml"].replace("prompt: B", "prompt: E")}
    plan = planned(read(edit), rendered(read(BEFORE)), cascade=False)

    assert actions(plan) == {"moon": "re-render", "exit": "re-render", "after": "stale", "sun": "restore"}


def test_a_child_of_a_stale_shot_cannot_go() -> None:
    """Its own edit asks for it, but the clip that it would start from is not made: blocked, with the way out."""
    plan = planned(read(NEW_MOON_AND_LAST), rendered(read(BEFORE)), cascade=False)

    assert actions(plan) == {"moon": "re-render", "exit": "stale", "after": "blocked", "sun": "restore"}
    after = next(change for change in plan.changes if change.shot_id == "reel/after")
    assert after.causes[-1].text == "starts from reel/exit, which stays stale; apply without --no-cascade"
    assert str(after.causes[-1].span) == "specs/reel.yaml:6:40"


def test_a_stale_shot_that_is_named_is_bought_again() -> None:
    """--retake is the user's word for this shot: what it starts from is there."""
    new = read(NEW_MOON)
    facts = (*rendered(read(BEFORE)), a_rendering(new.shots["reel/moon"], "anew"))
    plan = planned(new, facts, cascade=False, retake=frozenset({"reel/exit"}))

    assert actions(plan) == {"moon": "restore", "exit": "re-render", "after": "stale", "sun": "restore"}


def test_a_child_that_has_nothing_yet_is_new_and_not_stale() -> None:
    """Nothing of it could stay."""
    plan = planned(read(NEW_MOON), rendered(read(BEFORE), but=frozenset({"reel/exit"})), cascade=False)

    assert actions(plan)["exit"] == "new"


def test_a_stale_shot_whose_request_another_one_pays_for_follows_it() -> None:
    """It costs nothing more, and is no longer stale."""
    twin = {"reel.yaml": NEW_MOON["reel.yaml"] + NEW_MOON["reel.yaml"].splitlines()[4].replace("exit", "twin") + "\n"}
    plan = planned(read(twin), rendered(read(BEFORE)), cascade=False)

    assert [(change.shot_id, change.follows) for change in plan.paid if change.follows] == []
    assert sorted(change.shot_id for change in plan.paid if "moon" not in change.shot_id) in [
        ["reel/exit"],
        ["reel/twin"],
    ]
    assert {actions(plan)[name] for name in ("exit", "twin")} == {"re-render", "in-flight"}


def test_stale_shots_count_as_finished_for_the_brake() -> None:
    """They are there and stay there: a run without a cascade does not look like a mass re-rendering."""
    film = a_film(a_shot("film/moon", prompt="new"), *(a_child(str(n), a_shot(prompt="new")) for n in range(9)))
    old = [a_child(str(n), a_shot(prompt="old")) for n in range(9)]
    facts = [a_rendering(a_shot("film/moon", prompt="old"), "m"), *(a_rendering(each, each.id) for each in old)]

    assert pulled(planned(film, facts), USUAL_BRAKE) is not None
    assert pulled(planned(film, facts, cascade=False), USUAL_BRAKE) is None


@pytest.mark.parametrize(
    ("parent", "why"),
    [
        (a_failure(a_shot(), "f"), "which failed; change it, or --retry-failed"),
        (
            a_rendering(a_shot(), "g", status=Status.GONE),
            "whose clip was given up on; --retake film/moon-walk buys it again",
        ),
    ],
    ids=["failed", "gone"],
)
def test_what_starts_from_a_clip_that_will_not_come_is_blocked_down_the_chain(parent: AttemptFact, why: str) -> None:
    """Each says which parent; none is priced into the plan."""
    moon = a_shot()
    exit_ = a_child("exit", moon)
    plan = a_scene(moon, exit_, a_child("after", exit_), facts=[parent]).plan()

    blocked = [change for change in plan.changes if change.action is Action.BLOCKED]
    assert [change.causes[-1].text for change in blocked] == [
        f"starts from film/moon-walk, {why}",
        "starts from film/exit, which is blocked itself",
    ]
    assert (plan.paid, plan.total_usd) == ((), 0)


def test_a_chain_may_be_as_long_as_a_season() -> None:
    """Its first shot failed: thousands behind it are blocked, without a recursion."""
    chain = a_chain(3000)
    plan = a_scene(*reversed(chain), facts=[a_failure(chain[0])]).plan()

    assert [change.action for change in plan.changes].count(Action.BLOCKED) == 2999


@given(data=st.data())
def test_whatever_a_run_pays_for_can_start(data: st.DataObject) -> None:
    """In any film and after any history: the clip of every parent of a paying row is rendered, or a row may bring it;
    and no row is blocked whose parents all may.
    """
    shots: list[Shot] = []
    for number in range(data.draw(st.integers(1, 7))):
        parents = data.draw(st.lists(st.sampled_from(shots), max_size=2, unique_by=id)) if shots else []
        shots.append(a_child(str(number), *parents) if parents else a_shot(f"film/{number}", prompt=str(number)))
    facts: list[Fact] = [fact for shot in shots if (fact := _history(shot, data.draw(st.integers(0, 5)))) is not None]
    scene = a_scene(*data.draw(st.permutations(shots)), facts=facts, stored=[shot.id for shot in shots])
    plan = scene.plan(retry_failed=data.draw(st.booleans()))
    bringing = Bringing.of(plan.changes, Facts.of(*facts))

    for change in plan.changes:
        asking = replace(change, action=Action.NEW) if change.action is Action.BLOCKED else change
        stuck = [each for each in bringing.parents(asking) if each.row is None or obstacle(each.row) is not None]
        assert bool(stuck) is (change.action is Action.BLOCKED)


def _history(shot: Shot, kind: int) -> AttemptFact | None:
    match kind:
        case 0:
            return a_rendering(shot, shot.id)
        case 1:
            return a_failure(shot, shot.id)
        case 2:
            return an_attempt(shot, shot.id)
        case 3:
            return an_attempt(shot, shot.id, Status.UNKNOWN, task_id=None)
        case 4:
            return a_rendering(shot, shot.id, status=Status.GONE)
        case _:
            return None


def test_status_says_what_a_shot_waits_for() -> None:
    """Not submitted, and not to be submitted as things stand: blocked, with the parent at the root."""
    moon = a_shot("film/moon", prompt="moon")
    exit_ = a_child("exit", moon)
    film = a_film(moon, exit_, a_child("after", exit_))
    rows = status_rows(film, Facts.of(a_failure(moon)), Presence(), realm=Realm.PAID, now=NOON)

    assert [(row.state, row.hint) for row in rows[1:]] == [
        (State.BLOCKED, "starts from film/moon, which failed"),
        (State.BLOCKED, "starts from film/moon (through film/exit), which failed"),
    ]
    assert "! film/exit   blocked" in status_text(rows, width=100, style=PLAIN)
