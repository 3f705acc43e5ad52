"""When to look at a task: callbacks hurry a look, polling guarantees it (D5). Pure: time and chance are handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from seedance_spec.attempts.ports import AskLater, TaskAbsent, TaskAnswer, TaskState, TaskView
from seedance_spec.plan.durations import USUAL, Expected

MOST_HURRIED = 60
"""Looks at one attempt that callbacks can cause in a run: whoever knows its URL wins no more than these."""

_SOONEST = 0.05  # between two looks, however fast the sandbox runs
_FIRST = 2.0
_STEADY = 15.0  # the gateway itself learns no faster
_SLOWEST_STEADY = 60.0
_AFTER_AN_HOUR = 300.0
_HOUR = 3600.0
_WRITTEN_OFF_PACE = 600.0

# The gateway knows of an end at any moment of the 15 s that follow it, and later. A first look in their middle is on
# average as early as one after 2 s that is followed by another, and saves it (benchmarks/polling).
_CONFIRM_FIRST = 8.0
_CONFIRM_WINDOW = 150.0
_EARLY_WINDOW = 45.0  # of a hint before half the usual duration: nearly always it is wrong, or forged
_BACK_FIRST = 2.0

# A proven path still loses a callback now and then. Looks every 30 s from nine tenths of the usual duration on cost
# less than one per task. Where a tenth of the callbacks is lost, to wait until nearly all tasks are late made the late
# twentieth 1.5 to 2.5 times as late; to begin at eight tenths cost half of plain polling's looks, which is too many.
_GUARD = 30.0
_GUARD_FROM = 0.9

_ABSENT_YOUNG = 60.0
_ABSENT_SOON = 3.0
_ERROR_FIRST = 2.0
_ERROR_LONGEST = 300.0
_RETRY_AFTER_LONGEST = 300.0
_SPREAD = 0.2

_ON_THE_WAY = frozenset({"queued", "pending", "running", "processing"})
_WRITTEN_OFF = frozenset({"expired", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHistory:
    """What one task's schedule depends on. Times are seconds of one clock.

    `called_back`: some callback came, so the path from the upstream to us works. `poked_at` is the last callback that
    hints at an end, `poked_since` the first one that no look has answered yet, `back_since` the return of a receiver or
    feed that none has, `confirms` the looks that callbacks caused. `errors` counts failed looks in a row. `written_off`
    tells that the gateway's own data show a task that its upstream gave up, which its status hides until the sweep.
    """

    submitted_at: float
    asked_at: float | None = None
    called_back: bool = False
    poked_at: float | None = None
    poked_since: float | None = None
    back_since: float | None = None
    confirms: int = 0
    errors: int = 0
    retry_after: float | None = None
    absent: bool = False
    written_off: bool = False


def after_answer(history: AskHistory, answer: TaskAnswer, *, now: float, time_scale: float = 1.0) -> AskHistory:
    """The history once a look was answered at `now`."""
    failed = not isinstance(answer, TaskView | TaskAbsent)
    confirmed = not failed and history.poked_at is not None and now - history.poked_at <= _CONFIRM_WINDOW / time_scale
    return replace(
        history,
        asked_at=now,
        poked_since=history.poked_since if failed else None,
        back_since=history.back_since if failed else None,
        confirms=history.confirms + confirmed,
        errors=history.errors + 1 if failed else 0,
        retry_after=answer.retry_after if isinstance(answer, AskLater) else None,
        absent=isinstance(answer, TaskAbsent),
        written_off=_is_written_off(answer) if isinstance(answer, TaskView) else history.written_off,
    )


def after_callback(history: AskHistory, upstream_status: str | None, *, now: float) -> AskHistory:
    """The history once a callback came at `now`. `queued` and `running` prove the path; every other body, one that
    does not parse among them, may mean the end and is worth a look, as long as callbacks have not had too many.
    """
    proven = replace(history, called_back=True)
    if upstream_status in _ON_THE_WAY or history.confirms >= MOST_HURRIED:
        return proven
    return replace(proven, poked_at=now, poked_since=now if history.poked_since is None else history.poked_since)


def wanting_a_look(history: AskHistory, *, now: float) -> AskHistory:
    """The history once a receiver or feed that was away is back: one look tells what its callbacks would have."""
    return replace(history, back_since=now if history.back_since is None else history.back_since)


def next_ask(
    history: AskHistory,
    *,
    now: float,
    interval: float | None,
    chance: float,
    expected: Expected = USUAL,
    listening: bool = True,
    time_scale: float = 1.0,
) -> float:
    """When to look next, never before `now`.

    `interval` is the user's own (real seconds, a floor that only a callback or an error goes below), None lets the
    schedule decide. `chance` in [0, 1) spreads looks. `listening` False: no callback can reach us now, so none is
    counted on. `time_scale` N is a sandbox at `--speed N`: its gateway knows N times sooner. Sources: gateway.md
    §8.4, webhooks.md §5.
    """
    pace = _Pace(
        now=now,
        interval=interval,
        chance=chance,
        expected=expected,
        trusting=listening and history.called_back,
        time_scale=time_scale,
    )
    due = pace.after_error(history) if history.errors else min(pace.steady(history), pace.hurried(history))
    return max(now, due)


def _is_written_off(view: TaskView) -> bool:
    ended = view.state in {TaskState.SUCCEEDED, TaskState.FAILED}
    return not ended and view.upstream_status in _WRITTEN_OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """The rules for one question; durations are the gateway's, hence divided by `time_scale`."""

    now: float
    interval: float | None
    chance: float
    expected: Expected
    trusting: bool
    time_scale: float

    def steady(self, history: AskHistory) -> float:
        """The look that comes even if nobody calls."""
        if history.asked_at is None:
            return history.submitted_at + self._scaled(_FIRST) * (1 + self.chance)
        if history.absent:
            return history.asked_at + self._absence(history)
        if self.interval is not None:
            return history.asked_at + max(self.interval, _SOONEST) * (1 + _SPREAD * self.chance)
        if history.written_off:
            return history.asked_at + self._jittered(_WRITTEN_OFF_PACE)
        if self.trusting:
            return self._guard(history)
        return history.asked_at + self._jittered(self._growing(history.asked_at - history.submitted_at))

    def hurried(self, history: AskHistory) -> float:
        """The look that a callback brings forward, and those that follow it every 15 s while its window lasts.

        It is never sooner than 15 s after the last one: a stranger with a leaked URL buys himself no more than the
        steady pace. What is still unanswered is never put off by the next.
        """
        rested = -inf if history.asked_at is None else history.asked_at + self._jittered(_STEADY)
        due = inf
        if history.back_since is not None:
            due = history.back_since + self._jittered(_BACK_FIRST)
        if history.poked_since is not None:
            due = min(due, history.poked_since + self._jittered(_CONFIRM_FIRST))
        elif self._still_confirming(history, rested):
            due = min(due, rested)
        return max(due, rested)

    def _still_confirming(self, history: AskHistory, due: float) -> bool:
        """Whether a hint may still turn out true: for a while; for a short one where it came too early to be likely."""
        if history.poked_at is None or history.confirms >= MOST_HURRIED:
            return False
        age = (history.poked_at - history.submitted_at) * self.time_scale
        is_early = self.interval is None and age < self.expected.usual / 2
        window = _EARLY_WINDOW if is_early else _CONFIRM_WINDOW
        return due - history.poked_at <= window / self.time_scale

    def after_error(self, history: AskHistory) -> float:
        """Exponential back-off with full jitter; never sooner than the gateway's own Retry-After, capped."""
        asked_at = self.now if history.asked_at is None else history.asked_at
        longest = min(_ERROR_FIRST * 2.0 ** min(history.errors - 1, 10), _ERROR_LONGEST)
        backed_off = self._scaled(longest * self.chance) + self._scaled(_ERROR_FIRST) / 4
        told = min(history.retry_after or 0.0, _RETRY_AFTER_LONGEST)
        return asked_at + max(backed_off, told * (1 + _SPREAD / 2 * self.chance))

    def _guard(self, history: AskHistory) -> float:
        """A proven path: nothing until the task may well be finished; then seldom, until it is late: then its callback
        was lost after all.
        """
        assert history.asked_at is not None
        due = history.submitted_at + _GUARD_FROM * self.expected.usual / self.time_scale
        if history.asked_at < due:
            return due + self._scaled(_STEADY) * self.chance
        overdue = (history.asked_at - history.submitted_at) * self.time_scale - self.expected.late
        if overdue < 0:
            return history.asked_at + self._jittered(_GUARD)
        if overdue > _HOUR:
            return history.asked_at + self._jittered(_AFTER_AN_HOUR)
        return history.asked_at + self._jittered(min(max(overdue / 2, _STEADY), _SLOWEST_STEADY))

    def _growing(self, age: float) -> float:
        """15 s until twice the expected duration, then in proportion to the age up to a minute; 5 min after an hour."""
        if age * self.time_scale > _HOUR:
            return _AFTER_AN_HOUR
        relative = age / max(2 * self.expected.usual / self.time_scale, _SOONEST)
        return min(max(_STEADY * relative, _STEADY), _SLOWEST_STEADY)

    def _absence(self, history: AskHistory) -> float:
        """An id that the gateway does not know yet is a race for a minute; after that a lost row, looked at rarely."""
        assert history.asked_at is not None
        young = (history.asked_at - history.submitted_at) * self.time_scale < _ABSENT_YOUNG
        return self._jittered(_ABSENT_SOON if young else _AFTER_AN_HOUR)

    def _jittered(self, seconds: float) -> float:
        return self._scaled(seconds) * (1 + _SPREAD * (2 * self.chance - 1))

    def _scaled(self, seconds: float) -> float:
        return max(seconds / self.time_scale, _SOONEST)
