"""When CI is told: what counts as news, when a run is due, what goes together, how long a failed try waits."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import CallbackEvent, ClaimEvent, FeedEvent, Outcome
from seedance_spec.webhook.notice import (
    MOST_RUNS,
    Heard,
    Pace,
    RunNews,
    RunTold,
    due_at,
    due_together,
    heard_next,
    pause,
    told_of,
)

PACE = Pace(quiet=30.0, deadline=900.0)
CALLBACK = CallbackEvent(seq=1, attempt_id="a", at=0.0, body=b"")
UNDER_WAY, ENDED, FREED = Heard.UNDER_WAY, Heard.ENDED, Heard.FREED


def _claim(outcome: Outcome) -> ClaimEvent:
    return ClaimEvent(seq=1, attempt_id="a", at=0.0, outcome=outcome)


def _news(run: str = "r1", **overrides: Any) -> RunNews:
    fields: dict[str, Any] = {
        "project": "p",
        "realm": Realm.PAID,
        "run": run,
        "attempts": 2,
        "ended": 2,
        "first_at": 100.0,
        "latest_at": 200.0,
        "seq": 9,
    }
    return RunNews(**{**fields, **overrides})


@pytest.mark.parametrize(
    ("known", "event", "status", "heard", "is_news"),
    [
        (None, CALLBACK, "queued", UNDER_WAY, True),
        (None, CALLBACK, None, UNDER_WAY, True),
        (None, CALLBACK, "succeeded", ENDED, True),
        (UNDER_WAY, CALLBACK, "running", UNDER_WAY, False),
        (UNDER_WAY, CALLBACK, "failed", ENDED, True),
        (UNDER_WAY, CALLBACK, "expired", ENDED, True),
        (ENDED, CALLBACK, "succeeded", ENDED, False),
        (ENDED, CALLBACK, "running", ENDED, False),
        (None, _claim(Outcome.SUBMITTED), None, UNDER_WAY, True),
        (None, _claim(Outcome.UNKNOWN), None, UNDER_WAY, True),
        (None, _claim(Outcome.REFUSED), None, FREED, False),
        (UNDER_WAY, _claim(Outcome.NEVER_SENT), None, FREED, False),
        (FREED, _claim(Outcome.SUBMITTED), None, UNDER_WAY, True),
        (FREED, CALLBACK, "succeeded", ENDED, True),
        (ENDED, _claim(Outcome.SUBMITTED), None, ENDED, False),
    ],
)
def test_what_counts_as_news(
    known: Heard | None, event: FeedEvent, status: str | None, heard: Heard, *, is_news: bool
) -> None:
    """The first word of an attempt, and its end; what was never bought is none, and what is heard again is none."""
    assert heard_next(known, event, status) == (heard, is_news)


@given(st.lists(st.sampled_from(["queued", "running", "succeeded", "failed", "nonsense"]), min_size=1))
def test_in_whatever_order_and_number_callbacks_come_an_attempt_is_news_twice_at_most(statuses: list[str]) -> None:
    """Once for being there, once for its end, and the end stays: nobody with a callback URL can wake CI at will."""
    known, news = None, 0
    for status in statuses:
        known, is_news = heard_next(known, CALLBACK, status)
        news += is_news

    has_ended = bool({"succeeded", "failed"} & set(statuses))
    assert known is (ENDED if has_ended else UNDER_WAY)
    assert news == (2 if has_ended and statuses[0] not in {"succeeded", "failed"} else 1)


@pytest.mark.parametrize(
    ("news", "due"),
    [
        (_news(), 230.0),
        (_news(ended=1), 1_000.0),
        (_news(latest_at=990.0), 1_000.0),
        (_news(attempts=1, ended=0, first_at=200.0), 1_100.0),
    ],
    ids=["all-ended", "one-runs", "ever-new-ends", "nothing-ended"],
)
def test_a_run_is_due_when_it_is_quiet_or_late(news: RunNews, due: float) -> None:
    """Once all has ended and nothing new came for a while; at the latest when its oldest news is so old."""
    assert due_at(news, PACE) == due


def test_with_one_run_that_is_due_go_all_that_have_ended() -> None:
    """A second wake-up half a minute later would only fetch what the first one fetches; another project waits apart."""
    due, fresh, running = _news("r1"), _news("r2", latest_at=229.0), _news("r3", ended=1, first_at=229.0)
    elsewhere = _news("r4", project="q", latest_at=229.0)

    assert due_together([due, fresh, running, elsewhere], 230.0, PACE) == {"p": [due, fresh]}
    assert due_together([due, fresh, running, elsewhere], 229.9, PACE) == {}


def test_what_was_never_delivered_is_said_with_what_is_new() -> None:
    """The newer word about a run takes the place of the older; of very many runs the newest are named."""
    before = (RunTold(run="r1", attempts=2, ended=1), RunTold(run="r2", attempts=1, ended=1))

    assert told_of([_news("r1")], before) == (
        RunTold(run="r2", attempts=1, ended=1),
        RunTold(run="r1", attempts=2, ended=2),
    )
    many = [_news(f"r{nth}", latest_at=float(nth)) for nth in range(2 * MOST_RUNS)]
    assert [each.run for each in told_of(many)] == [f"r{nth}" for nth in range(MOST_RUNS, 2 * MOST_RUNS)]


@given(st.floats(min_value=0, max_value=1e9))
def test_pauses_grow_to_a_quarter_of_an_hour_and_obey_within_reason(wished: float) -> None:
    """1, 2, 4 … 900 s; never shorter than the other side wished, which may wish for an hour."""
    pauses = [pause(tries) for tries in range(1, 5_000)]

    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert all(earlier <= later <= 900.0 for earlier, later in pairwise(pauses))
    assert pause(3, wished) == max(4.0, min(wished, 3600.0))
