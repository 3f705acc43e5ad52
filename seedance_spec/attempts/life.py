"""The life of a paid attempt as a table: `step(state, event) -> (state, effects)`. Pure: no I/O, clock or coroutine."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from seedance_spec.attempts.ports import (
    Accepted,
    AskLater,
    AskRefused,
    NeverSent,
    Refused,
    TaskAbsent,
    TaskAnswer,
    TaskState,
    TaskView,
    Unknown,
)
from seedance_spec.attempts.posting import Step, reach, restart, settle, start, stay, submitted
from seedance_spec.attempts.stages import (
    Ask,
    ClipFaulted,
    ClipStored,
    DeadlinePassed,
    Effect,
    Event,
    Fetch,
    Hint,
    Marked,
    NotSalvaged,
    Poked,
    Record,
    ResolvedLanded,
    ResolvedNotLanded,
    Rest,
    Restarted,
    Retaken,
    Salvage,
    Salvaged,
    Seek,
    Stage,
    Started,
    State,
    StopAsking,
    Tell,
)
from seedance_spec.lockfile.facts import Report, Reporter, Status

TERMINAL = frozenset({Stage.RELEASED, Stage.STORED, Stage.GONE})
"""Stages that nothing leaves."""


def step(state: State, event: Event) -> Step:
    """What an event makes of an attempt. Every pair has an answer; what cannot matter leaves the state as it is."""
    match event:
        case Started():
            return start(state)
        case Marked():
            return reach(state, event.mark)
        case Accepted() | Refused() | NeverSent() | Unknown():
            return settle(state, event)
        case Restarted():
            return restart(state)
        case Poked():
            return _poke(state, event)
        case TaskView() | TaskAbsent() | AskLater() | AskRefused():
            return _answer(state, event)
        case ClipStored() | ClipFaulted() | Salvaged() | NotSalvaged():
            return _clip(state, event)
        case DeadlinePassed():
            return _lose_patience(state)
        case ResolvedLanded() | ResolvedNotLanded() | Retaken():
            return _obey(state, event)
        case _:
            assert_never(event)


# ── callbacks: they prove that a POST landed and bring a look forward, nothing else (D4) ────────────────────────────

_UPSTREAM_HINTS = {
    "failed": Hint.UPSTREAM_FAILED,
    "cancelled": Hint.UPSTREAM_FAILED,
    "expired": Hint.UPSTREAM_EXPIRED,
}


def _poke(state: State, poke: Poked) -> Step:
    match state.stage:
        case Stage.CLAIMED | Stage.CONNECTING | Stage.BYTES_OUT:
            return replace(state, poked=True), _evidence(poke)
        case Stage.UNKNOWN | Stage.NOT_LANDED:
            record = Record(status=Status.LANDED, upstream_id=poke.upstream_id)
            landed = (record, Tell(hint=Hint.LANDED), *_upstream_hint(poke), Seek(), *_clip_named(poke))
            return State(stage=Stage.LANDED), landed
        case Stage.LANDED:
            return state, (*_evidence(poke), *_upstream_hint(poke), *_clip_named(poke))
        case Stage.SUBMITTED:
            return state, (*_evidence(poke), *_upstream_hint(poke), Ask())
        case Stage.FAILED if poke.upstream_status == "succeeded":
            return state, (Tell(hint=Hint.UPSTREAM_SUCCEEDED), Ask())
        case Stage.RELEASED:
            return state, (Tell(hint=Hint.ORPHAN),)
        case _:
            return stay(state)


def _evidence(poke: Poked) -> tuple[Effect, ...]:
    return (Record(upstream_id=poke.upstream_id),) if poke.upstream_id else ()


def _upstream_hint(poke: Poked) -> tuple[Effect, ...]:
    hint = _UPSTREAM_HINTS.get(poke.upstream_status or "")
    return (Tell(hint=hint),) if hint else ()


def _clip_named(poke: Poked) -> tuple[Effect, ...]:
    """The one exception: nobody knows a task id to ask by, and the upstream's own word names a clip."""
    return (Salvage(),) if poke.clip else ()


