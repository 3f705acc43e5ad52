"""When a task is looked at: soon after the submit, as often as the gateway can know more, at once when called."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.ports import AskLater, TaskAbsent
from seedance_spec.attempts.schedule import (
    MOST_HURRIED,
    AskHistory,
    after_answer,
    after_callback,
    next_ask,
    wanting_a_look,
)
from seedance_spec.plan.durations import Expected
from tests.support.attempts import a_view

SUBMITTED = 1_000_000.0
MIDDLE = 0.5
HOUR = 3600.0


def a_history(**overrides: Any) -> AskHistory:
    return replace(AskHistory(submitted_at=SUBMITTED), **overrides)


def looked(age: float, **overrides: Any) -> AskHistory:
    """A history whose last look was `age` seconds after the submit."""
    return a_history(asked_at=SUBMITTED + age, **overrides)


def seconds_until(history: AskHistory, *, chance: float = MIDDLE, interval: float | None = None, **more: Any) -> float:
    """Seconds from the last look (the submit, before any) to the next."""
    since = history.submitted_at if history.asked_at is None else history.asked_at
    return next_ask(history, now=since, interval=interval, chance=chance, **more) - since


@pytest.mark.parametrize(
    ("age", "seconds"),
    [(3, 15), (100, 15), (196, 15), (392, 30), (784, 60), (3000, 60), (3601, 300)],
)
def test_without_callbacks_looks_come_as_fast_as_the_gateway_learns_and_then_ever_more_rarely(
    age: float, seconds: float
) -> None:
    """Every 15 s until twice the expected 98 s, a minute in the end, five after an hour."""
    assert seconds_until(looked(age)) == pytest.approx(seconds, rel=0.01)


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 12.0), (0.5, 15.0), (0.999999, 18.0)])
def test_looks_are_spread_by_a_fifth(chance: float, seconds: float) -> None:
    """Chance moves a look by up to 20 % either way, so that tasks of one run do not march in step."""
    assert seconds_until(looked(3), chance=chance) == pytest.approx(seconds, rel=0.001)


@pytest.mark.parametrize("interval", [None, HOUR])
def test_the_first_look_comes_within_seconds(interval: float | None) -> None:
    """A quick look learns the upstream id, whatever the user's own interval is."""
    assert seconds_until(a_history(), interval=interval) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("age", "due"), [(3, 95.7), (87, 95.7), (89, 89 + 30), (146, 146 + 30), (150, 150 + 15), (600, 600 + 60)]
)
def test_a_proven_path_is_looked_at_only_once_the_task_may_be_finished(age: float, due: float) -> None:
    """After a callback nothing is asked before nine tenths of 98 s, then every 30 s; once it is late every 15 to 60."""
    assert age + seconds_until(looked(age, called_back=True)) == pytest.approx(due, abs=0.6)


def test_a_proven_path_follows_the_durations_of_the_project() -> None:
    """What usually takes five minutes, and late ten, is first looked at after 4.5, and twice as often after ten."""
    slow = Expected(usual=300.0, late=600.0)

    assert 3 + seconds_until(looked(3, called_back=True), expected=slow) == pytest.approx(277.5)
    assert seconds_until(looked(310, called_back=True), expected=slow) == pytest.approx(30)
    assert seconds_until(looked(601, called_back=True), expected=slow) == pytest.approx(15)


def test_a_path_that_is_gone_is_not_counted_on() -> None:
    """While no callback can reach us, what earlier ones proved does not delay a look."""
    assert seconds_until(looked(20, called_back=True), listening=False) == pytest.approx(15.0)


def test_the_users_interval_is_a_floor() -> None:
    """With an interval of an hour a task is never looked at sooner than that, and no later than a fifth more."""
    assert seconds_until(looked(20), interval=HOUR, chance=0.0) >= HOUR
    assert seconds_until(looked(20), interval=HOUR, chance=0.99) <= 1.2 * HOUR


