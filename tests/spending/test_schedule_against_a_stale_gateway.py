"""The poller against a gateway that knows late (15 s and more): the end is found, in time and with few looks."""

from __future__ import annotations

from random import Random

import pytest

from seedance_spec.plan.durations import USUAL, Expected
from tests.support.polling import (
    A_TENTH_LOST,
    DEAD,
    HEALTHY,
    Outcome,
    Path,
    a_reel,
    followed,
    learnt_from,
    plain,
)

HOUR = 3600.0
REELS = 10
FIRST_REEL = USUAL
LATER_REEL = learnt_from(a_reel(Random(99 + reel)) for reel in range(3))


def follow(
    path: Path, *, interval: float | None = None, speed: float = 1.0, expected: Expected = FIRST_REEL
) -> Outcome:
    """Ten reels of twenty tasks, the same ones for every path."""
    outcome = Outcome()
    for seed in range(REELS):
        reel = a_reel(Random(seed), speed=speed)
        outcome += followed(reel, path, Random(-1 - seed), interval=interval, expected=expected, speed=speed)
    return outcome


PLAIN = sum((plain(a_reel(Random(seed))) for seed in range(REELS)), Outcome())


def test_callbacks_alone_complete_a_reel_with_a_poll_interval_of_an_hour() -> None:
    """With polls an hour apart every task is found within a minute of its end, by at most eight looks."""
    outcome = follow(HEALTHY, interval=HOUR)

    assert max(outcome.lateness) < 60
    assert max(outcome.looks) <= 8


@pytest.mark.parametrize("expected", [FIRST_REEL, LATER_REEL], ids=["first-reel", "later-reel"])
def test_polling_alone_completes_a_reel_as_fast_as_plain_polling(expected: Expected) -> None:
    """With no callback at all the late twentieth is no later than 1.2 × that of a look every 15 s."""
    outcome = follow(DEAD, expected=expected)

    assert outcome.percentile(0.95) <= 1.2 * PLAIN.percentile(0.95)
    assert outcome.looks_per_task <= PLAIN.looks_per_task


@pytest.mark.parametrize("expected", [FIRST_REEL, LATER_REEL], ids=["first-reel", "later-reel"])
@pytest.mark.parametrize("path", [HEALTHY, A_TENTH_LOST], ids=["healthy", "a-tenth-lost"])
def test_a_path_that_works_halves_the_looks(path: Path, expected: Expected) -> None:
    """With callbacks, a lost tenth or none, the same reel takes at most half the looks and is hardly later."""
    outcome = follow(path, expected=expected)

    assert outcome.looks_per_task <= PLAIN.looks_per_task / 2
    assert outcome.percentile(0.95) <= 1.2 * PLAIN.percentile(0.95)


@pytest.mark.parametrize("path", [Path(copies=10), Path(statuses=("succeeded", "queued", "running"), copies=3)])
def test_duplicates_and_disorder_cost_no_more_than_eight_looks(path: Path) -> None:
    """However often and in whatever order callbacks come, a task is looked at no more than eight times."""
    assert max(follow(path, interval=HOUR).looks) <= 8


def test_a_lost_last_callback_costs_a_minute_and_no_result() -> None:
    """A path that proved itself and then lost every last callback is found out by the guarding looks."""
    outcome = follow(Path(statuses=("queued", "running")))

    assert max(outcome.lateness) < 90


def test_a_fast_sandbox_completes_within_its_own_seconds() -> None:
    """At `--speed 20` the reel completes twenty times sooner."""
    outcome = follow(HEALTHY, interval=HOUR, speed=20.0)

    assert max(outcome.lateness) < 60 / 20
