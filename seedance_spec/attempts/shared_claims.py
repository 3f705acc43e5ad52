"""The right to pay among all clones that share a receiver (D3): asked for right before a POST. It never pays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from seedance_spec.attempts.attempt_id import in_project, read_attempt_id
from seedance_spec.attempts.ports import Clock, Journal, Mark
from seedance_spec.attempts.reports import Reports, names_of
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.webhook.feed_protocol import FREED, Answer, ClaimRequest, Outcome, SharedClaim
from seedance_spec.webhook.receiver_port import Away, Claims, Unwelcome

MOST_TRIES = 3
PATIENCE = 10.0
"""A claim whose answer does not come is asked for again, so often and for so many seconds."""

POST_SECONDS = 150.0
SHORTEST_POST = 10.0
"""How long another machine may be busy with a POST from the time of its claim, at the gateway's pace; and in real
seconds, however fast a sandbox runs.
"""

_MOST_PASSED_OVER = 8
_GIVEN_UP = frozenset({Status.NOT_LANDED, Status.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The take is ours to pay for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Another attempt has the take. Nothing may be paid."""

    claim: SharedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReceiver:
    """Nobody could say whether the take is free. Nothing may be paid. `away`: nobody was there to say it."""

    reason: str
    away: bool = False


Ruling: TypeAlias = Granted | Held | NoReceiver


class SharedClaims:
    """Claims at one receiver, for all lanes of a run.

    `projects` are the prefixes of the project's ids: a take is ours once it is claimed in each of them, so that clones
    from before and after a merge keep each other from paying. The journal must know what the lockfile knows. `name` is
    what the receiver is called where it is spoken of.
    """

    def __init__(
        self,
        claims: Claims,
        *,
        journal: Journal,
        clock: Clock,
        chance: Callable[[], float],
        projects: tuple[str, ...],
        name: str = "the receiver",
        time_scale: float = 1.0,
    ) -> None:
        self.reports = Reports(claims, journal=journal, clock=clock, chance=chance, projects=projects)
        self._claims = claims
        self._journal = journal
        self._clock = clock
        self._chance = chance
        self._projects = projects
        self.name = name
        self._post_seconds = max(POST_SECONDS / time_scale, SHORTEST_POST)
        self._sending: dict[str, float] = {}

    async def ask(self, fact: AttemptFact, *, after: str | None, failed: frozenset[str] = frozenset()) -> Ruling:
        """Ask for the take of an attempt whose local claim is durable. `after` is the attempt that the user's word, or
        a planned retry, passes over; `failed` are those that the same word passes over, should one of them hold it.
        """
        self.reports.owe(fact.attempt_id)
        for name in names_of(fact.attempt_id, self._projects):
            ruling = await self._ask_as(name, fact, after=after, failed=failed)
            if not isinstance(ruling, Granted):
                return ruling
        return Granted()

    async def look_up(self, attempt_ids: Iterable[str]) -> tuple[SharedClaim, ...]:
        """The claims of these attempts, as far as the receiver has them and can be asked."""
        found: list[SharedClaim] = []
        for attempt_id in attempt_ids:
            if next(names_of(attempt_id, self._projects), None) is None:
                continue
            match await self._claims.claim_of(attempt_id):
                case SharedClaim() as claim if claim.attempt_id == attempt_id:
                    self._note(claim)
                    found.append(claim)
                case Away() | Unwelcome():
                    break
                case _:
                    continue
        return tuple(found)

    def reported(self, attempt_id: str) -> None:
        """Its submitter has told an outcome."""
        self._sending.pop(attempt_id, None)

    def may_be_sending(self, attempt_id: str) -> bool:
        """Whether another machine may still be waiting for the answer of this attempt's POST."""
        return self._clock.now() < self._sending.get(attempt_id, 0.0)

    async def _ask_as(self, name: str, fact: AttemptFact, *, after: str | None, failed: frozenset[str]) -> Ruling:
        passed_over = None if after is None else _in_the_project_of(name, after)
        for _ in range(_MOST_PASSED_OVER):
            request = ClaimRequest(attempt_id=name, content_hash=fact.content_hash, take=fact.take, after=passed_over)
            ruling = await self._ruled(request)
            given_up = self._given_up(ruling.claim, failed) if isinstance(ruling, Held) else None
            if not isinstance(ruling, Held) or given_up is None:
                return ruling
            # What our record says of it may never have been told.
            self.reports.owe(given_up)
            passed_over = ruling.claim.attempt_id
        return NoReceiver(reason="it names one given-up attempt after the other")

    async def _ruled(self, request: ClaimRequest) -> Ruling:
        """The receiver's word. A claim may be asked for again: it is granted to an attempt once."""
        deadline = self._clock.now() + PATIENCE
        reason = ""
        for tries in range(MOST_TRIES):
            match await self._claims.claim(request):
                case Answer() as answer:
                    return self._judged(answer, request)
                case Unwelcome() as unwelcome:
                    return NoReceiver(reason=unwelcome.reason)
                case Away() as away:
                    reason = away.reason
                    pause = max(away.retry_after or 0.0, 2.0**tries * (1 + self._chance()) / 2)
                    if tries + 1 == MOST_TRIES or self._clock.now() + pause > deadline:
                        break
                    await self._clock.sleep(pause)
                case other:
                    assert_never(other)
        return NoReceiver(reason=reason, away=True)

    def _judged(self, answer: Answer, request: ClaimRequest) -> Ruling:
        claim = answer.claim
        if (claim.content_hash, claim.take) != (request.content_hash, request.take):
            return NoReceiver(reason="it answers about another take than it was asked about")
        is_ours = claim.attempt_id == request.attempt_id
        if answer.granted and is_ours and claim.outcome is Outcome.OPEN:
            return Granted()
        if answer.granted or is_ours or claim.outcome in FREED:
            return NoReceiver(reason="its answer contradicts itself")
        self._note(claim)
        return Held(claim=claim)

    def _note(self, claim: SharedClaim) -> None:
        self._sending.pop(claim.attempt_id, None)
        if claim.outcome is Outcome.OPEN:
            self._sending[claim.attempt_id] = min(claim.claimed_at, self._clock.now()) + self._post_seconds

    def _given_up(self, holder: SharedClaim, failed: frozenset[str]) -> str | None:
        """The holder as our record names it, if that says that it holds nothing any more: it was released, or the user
        gave it up, or lets it be passed over. A word that it never landed yields to proof that it did (D4).
        """
        proven = holder.task_id is not None or holder.called_back
        for name in names_of(holder.attempt_id, self._projects):
            row = self._journal.row(name)
            over = _GIVEN_UP - {Status.NOT_LANDED} if proven else _GIVEN_UP
            is_over = row is not None and (row.released is not None or row.fact.status in over)
            if is_over or (row is not None and name in failed):
                return name
        return None


def taskless(journal: Journal) -> tuple[str, ...]:
    """Attempts on record that may have been paid for and whose task nobody knows."""
    return tuple(
        row.fact.attempt_id
        for row in journal.rows()
        if row.released is None
        and row.mark is Mark.ANSWERED
        and row.fact.task_id is None
        and row.fact.status in {Status.UNKNOWN, Status.LANDED}
    )


def _in_the_project_of(name: str, attempt_id: str) -> str | None:
    """An attempt as the project of `name` names it; None for one that names no project (a task taken in by hand)."""
    parts, named = read_attempt_id(attempt_id), read_attempt_id(name)
    if parts is None or parts.imported or named is None:
        return None
    return in_project(attempt_id, named.project)