# ── GET decides ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(state: State, answer: TaskAnswer) -> Step:
    match answer:
        case TaskView():
            return _view(state, answer)
        case AskRefused():
            return state, (StopAsking(reason=answer.reason),)
        case TaskAbsent() if state.stage is Stage.SUBMITTED:
            return state, (Tell(hint=Hint.ABSENT, detail=answer.message), Ask())
        case AskLater() if state.stage is Stage.SUBMITTED:
            return state, (Ask(),)
        case _:
            return stay(state)


def _view(state: State, view: TaskView) -> Step:
    match state.stage, view.state:
        case ((Stage.SUBMITTED | Stage.FAILED), TaskState.SUCCEEDED):
            # A success beats an earlier failure: the gateway's own timeout may write off a task that still finishes.
            return replace(state, stage=Stage.SUCCEEDED), (_verdict(Status.SUCCEEDED, view), Fetch())
        case Stage.SUBMITTED, TaskState.FAILED:
            return replace(state, stage=Stage.FAILED), (_verdict(Status.FAILED, view),)
        case Stage.SUBMITTED, (TaskState.WAITING | TaskState.RUNNING | TaskState.ODD):
            return state, (*_sighting(view), Ask())
        case _:
            return stay(state)


def _sighting(view: TaskView) -> tuple[Effect, ...]:
    if view.upstream_id is None and view.submit_time is None:
        return ()
    return (Record(upstream_id=view.upstream_id, submitted_at=view.submit_time),)


def _verdict(status: Status, view: TaskView) -> Record:
    report = Report(
        model_served=view.model_served,
        seed=view.seed,
        service_tier=view.service_tier,
        tokens=view.tokens,
        quota=view.quota,
        error_class=view.error_class,
        error_code=view.error_code,
        error_message=view.fail_reason or None,
        finished_at=view.finish_time,
        frames=view.frames,
    )
    return Record(status=status, upstream_id=view.upstream_id, submitted_at=view.submit_time, report=report)


# ── the clip, patience, and the user's word ─────────────────────────────────────────────────────────────────────────


def _clip(state: State, event: ClipStored | ClipFaulted | Salvaged | NotSalvaged) -> Step:
    match event:
        case Salvaged() | NotSalvaged():
            return _salvage(state, event)
        case _ if state.stage is not Stage.SUCCEEDED:
            return stay(state)
        case ClipStored():
            report = Report(output=event.output, bytes=event.bytes, frames=event.frames, last_frame=event.last_frame)
            return replace(state, stage=Stage.STORED), (Record(report=report),)
        case ClipFaulted(dead=True):
            return state, (Tell(hint=Hint.MISSING, detail=event.reason), Rest())
        case ClipFaulted():
            return state, (Fetch(after=event.retry_after),)


def _salvage(state: State, event: Salvaged | NotSalvaged) -> Step:
    if state.stage is not Stage.LANDED:
        return stay(state)
    match event:
        case Salvaged():
            record = Record(status=Status.SUCCEEDED, report=event.report, reporter=Reporter.CALLBACK)
            return replace(state, stage=Stage.STORED), (record, Tell(hint=Hint.SALVAGED))
        case NotSalvaged(retry_after=None):
            return state, (Tell(hint=Hint.UNSALVAGED, detail=event.reason),)
        case NotSalvaged():
            return state, (Salvage(after=event.retry_after),)


def _lose_patience(state: State) -> Step:
    if state.stage not in {Stage.UNKNOWN, Stage.LANDED, Stage.SUBMITTED, Stage.SUCCEEDED}:
        return stay(state)
    return state, (Tell(hint=Hint.LATE), Rest())


def _obey(state: State, word: ResolvedLanded | ResolvedNotLanded | Retaken) -> Step:
    match state.stage, word:
        case ((Stage.UNKNOWN | Stage.NOT_LANDED | Stage.LANDED), ResolvedLanded(task_id=task_id)):
            return submitted(task_id), (Record(status=Status.SUBMITTED, task_id=task_id), Ask())
        case Stage.UNKNOWN, ResolvedNotLanded():
            return State(stage=Stage.NOT_LANDED), (Record(status=Status.NOT_LANDED),)
        case Stage.LANDED, ResolvedNotLanded():
            return state, (Tell(hint=Hint.PROVEN),)
        case Stage.SUCCEEDED, Retaken():
            return replace(state, stage=Stage.GONE), (Record(status=Status.GONE),)
        case _:
            return stay(state)
