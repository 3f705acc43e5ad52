"""One project on one machine: what is durable there, and one apply in it as the program does it, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import cast

from seedance_spec.attempts.attempt import Attempt, recover
from seedance_spec.attempts.attempt_id import new_project_id, new_run_id
from seedance_spec.attempts.conductor import Conductor
from seedance_spec.attempts.endings import Ending, carried_out
from seedance_spec.attempts.known import facts_of, is_open
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.mailbox import Mailbox
from seedance_spec.attempts.means import Means, Stop
from seedance_spec.attempts.ports import Journal
from seedance_spec.attempts.stages import ResolvedLanded, ResolvedNotLanded
from seedance_spec.attempts.standing import state_of
from seedance_spec.clips.store import Store
from seedance_spec.journal.lease import Conductorship, Leases
from seedance_spec.journal.owner import Sight
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.local_files import LocalFiles
from seedance_spec.model.shot import Film
from seedance_spec.pipeline import look_around
from seedance_spec.plan.decide import Options, decide, label_moves
from seedance_spec.plan.events import Event
from seedance_spec.realm import Realm
from seedance_spec.tidying import heed_proof, stored_unrecorded
from seedance_spec.webhook.capability import attempt_of, callback_path, derive_key, is_long_dead
from seedance_spec.workplace import Workplace
from tests.lab.simulation.gateway import Gateway
from tests.lab.simulation.line import ATTEMPT, Line
from tests.lab.simulation.process import PROCESS, Killed, Mortal, Process
from tests.lab.simulation.upstream import Skies

KEY = derive_key("a callback key of the studio")
PUBLIC_URL = "https://studio.test"
PROJECT = new_project_id(b"project-of-the-lab")
JOBS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user asks of one apply."""

    retry_failed: bool = False
    retake: frozenset[str] = frozenset()


class LoopClock:
    """`attempts.ports.Clock` on the loop's own time."""

    def __init__(self, skies: Skies, process: Process | None) -> None:
        self._skies = skies
        self._process = process

    def now(self) -> float:
        return self._skies.now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))
        if self._process is not None:
            self._process.alive()


class _Written(Mortal):
    """The journal as one process reaches it; what it is about to be told is shown to whoever checks."""

    def __init__(self, journal: Journal, process: Process, written: Callable[[AttemptFact], None]) -> None:
        super().__init__(journal, process)
        self._journal = journal
        self._written = written

    def record(self, fact: AttemptFact) -> None:
        def write() -> None:
            self._written(fact)
            self._journal.record(fact)

        self._process.step("record", write)


@dataclass(slots=True, eq=False)
class Run:
    """One process that applies: started, perhaps stopped, perhaps killed; `endings` where it lived to tell."""

    process: Process
    wish: Wish
    stop: Stop
    heard: Callable[[], None] | None = None
    endings: tuple[Ending, ...] | None = None
    urgent_at: float | None = None


