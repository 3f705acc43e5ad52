"""What a watch does next, as a table: happenings in, the next state and doings out. Pure: they bring the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from seedance_spec.watch.happenings import (
    Agreed,
    Doing,
    Ended,
    Happening,
    Job,
    Kind,
    Left,
    Look,
    Looked,
    Lost,
    Passed,
    Start,
    Superseded,
    Touched,
    Withdraw,
)
from seedance_spec.watch.sheet import Buy, Follow, Key, Sheet

_TINY = 1e-9
"""Sums of cents are not exact: what differs by less is equal."""


class Consent(StrEnum):
    """When a change may be paid for: as soon as it is saved, on a key, or once it is committed."""

    SAVE = "save"
    KEY = "key"
    COMMIT = "commit"


class Hold(StrEnum):
    """Why a change is not rendered yet."""

    OLDER_RENDERS = "older version renders"
    PARENT = "waits for its parent"
    PLACE = "waits for its turn"
    KEY = "waits for your yes"
    COMMIT = "waits for a commit"
    REFUSED = "refused"
    GIVEN_UP = "not submitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a watch stands. `touched_at` and `unread_since` are the last and the first save that no look has seen.

    `given_up` are takes that were tried and not bought, with why: they are tried again on the user's word alone.
    `agreed` are takes that the user said yes to, each with the most that it could cost then. `head` is the commit of
    the last sheet, `first_seen` the one before which a take was not wanted yet.
    `done` are free rows that were carried out and may still be asked for, `followed` attempts that were seen through.
    """

    consent: Consent = Consent.SAVE
    quiet: float = 0.3
    patience: float = 3.0
    places: int = 8
    touched_at: float | None = None
    unread_since: float | None = None
    looking: bool = False
    look_again: bool = False
    leaving: bool = False
    sheet: Sheet | None = None
    jobs: Mapping[int, Job] = field(default_factory=dict)
    holds: Mapping[str, Hold] = field(default_factory=dict)
    given_up: Mapping[Key, str] = field(default_factory=dict)
    agreed: Mapping[Key, float] = field(default_factory=dict)
    first_seen: Mapping[Key, str] = field(default_factory=dict)
    head: str | None = None
    done: frozenset[str] = frozenset()
    followed: frozenset[str] = frozenset()
    number: int = 1

    @property
    def due(self) -> float | None:
        """When the saves are to be looked at: once it was quiet, or when it was never quiet for too long."""
        if self.touched_at is None or self.unread_since is None or self.leaving or self.looking:
            return None
        return min(self.touched_at + self.quiet, self.unread_since + self.patience)

    @property
    def busy(self) -> frozenset[Key]:
        """The takes that somebody here sees to already."""
        return frozenset().union(*(job.keys for job in self.jobs.values()))

    @property
    def reserved_usd(self) -> float:
        """What the jobs under way may come to, each at its upper end."""
        return sum(job.usd for job in self.jobs.values())


def step(desk: Desk, happening: Happening) -> tuple[Desk, tuple[Doing, ...]]:
    """What follows from this."""
    match happening:
        case Touched():
            since = happening.at if desk.unread_since is None else desk.unread_since
            return replace(desk, touched_at=happening.at, unread_since=since), ()
        case Passed():
            due = desk.due
            return _look(desk) if due is not None and happening.at >= due else (desk, ())
        case Looked():
            return _looked(replace(desk, looking=False), happening.sheet)
        case Ended():
            return _ended(desk, happening)
        case Lost():
            jobs = {number: _lost(job, happening.shot_id) for number, job in desk.jobs.items()}
            return _look_soon(replace(desk, jobs=jobs))
        case Agreed():
            return _agreed(desk)
        case Left():
            return replace(desk, leaving=True), ()
        case _:
            assert_never(happening)


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _look(desk: Desk) -> tuple[Desk, tuple[Doing, ...]]:
    # What a save changed may be asked for once more: a free row that was done before a revert is to do again.
    done = frozenset() if desk.unread_since is not None else desk.done
    looking = replace(desk, looking=True, look_again=False, touched_at=None, unread_since=None, done=done)
    return looking, (Look(jobs=tuple(desk.jobs.values()), agreed=frozenset(desk.agreed)),)


def _look_soon(desk: Desk) -> tuple[Desk, tuple[Doing, ...]]:
    """Look now, unless a look is under way, or a save is about to be looked at all the same."""
    if desk.leaving or desk.touched_at is not None:
        return desk, ()
    return (replace(desk, look_again=True), ()) if desk.looking else _look(desk)


def _looked(desk: Desk, sheet: Sheet | None) -> tuple[Desk, tuple[Doing, ...]]:
    if desk.leaving:
        return desk, ()
    if sheet is None:
        desk = replace(desk, sheet=None, holds={})
    elif desk.touched_at is None and not desk.look_again:
        return _acted(_seen(desk, sheet), sheet)
    # The sheet may be older than what has happened since: nothing is begun by it.
    return _look_soon(desk) if desk.look_again else (desk, ())


def _seen(desk: Desk, sheet: Sheet) -> Desk:
    before = sheet.head if desk.head is None else desk.head
    seen = {key: desk.first_seen.get(key, before) for key in sheet.bought}
    agreed = {key: usd for key, usd in desk.agreed.items() if _still_agreed(desk, sheet, key, usd)}
    return replace(desk, sheet=sheet, first_seen=seen, agreed=agreed, head=sheet.head)


