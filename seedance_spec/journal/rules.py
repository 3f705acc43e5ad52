"""The rules of claims that every journal keeps, whatever it is made of. Pure."""

from __future__ import annotations

from seedance_spec.attempts.ports import JournalRow, Mark
from seedance_spec.lockfile.facts import Status

_GIVEN_UP = frozenset({Status.NOT_LANDED, Status.GONE})
_ORDER = tuple(Mark)


def holds(holder: JournalRow, *, after: str | None) -> bool:
    """Whether the holder of a claim keeps others from paying. It does not once the user has given it up (not landed,
    gone), nor where the user's word passes over it by name.
    """
    return holder.fact.attempt_id != after and holder.fact.status not in _GIVEN_UP


def later(known: Mark, reached: Mark) -> Mark:
    """The further of two marks: a mark never goes back."""
    return max(known, reached, key=_ORDER.index)


def needs_claim(mark: Mark) -> bool:
    """Whether a POST may take the step that this mark names only while its claim still stands."""
    return mark in {Mark.CONNECTING, Mark.BYTES_OUT}