@dataclass(slots=True, eq=False)
class Studio:
    """`journal`, the lockfile, the store and renders/ are what survives a process; `alive` is who runs."""

    root: Path
    skies: Skies
    gateway: Gateway
    journal: Journal
    callbacks: bool
    dice: Random
    film: Film
    written: Callable[[AttemptFact], None] = lambda _: None
    alive: dict[str, Run] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    """By attempt id: the run that made it."""

    events: list[Event] = field(default_factory=list)
    _born: int = 0

    @property
    def workplace(self) -> Workplace:
        return Workplace(root=self.root, realm=Realm.PAID)

    @property
    def lockfile(self) -> LockFile:
        place = self.workplace
        return LockFile(place.lockfile, root=place.root, write_lock=place.write_lock)

    @property
    def store(self) -> Store:
        return Store(self.workplace.store)

    def known(self) -> Facts:
        """Lockfile ∪ journal, as the program sees it."""
        held, complaints = self.lockfile.read()
        assert complaints == (), complaints
        return held.merge(Facts.of(*facts_of(self.journal.rows(), is_alive=self.alive.__contains__)))

    # ── one apply ───────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, wish: Wish) -> Run:
        self._born += 1
        process = Process(owner=f"process-{self._born}", on_death=self._died)
        run = Run(process=process, wish=wish, stop=Stop())
        self.alive[process.owner] = run
        return run

    async def carry_out(self, run: Run) -> None:
        """Live the run to its end, whatever that is. Raises what the program raised."""
        PROCESS.set(run.process)
        try:
            await self.tidy(run)
            run.endings = await self._apply(run)
        except Killed:
            pass
        except asyncio.CancelledError:
            if not run.process.dead:
                raise
        finally:
            self.alive.pop(run.process.owner, None)

    async def tidy(self, run: Run | None = None) -> None:
        """What the program does before a plan (`tidying.tidy`): take over, let the journal learn the lockfile, and find
        clips that were stored and not recorded.
        """
        journal = self._journal_of(run) if run else self.journal
        ledger = Ledger(journal, self.lockfile, LoopClock(self.skies, run.process if run else None))
        mailbox = Mailbox(journal)
        mailbox.collect()
        for row in journal.rows():
            if is_open(row) and row.owner not in self.alive:
                recover(row, mailbox.of(row.fact.attempt_id), journal=journal, ledger=ledger)
        await ledger.flush()
        held, _ = self.lockfile.read()
        for fact in held.attempts.values():
            row_of = journal.row(fact.attempt_id)
            if row_of is None or row_of.fact != fact:
                self.journal.record(fact)
        heed_proof(journal, mailbox, ledger)
        for row, stored in stored_unrecorded(journal.rows(), self.store):
            Attempt(row.fact, state_of(row.fact), journal=journal, ledger=ledger).take(stored)
        await ledger.flush()

    async def _apply(self, run: Run) -> tuple[Ending, ...]:
        film = self.film
        options = Options(retry_failed=run.wish.retry_failed, retake=run.wish.retake, now=self.skies.now())
        presence = look_around(film, self.workplace)
        journal, facts = self._journal_of(run), self.known()
        plan, complaints = decide(film, facts, presence, realm=Realm.PAID, options=options)
        assert complaints == (), complaints
        lease = Conductorship(cast(Leases, journal), now=self.skies.now, see=self._sight)
        means = self._means(run, journal, lease, facts)
        conductor = Conductor(plan, means, jobs=JOBS)
        run.heard = conductor.heard
        writing = asyncio.create_task(means.ledger.keep_writing())
        try:
            endings = await conductor.run(run.stop)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await means.ledger.flush()
            lease.resign(run.process.owner)
        await means.ledger.flush(*label_moves(carried_out(plan, endings), int(self.skies.now())))
        return endings

    def _means(self, run: Run, journal: Journal, lease: Conductorship, facts: Facts) -> Means:
        clock, line, owner = LoopClock(self.skies, run.process), Line(self.gateway, run.process), run.process.owner

        def callback_url(attempt_id: str) -> str | None:
            ATTEMPT.set(attempt_id)
            if attempt_id not in self.runs:
                self._note_post(run, attempt_id)
            self.runs.setdefault(attempt_id, run)
            return f"{PUBLIC_URL}{callback_path(attempt_id, KEY)}" if self.callbacks else None

        return Means(
            workplace=self.workplace,
            gateway=line,
            journal=journal,
            ledger=Ledger(journal, self.lockfile, clock),
            store=self.store,
            files=LocalFiles(self.root),
            clock=clock,
            random=self.dice.randbytes,
            tell=self.events.append,
            is_alive=self.alive.__contains__,
            callback_url=callback_url,
            project_id=PROJECT,
            run=new_run_id(self.dice.randbytes(4)),
            owner=owner,
            billing=line,
            leads=lambda: lease.lead(owner),
            known=tuple(facts.attempts.values()),
        )

    def _note_post(self, run: Run, attempt_id: str) -> None:
        row = self.journal.row(attempt_id)
        if row is not None:
            what = f"{row.fact.label.shot} take {row.fact.take} as …{attempt_id[-6:]}"
            self.skies.chronicle.note("{:10} is about to send {}", run.process.owner, what)

    def _journal_of(self, run: Run) -> Journal:
        return cast(Journal, _Written(self.journal, run.process, self.written))

    def _sight(self, owner: str) -> Sight:
        return Sight.ALIVE if owner in self.alive else Sight.DEAD

    def _died(self, owner: str) -> None:
        self.skies.chronicle.note("user       {} is dead", owner)
        self.alive.pop(owner, None)

    # ── callbacks, and the user's word ──────────────────────────────────────────────────────────────────────────────

    def receive(self, url: str, body: bytes) -> bool:
        """The receiver of whatever process runs: capability, journal, then the answer."""
        attempt_id = attempt_of(url.rpartition("/")[2], [KEY])
        run = next(iter(self.alive.values()), None)
        now = self.skies.now()
        if run is None or attempt_id is None or is_long_dead(attempt_id, now):
            return False
        with suppress(Killed):
            run.process.step("receive", lambda: self.journal.receive(attempt_id, body, at=now))
            if run.heard is not None:
                run.heard()
            return True
        return False

    async def resolve(self, attempt_id: str, task_id: str | None) -> None:
        """`resolve --landed TASK_ID`, or `--not-landed`."""
        fact = self.known().attempts[attempt_id]
        ledger = Ledger(self.journal, self.lockfile, LoopClock(self.skies, None))
        attempt = Attempt(fact, state_of(fact), journal=self.journal, ledger=ledger)
        attempt.take(ResolvedLanded(task_id=task_id) if task_id else ResolvedNotLanded())
        await ledger.flush()
