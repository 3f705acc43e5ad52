"""The first half of the table: from the claim to the recorded outcome of the POST (D3). Pure: no I/O or clock."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from seedance_spec.attempts.ports import Accepted, Mark, NeverSent, Refused, Scope, SubmitOutcome, Unknown
from seedance_spec.attempts.stages import (
    Ask,
    Effect,
    Fetch,
    Hint,
    Post,
    Reach,
    Record,
    Release,
    Seek,
    Stage,
    State,
    StopSubmits,
    Tell,
)
from seedance_spec.lockfile.facts import Status

Step: TypeAlias = tuple[State, tuple[Effect, ...]]

CLAIMED = State(stage=Stage.CLAIMED)
"""Where every attempt begins: its claim is durable and nothing was sent."""

OPEN = frozenset({Stage.CLAIMED, Stage.CONNECTING, Stage.BYTES_OUT})
"""Stages in which the outcome of the POST is not recorded."""

_UNRESOLVED = frozenset({Stage.UNKNOWN, Stage.NOT_LANDED, Stage.LANDED})
_NEVER_SENT = "never sent: the program ended before a byte went out"


def stay(state: State) -> Step:
    return state, ()


def start(state: State) -> Step:
    if state.stage is not Stage.CLAIMED:
        return stay(state)
    return replace(state, stage=Stage.CONNECTING), (Post(),)


def reach(state: State, mark: Mark) -> Step:
    match mark:
        case Mark.CONNECTING if state.stage is Stage.CONNECTING:
            return state, (Reach(mark=mark),)
        case Mark.BYTES_OUT if state.stage is Stage.CONNECTING:
            return replace(state, stage=Stage.BYTES_OUT), (Reach(mark=mark),)
        case _:
            return stay(state)


def settle(state: State, outcome: SubmitOutcome) -> Step:
    """The one answer that a POST has. Once an outcome is recorded only a late acceptance still counts."""
    match outcome:
        case Accepted():
            return _accept(state, outcome)
        case _ if state.stage not in OPEN:
            return stay(state)
        case Refused():
            return _refuse(state, outcome)
        case NeverSent() if _was_called_back(state):
            return _lose(state, outcome.reason)
        case NeverSent():
            return State(stage=Stage.RELEASED), (Release(reason=outcome.reason, again=True),)
        case Unknown():
            return _lose(state, outcome.reason)


def _accept(state: State, outcome: Accepted) -> Step:
    """An answer that came is never thrown away, be it ever so late: it names what was paid for."""
    if state.stage not in OPEN | _UNRESOLVED:
        return stay(state)
    record = Record(status=Status.SUBMITTED, task_id=outcome.task_id, submitted_at=outcome.created_at)
    return submitted(outcome.task_id), (record, Reach(mark=Mark.ANSWERED), Ask())


def _refuse(state: State, outcome: Refused) -> Step:
    said = f"{outcome.code}: {outcome.message}"
    stop = StopSubmits(scope=outcome.scope, code=outcome.code, message=outcome.message)
    stops = () if outcome.scope is Scope.SHOT else (stop,)
    if _was_called_back(state):
        after, effects = _lose(state, said)
        return after, (*effects, *stops)
    release = Release(reason=said, again=outcome.retry, after=outcome.retry_after)
    return State(stage=Stage.RELEASED), (release, *stops)


def _lose(state: State, reason: str) -> Step:
    """The outcome of the POST will not be learnt from its answer; a callback that came says that it landed."""
    if state.poked:
        known = (Record(status=Status.LANDED), Reach(mark=Mark.ANSWERED))
        return State(stage=Stage.LANDED), (*known, Tell(hint=Hint.LANDED, detail=reason), Seek())
    known = (Record(status=Status.UNKNOWN), Reach(mark=Mark.ANSWERED))
    return State(stage=Stage.UNKNOWN), (*known, Tell(hint=Hint.UNKNOWN, detail=reason), Seek())


def _was_called_back(state: State) -> bool:
    """Against an answer that says no, a callback counts once the bytes were out; before that our own mark is proof."""
    return state.poked and state.stage is Stage.BYTES_OUT


def restart(state: State) -> Step:
    match state.stage:
        case Stage.CLAIMED | Stage.CONNECTING:
            return State(stage=Stage.RELEASED), (Release(reason=_NEVER_SENT, again=True),)
        case Stage.BYTES_OUT:
            return _lose(state, "the program ended while its answer was due")
        case Stage.UNKNOWN | Stage.LANDED:
            return state, (Seek(),)
        case Stage.SUBMITTED:
            return state, (Ask(),)
        case Stage.SUCCEEDED:
            return state, (Fetch(),)
        case _:
            return stay(state)


def submitted(task_id: str) -> State:
    return State(stage=Stage.SUBMITTED, task_id=task_id)
