"""What a good ending shows under renders/: the chosen take and its sidecar; and what it takes away. It buys nothing."""

from __future__ import annotations

import asyncio
from typing import Protocol

from seedance_spec.attempts.endings import Ending
from seedance_spec.attempts.ports import Clock
from seedance_spec.clips.layout import output_path
from seedance_spec.clips.publish import publish, restock, restock_frame, withdraw
from seedance_spec.clips.store import Store
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.views import verdict
from seedance_spec.plan.change import Action, Change
from seedance_spec.plan.events import Came, Event, Rendered
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.settled import settled_usd
from seedance_spec.workplace import Workplace

SIDECAR_FORMAT = "seedance-spec/sidecar/1"


_CAME = {Action.RESTORE: Came.PUT_BACK, Action.RENAMED: Came.RENAMED, Action.MISSING: Came.FETCHED}


class Shelf(Protocol):
    """What showing a clip takes: of a run's means those that reach no network."""

    @property
    def workplace(self) -> Workplace: ...

    @property
    def store(self) -> Store: ...

    @property
    def clock(self) -> Clock: ...

    def tell(self, event: Event, /) -> None: ...

    def shown(self, output: str) -> str | None:
        """What renders/ shows at a path: the SHA-256 of the clip."""


async def publish_take(ending: Ending, means: Shelf) -> None:
    """Bring renders/ to what this row wants, and say that it is rendered. Raises StoreFault."""
    change = ending.change
    if change.action is Action.DROPPED:
        await asyncio.to_thread(_withdraw, change.output, means)
        return
    if ending.fact is None:
        return
    if change.action is Action.UNCHANGED:
        await asyncio.to_thread(_restock, change, ending.fact, means)
        return
    await asyncio.to_thread(_show, change, ending.fact, means)
    means.tell(_rendered(change, ending.fact, means))


def _show(change: Change, fact: AttemptFact, means: Shelf) -> None:
    report = verdict(fact)
    if not change.chosen or change.output is None or report.output is None:
        return
    root = means.workplace.root
    profile = change.shot.profile if change.shot else None
    former = output_path(change.previous_id, means.workplace.realm, profile) if change.previous_id else None
    if not means.store.has(report.output) and former is not None:
        restock(root, means.store, former, report.output)
    _restock_frame(change.output, fact, means)
    publish(
        root,
        means.store,
        sha256=report.output,
        output=change.output,
        sidecar=_sidecar(change, fact),
        last_frame=report.last_frame if report.last_frame and means.store.has(report.last_frame) else None,
    )
    _withdraw(former, means)


def _withdraw(output: str | None, means: Shelf) -> None:
    """Take a clip away that no shot shows any more; only once the store has its bytes, for they were paid for."""
    if output is None:
        return
    root, store = means.workplace.root, means.store
    shown = means.shown(output)
    if shown is not None and (store.has(shown) or restock(root, store, output, shown)):
        withdraw(root, output)


def _restock(change: Change, fact: AttemptFact, means: Shelf) -> None:
    """A clip or last frame that only renders/ still has goes back into the store."""
    if not change.chosen or change.output is None:
        return
    output = verdict(fact).output
    if output is not None and not means.store.has(output):
        restock(means.workplace.root, means.store, change.output, output)
    _restock_frame(change.output, fact, means)


def _restock_frame(shown: str, fact: AttemptFact, means: Shelf) -> None:
    frame = verdict(fact).last_frame
    if frame is not None and not means.store.has(frame):
        restock_frame(means.workplace.root, means.store, shown, frame)


def _rendered(change: Change, fact: AttemptFact, means: Shelf) -> Rendered:
    report = verdict(fact)
    came = _CAME.get(change.action, Came.RENDERED)
    seconds = means.clock.now() - fact.submitted_at if came is Came.RENDERED and fact.submitted_at else 0.0
    return Rendered(
        shot_id=change.shot_id,
        take=change.take,
        at=means.clock.now(),
        path=change.output if change.chosen and change.output else "",
        seconds=max(seconds, 0.0),
        tokens=report.tokens,
        usd=settled_usd(fact, Pricing()),
        came=came,
    )


def _sidecar(change: Change, fact: AttemptFact) -> JsonObject:
    """What the JSON beside a clip tells a person or a cutting program. No URL, no key, no machine path."""
    report = verdict(fact)
    return {
        "format": SIDECAR_FORMAT,
        "shot": change.shot_id,
        "take": change.take,
        "realm": fact.realm.value,
        "content_hash": change.content_hash,
        "attempt": fact.attempt_id,
        "task_id": fact.task_id,
        "sha256": report.output,
        "bytes": report.bytes,
        "frames": report.frames,
        "model_served": report.model_served,
        "seed": report.seed,
        "tokens": report.tokens,
        "submitted_at": fact.submitted_at,
        "finished_at": report.finished_at,
        "request": fact.request,
    }
