"""Clones of one project that share a receiver, in virtual time: real records, real conductors, a network that fails."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from seedance_spec.attempts.attempt import recover
from seedance_spec.attempts.attempt_id import new_project_id, new_run_id, project_prefix
from seedance_spec.attempts.catching_up import catch_up
from seedance_spec.attempts.conductor import Conductor
from seedance_spec.attempts.ears import Ears
from seedance_spec.attempts.endings import Ending
from seedance_spec.attempts.feed import FeedFollower
from seedance_spec.attempts.known import is_open
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.means import Means, Stop
from seedance_spec.attempts.ports import Accepted, Gateway, Journal, SubmitOutcome, Unknown
from seedance_spec.attempts.shared_claims import SharedClaims
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.lockfile.facts import Status
from seedance_spec.model.shot import Shot
from seedance_spec.webhook.feed_protocol import SharedClaim
from tests.lab.simulation.process import Killed, Mortal, Process
from tests.support.conducting import Gateway as VirtualGateway
from tests.support.conducting import Studio
from tests.support.deciding import a_film, a_shot
from tests.support.hub import Hub
from tests.support.virtual import VirtualClock

T = TypeVar("T")

MOON = a_shot("film/moon", prompt="A cat on the moon")
JUMP = a_shot("film/jump", prompt="The cat jumps")

RENDERED, UNKNOWN, NOT_SUBMITTED = ({MOON.id: word} for word in ("rendered", "unknown", "not-submitted"))
"""How a run ends that wanted the one shot."""

URL = "https://hooks.example.test"
PROJECT = new_project_id(b"p" * 16)
"""As `Studio` has it."""


@dataclass(slots=True)
class Clone(Studio):
    """One clone of the project. `number` makes its randomness its own; `projects` are the ids in its lockfile."""

    hub: Hub | None = None
    number: int = 1
    projects: tuple[str, ...] = (PROJECT,)
    jobs: int = 8
    _runs: int = 0

    def __post_init__(self) -> None:
        (self.root / "specs").mkdir(parents=True, exist_ok=True)
        self._bytes = itertools.count(self.number << 40)

    async def run(
        self,
        gateway: Gateway,
        *,
        dies_at: tuple[int, bool] | None = None,
        stop: Stop | None = None,
        **options: object,
    ) -> tuple[Ending, ...] | None:
        """One apply, not yet in any clock's time; None where it was killed.

        `dies_at`: at which write of the journal (1 …), and whether before it or after it.
        """
        self._runs += 1
        owner = f"owner-{self.number}-{self._runs}"
        process = Process(owner=owner, on_death=self.alive.discard)
        if dies_at is not None:
            process.strikes[dies_at] = process.die
        return await self.live(process, gateway, stop=stop, **options)

    async def live(
        self, process: Process, gateway: Gateway, *, stop: Stop | None = None, **options: object
    ) -> tuple[Ending, ...] | None:
        """The apply of a process that somebody else may kill."""
        self.alive = {process.owner}
        kept, self.journal = self.journal, cast("Journal", _Written(self.journal, process))
        applying = asyncio.ensure_future(self._apply(process.owner, gateway, stop or Stop(), **options))
        process.tasks.append(applying)
        try:
            return await applying
        except (Killed, asyncio.CancelledError):
            assert process.dead
            return None
        finally:
            self.journal = kept

    async def _apply(self, owner: str, gateway: Gateway, stop: Stop, **options: object) -> tuple[Ending, ...]:
        """As the program does it: tidy, decide, catch up, conduct, report."""
        means = self.means(gateway, owner=owner)
        claims = None if self.hub is None else self._claims(means, self.hub)
        means = replace(means, claims=claims, project_id=self.projects[0], run=self._run, leads=lambda: True)
        self._tidy(means.ledger)
        plan = self.plan(**options)
        ears = Ears(journal=self.journal, ledger=means.ledger, clock=self.clock, tell=self.events.append, claims=claims)
        works: list[Coroutine[Any, Any, None]] = []
        if claims is not None and self.hub is not None:
            ears.rely_on(URL)
            followers = [self._follower(self.hub, ears, project) for project in self.projects]
            await catch_up(followers, claims, journal=self.journal, ledger=means.ledger)
            works = [claims.reports.keep_delivering(), *(each.follow() for each in followers)]
        conductor = Conductor(plan, means, jobs=self.jobs)
        ears.attach(conductor)
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            endings = await conductor.run(stop)
            await means.ledger.flush()
            if claims is not None:
                await claims.reports.deliver()
            return endings
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def resolve(self, status: Status) -> None:
        """The user's word about the one attempt that is unknown here."""
        (lost,) = (each for each in self.facts().attempts.values() if each.status is Status.UNKNOWN)
        self.journal.record(replace(lost, status=status))

    def pull(self, other: Clone) -> None:
        """`git pull`: this clone's lockfile has what the other's has."""
        held, _ = other.lockfile.read()
        self.lockfile.merge(held)

    def _tidy(self, ledger: Ledger) -> None:
        """As `tidying` does: take over from the dead, and let the journal know what the lockfile knows."""
        for row in self.journal.rows():
            if is_open(row) and row.owner not in self.alive:
                recover(row, (), journal=self.journal, ledger=ledger)
        held, _ = self.lockfile.read()
        for fact in held.attempts.values():
            self.journal.record(fact)

    def _claims(self, means: Means, hub: Hub) -> SharedClaims:
        prefixes = tuple(project_prefix(each) for each in self.projects)
        return SharedClaims(hub, journal=self.journal, clock=self.clock, chance=means.chance, projects=prefixes)

    def _follower(self, hub: Hub, ears: Ears, project: str) -> FeedFollower:
        return FeedFollower(
            hub,
            ears,
            name=URL,
            project=project_prefix(project),
            journal=self.journal,
            clock=self.clock,
            chance=lambda: 0.5,
        )

    @property
    def _run(self) -> str:
        return new_run_id((self.number * 1000 + self._runs).to_bytes(4, "big"))


