"""Where an attempt stands, read from its fact and written back into it. Pure: no journal, file or clock may enter."""

from __future__ import annotations

from dataclasses import asdict, replace

from seedance_spec.attempts.ports import Mark
from seedance_spec.attempts.stages import Record, Stage, State
from seedance_spec.lockfile.facts import AttemptFact, Report, Reporter, Status

MOST_UPSTREAM_IDS = 8
"""One POST makes one or two upstream tasks (gateway.md §1.5)."""

_STAGE_OF_MARK = {
    Mark.CLAIMED: Stage.CLAIMED,
    Mark.CONNECTING: Stage.CONNECTING,
    Mark.BYTES_OUT: Stage.BYTES_OUT,
    Mark.ANSWERED: Stage.UNKNOWN,
}


def state_of(
    fact: AttemptFact, *, mark: Mark = Mark.ANSWERED, released: str | None = None, stored: bool = False
) -> State:
    """The state that a journal row (fact, mark, released) or a lockfile's fact alone stands for.

    `stored` tells whether the clip's bytes are here. A fact whose status needs a task id but has none (salvaged, or
    written by hand) stands no further than what it proves.
    """
    if released is not None:
        return State(stage=Stage.RELEASED)
    return State(stage=_stage(fact, mark=mark, stored=stored), task_id=fact.task_id)


def _stage(fact: AttemptFact, *, mark: Mark, stored: bool) -> Stage:
    match fact.status:
        case Status.UNKNOWN:
            return _STAGE_OF_MARK[mark]
        case Status.NOT_LANDED:
            return Stage.NOT_LANDED
        case Status.LANDED:
            return Stage.LANDED
        case Status.SUBMITTED:
            return Stage.SUBMITTED if fact.task_id else Stage.LANDED
        case Status.FAILED:
            return Stage.FAILED
        case Status.SUCCEEDED:
            return Stage.STORED if stored else Stage.SUCCEEDED
        case Status.GONE:
            return Stage.GONE


def recorded(fact: AttemptFact, record: Record) -> AttemptFact:
    """The fact after a `Record` effect; equal to the old one when nothing new was said. A status never moves back."""
    return replace(
        fact,
        status=_later(fact.status, record.status),
        task_id=record.task_id or fact.task_id,
        upstream_ids=_with(fact.upstream_ids, record.upstream_id),
        submitted_at=fact.submitted_at if record.submitted_at is None else record.submitted_at,
        reports=fact.reports if record.report is None else _reported(fact, record.report, record.reporter),
    )


def _later(old: Status, new: Status | None) -> Status:
    order = tuple(Status)
    return old if new is None or order.index(new) < order.index(old) else new


def _with(known: tuple[str, ...], upstream_id: str | None) -> tuple[str, ...]:
    """A stranger with a leaked callback URL can name as many runs as he likes: only so many are written down."""
    if upstream_id is None or upstream_id in known or len(known) >= MOST_UPSTREAM_IDS:
        return known
    return tuple(sorted({*known, upstream_id}))


def _reported(fact: AttemptFact, news: Report, reporter: Reporter) -> dict[Reporter, Report]:
    before = fact.reports.get(reporter, Report())
    said = {name: value for name, value in asdict(news).items() if value is not None}
    return {**fact.reports, reporter: replace(before, **said)}
