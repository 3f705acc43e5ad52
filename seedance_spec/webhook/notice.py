"""When CI is told to collect: what was heard of each run, and the rule of quiet and deadline. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import FREED, CallbackEvent, ClaimEvent, FeedEvent

QUIET_SECONDS = 30.0
DEADLINE_SECONDS = 900.0
KEPT_SECONDS = 3 * 86_400.0
"""How long a notice is tried. The links of whatever it tells of are dead long before."""

MOST_RUNS = 50
"""Of the newest runs a notice tells; whoever collects finds the others all the same."""

_ENDED = frozenset({"succeeded", "failed", "expired", "cancelled"})
_FIRST_PAUSE, _LONGEST_PAUSE, _LONGEST_WISH = 1.0, 900.0, 3600.0
_MOST_DOUBLINGS = 16


class Heard(StrEnum):
    """What an attempt is known to be doing, by what reached the receiver. `freed`: nothing was bought by it."""

    UNDER_WAY = "under-way"
    ENDED = "ended"
    FREED = "freed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`quiet`: seconds without news once all of a run has ended; `deadline`: seconds that news waits at the most."""

    quiet: float = QUIET_SECONDS
    deadline: float = DEADLINE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNews:
    """A run of which something is not told yet: how many of its attempts were heard of and how many of them ended,
    when the oldest and the newest untold word was heard (an attempt's end takes the place of its beginning), and the
    sequence number up to which this reckons.
    """

    project: str
    realm: Realm
    run: str
    attempts: int
    ended: int
    first_at: float
    latest_at: float
    seq: int

    @property
    def is_complete(self) -> bool:
        return self.ended == self.attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTold:
    """What a notice says of a run."""

    run: str
    attempts: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one target about one project: collect now. Its id stays the same however often it is sent."""

    id: str
    target: str
    project: str
    realm: Realm
    runs: tuple[RunTold, ...]
    made_at: float

    @property
    def is_complete(self) -> bool:
        """Whether all that was heard of has ended; else a deadline spoke."""
        return all(run.ended == run.attempts for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A notice that is not delivered yet: tries that failed, and when the next one is due."""

    notice: Notice
    tries: int
    next_at: float


def heard_next(known: Heard | None, event: FeedEvent, status: str | None) -> tuple[Heard, bool]:
    """What the attempt is doing after one more event, and whether that is news to whoever collects.

    `status` is what the body of a callback says, None for one that says nothing. An end is final, and what is heard
    again is no news: a stranger with a callback URL can neither wake CI twice nor keep it waiting.
    """
    heard = known if known is Heard.ENDED else _told_by(event, status)
    return heard, heard is not known and heard is not Heard.FREED


def due_at(news: RunNews, pace: Pace) -> float:
    """When the run is to be told of, if nothing more is heard until then."""
    quiet = news.latest_at + pace.quiet if news.is_complete else math.inf
    return min(quiet, news.first_at + pace.deadline)


def due_together(news: Iterable[RunNews], now: float, pace: Pace) -> Mapping[str, Sequence[RunNews]]:
    """By project, all that goes into a notice now. With one run that is due goes every other that has ended: a
    collect that starts for one of them brings home all.
    """
    by_project: dict[str, list[RunNews]] = {}
    for each in news:
        by_project.setdefault(each.project, []).append(each)
    return {
        project: [run for run in runs if run.is_complete or due_at(run, pace) <= now]
        for project, runs in by_project.items()
        if any(due_at(run, pace) <= now for run in runs)
    }


def told_of(news: Sequence[RunNews], before: Sequence[RunTold] = ()) -> tuple[RunTold, ...]:
    """What the next notice says: these runs, and those of a notice `before` that was never delivered."""
    latest = {run.run: run for run in before}
    for each in sorted(news, key=lambda run: run.latest_at):
        latest.pop(each.run, None)
        latest[each.run] = RunTold(run=each.run, attempts=each.attempts, ended=each.ended)
    return tuple(latest.values())[-MOST_RUNS:]


def pause(tries: int, wished: float | None = None) -> float:
    """Seconds after so many failed tries; never less than the other side wished, within reason."""
    backed_off = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(max(tries - 1, 0), _MOST_DOUBLINGS))
    return max(backed_off, min(wished or 0.0, _LONGEST_WISH))


def _told_by(event: FeedEvent, status: str | None) -> Heard:
    match event:
        case CallbackEvent():
            return Heard.ENDED if status in _ENDED else Heard.UNDER_WAY
        case ClaimEvent():
            return Heard.FREED if event.outcome in FREED else Heard.UNDER_WAY
        case _:
            assert_never(event)
