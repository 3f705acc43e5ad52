"""`collect`: what is paid for comes home, on any clone, and nothing is paid."""

from __future__ import annotations

import shutil
import signal

import pytest

from seedance_spec.attempts.asking_only import AskingOnly
from seedance_spec.attempts.ports import Mark, Refused
from tests.support.conducting import Gateway
from tests.support.moments import marks, statuses, stopped, until
from tests.support.reel import Reel
from tests.support.virtual import VirtualClock

SHOTS = ("reel/moon", "reel/jump", "reel/exit")


def _clips(reel: Reel) -> dict[str, bytes]:
    return {shot: reel.clip(shot).read_bytes() for shot in SHOTS if reel.clip(shot).exists()}


def _as_a_fresh_clone(reel: Reel) -> None:
    """What git does not carry is gone: journal, store, renders/."""
    shutil.rmtree(reel.root / ".seedance")
    shutil.rmtree(reel.root / "renders", ignore_errors=True)


def _submit_and_leave(reel: Reel, *more: str) -> None:
    """An apply that is ended once its three tasks are on record, long before they are rendered."""
    process = reel.start("apply", "--sandbox", "--yes", "--speed", "60", *more)
    until(lambda: marks(reel) == [Mark.ANSWERED] * 3, "three answers on record")
    assert stopped(process, signal.SIGTERM).code == 143


def test_a_fresh_clone_collects_what_another_machine_submitted(three_shots: Reel) -> None:
    """Three tasks in flight by the lockfile alone: three clips, no POST; and then nothing is left to collect."""
    _submit_and_leave(three_shots)
    _as_a_fresh_clone(three_shots)

    collected = three_shots.run("collect", "--sandbox", "--json")

    assert collected.code == 0, collected.err
    assert {event["shot"] for event in collected.events() if event["event"] == "rendered"} == set(SHOTS)
    assert set(_clips(three_shots)) == set(SHOTS)
    assert three_shots.posts == 3
    again = three_shots.run("collect", "--sandbox")
    assert (again.code, again.out) == (0, "")
    assert "nothing to collect" in again.err


def test_missing_clips_are_fetched_and_changed_shots_are_not_bought(three_shots: Reel) -> None:
    """One shot is edited and the clips are gone: collect brings home what was paid, sends nothing, moves no label."""
    assert three_shots.apply().code == 0
    before = _clips(three_shots)
    _as_a_fresh_clone(three_shots)
    three_shots.edit("reel.yaml", "cat jump", "cat leap")

    collected = three_shots.run("collect", "--sandbox")

    assert collected.code == 0, collected.err
    assert _clips(three_shots) == {shot: before[shot] for shot in ("reel/moon", "reel/exit")}
    assert three_shots.posts == 3
    assert three_shots.actions()["reel/jump#1"] == "re-render"


def test_a_failed_take_is_none_of_its_business(three_shots: Reel) -> None:
    """What failed before is not looked at, and retries that the project allows are an apply's alone."""
    three_shots.write("project.yaml", "version: 1\nretries: 5\n")
    _submit_and_leave(three_shots, "--fault", "internal-error:prompt~jump")

    collected = three_shots.run("collect", "--sandbox")

    assert collected.code == 4, collected.err
    assert set(_clips(three_shots)) == {"reel/moon", "reel/exit"}
    assert three_shots.posts == 3
    assert three_shots.run("collect", "--sandbox").code == 0
    assert three_shots.posts == 3


def test_a_wait_that_is_over_says_so_and_loses_nothing(three_shots: Reel) -> None:
    """--timeout ends it while the work runs: exit 9, everything still in flight."""
    _submit_and_leave(three_shots, "--fault", "slow:100")

    waited = three_shots.run("collect", "--sandbox", "--timeout", "0.3")

    assert waited.code == 9, waited.err
    assert "3 still running" in waited.err
    assert statuses(three_shots) == ["submitted"] * 3
    assert three_shots.posts == 3


def test_broken_specs_keep_nobody_from_collecting(three_shots: Reel) -> None:
    """Half of the specs cannot be read: what the others show comes home, nothing is taken away, exit 3."""
    assert three_shots.apply().code == 0
    moon = three_shots.clip("reel/moon")
    bytes_before = moon.read_bytes()
    three_shots.clip("reel/exit").unlink()
    three_shots.edit("reel.yaml", "prompt: Make the cat jump", "promt: Make the cat jump")

    collected = three_shots.run("collect", "--sandbox")

    assert collected.code == 3, collected.err
    assert 'unknown key "promt"' in collected.err
    assert set(_clips(three_shots)) == set(SHOTS)
    assert moon.read_bytes() == bytes_before
    assert three_shots.posts == 3


def test_collecting_needs_a_key_or_the_sandbox(three_shots: Reel) -> None:
    """Without either it is a matter of usage, said with both ways on."""
    refused = three_shots.run("collect")

    assert refused.code == 64
    assert "EASYROUTER_API_KEY" in refused.err
    assert "--sandbox" in refused.err


@pytest.mark.anyio
async def test_what_collect_is_handed_cannot_post() -> None:
    """Even a caller that wanted to pay would reach nobody: no mark, no byte, a refusal that stops every submit."""
    gateway, reached = Gateway(VirtualClock()), list[Mark]()

    async def mark(step: Mark) -> None:
        reached.append(step)

    outcome = await AskingOnly(gateway).submit({"prompt": "a cat"}, mark=mark)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.scope, outcome.retry) == ("never-pays", "all", False)
    assert (gateway.bodies, reached) == ([], [])


def test_no_trace_of_a_claim_is_left(three_shots: Reel) -> None:
    """A plan full of new shots: collect neither sends nor claims anything."""
    collected = three_shots.run("collect", "--sandbox")

    assert collected.code == 0, collected.err
    assert three_shots.posts == 0
    assert (marks(three_shots), statuses(three_shots)) == ([], [])
