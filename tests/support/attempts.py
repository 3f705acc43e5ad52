"""Builders for attempts: ids, facts, views of tasks, and one example of every event of an attempt's life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from seedance_spec.attempts.attempt_id import mint
from seedance_spec.attempts.life import step
from seedance_spec.attempts.ports import (
    Accepted,
    AskLater,
    AskRefused,
    Mark,
    NeverSent,
    Refused,
    Scope,
    TaskAbsent,
    TaskState,
    TaskView,
    Unknown,
)
from seedance_spec.attempts.stages import (
    ClipFaulted,
    ClipStored,
    DeadlinePassed,
    Effect,
    Event,
    Marked,
    NotSalvaged,
    Poked,
    Reach,
    Record,
    Release,
    ResolvedLanded,
    ResolvedNotLanded,
    Restarted,
    Retaken,
    Salvaged,
    Stage,
    Started,
    State,
)
from seedance_spec.attempts.standing import recorded, state_of
from seedance_spec.lockfile.facts import AttemptFact, Label, Report, Status
from seedance_spec.realm import Realm
from tests.support.facts import a_hash, digest

NOW = 1_778_236_598.0
RUN = "0011aabb"
PROJECT = "ab" * 16
TASK = "task_moon"
UPSTREAM = "cgt-20260508183637-m6gj8"


def an_attempt_id(nth: int = 1, **overrides: Any) -> str:
    """The id of the n-th attempt; the same number, the same id."""
    parts: dict[str, Any] = {
        "realm": Realm.PAID,
        "project_id": PROJECT,
        "run": RUN,
        "content_hash": a_hash(),
        "take": 1,
        "now": NOW,
        "random": nth.to_bytes(10, "big"),
    }
    return mint(**{**parts, **overrides})


def a_claim(nth: int = 1, *, shot: str = "moon-walk", take: int = 1, **overrides: Any) -> AttemptFact:
    """The fact of the n-th attempt as it is claimed: nothing was sent."""
    fact = AttemptFact(
        attempt_id=an_attempt_id(nth, content_hash=a_hash(shot), take=take),
        realm=Realm.PAID,
        run=RUN,
        label=Label(shot=shot),
        content_hash=a_hash(shot),
        take=take,
        status=Status.UNKNOWN,
    )
    return replace(fact, **overrides)


def a_view(state: TaskState = TaskState.RUNNING, **overrides: Any) -> TaskView:
    """The task as GET shows it, with its upstream id."""
    view = TaskView(task_id=TASK, state=state, status=state.value, upstream_id=UPSTREAM)
    return replace(view, **overrides)


def a_state(stage: Stage, **overrides: Any) -> State:
    """A state in that stage, with a task id where the stage has one."""
    with_task = {Stage.SUBMITTED, Stage.FAILED, Stage.SUCCEEDED, Stage.STORED, Stage.GONE}
    return replace(State(stage=stage, task_id=TASK if stage in with_task else None), **overrides)


EVENTS: Mapping[str, Event] = {
    "started": Started(),
    "mark claimed": Marked(mark=Mark.CLAIMED),
    "mark connecting": Marked(mark=Mark.CONNECTING),
    "mark bytes-out": Marked(mark=Mark.BYTES_OUT),
    "mark answered": Marked(mark=Mark.ANSWERED),
    "accepted": Accepted(task_id=TASK, created_at=int(NOW)),
    "refused": Refused(code="invalid-request", message="prompt is required", status=400),
    "refused: no money": Refused(code="no-money", message="insufficient", status=403, scope=Scope.ALL),
    "refused: busy": Refused(code="rate-limited", message="slow down", status=429, retry=True, retry_after=7.0),
    "never sent": NeverSent(reason="no route"),
    "outcome unknown": Unknown(reason="reset after the body"),
    "restarted": Restarted(),
    "poked": Poked(),
    "poked: running": Poked(upstream_id=UPSTREAM, upstream_status="running"),
    "poked: succeeded": Poked(upstream_id=UPSTREAM, upstream_status="succeeded"),
    "poked: clip": Poked(upstream_id=UPSTREAM, upstream_status="succeeded", clip=True),
    "poked: failed": Poked(upstream_id=UPSTREAM, upstream_status="failed"),
    "poked: expired": Poked(upstream_id=UPSTREAM, upstream_status="expired"),
    "task waiting": a_view(TaskState.WAITING, upstream_id=None),
    "task running": a_view(TaskState.RUNNING),
    "task odd": a_view(TaskState.ODD),
    "task succeeded": a_view(TaskState.SUCCEEDED, tokens=108900, seed=42),
    "task failed": a_view(TaskState.FAILED, error_class="moderation", fail_reason="blocked"),
    "task absent": TaskAbsent(message="task_not_exist"),
    "ask later": AskLater(reason="502"),
    "ask refused": AskRefused(reason="401"),
    "clip stored": ClipStored(output=digest("clip"), bytes=4718203, frames=121),
    "clip faulted": ClipFaulted(reason="cut off", retry_after=3.0),
    "clip dead": ClipFaulted(reason="expired", dead=True),
    "salvaged": Salvaged(report=Report(output=digest("clip"), bytes=4718203, frames=121)),
    "salvage faulted": NotSalvaged(reason="cut off", retry_after=3.0),
    "salvage refused": NotSalvaged(reason="the clip is 640×640 pixels, expected 854×480"),
    "deadline passed": DeadlinePassed(),
    "resolved landed": ResolvedLanded(task_id="task_found"),
    "resolved not landed": ResolvedNotLanded(),
    "retaken": Retaken(),
}
"""One example of each event, by the name that the tables use."""


class Life:
    """An attempt that is really lived: states from `step`, facts and marks kept as a journal would, crashes allowed."""

    def __init__(self, nth: int = 1) -> None:
        self.fact = a_claim(nth)
        self.mark = Mark.CLAIMED
        self.released: str | None = None
        self.state = State(stage=Stage.CLAIMED)
        self.effects: list[Effect] = []
        self.pokes: list[Poked] = []

    def meet(self, *events: Event) -> Life:
        for event in events:
            if isinstance(event, Poked):
                self.pokes.append(event)
            self.state, effects = step(self.state, event)
            self.effects.extend(effects)
            for effect in effects:
                self._perform(effect)
        return self

    def crash(self) -> Life:
        """Die and be taken over: what was only in memory is gone, the inbox is read again from its start."""
        stored = self.state.stage is Stage.STORED
        self.state = state_of(self.fact, mark=self.mark, released=self.released, stored=stored)
        kept, self.pokes = self.pokes, []
        return self.meet(Restarted(), *kept)

    def done(self, kind: type[Effect]) -> int:
        """How often an effect of this kind was asked for."""
        return sum(isinstance(effect, kind) for effect in self.effects)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Record():
                self.fact = recorded(self.fact, effect)
            case Reach(mark=mark):
                self.mark = mark
            case Release(reason=reason):
                self.released = reason
            case _:
                pass