@pytest.mark.parametrize("status", ["succeeded", "failed", "expired", "cancelled", "nonsense", None])
def test_a_callback_that_may_mean_the_end_brings_a_look_in_eight_seconds(status: str | None) -> None:
    """Any body but queued and running, one that does not parse among them, is worth a look soon."""
    called = after_callback(looked(60), status, now=SUBMITTED + 90)

    due = next_ask(called, now=SUBMITTED + 90, interval=HOUR, chance=MIDDLE)

    assert due == pytest.approx(SUBMITTED + 98)


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_callback_on_the_way_brings_no_look(status: str) -> None:
    """`queued` and `running` prove the path and nothing more."""
    assert after_callback(looked(3), status, now=SUBMITTED + 4) == looked(3, called_back=True)


def test_the_confirming_looks_come_every_fifteen_seconds_and_end_after_their_window() -> None:
    """After a callback: +8 s, then every 15 s for 150 s, then the user's own interval again."""
    history, now, steps = after_callback(looked(90), "succeeded", now=SUBMITTED + 100), SUBMITTED + 100, list[float]()
    while (due := next_ask(history, now=now, interval=HOUR, chance=MIDDLE)) < SUBMITTED + 1000:
        steps.append(round(due - now, 1))
        history, now = after_answer(history, a_view(), now=due), due

    assert steps == [8.0, *[15.0] * 9]


def test_a_callback_never_brings_a_look_sooner_than_the_gateway_can_know_more() -> None:
    """Fifteen seconds lie between two looks, whoever calls meanwhile."""
    called = after_callback(looked(90), "succeeded", now=SUBMITTED + 91)

    assert seconds_until(called, interval=HOUR) == pytest.approx(15)


@pytest.mark.parametrize("status", ["succeeded", "failed", "expired", None])
def test_a_stranger_with_the_url_buys_sixty_looks_at_the_steady_pace(status: str | None) -> None:
    """A callback every second for an hour costs one look per 15 s, sixty in all, and then only the user's own."""
    history, now, looks = looked(3), SUBMITTED + 3, list[float]()
    while now < SUBMITTED + HOUR:
        now += 1
        history = after_callback(history, status, now=now)
        if next_ask(history, now=now, interval=HOUR, chance=MIDDLE) <= now:
            history = after_answer(history, a_view(), now=now)
            looks.append(now)

    assert len(looks) == MOST_HURRIED == 60
    assert min(later - earlier for earlier, later in pairwise(looks)) >= 15


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.sampled_from(["succeeded", "failed", None]))
def test_callbacks_coalesce(first: float, pause: float, status: str | None) -> None:
    """A second callback before the look changes nothing about when the look comes, however soon it follows."""
    once = after_callback(looked(60), status, now=SUBMITTED + 60 + first)
    twice = after_callback(once, status, now=SUBMITTED + 60 + first + pause)

    assert next_ask(twice, now=SUBMITTED, interval=HOUR, chance=MIDDLE) == next_ask(
        once, now=SUBMITTED, interval=HOUR, chance=MIDDLE
    )


@pytest.mark.parametrize(("errors", "most"), [(1, 2.5), (2, 4.5), (5, 32.5), (9, 300.5), (30, 300.5)])
def test_errors_back_off_exponentially_with_full_jitter(errors: int, most: float) -> None:
    """The wait lies anywhere up to 2 s, doubled with every error in a row, at most five minutes."""
    assert seconds_until(looked(60, errors=errors), chance=0.0) == pytest.approx(0.55, abs=0.06)
    assert seconds_until(looked(60, errors=errors), chance=0.999999) == pytest.approx(most, rel=0.01)


@pytest.mark.parametrize(("told", "least"), [(40.0, 40.0), (9999.0, 300.0)])
def test_a_retry_after_is_kept_within_reason(told: float, least: float) -> None:
    """The gateway's Retry-After is the least wait, capped at five minutes; a callback does not cut it short."""
    refused = after_answer(looked(60), AskLater(reason="429", retry_after=told), now=SUBMITTED + 75)
    called = after_callback(refused, "succeeded", now=SUBMITTED + 76)

    assert least <= seconds_until(called) <= 1.1 * least


