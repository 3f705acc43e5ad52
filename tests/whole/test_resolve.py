"""`resolve`: what may be said about a submit whose outcome nobody knows, what is refused, and what is never paid."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator

from seedance_spec.cli.resolve import resolve_schema
from tests.support.films import ONE_SHOT, TWO_SHOTS
from tests.support.losses import facts, serving, task_of
from tests.support.reel import Finished, Reel

MOON, JUMP = "reel/moon", "reel/jump"


@pytest.fixture
def lost(reel: Reel) -> Iterator[Reel]:
    """Two shots whose POSTs were accepted and lost, without a billing log and without callbacks."""
    reel.write("reel.yaml", TWO_SHOTS)
    with serving(reel, "--no-billing-log", "--fault", "lost-reply:x2", "--fault", "no-callback:x2"):
        assert reel.apply().code == 8
        yield reel


def resolve(reel: Reel, *words: str) -> Finished:
    return reel.run("resolve", *words, "--sandbox")


def test_it_shows_how_things_stand_and_refuses_what_does_not_fit(lost: Reel) -> None:
    """Without a word: exit 8, the attempt, the money, the words. Refused with the reason: another attempt's
    fingerprint, a task that is on record already, and one that the gateway does not know. Nothing changes.
    """
    shown = resolve(lost, MOON)
    assert shown.code == 8
    assert str(facts(lost)[MOON]["key"]) in shown.err
    assert all(word in shown.err for word in ("$0.27 at risk", "--landed TASK_ID", "--not-landed", "--wait"))
    jumps = task_of(lost, JUMP)

    other = resolve(lost, MOON, "--landed", jumps)
    assert (other.code, "its execution_expires_after is" in other.err) == (8, True)
    assert resolve(lost, JUMP, "--landed", jumps).code == 0
    taken = resolve(lost, MOON, "--landed", jumps)
    assert (taken.code, f"it belongs to {JUMP} take 1" in taken.err) == (8, True)
    absent = resolve(lost, MOON, "--landed", "task_nobody")
    assert (absent.code, "does not know" in absent.err) == (64, True)
    assert facts(lost)[MOON]["status"] == "unknown"


def test_what_did_not_land_may_be_bought_by_the_next_apply(lost: Reel) -> None:
    """The fact says so, and the take is bought once more: on the user's word, and only that one."""
    said = resolve(lost, MOON, "--not-landed")
    assert (said.code, facts(lost)[MOON]["status"]) == (0, "not_landed")
    assert lost.posts == 2

    assert lost.apply().code == 8
    assert lost.posts == 3
    assert lost.clip(MOON).exists()


def test_a_second_thought_still_finds_the_task(lost: Reel) -> None:
    """An attempt that was called not landed can be given its task, as long as the take was not bought again."""
    task = task_of(lost, MOON)
    assert resolve(lost, MOON, "--not-landed").code == 0

    done = resolve(lost, MOON, "--landed", task, "--json")

    assert done.code == 0, done.err
    document = json.loads(done.out)
    Draft202012Validator(resolve_schema()).validate(document)
    assert (document["state"], document["task_id"]) == ("rendered", task)
    assert lost.posts == 2


def test_a_task_that_still_runs_is_recorded_at_once_and_waited_for_on_demand(reel: Reel) -> None:
    """`--landed` alone writes it down and ends; `--wait` then stays until the clip is here."""
    reel.write("reel.yaml", ONE_SHOT)
    with serving(reel, "--no-billing-log", "--fault", "lost-reply", "--fault", "no-callback", "--fault", "slow:40"):
        assert reel.apply().code == 8
        said = resolve(reel, MOON, "--landed", task_of(reel, MOON))
        assert (said.code, "it still runs" in said.err, facts(reel)[MOON]["status"]) == (0, True, "submitted")
        done = resolve(reel, MOON, "--wait")
        assert (done.code, reel.clip(MOON).exists(), reel.posts) == (0, True, 1), done.err


def test_what_a_callback_proves_cannot_be_called_not_landed(reel: Reel) -> None:
    """The upstream called on the attempt's capability: refused with the proof, exit 8, the fact stays."""
    reel.write("reel.yaml", TWO_SHOTS)
    with serving(reel, "--no-billing-log", "--fault", "lost-reply", "--fault", "moderation"):
        assert reel.apply().code == 8

        said = resolve(reel, MOON, "--not-landed")

        assert (said.code, "a callback came for it (cgt-" in said.err) == (8, True)
        assert facts(reel)[MOON]["status"] == "landed"


def test_a_task_bought_elsewhere_is_taken_in_for_a_shot_that_asks_for_it(reel: Reel) -> None:
    """A shot without an attempt takes in one that fits; one task is one attempt's; nothing is paid."""
    reel.write("reel.yaml", TWO_SHOTS)
    assert reel.apply().code == 0
    tasks = {shot: str(fact["task_id"]) for shot, fact in facts(reel).items()}
    lock = reel.root / "specs" / "seedance.sandbox.lock"
    for path in sorted((reel.root / ".seedance").rglob("journal*")):
        path.unlink()
    lock.write_text("")

    taken = resolve(reel, MOON, "--landed", tasks[JUMP])
    assert taken.code == 0, taken.err
    (fact,) = facts(reel).values()
    assert (fact["take"], fact["task_id"], reel.clip(MOON).exists()) == (1, tasks[JUMP], True)
    assert "imported" in str(fact["reports"])
    twice = resolve(reel, JUMP, "--landed", tasks[JUMP])
    assert (twice.code, "it belongs to reel/moon take 1" in twice.err) == (64, True)
    assert reel.posts == 2


def test_a_name_that_nobody_knows_is_a_usage_error(reel: Reel) -> None:
    """With the nearest shot as a hint; and two words at once are one too many."""
    reel.write("reel.yaml", TWO_SHOTS)

    unknown = resolve(reel, "reel/moom", "--not-landed")

    assert (unknown.code, "did you mean reel/moon?" in unknown.err) == (64, True)
    assert resolve(reel, MOON, "--not-landed", "--wait").code == 64
    assert resolve(reel, MOON, "--not-landed").code == 0
