"""What a run is handed, and what its lanes share. Nothing in this room makes its own clock, chance, gateway or file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.ports import Clock, Gateway, Journal, Lending, Scope
from seedance_spec.attempts.shared_claims import SharedClaims
from seedance_spec.attempts.stages import StopSubmits
from seedance_spec.clips.publish import published
from seedance_spec.clips.store import Store
from seedance_spec.gateway.billing_log import LogAnswer
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.local_files import LocalFiles
from seedance_spec.plan.events import Event
from seedance_spec.workplace import Workplace


class BillingLog(Protocol):
    """The key's own billing log, as a gateway may offer it."""

    async def billing_log(self) -> LogAnswer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The outside world of one run, as values and protocols.

    `random` gives that many random bytes; `callback_url` the URL for an attempt id, None where nobody can call us;
    `is_alive` tells whether an owner's process still runs; `time_scale` is the sandbox's speed (1 for a real gateway);
    `poll_interval` is the user's own, in seconds. `billing` is None where no log is asked for; `leads` tells, and keeps
    up, that this process asks it for all; `known` are the attempts on record when the run began. `claims` is None where
    the project has no shared receiver: then only this machine's journal keeps others from paying. `facts` are all that
    was known when the run began, with their aliases; `lending` is None where the upstream cannot fetch from here.
    Without `stays` nobody waits for a clip: once every POST has its outcome on record the run is over (`--detach`).
    """

    workplace: Workplace
    gateway: Gateway
    journal: Journal
    ledger: Ledger
    store: Store
    files: LocalFiles
    clock: Clock
    random: Callable[[int], bytes]
    tell: Callable[[Event], None]
    is_alive: Callable[[str], bool]
    callback_url: Callable[[str], str | None]
    project_id: str
    run: str
    owner: str
    time_scale: float = 1.0
    poll_interval: float | None = None
    billing: BillingLog | None = None
    leads: Callable[[], bool] = lambda: True
    known: tuple[AttemptFact, ...] = ()
    claims: SharedClaims | None = None
    facts: Facts = field(default_factory=Facts)
    lending: Lending | None = None
    stays: bool = True

    def shown(self, output: str) -> str | None:
        """What renders/ shows at a path: the SHA-256 of the clip."""
        return published(self.workplace.root, [output])[output]

    def report(self) -> None:
        """Clones that share a receiver are to hear what became of our POSTs, as far as it is on record by now."""
        if self.claims is not None:
            self.claims.reports.settled()

    def chance(self) -> float:
        """A number in [0, 1)."""
        return int.from_bytes(self.random(6), "big") / 2**48


_STOPPING = StopSubmits(scope=Scope.ALL, code="interrupted", message="stopped before it was sent")


@dataclass(slots=True)
class Gate:
    """Whether anything may still be submitted, and whether anybody may still ask: shared by all lanes of a run."""

    stays: bool = True

    closed: StopSubmits | None = None
    closed_models: dict[str, StopSubmits] = field(default_factory=dict)
    stopping: bool = False
    asking_refused: str | None = None

    @property
    def leaving(self) -> bool:
        """Whether nothing is waited for any more but the outcomes of POSTs."""
        return self.stopping or not self.stays

    def close(self, stop: StopSubmits, model: str) -> None:
        if stop.scope is Scope.ALL:
            self.closed = self.closed or stop
        else:
            self.closed_models.setdefault(model, stop)

    def refusal(self, model: str) -> StopSubmits | None:
        """Why nothing of this model may be submitted now; None where it may."""
        return _STOPPING if self.stopping else self.closed or self.closed_models.get(model)


class Stop:
    """The user's wish to end. A first one submits nothing more and waits for answers that are due; a second, or
    SIGTERM, ends within about two seconds (D3).
    """

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self.urgent = asyncio.Event()

    def interrupt(self) -> None:
        if self.wanted.is_set():
            self.urgent.set()
        self.wanted.set()

    def terminate(self) -> None:
        self.urgent.set()
        self.wanted.set()
