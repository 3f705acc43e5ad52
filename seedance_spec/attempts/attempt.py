"""One attempt under way: its fact, its state, and what the table says must be durable. No network may enter."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.life import step
from seedance_spec.attempts.ports import Journal, JournalRow, Mark, Poke
from seedance_spec.attempts.stages import Effect, Event, Poked, Reach, Record, Release, Restarted, State
from seedance_spec.attempts.standing import recorded, state_of
from seedance_spec.lockfile.facts import AttemptFact


class Attempt:
    """The one place where a step of the table meets the journal.

    `take` makes durable what must be durable, in the order that the table gives, before it hands back what is left to
    do: so nothing that is done later can be done about something that was not written down.
    """

    def __init__(
        self, fact: AttemptFact, state: State, *, journal: Journal, ledger: Ledger, seen: Mark | None = None
    ) -> None:
        self.fact = fact
        self.state = state
        self._journal = journal
        self._ledger = ledger
        self._seen = seen

    def take(self, event: Event) -> tuple[Effect, ...]:
        self.state, effects = step(self.state, event)
        return tuple(effect for effect in effects if not self._made_durable(effect))

    def _made_durable(self, effect: Effect) -> bool:
        match effect:
            case Record():
                fact = recorded(self.fact, effect)
                # A first `unknown` changes nothing in the claimed fact, and must reach the lockfile all the same.
                if fact != self.fact or effect.status is not None:
                    self.fact = fact
                    self._ledger.record(fact)
                return True
            case Reach():
                self._journal.mark(self.fact.attempt_id, effect.mark)
                return True
            case Release():
                self._journal.release(self.fact.attempt_id, reason=effect.reason, seen=self._seen)
                return False
            case _:
                return False


def recover(row: JournalRow, pokes: Sequence[Poke], *, journal: Journal, ledger: Ledger) -> None:
    """Take over a row whose holder is dead: what was never sent is released, what was out is unknown (D3), or landed
    where one of its callbacks came.
    """
    state = state_of(row.fact, mark=row.mark, released=row.released)
    # One that was taken for dead wrongly, and has gone on since, must keep its claim.
    attempt = Attempt(row.fact, state, journal=journal, ledger=ledger, seen=row.mark)
    attempt.take(Restarted())
    for poke in pokes:
        attempt.take(Poked(upstream_id=poke.upstream_id, upstream_status=poke.upstream_status))
