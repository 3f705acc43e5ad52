"""A whole run in virtual time: the real conductor, journal, lockfile and store; the gateway is a script."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from seedance_spec.attempts.attempt_id import new_project_id, new_run_id
from seedance_spec.attempts.conductor import Conductor
from seedance_spec.attempts.endings import Ending
from seedance_spec.attempts.known import facts_of
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.means import BillingLog, Means, Stop
from seedance_spec.attempts.ports import (
    Accepted,
    Content,
    ContentFault,
    Journal,
    Lending,
    Mark,
    NeverSent,
    SubmitOutcome,
    TaskAbsent,
    TaskAnswer,
    TaskState,
    TaskView,
)
from seedance_spec.attempts.ports import Gateway as Port
from seedance_spec.clips.store import Store
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.local_files import LocalFiles
from seedance_spec.model.shot import Film
from seedance_spec.pipeline import look_around
from seedance_spec.plan.change import Plan
from seedance_spec.plan.decide import Options, decide
from seedance_spec.plan.events import Event
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace
from tests.support.clips import film as clip_of
from tests.support.virtual import VirtualClock

RENDER_SECONDS = 98.0

Answer = Callable[[int], SubmitOutcome]


@dataclass(slots=True)
class Gateway:
    """`attempts.ports.Gateway` on a virtual clock.

    `answer(n)` is the outcome of the n-th POST (1 …), told after `answer_seconds`; `silent` POSTs never come back. A
    task is finished `RENDER_SECONDS` after its submit, `lag` later the gateway knows it; `failing` ones, named by
    task or by prompt, fail as `error_class`. `bodies` is every POST that came. `dead`: no clip can be had any more;
    `deaf`: so many asks for one are answered as if its link were dead.
    """

    clock: VirtualClock
    answer: Answer = lambda n: Accepted(task_id=f"task_{n}")
    silent: frozenset[int] = frozenset()
    lag: float = 5.0
    answer_seconds: float = 0.3
    failing: frozenset[str] = frozenset()
    error_class: str = "moderation"
    dead: bool = False
    deaf: int = 0
    bodies: list[JsonObject] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    born: dict[str, float] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    on_submit: Callable[[JsonObject], None] = lambda _: None

    async def submit(self, body: JsonObject, *, mark: Callable[[Mark], Awaitable[None]]) -> SubmitOutcome:
        await mark(Mark.CONNECTING)
        outcome = self.answer(len(self.bodies) + 1)
        if isinstance(outcome, NeverSent):
            return outcome
        await mark(Mark.BYTES_OUT)
        self.bodies.append(body)
        self.on_submit(body)
        await self.clock.sleep(10_000.0 if len(self.bodies) in self.silent else self.answer_seconds)
        if isinstance(outcome, Accepted):
            self.born[outcome.task_id] = self.clock.now()
            self.prompts[outcome.task_id] = str(body["prompt"])
        return outcome

    async def task(self, task_id: str) -> TaskAnswer:
        self.looks.append(task_id)
        if task_id not in self.born:
            return TaskAbsent(message="task_not_exist")
        done = self.clock.now() >= self.born[task_id] + RENDER_SECONDS + self.lag
        if done and {task_id, self.prompts.get(task_id, "")} & self.failing:
            return TaskView(
                task_id=task_id,
                state=TaskState.FAILED,
                status="FAILURE",
                error_class=self.error_class,
                fail_reason="The output may be sensitive",
            )
        if done:
            return TaskView(task_id=task_id, state=TaskState.SUCCEEDED, status="SUCCESS", tokens=108_900)
        return TaskView(task_id=task_id, state=TaskState.RUNNING, status="IN_PROGRESS", upstream_id=f"cgt-{task_id}")

    def content(self, task_id: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        return self._content(task_id, offset)

    def link(self, url: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        raise AssertionError(f"nobody gave a link: {url} from {offset}")

    @asynccontextmanager
    async def _content(self, task_id: str, offset: int) -> AsyncIterator[Content]:
        self.deaf -= 1
        if self.dead or self.deaf >= 0:
            raise ContentFault("Upstream service returned status 403", dead=True)
        data = clip_of(task_id)

        async def blocks() -> AsyncIterator[bytes]:
            yield data[offset:]

        yield Content(blocks=blocks(), length=len(data), offset=offset)


@dataclass(slots=True)
class Studio:
    """One project folder and everything a run is handed. The same journal serves run after run."""

    root: Path
    film: Film
    clock: VirtualClock = field(default_factory=VirtualClock)
    journal: Journal = field(default_factory=MemoryJournal)
    events: list[Event] = field(default_factory=list)
    alive: set[str] = field(default_factory=lambda: {"owner-1", "owner-2"})
    poll_interval: float | None = None
    called_back: bool = False
    fail_fast: bool = False
    stays: bool = True
    billing: BillingLog | None = None
    lending: Lending | None = None
    leaders: frozenset[str] = frozenset({"owner-1", "owner-2"})
    _bytes: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def workplace(self) -> Workplace:
        return Workplace(root=self.root, realm=Realm.SANDBOX)

    @property
    def lockfile(self) -> LockFile:
        place = self.workplace
        return LockFile(place.lockfile, root=place.root, write_lock=place.write_lock)

    def facts(self) -> Facts:
        held, complaints = self.lockfile.read()
        assert complaints == ()
        return held.merge(Facts.of(*facts_of(self.journal.rows(), is_alive=self.alive.__contains__)))

    def plan(self, **options: object) -> Plan:
        presence = look_around(self.film, self.workplace)
        plan, complaints = decide(
            self.film,
            self.facts(),
            presence,
            realm=Realm.SANDBOX,
            options=Options(**options),  # type: ignore[arg-type] # a test's own words
        )
        assert complaints == ()
        return plan

    def conductor(
        self, gateway: Port, plan: Plan, *, owner: str = "owner-1", jobs: int = 8
    ) -> tuple[Conductor, Ledger]:
        means = self.means(gateway, owner=owner)
        return Conductor(plan, means, jobs=jobs, fail_fast=self.fail_fast), means.ledger

    def means(self, gateway: Port, *, owner: str = "owner-1") -> Means:
        return Means(
            workplace=self.workplace,
            gateway=gateway,
            journal=self.journal,
            ledger=Ledger(self.journal, self.lockfile, self.clock),
            store=Store(self.workplace.store),
            files=LocalFiles(self.root),
            clock=self.clock,
            random=self._random,
            tell=self.events.append,
            is_alive=self.alive.__contains__,
            callback_url=lambda attempt: f"https://studio.test/{attempt}" if self.called_back else None,
            project_id=new_project_id(b"p" * 16),
            run=new_run_id(b"r" * 4),
            owner=owner,
            poll_interval=self.poll_interval,
            billing=self.billing,
            leads=lambda: owner in self.leaders,
            known=tuple(self.facts().attempts.values()),
            facts=self.facts(),
            lending=self.lending,
            stays=self.stays,
        )

    async def apply(
        self,
        gateway: Port,
        *,
        stop: Stop | None = None,
        owner: str = "owner-1",
        jobs: int = 8,
        **options: object,
    ) -> tuple[Ending, ...]:
        """Decide and carry out, in virtual time; the lockfile is written at the end as a run does."""
        conductor, ledger = self.conductor(gateway, self.plan(**options), owner=owner, jobs=jobs)
        endings = await self.clock.run(conductor.run(stop or Stop()))
        await ledger.flush()
        return endings

    def _random(self, count: int) -> bytes:
        return next(self._bytes).to_bytes(count, "big")


def ends(endings: tuple[Ending, ...]) -> dict[str, str]:
    return {ending.change.shot_id: ending.end.value for ending in endings}
