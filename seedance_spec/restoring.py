"""renders/ brought to what lockfile and store hold, and no further: no network, no payment, no fact may enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from seedance_spec.attempts.endings import End, Ending, fault_ending
from seedance_spec.attempts.publication import publish_take
from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.publish import published
from seedance_spec.clips.store import Store
from seedance_spec.clock import SystemClock
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.events import Event
from seedance_spec.workplace import Workplace

FROZEN = "frozen"
"""Code of takes that would have to be bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeShelf:
    """`publication.Shelf` of this machine alone: there is no gateway in it that could be asked."""

    workplace: Workplace
    store: Store
    clock: SystemClock
    said: Callable[[Event], None]

    def tell(self, event: Event, /) -> None:
        self.said(event)

    def shown(self, output: str) -> str | None:
        return published(self.workplace.root, [output])[output]


async def restore(plan: Plan, workplace: Workplace, *, tell: Callable[[Event], None]) -> tuple[Ending, ...]:
    """Every change's ending. What is here is shown, what would need the gateway is named; no fact is written."""
    shelf = HomeShelf(workplace=workplace, store=Store(workplace.store), clock=SystemClock(), said=tell)
    return tuple([await _restored(change, shelf) for change in plan.changes])


async def _restored(change: Change, shelf: HomeShelf) -> Ending:
    ending = _ending(change)
    if ending.end is not End.RENDERED:
        return ending
    try:
        await publish_take(ending, shelf)
    except StoreFault as fault:
        return fault_ending(change, fault, change.attempt)
    return ending


def _ending(change: Change) -> Ending:
    """How a row stands where nothing can be asked, fetched or bought."""
    fact = change.attempt
    match change.action:
        case Action.RESTORE | Action.RENAMED | Action.UNCHANGED | Action.DROPPED:
            return Ending(change=change, end=End.RENDERED, fact=fact)
        case Action.NEW | Action.RERENDER | Action.BLOCKED:
            message = "it would have to be rendered, and --frozen sends nothing"
            return Ending(change=change, end=End.NOT_SUBMITTED, code=FROZEN, message=message)
        case Action.IN_FLIGHT if change.follows is not None:
            message = f"it comes with {change.follows}, and --frozen sends nothing"
            return Ending(change=change, end=End.NOT_SUBMITTED, code=FROZEN, message=message)
        case Action.MISSING:
            message = "its bytes are neither in the store nor under renders/; `collect` fetches them while links live"
            return Ending(change=change, end=End.MISSING, message=message, fact=fact)
        case Action.IN_FLIGHT:
            return Ending(change=change, end=End.RUNNING, fact=fact)
        case Action.UNKNOWN:
            return Ending(change=change, end=End.UNKNOWN, fact=fact)
        case Action.FAILED:
            return Ending(change=change, end=End.FAILED, fact=fact)
        case Action.STALE:
            return Ending(change=change, end=End.RENDERED)
        case _:
            assert_never(change.action)
