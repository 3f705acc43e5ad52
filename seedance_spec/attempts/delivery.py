"""The effect Fetch: a finished task's clip into the store, told as an event of the table. It shows nothing."""

from __future__ import annotations

from typing import assert_never

from seedance_spec.attempts.means import Means
from seedance_spec.attempts.ports import TaskState, TaskView
from seedance_spec.attempts.stages import ClipFaulted, ClipStored
from seedance_spec.clips.download import Dead, NotYet, Stored, fetch_clip
from seedance_spec.clips.expectation import expectation_of
from seedance_spec.clips.source import Tell
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.model.shot import Request
from seedance_spec.plan.events import Told


async def deliver(
    view: TaskView,
    fact: AttemptFact,
    request: Request | None,
    means: Means,
    *,
    downloading: Tell,
) -> ClipStored | ClipFaulted:
    """Fetch the clip of `view` for the attempt `fact`; `request` is what was asked for, where a shot still asks."""
    if view.state is not TaskState.SUCCEEDED:
        return ClipFaulted(reason=f"the gateway shows its task as {view.status}")
    fetched = await fetch_clip(
        means.gateway,
        view,
        means.store,
        part_name=fact.attempt_id,
        clock=means.clock,
        tell=downloading,
        expected=expectation_of(request, view),
    )
    match fetched:
        case Stored():
            _warn(fetched, fact, means)
            frames = fetched.facts.frames if fetched.facts else None
            return ClipStored(output=fetched.sha256, bytes=fetched.bytes, frames=frames, last_frame=fetched.last_frame)
        case NotYet():
            return ClipFaulted(reason=fetched.reason, disk=fetched.disk, retry_after=fetched.retry_after)
        case Dead():
            return ClipFaulted(reason=fetched.reason, dead=True)
        case _:
            assert_never(fetched)


def _warn(stored: Stored, fact: AttemptFact, means: Means) -> None:
    for warning in stored.warnings:
        means.tell(Told(at=means.clock.now(), shot_id=fact.label.shot, take=fact.take, message=warning))