def test_an_answer_ends_the_back_off() -> None:
    """One good answer, and the errors before it are forgotten."""
    failing = looked(60, errors=7, retry_after=40.0)

    assert after_answer(failing, a_view(), now=SUBMITTED + 75) == looked(75)


@pytest.mark.parametrize(("age", "seconds"), [(5, 3), (59, 3), (61, 300)])
def test_an_absent_task_is_a_race_for_a_minute_and_then_rarely_looked_at(age: float, seconds: float) -> None:
    """`task_not_exist` is asked again at once while it is young, and never given up."""
    absent = after_answer(a_history(), TaskAbsent(message="task_not_exist"), now=SUBMITTED + age)

    assert seconds_until(absent) == pytest.approx(seconds)


def test_a_receiver_that_comes_back_costs_one_look() -> None:
    """The wish for a look is met within seconds and then gone."""
    back = wanting_a_look(looked(20, called_back=True), now=SUBMITTED + 100)
    due = next_ask(back, now=SUBMITTED + 100, interval=HOUR, chance=MIDDLE)
    assert due == pytest.approx(SUBMITTED + 102)

    answered = after_answer(back, a_view(), now=due)

    assert seconds_until(answered, interval=HOUR) >= HOUR


def test_a_receiver_that_comes_and_goes_costs_no_more_than_the_steady_pace() -> None:
    """Its return brings no look sooner than 15 s after the last one."""
    assert seconds_until(wanting_a_look(looked(20), now=SUBMITTED + 21), interval=HOUR) == pytest.approx(15)


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_a_task_that_its_upstream_gave_up_is_looked_at_every_ten_minutes(status: str) -> None:
    """Where the gateway's own data show it, the verdict comes with the sweep; a callback's word alone slows nothing."""
    seen = after_answer(looked(60), a_view(upstream_status=status), now=SUBMITTED + 75)
    told = after_callback(looked(60), status, now=SUBMITTED + 75)

    assert seconds_until(seen) == pytest.approx(600)
    assert seconds_until(told) == pytest.approx(23)
    assert seconds_until(after_answer(seen, a_view(), now=SUBMITTED + 675)) < 60


@pytest.mark.parametrize("history", [a_history(), looked(3), looked(20, called_back=True), looked(60, errors=1)])
def test_a_faster_sandbox_is_asked_faster(history: AskHistory) -> None:
    """At `--speed 20` every wait is a twentieth."""
    asked_at = None if history.asked_at is None else SUBMITTED + (history.asked_at - SUBMITTED) / 20
    faster = seconds_until(replace(history, asked_at=asked_at), time_scale=20.0)

    assert faster == pytest.approx(seconds_until(history) / 20, rel=0.15)


@given(
    st.builds(
        AskHistory,
        submitted_at=st.just(SUBMITTED),
        asked_at=st.none() | st.floats(SUBMITTED, SUBMITTED + 1e5),
        called_back=st.booleans(),
        poked_at=st.none() | st.floats(SUBMITTED, SUBMITTED + 1e5),
        poked_since=st.none() | st.floats(SUBMITTED, SUBMITTED + 1e5),
        back_since=st.none() | st.floats(SUBMITTED, SUBMITTED + 1e5),
        confirms=st.integers(0, 1000),
        errors=st.integers(0, 5000),
        retry_after=st.none() | st.floats(0, 1e6),
        absent=st.booleans(),
        written_off=st.booleans(),
    ),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([1.0, 20.0, 600.0]),
    st.booleans(),
)
def test_a_look_is_always_due_in_the_foreseeable_future(
    history: AskHistory,
    chance: float,
    speed: float,
    listening: bool,  # noqa: FBT001 - Hypothesis hands it in
) -> None:
    """Whatever the history, the next look is neither in the past nor more than twelve minutes after the last one."""
    now = SUBMITTED + 1e5
    due = next_ask(history, now=now, interval=None, chance=chance, time_scale=speed, listening=listening)

    assert now <= due <= now + 720
