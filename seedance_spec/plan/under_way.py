"""How an apply stands, folded from its events. Pure: time comes with the events, nothing is drawn here."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from seedance_spec.model.shot import Request
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.durations import NO_HISTORY, USUAL_SECONDS, Durations
from seedance_spec.plan.events import (
    Downloading,
    Event,
    Rendered,
    ShotBlocked,
    ShotFailed,
    ShotUnknown,
    Submitted,
    Submitting,
    TakeEvent,
    Told,
    Waiting,
    failure_words,
    status_words,
)
from seedance_spec.plan.parents import parents_of


class Phase(StrEnum):
    """Where one take is on its way."""

    PLANNED = "planned"
    SUBMITTING = "submitting"
    WAITING = "waiting"
    DOWNLOADING = "downloading"
    RENDERED = "rendered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"

    @property
    def is_over(self) -> bool:
        return self in {Phase.RENDERED, Phase.FAILED, Phase.UNKNOWN, Phase.BLOCKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeProgress:
    """One line of the picture. `since`: when it was submitted, Unix seconds; `expected`: how many seconds it takes."""

    shot_id: str
    take: int
    phase: Phase = Phase.PLANNED
    since: float | None = None
    expected: float = USUAL_SECONDS
    said: str = ""
    done: int = 0
    total: int | None = None
    path: str = ""
    seconds: float = 0.0
    usd: float | None = None
    estimate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A whole apply. `started_at` is the time of its first event; `last_word` the last sentence that was told."""

    takes: Mapping[tuple[str, int], TakeProgress] = field(default_factory=dict)
    started_at: float | None = None
    last_word: str = ""

    @classmethod
    def of(cls, plan: Plan, *, time_scale: float = 1.0, durations: Durations = NO_HISTORY) -> Progress:
        """Everything that this plan has under way, before the first event; `time_scale` 20 is 20 times faster,
        `durations` is how long the project's own renderings took.
        """
        takes: dict[tuple[str, int], TakeProgress] = {}
        work = [change for change in plan.changes if _is_work(change)]
        coming = {change.shot_id for change in work}
        for change in work:
            expected = _expected(change, durations) / time_scale
            takes.setdefault((change.shot_id, change.take), _planned(change, expected, coming))
        return cls(takes=takes)

    def after(self, event: Event) -> Progress:
        """The progress once this has happened. Events of takes that no plan named are followed too."""
        started_at = event.at if self.started_at is None else self.started_at
        if isinstance(event, Told):
            return replace(self, started_at=started_at, last_word=event.message)
        key = (event.shot_id, event.take)
        before = self.takes.get(key) or TakeProgress(shot_id=event.shot_id, take=event.take)
        return replace(self, started_at=started_at, takes={**self.takes, key: _after(before, event)})


def expected_seconds(request: Request | None, durations: Durations = NO_HISTORY) -> float:
    """How long a rendering usually takes, from submit to success; the usual one for no request."""
    return durations.expected(request).usual


def _is_work(change: Change) -> bool:
    return change.pays or change.action in {Action.IN_FLIGHT, Action.MISSING}


def _planned(change: Change, expected: float, coming: Container[str]) -> TakeProgress:
    submitted_at = change.attempt.submitted_at if change.attempt is not None else None
    under_way = change.action is Action.IN_FLIGHT and change.attempt is not None
    return TakeProgress(
        shot_id=change.shot_id,
        take=change.take,
        phase=Phase.WAITING if under_way else Phase.PLANNED,
        since=float(submitted_at) if under_way and submitted_at is not None else None,
        expected=expected,
        said=f"as {change.follows}" if change.follows else _waits(change, coming),
        estimate=change.estimate.usd if change.pays and change.estimate is not None else 0.0,
    )


def _waits(change: Change, coming: Container[str]) -> str:
    """`after film/moon`: what a shot to be paid for starts from and this run brings first."""
    if not change.pays or change.shot is None:
        return ""
    parents = dict.fromkeys(source.shot for _, source in parents_of(change.shot) if source.shot in coming)
    return f"after {', '.join(parents)}" if parents else ""


def _expected(change: Change, durations: Durations) -> float:
    """What is only fetched is not waited for."""
    if change.action is Action.MISSING:
        return 0.0
    return expected_seconds(change.shot.request if change.shot else None, durations)


def _after(before: TakeProgress, event: TakeEvent) -> TakeProgress:
    match event:
        case Submitting():
            return replace(before, phase=Phase.SUBMITTING, since=event.at, said="")
        case Submitted():
            return replace(before, phase=Phase.WAITING, since=event.at, said="")
        case Waiting():
            return replace(before, phase=Phase.WAITING, since=event.at - event.elapsed, said=status_words(event.status))
        case Downloading():
            return replace(before, phase=Phase.DOWNLOADING, done=event.done, total=event.total, said="")
        case Rendered():
            here = replace(before, phase=Phase.RENDERED, path=event.path, seconds=event.seconds, usd=event.usd)
            return replace(here, said=event.came.value)
        case ShotFailed():
            said = failure_words(event.code, event.message, event.advice)
            return replace(before, phase=Phase.FAILED, said=said)
        case ShotUnknown():
            return replace(before, phase=Phase.UNKNOWN, said=event.reason)
        case ShotBlocked():
            return replace(before, phase=Phase.BLOCKED, said=event.reason)
        case _:
            assert_never(event)
