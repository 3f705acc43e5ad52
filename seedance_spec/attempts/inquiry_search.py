"""The search for what one lost attempt made: how long it waits, and for what. It judges no evidence; `life` does."""

from __future__ import annotations

from seedance_spec.attempts.inquiry import Inquiry
from seedance_spec.attempts.means import Means
from seedance_spec.attempts.ports import Poke
from seedance_spec.attempts.salvage import Salvor
from seedance_spec.attempts.salvage_words import clip_told
from seedance_spec.attempts.stages import (
    DeadlinePassed,
    NotSalvaged,
    Poked,
    ResolvedLanded,
    ResolvedNotLanded,
    Salvaged,
)
from seedance_spec.clips.source import Tell
from seedance_spec.lockfile.facts import AttemptFact, Status

STEP_SECONDS = 0.5
"""Between two looks at what came meanwhile."""

DURATIONS = 3
SLACK_SECONDS = 300.0
"""An attempt is waited for until so many of its expected durations, and this, have passed since its POST."""

CHANCE = 3.5
"""Looks at the billing log that a finished task is given to be settled in, before the callback's own clip is taken."""

SHORTEST_WAIT = 2.0
SHORTEST_HOPEFUL_WAIT = 30.0
"""Real seconds, however fast a sandbox runs: its codec does not run faster. Hope is a log, or that somebody called."""

_SHORTEST_STEP = 0.05
_ENDED = frozenset({"succeeded", "failed", "expired", "cancelled"})


class Search:
    """One attempt's search in this run. It ends when time is up, and at once where nothing more can come."""

    def __init__(
        self, fact: AttemptFact, means: Means, inquiry: Inquiry, *, expected_seconds: float, downloading: Tell
    ) -> None:
        now = means.clock.now()
        self._attempt_id = fact.attempt_id
        self._means = means
        self._inquiry = inquiry
        self._salvor = Salvor(means, downloading=downloading)
        self._submitted_at = float(fact.submitted_at or now)
        self._usual_wait = (DURATIONS * expected_seconds + SLACK_SECONDS) / means.time_scale
        self._fair_until = now + CHANCE * inquiry.interval
        self._looks_before = inquiry.looks
        self._can_be_called = means.callback_url(fact.attempt_id) is not None
        self._clip_since: float | None = None
        self._was_called = False
        self._has_ended = False

    def called_back(self, poke: Poke) -> Poked:
        """A callback, as the event that it is."""
        self._was_called = True
        self._has_ended = self._has_ended or poke.upstream_status in _ENDED
        told = clip_told(poke)
        if told is not None:
            self._salvor.told = told
            self._clip_since = self._clip_since or self._means.clock.now()
        return Poked(upstream_id=poke.upstream_id, upstream_status=poke.upstream_status, clip=told is not None)

    async def next(
        self, fact: AttemptFact, *, salvage_at: float | None
    ) -> Salvaged | NotSalvaged | ResolvedLanded | ResolvedNotLanded | DeadlinePassed | None:
        """What happens next to the attempt; None where nothing did for a moment. `salvage_at` is the earliest time to
        fetch a callback's clip, None where there is none.
        """
        if salvage_at is not None and self._may_salvage(salvage_at):
            return await self._salvor.salvage(fact)
        if salvage_at is None and self._is_over:
            return DeadlinePassed()
        with self._inquiry.seeking():
            await self._means.clock.sleep(max(STEP_SECONDS / self._means.time_scale, _SHORTEST_STEP))
        return self._said_elsewhere(fact)

    def _said_elsewhere(self, fact: AttemptFact) -> ResolvedLanded | ResolvedNotLanded | None:
        """The word of a user, or of another process's inquiry, as the journal has it."""
        row = self._means.journal.row(fact.attempt_id)
        if row is None:
            return None
        if row.fact.task_id is not None:
            return ResolvedLanded(task_id=row.fact.task_id)
        return ResolvedNotLanded() if row.fact.status is Status.NOT_LANDED else None

    def _may_salvage(self, salvage_at: float) -> bool:
        """The log names the task itself, which is better: it has its chance first."""
        now = self._means.clock.now()
        fair = (self._clip_since or now) + CHANCE * self._inquiry.interval
        return now >= salvage_at and (self._inquiry.is_closed or now >= fair)

    @property
    def _is_over(self) -> bool:
        if self._means.claims is not None and self._means.claims.may_be_sending(self._attempt_id):
            return False
        if self._inquiry.is_closed and (self._has_ended or not self._can_be_called):
            return True
        now = self._means.clock.now()
        hopeful = self._was_called or not self._inquiry.is_closed
        shortest = SHORTEST_HOPEFUL_WAIT if hopeful else SHORTEST_WAIT
        is_late = now >= self._submitted_at + max(self._usual_wait, shortest)
        was_asked = self._inquiry.is_closed or self._inquiry.looks > self._looks_before
        return is_late and (was_asked or now >= self._fair_until)
