"""Callbacks by attempt, as the journal's inbox holds them: those of a run that died too. It judges none of them."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_spec.attempts.ports import Journal, Poke


class Mailbox:
    """Reads on from where it stopped; keeps what it read, for an attempt may be taken up after its callback came."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._last = 0
        self._by_attempt: dict[str, list[Poke]] = {}

    def collect(self) -> Sequence[Poke]:
        """The callbacks that came since the last time, in their order."""
        news = self._journal.pokes(after=self._last)
        for poke in news:
            self._last = poke.seq
            self._by_attempt.setdefault(poke.attempt_id, []).append(poke)
        return news

    def of(self, attempt_id: str) -> Sequence[Poke]:
        return tuple(self._by_attempt.get(attempt_id, ()))
