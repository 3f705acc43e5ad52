"""Every POST is accepted and charged, and its answer is lost: what the program makes of it with the real gateway."""

from __future__ import annotations

import pytest

from tests.support.films import TWO_SHOTS
from tests.support.losses import facts, serving, task_of
from tests.support.moments import until
from tests.support.reel import Reel

SHOTS = ("reel/moon", "reel/jump")


@pytest.fixture
def two_shots(reel: Reel) -> Reel:
    reel.write("reel.yaml", TWO_SHOTS)
    return reel


def test_with_a_billing_log_every_shot_completes_by_itself(two_shots: Reel) -> None:
    """One POST each, the clips are here, exit 0, and nothing hangs on a callback's word."""
    done = two_shots.apply("--fault", "lost-reply")

    assert done.code == 0, done.err
    assert all(two_shots.clip(shot).exists() for shot in SHOTS)
    assert two_shots.posts == 2
    assert {fact["source"] for fact in facts(two_shots).values()} == {"gateway"}


def test_with_a_billing_log_alone_every_shot_completes_too(two_shots: Reel) -> None:
    """Nobody calls back: the log and the fingerprints are enough."""
    done = two_shots.apply("--fault", "lost-reply", "--fault", "no-callback")

    assert done.code == 0, done.err
    assert {fact["status"] for fact in facts(two_shots).values()} == {"succeeded"}
    assert two_shots.posts == 2


def test_with_callbacks_alone_every_shot_ends_by_salvage_and_says_so(two_shots: Reel) -> None:
    """No billing log: the callbacks' own clips are checked, kept, shown, and flagged in `status`."""
    with serving(two_shots, "--no-billing-log", "--fault", "lost-reply"):
        done = two_shots.apply()

        assert done.code == 0, done.err
        assert all(two_shots.clip(shot).exists() for shot in SHOTS)
        assert {(fact["source"], fact.get("task_id")) for fact in facts(two_shots).values()} == {("callback", None)}
        status = two_shots.run("status", "--sandbox")
        assert status.out.count("known from a callback alone") == 2
        assert two_shots.posts == 2


def test_with_neither_every_shot_is_unknown_until_the_user_resolves_it(two_shots: Reel) -> None:
    """Exit 8, the money at risk and the one line that settles it; the line fetches the clip; never a second POST."""
    with serving(two_shots, "--no-billing-log", "--fault", "lost-reply", "--fault", "no-callback"):
        lost = two_shots.apply()

        assert lost.code == 8, lost.err
        for shot in SHOTS:
            assert f"seedance-spec resolve {shot} --sandbox (--landed TASK_ID" in lost.err
        assert lost.err.count("at risk") == 2
        until(lambda: two_shots.stats()["unfinished"] == 0, "two tasks that are over")
        for shot in SHOTS:
            done = two_shots.run("resolve", shot, "--sandbox", "--landed", task_of(two_shots, shot))
            assert done.code == 0, done.err
            assert two_shots.clip(shot).exists()
        assert two_shots.apply().code == 0
        assert two_shots.posts == 2
