"""--no-progress-timeout: a wait is over once nothing has changed for so long, and looks alone are no change."""

from __future__ import annotations

import pytest

from seedance_spec.cli.patience import Patience
from seedance_spec.plan.events import Downloading, Event, Rendered, Told, Waiting
from tests.support.timers import VirtualTimers


def a_wait(*events: tuple[float, Event], seconds: float | None, until: float) -> list[float]:
    """The times at which patience was over, for events that come at these times."""
    timers, over = VirtualTimers(), list[float]()
    patience = Patience(seconds, lambda: over.append(timers.now), timers)
    for at, event in events:
        timers.advance(at)
        patience.heard(event)
    timers.advance(until)
    return over


def waiting(status: str) -> Waiting:
    return Waiting(shot_id="moon", take=1, at=0.0, status=status, elapsed=1.0)


def test_looks_that_show_the_same_are_no_news() -> None:
    """Asked every second and told the same: over after the ten seconds from the last change."""
    events: list[tuple[float, Event]] = [(0.5, waiting("QUEUED")), (3.0, waiting("IN_PROGRESS"))]
    events += [(4.0 + n, waiting("IN_PROGRESS")) for n in range(20)]

    assert a_wait(*events, seconds=10.0, until=60.0)[0] == pytest.approx(13.0)


def test_a_download_that_grows_is_news() -> None:
    """Bytes that come in keep the wait alive; the same bytes said again do not."""
    grows = [(float(n), Downloading(shot_id="moon", take=1, at=0.0, done=n, total=None)) for n in range(30)]
    stuck = [(30.0 + n, Downloading(shot_id="moon", take=1, at=0.0, done=29, total=None)) for n in range(30)]

    assert a_wait(*grows, *stuck, seconds=10.0, until=90.0)[0] == pytest.approx(39.0)


def test_every_clip_that_comes_is_news_and_sentences_are_not() -> None:
    """A clip at 5 s begins the wait anew; what is told to people at 12 s does not."""
    rendered = Rendered(shot_id="sun", take=1, at=0.0, path="renders/sun.mp4", seconds=5.0)
    events: list[tuple[float, Event]] = [(5.0, rendered), (12.0, Told(message="still waiting", at=0.0))]

    assert a_wait(*events, seconds=10.0, until=30.0) == [pytest.approx(15.0)]


def test_without_a_limit_it_never_ends() -> None:
    """Nobody said how long: whoever waits, waits."""
    assert a_wait((1.0, waiting("QUEUED")), seconds=None, until=1e9) == []
