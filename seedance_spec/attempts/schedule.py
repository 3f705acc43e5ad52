"""When to look at a task: callbacks hurry a look, polling guarantees it (D5). Pure: time and chance are handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seedance_spec.attempts.ports import AskLater, TaskAbsent, TaskAnswer, TaskView

TYPICAL_SECONDS = 98.0
"""From submit to success of a 5 s 720p clip (the API page's own example); for whoever has no better figure."""

_SOONEST = 0.05  # between two looks, however fast the sandbox runs
_FIRST = 2.0
_STEADY = 15.0  # the gateway itself learns no faster
_SLOWEST_STEADY = 60.0
_AFTER_AN_HOUR = 300.0
_HOUR = 3600.0

_CONFIRM_FIRST = 2.0
_CONFIRM_GROWTH = 3.0  # slower growth finds the end no sooner: the gateway itself is 15 s behind and more
_CONFIRM_WINDOW = 150.0
_GUARD = 1.5  # of the expected duration: a healthy path needs no look before

_ABSENT_YOUNG = 60.0
_ABSENT_SOON = 3.0
_ERROR_FIRST = 2.0
_ERROR_LONGEST = 300.0
_RETRY_AFTER_LONGEST = 300.0
_SPREAD = 0.2

_ON_THE_WAY = frozenset({"queued", "pending", "running", "processing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHistory:
    """What one task's schedule depends on. Times are Unix seconds.

    `called_back`: some callback came, so the path from the upstream to us works. `poked_at` is the last callback that
    hints at an end, `wanted_since` the first wish for a look that no look has answered yet, `confirms` the looks made
    since the first such hint. `errors` counts failed looks in a row.
    """

    submitted_at: float
    asked_at: float | None = None
    called_back: bool = False
    poked_at: float | None = None
    wanted_since: float | None = None
    confirms: int = 0
    errors: int = 0
    retry_after: float | None = None
    absent: bool = False


def after_answer(history: AskHistory, answer: TaskAnswer, *, now: float) -> AskHistory:
    """The history once a look was answered at `now`."""
    failed = not isinstance(answer, TaskView | TaskAbsent)
    return replace(
        history,
        asked_at=now,
        wanted_since=history.wanted_since if failed else None,
        confirms=history.confirms + (history.poked_at is not None and not failed),
        errors=history.errors + 1 if failed else 0,
        retry_after=answer.retry_after if isinstance(answer, AskLater) else None,
        absent=isinstance(answer, TaskAbsent),
    )


def after_callback(history: AskHistory, upstream_status: str | None, *, now: float) -> AskHistory:
    """The history once a callback came at `now`. `queued` and `running` prove the path; every other body, one that
    does not parse among them, may mean the end and is worth a look.
    """
    proven = replace(history, called_back=True)
    if upstream_status in _ON_THE_WAY:
        return proven
    return replace(wanting_a_look(proven, now=now), poked_at=now)


def wanting_a_look(history: AskHistory, *, now: float) -> AskHistory:
    """The history once something asks for one look: a receiver or feed that was away is back."""
    return replace(history, wanted_since=now if history.wanted_since is None else history.wanted_since)


def next_ask(
    history: AskHistory,
    *,
    now: float,
    interval: float | None,
    chance: float,
    expected_seconds: float = TYPICAL_SECONDS,
    listening: bool = True,
    time_scale: float = 1.0,
) -> float:
    """When to look next: Unix seconds, never before `now`.

    `interval` is the user's own (real seconds, a floor that only a callback or an error goes below), None lets the
    schedule decide. `chance` in [0, 1) spreads looks. `listening` False: no callback can reach us now, so none is
    counted on. `time_scale` N is a sandbox at `--speed N`: its gateway knows N times sooner. Sources: gateway.md
    §8.4, webhooks.md §5.
    """
    pace = _Pace(
        now=now,
        interval=interval,
        chance=chance,
        expected_seconds=expected_seconds / time_scale,
        trusting=listening and history.called_back,
        time_scale=time_scale,
    )
    due = pace.after_error(history) if history.errors else min(pace.steady(history), pace.hurried(history))
    return max(now, due)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """The rules for one question; durations are the gateway's, hence divided by `time_scale`."""

    now: float
    interval: float | None
    chance: float
    expected_seconds: float
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
        if self.trusting:
            return self._guard(history)
        return history.asked_at + self._jittered(self._growing(history.asked_at - history.submitted_at))

    def hurried(self, history: AskHistory) -> float:
        """The look that a callback brings forward: 2 s after it, then × 3 up to 15 s while its window lasts.

        The steps count from the first hint and are never shortened again: a stranger with a leaked URL buys himself
        a handful of looks, then no more than the steady pace. A wish still unanswered is never put off by the next.
        """
        step = min(_CONFIRM_FIRST * _CONFIRM_GROWTH ** min(history.confirms, 8), _STEADY)
        rested = float("-inf") if history.asked_at is None else history.asked_at + self._jittered(step)
        if history.wanted_since is not None:
            return max(history.wanted_since + self._jittered(_CONFIRM_FIRST), rested)
        if history.poked_at is not None and rested - history.poked_at <= _CONFIRM_WINDOW / self.time_scale:
            return rested
        return float("inf")

    def after_error(self, history: AskHistory) -> float:
        """Exponential back-off with full jitter; never sooner than the gateway's own Retry-After, capped."""
        asked_at = self.now if history.asked_at is None else history.asked_at
        longest = min(_ERROR_FIRST * 2.0 ** min(history.errors - 1, 10), _ERROR_LONGEST)
        backed_off = self._scaled(longest * self.chance) + self._scaled(_ERROR_FIRST) / 4
        told = min(history.retry_after or 0.0, _RETRY_AFTER_LONGEST)
        return asked_at + max(backed_off, told * (1 + _SPREAD / 2 * self.chance))

    def _guard(self, history: AskHistory) -> float:
        """A proven path: nothing until the task is overdue, then ever more rarely."""
        assert history.asked_at is not None
        due = history.submitted_at + _GUARD * self.expected_seconds
        if history.asked_at < due:
            return due + self._scaled(_STEADY) * self.chance
        overdue = (history.asked_at - due) * self.time_scale
        if overdue > _HOUR:
            return history.asked_at + self._jittered(_AFTER_AN_HOUR)
        return history.asked_at + self._jittered(min(max(overdue / 2, _STEADY), _SLOWEST_STEADY))

    def _growing(self, age: float) -> float:
        """15 s until twice the expected duration, then in proportion to the age up to a minute; 5 min after an hour."""
        if age * self.time_scale > _HOUR:
            return _AFTER_AN_HOUR
        relative = age / max(2 * self.expected_seconds, _SOONEST)
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