class _Written(Mortal):
    """The journal as one process reaches it: only a write is a step that it may not live through."""

    _READING = frozenset({"row", "rows", "pokes", "cursor", "owed", "leader"})

    def __getattr__(self, name: str) -> Any:
        if name not in self._READING:
            return super().__getattr__(name)
        self._process.alive()
        return getattr(self._inner, name)


@dataclass(slots=True)
class Till:
    """A gateway's money: what it answers to the n-th POST of all, and how often each take was paid for."""

    answers: Sequence[SubmitOutcome | None] = ()
    """The first answers, None for a task; further POSTs are accepted."""

    def __call__(self, nth: int) -> SubmitOutcome:
        told = self.answers[nth - 1] if nth <= len(self.answers) else None
        return told or Accepted(task_id=f"task_{nth}")

    def charged(self, gateway: VirtualGateway) -> int:
        """POSTs that made a task, their answer lost or not."""
        answers = (self(nth) for nth in range(1, len(gateway.bodies) + 1))
        return sum(isinstance(answer, Accepted | Unknown) for answer in answers)


@dataclass(slots=True)
class Team:
    """Clones of one film, one receiver, one gateway. What two of them do at once is said by `together`."""

    folder: Path
    clock: VirtualClock
    hub: Hub
    shots: tuple[Shot, ...]
    till: Till = field(default_factory=Till)
    gateway: VirtualGateway = field(init=False)
    _clones: dict[int, Clone] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gateway = VirtualGateway(self.clock, answer=self._answer)

    def clone(self, number: int) -> Clone:
        """The clone of this number: the same one whenever it is asked for."""
        if number not in self._clones:
            self._clones[number] = Clone(
                root=self.folder / f"clone-{number}",
                film=a_film(*self.shots),
                clock=self.clock,
                hub=self.hub,
                number=number,
                called_back=True,
            )
        return self._clones[number]

    def anew(self, number: int) -> Team:
        """Everything once more, in a folder of its own; the receiver's file is the same, its project is not."""
        folder = self.folder / f"team-{number}"
        folder.mkdir()
        shots = tuple(replace(shot, request=replace(shot.request, seed=number)) for shot in self.shots)
        return Team(folder=folder, clock=self.clock, hub=self.hub, shots=shots, till=self.till)

    async def together(self, *works: Awaitable[T]) -> list[T]:
        done: list[T] = await self.clock.run(asyncio.gather(*works))
        return done

    async def after(self, seconds: float, work: Awaitable[T]) -> T:
        await self.clock.sleep(seconds)
        return await work

    async def once(self, so: Callable[[], bool], act: Callable[[], None]) -> None:
        """Act as soon as it is so."""
        while not so():
            await self.clock.sleep(0.01)
        act()

    def claim(self, attempt_id: str) -> SharedClaim:
        claim = self.hub.file.claim_of(attempt_id)
        assert claim is not None
        return claim

    def _answer(self, nth: int) -> SubmitOutcome:
        return self.till(nth)

    @property
    def charged(self) -> int:
        return self.till.charged(self.gateway)


@contextmanager
def a_team(folder: Path, *shots: Shot) -> Iterator[Team]:
    """A team with one shot, or these."""
    clock = VirtualClock()
    with closing(ReceiverFile(folder / "receiver.db")) as file:
        yield Team(folder=folder, clock=clock, hub=Hub(clock=clock, file=file), shots=shots or (MOON,))
