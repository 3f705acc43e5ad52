"""What the journal's rows mean to somebody who only looks. Pure: whether an owner lives is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from seedance_spec.attempts.ports import JournalRow, Mark
from seedance_spec.lockfile.facts import AttemptFact, Status


def facts_of(rows: Iterable[JournalRow], *, is_alive: Callable[[str], bool]) -> tuple[AttemptFact, ...]:
    """The facts that the journal adds to the lockfile's (known = lockfile ∪ journal, D1).

    A POST that a living process is sending is shown as in flight; one whose holder died counts from the first byte on:
    before it nothing can have been paid, after it nobody knows.
    """
    shown = (_shown(row, alive=is_alive(row.owner)) for row in rows if row.released is None)
    return tuple(fact for fact in shown if fact is not None)


def _shown(row: JournalRow, *, alive: bool) -> AttemptFact | None:
    match row.mark:
        case Mark.ANSWERED:
            return row.fact
        case Mark.CLAIMED | Mark.CONNECTING | Mark.BYTES_OUT if alive:
            return replace(row.fact, status=Status.SUBMITTED)
        case Mark.BYTES_OUT:
            return row.fact
        case Mark.CLAIMED | Mark.CONNECTING:
            return None


def is_open(row: JournalRow) -> bool:
    """Whether the outcome of the row's POST is not recorded."""
    return row.released is None and row.mark is not Mark.ANSWERED
