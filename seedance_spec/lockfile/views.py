"""How one attempt reads: what is believed of its outcome, and which of several counts. Pure: it changes no fact."""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import reduce
from typing import assert_never

from seedance_spec.lockfile.facts import AttemptFact, LabelFact, Report, Reporter, Status
from seedance_spec.lockfile.join import prefer

# What the gateway said beats what was imported by hand, and that beats a callback (D1).
_BEST_FIRST = (Reporter.GATEWAY, Reporter.IMPORTED, Reporter.CALLBACK)
_NOTHING_SAID = Report()


def verdict(fact: AttemptFact) -> Report:
    """What is believed of the outcome: field by field, the best reporter that says something."""
    told = [fact.reports[each] for each in _BEST_FIRST if each in fact.reports]
    return reduce(prefer, told) if told else _NOTHING_SAID


def source(fact: AttemptFact) -> Reporter | None:
    """The best reporter that said anything at all."""
    return next((each for each in _BEST_FIRST if each in fact.reports), None)


def clips_of(fact: AttemptFact) -> frozenset[str]:
    """Every digest under which a child may name this attempt in `made_from`: its clip, its last frame."""
    digests = (each for report in fact.reports.values() for each in (report.output, report.last_frame))
    return frozenset(each for each in digests if each is not None)


def face_of(attempts: Iterable[AttemptFact], made_from: frozenset[str]) -> AttemptFact | None:
    """The succeeded attempt that stands for a take: those that a child was made from, else all; the smallest id."""
    succeeded = [each for each in attempts if each.status is Status.SUCCEEDED]
    named = [each for each in succeeded if clips_of(each) & made_from]
    return min(named or succeeded, key=lambda each: each.attempt_id, default=None)


def spare_among(attempts: Iterable[AttemptFact], *, instead_of: AttemptFact, here: Container[str | None]) -> str | None:
    """Another attempt of a take whose clip is here (by SHA-256), where the one that stands for it has none here."""
    if verdict(instead_of).output in here:
        return None
    clips = (each for each in attempts if each.status is Status.SUCCEEDED and verdict(each).output is not None)
    return min((each.attempt_id for each in clips if verdict(each).output in here), default=None)


def standing_of(attempts: Iterable[AttemptFact]) -> AttemptFact | None:
    """Of attempts of one take without a face, the one that decides what to do: see `_urgency`. Then the newest one."""
    return min(attempts, key=lambda each: (_urgency(each.status), -_time(each), each.attempt_id), default=None)


def move_order(entry: AttemptFact | LabelFact) -> tuple[int, bool, str, bool, int, str]:
    """Smallest first: the newest, then the smallest hash (any before none); an attempt before a bare label."""
    match entry:
        case AttemptFact():
            return -_time(entry), False, entry.content_hash, False, entry.take, entry.attempt_id
        case LabelFact():
            return -entry.when, entry.content_hash is None, entry.content_hash or "", True, 0, ""


def _time(attempt: AttemptFact) -> int:
    return -1 if attempt.submitted_at is None else attempt.submitted_at


def _urgency(status: Status) -> int:
    """Money that may be out blocks a second payment; then a failure wants a word; `gone` was given up on purpose, and
    a POST that never landed leaves the take free.
    """
    match status:
        case Status.SUCCEEDED:
            return 0
        case Status.SUBMITTED:
            return 1
        case Status.LANDED:
            return 2
        case Status.UNKNOWN:
            return 3
        case Status.FAILED:
            return 4
        case Status.GONE:
            return 5
        case Status.NOT_LANDED:
            return 6
        case _:
            assert_never(status)