def _still_agreed(desk: Desk, sheet: Sheet, key: Key, usd: float) -> bool:
    """A yes holds while the take is asked for, and for no more than it could cost when it was given."""
    now = sheet.prices.get(key)
    return key in desk.busy if now is None else now <= usd + _TINY


def _ended(desk: Desk, ended: Ended) -> tuple[Desk, tuple[Doing, ...]]:
    job = desk.jobs[ended.number]
    jobs = {number: each for number, each in desk.jobs.items() if number != ended.number}
    desk = replace(desk, jobs=jobs, given_up={**desk.given_up, **ended.unbought})
    match job.kind:
        case Kind.FREE:
            desk = replace(desk, done=desk.done | job.free)
        case Kind.FOLLOW:
            desk = replace(desk, followed=desk.followed | {job.attempt_id}, done=frozenset())
        case Kind.BUY:
            desk = replace(desk, done=frozenset())
        case _:
            assert_never(job.kind)
    return _look_soon(desk)


def _lost(job: Job, shot_id: str) -> Job:
    return replace(job, lost=True) if job.kind is Kind.BUY and job.shot_id == shot_id else job


def _agreed(desk: Desk) -> tuple[Desk, tuple[Doing, ...]]:
    """A yes is one to what was shown, and to nothing that comes later."""
    shown = desk.sheet.prices if desk.sheet is not None else {}
    return _look_soon(replace(desk, agreed={**desk.agreed, **shown}, given_up={}, followed=frozenset()))


# ── beginning ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _acted(desk: Desk, sheet: Sheet) -> tuple[Desk, tuple[Doing, ...]]:
    doings: list[Doing] = []
    desk, told = _put_back(desk, sheet)
    doings += told
    for job in _wanted_jobs(desk, sheet):
        desk = replace(desk, jobs={**desk.jobs, job.number: job}, number=desk.number + 1)
        doings.append(Start(job=job))
    holds: dict[str, Hold] = {}
    for buy in sheet.buys:
        hold = _hold(desk, sheet, buy)
        if hold is not None:
            holds[buy.shot_id] = hold
        elif not buy.keys <= desk.busy:
            job = Job(number=desk.number, kind=Kind.BUY, shot_id=buy.shot_id, keys=buy.keys, usd=buy.usd)
            desk = replace(desk, jobs={**desk.jobs, job.number: job}, number=desk.number + 1)
            doings.append(Start(job=job))
    return replace(desk, holds=holds), tuple(doings)


def _put_back(desk: Desk, sheet: Sheet) -> tuple[Desk, list[Doing]]:
    """Jobs whose pictures nobody asks for any more: what was not sent is kept back, what was is seen through."""
    doings: list[Doing] = []
    jobs = dict(desk.jobs)
    for number, job in desk.jobs.items():
        if job.kind is Kind.BUY and not job.superseded and not job.keys & sheet.wanted:
            jobs[number] = replace(job, superseded=True)
            doings.append(Withdraw(number=number))
            if any(buy.shot_id == job.shot_id for buy in sheet.buys):
                doings.append(Superseded(shot_id=job.shot_id))
    return replace(desk, jobs=jobs), doings


def _wanted_jobs(desk: Desk, sheet: Sheet) -> Iterator[Job]:
    """What costs nothing is begun at once."""
    number = desk.number
    busy = {job.attempt_id for job in desk.jobs.values()}
    for each in sheet.follows:
        if each.attempt_id not in busy | desk.followed and each.key not in desk.busy:
            yield _following(each, number)
            number += 1
    free = sheet.free - desk.done
    if free and not any(job.kind is Kind.FREE for job in desk.jobs.values()):
        yield Job(number=number, kind=Kind.FREE, free=free)


def _following(each: Follow, number: int) -> Job:
    # An attempt that only may have landed keeps no newer version waiting.
    return Job(
        number=number,
        kind=Kind.FOLLOW,
        shot_id=each.shot_id if each.renders else "",
        keys=frozenset({each.key}),
        attempt_id=each.attempt_id,
    )


def _hold(desk: Desk, sheet: Sheet, buy: Buy) -> Hold | None:
    """Why this is not bought now, None where it is or was begun already. The first reason that a person can act on."""
    if buy.keys <= desk.busy:
        return None
    if buy.keys & desk.given_up.keys():
        return Hold.GIVEN_UP
    if not _has_consent(desk, sheet, buy):
        return Hold.KEY if desk.consent is Consent.KEY else Hold.COMMIT
    if sheet.refused:
        return Hold.REFUSED
    if any(job.holds and job.shot_id == buy.shot_id for job in desk.jobs.values()):
        return Hold.OLDER_RENDERS
    if buy.parents:
        return Hold.PARENT
    rendering = sum(job.kind is Kind.BUY and not job.lost for job in desk.jobs.values())
    return Hold.PLACE if rendering >= desk.places else None


def _has_consent(desk: Desk, sheet: Sheet, buy: Buy) -> bool:
    match desk.consent:
        case Consent.SAVE:
            return True
        case Consent.KEY:
            return buy.keys <= desk.agreed.keys()
        case Consent.COMMIT:
            moved = all(desk.first_seen.get(key) != sheet.head for key in buy.keys)
            return buy.keys <= desk.agreed.keys() or (buy.clean and moved)
        case _:
            assert_never(desk.consent)
