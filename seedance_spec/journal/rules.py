"""The rules of claims and cursors that every journal keeps, whatever it is made of. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_spec.attempts.ports import Cursor, Fed, JournalRow, Mark
from seedance_spec.lockfile.facts import AttemptFact, Status

_GIVEN_UP = frozenset({Status.NOT_LANDED, Status.GONE})
_ORDER = tuple(Mark)


def holds(holder: JournalRow, *, after: str | None) -> bool:
    """Whether the holder of a claim keeps others from paying. It does not once the user has given it up (not landed,
    gone), nor where the user's word passes over it by name.
    """
    return holder.fact.attempt_id != after and may_hold(holder.fact)


def may_hold(fact: AttemptFact) -> bool:
    """Whether an attempt can keep others from paying at all: the user has not given it up."""
    return fact.status not in _GIVEN_UP


def later(known: Mark, reached: Mark) -> Mark:
    """The further of two marks: a mark never goes back."""
    return max(known, reached, key=_ORDER.index)


def needs_claim(mark: Mark) -> bool:
    """Whether a POST may take the step that this mark names only while its claim still stands."""
    return mark in {Mark.CONNECTING, Mark.BYTES_OUT}


def beyond(
    stands: Cursor | None, callbacks: Sequence[Fed], *, since: Cursor | None, upto: Cursor
) -> tuple[Sequence[Fed], Cursor]:
    """What of a page the cursor is not past yet, and where it stands then.

    A new epoch is read from its beginning; so is a receiver's file that was put back to an older copy of itself, by
    the first reader who finds it behind his own cursor.
    """
    if stands is None or stands.epoch != upto.epoch:
        return callbacks, upto
    is_older = since is not None and since.epoch == upto.epoch and upto.seq < since.seq <= stands.seq
    if is_older:
        return callbacks, upto
    return [each for each in callbacks if each.seq > stands.seq], max(stands, upto, key=lambda cursor: cursor.seq)
