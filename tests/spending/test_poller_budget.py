"""The budget that all looks share: a rate, the gateway's Retry-After, growing pauses, one probe where it seems dead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.ports import AskLater, AskRefused, TaskAbsent, TaskAnswer
from seedance_spec.attempts.rate_budget import BREAKER, BURST, RateBudget
from tests.support.attempts import a_view
from tests.support.polling import most_within

FAILED = AskLater(reason="HTTP 502")
FRESH = RateBudget()


def failed(times: int, *, chance: float = 0.5, budget: RateBudget = FRESH) -> RateBudget:
    """The budget after so many looks at time 0, 1, 2 … that all failed."""
    for now in range(times):
        budget = budget.after(FAILED, sent_at=now - 0.5, now=now, chance=chance)
    return budget


def pause(times: int, chance: float) -> float:
    return failed(times, chance=chance).paused_until - (times - 1)


@given(st.lists(st.just(0.0) | st.floats(0, 5), min_size=1, max_size=60), st.sampled_from([1.0, 20.0]))
def test_no_window_holds_more_than_a_burst_and_its_rate(waits: list[float], speed: float) -> None:
    """However looks are wanted, a window of w seconds holds no more than five and one for each of its seconds."""
    budget, now, times = RateBudget(time_scale=speed), 0.0, list[float]()
    for wait in waits:
        now = max(now + wait / speed, budget.free_at)
        budget = budget.spent(now)
        times.append(now)

    assert most_within(times, 0.999 / speed) <= BURST
    for window in (5.0, 30.0):
        assert most_within(times, window / speed) <= BURST + window


@pytest.mark.parametrize(("times", "least", "most"), [(1, 0, 2), (2, 0, 4), (3, 0, 8), (4, 0, 16)])
def test_failures_slow_everybody_down_with_full_jitter(times: int, least: float, most: float) -> None:
    """The pause lies anywhere up to 2 s, doubled with every failure in a row, whichever tasks they were about."""
    assert pause(times, 0.0) == pytest.approx(least)
    assert pause(times, 0.999999) == pytest.approx(most, rel=0.001)
    assert not failed(times).is_probing


@pytest.mark.parametrize(("times", "most"), [(5, 60), (6, 90), (7, 150), (8, 270), (9, 300), (5000, 300)])
def test_five_failures_open_a_breaker_for_half_a_minute_to_five(times: int, most: float) -> None:
    """Behind it a probe goes out after 30 s at the soonest, later with every probe that fails, at most five minutes."""
    assert pause(times, 0.0) == pytest.approx(30)
    assert pause(times, 0.999999) == pytest.approx(most, rel=0.001)
    assert failed(times).is_probing


@pytest.mark.parametrize("answer", [a_view(), TaskAbsent(message="no such task"), AskRefused(reason="401")])
def test_any_answer_of_the_gateway_closes_the_breaker(answer: TaskAnswer) -> None:
    """Whatever it says about a task: it is there."""
    budget = failed(BREAKER).after(answer, sent_at=99, now=100, chance=0.5)

    assert not budget.is_probing
    assert budget.failures == 0


def test_what_fails_together_is_one_misfortune() -> None:
    """Five looks on the wire when the line drops count once: the breaker needs five tries, not five tasks."""
    budget = RateBudget()
    for _ in range(5):
        budget = budget.after(FAILED, sent_at=0.0, now=1.0, chance=0.5)

    assert budget.failures == 1


@pytest.mark.parametrize(("told", "until"), [(40.0, 140.0), (9999.0, 400.0)])
def test_a_retry_after_is_everybodys(told: float, until: float) -> None:
    """What the gateway tells one look holds for all, capped at five minutes."""
    busy = AskLater(reason="HTTP 429", retry_after=told)

    assert RateBudget().after(busy, sent_at=99.0, now=100.0, chance=0.0).free_at == until


def test_a_later_word_never_shortens_a_pause() -> None:
    """A look that was under way when the gateway asked for a minute's rest, and fails itself, leaves the minute."""
    busy = RateBudget().after(AskLater(reason="429", retry_after=60.0), sent_at=0.0, now=1.0, chance=0.0)

    assert busy.after(FAILED, sent_at=0.5, now=2.0, chance=0.0).free_at == 61.0
    assert busy.after(FAILED, sent_at=1.5, now=2.0, chance=0.0).free_at == 61.0


def test_a_fast_sandbox_is_given_up_and_tried_again_sooner() -> None:
    """At `--speed 20` every pause of ours is a twentieth; what the gateway says is in its own seconds."""
    fast = failed(BREAKER, budget=RateBudget(time_scale=20.0))

    assert fast.paused_until - (BREAKER - 1) == pytest.approx(45 / 20)
    told = replace(FAILED, retry_after=10.0)
    assert RateBudget(time_scale=20.0).after(told, sent_at=0, now=1, chance=0.0).free_at == 11.0
