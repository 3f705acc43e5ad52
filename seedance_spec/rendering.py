"""What rendering takes, opened: gateway, journal, store, ears; plans carried out in it, all recorded. It prints not."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from random import SystemRandom

from seedance_spec.attempts.asking_only import AskingOnly
from seedance_spec.attempts.attempt_id import (
    PROJECT_RANDOM_BYTES,
    RUN_RANDOM_BYTES,
    derived_project_id,
    new_project_id,
    new_run_id,
)
from seedance_spec.attempts.endings import Ending, carried_out
from seedance_spec.attempts.ensemble import Ensemble
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.means import Gate, Means, Stop
from seedance_spec.clips.publish import check_place
from seedance_spec.clips.store import Store
from seedance_spec.clock import SystemClock
from seedance_spec.connection import Connection
from seedance_spec.gateway.client import EasyRouter
from seedance_spec.hearing.scene import Scene
from seedance_spec.hearing.ways import hearing
from seedance_spec.journal.at_work import at_work
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.lease import Conductorship
from seedance_spec.journal.owner import is_alive, owner_of_this_process
from seedance_spec.lockfile.facts import ProjectFact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.local_files import LocalFiles
from seedance_spec.pipeline import Decision, journal_of, lockfile_of
from seedance_spec.plan.decide import label_moves
from seedance_spec.plan.events import Event, Told
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace

PREFLIGHT_BYTES = 1 << 20
"""What must be free before anything is paid for; the clips' own sizes are not known yet."""


def _can_keep(workplace: Workplace, owner: str) -> None:
    """Nothing is paid for that could not be kept: the store must take a part, and renders/ be a folder of ours.

    Raises StoreFault.
    """
    store = Store(workplace.store)
    # A name of this run's own: two that begin at once must not take each other's try for a download.
    with store.open_part(f"preflight-{owner}") as part:
        part.reserve(PREFLIGHT_BYTES)
        store.discard(part)
    check_place(workplace.root)


@asynccontextmanager
async def _at_work(workplace: Workplace) -> AsyncIterator[None]:
    with at_work(workplace.work_lock):
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one decision is carried out: `jobs` shots at once. Without `pays` no POST can be sent, whatever it says; with
    `fail_fast` none after the first that fails. Without `stays` it is over once every POST has its outcome on
    record: no clip is waited for.
    """

    jobs: int
    pays: bool = True
    fail_fast: bool = False
    stays: bool = True


async def carry_out(
    decision: Decision,
    workplace: Workplace,
    connection: Connection,
    *,
    manner: Manner,
    tell: Callable[[Event], None],
    stop: Stop,
) -> tuple[Ending, ...]:
    """Every change's ending. Whatever happens on the way, what is known is recorded when this returns."""
    way = rendering(decision, workplace, connection, pays=manner.pays, stays=manner.stays, tell=tell, stop=stop)
    async with way as opened:
        return await opened.carry(decision, jobs=manner.jobs, fail_fast=manner.fail_fast)


class Rendering:
    """Gateway, ears and journal, open: plans are carried out in it, one after the other or several at once.

    `run` is the id that every attempt made in it carries.
    """

    def __init__(self, means: Means, ensemble: Ensemble, stop: Stop, *, pays: bool) -> None:
        self.run = means.run
        self._means = means
        self._ensemble = ensemble
        self._stop = stop
        self._pays = pays
        self._turns = itertools.count()

    async def carry(
        self, decision: Decision, *, jobs: int, fail_fast: bool = False, gate: Gate | None = None
    ) -> tuple[Ending, ...]:
        """Every change's ending, with all that is known on record. Of decisions that are carried out at once no two may
        be about one attempt, or one take to be paid for. Closing the `gate` keeps back what was not sent yet.
        """
        means = self._means
        turn = next(self._turns)
        owner = owner_of_this_process(turn=turn)
        if self._pays and decision.plan.paid and turn:
            await asyncio.to_thread(_can_keep, means.workplace, owner)
        means = replace(means, owner=owner, known=tuple(decision.facts.attempts.values()), facts=decision.facts)
        if decision.aliases:
            # Before anything is paid for: an older version of the tool that sees them pays for nothing any more.
            await means.ledger.flush(*decision.aliases)
        conducting = self._ensemble.conduct(decision.plan, means, self._stop, jobs=jobs, fail_fast=fail_fast, gate=gate)
        try:
            endings = await conducting
        finally:
            await means.ledger.flush()
        await means.ledger.flush(*label_moves(carried_out(decision.plan, endings), int(means.clock.now())))
        return endings


@asynccontextmanager
async def rendering(
    decision: Decision,
    workplace: Workplace,
    connection: Connection,
    *,
    pays: bool = True,
    stays: bool = True,
    probes: bool | None = None,
    tell: Callable[[Event], None],
    stop: Stop,
) -> AsyncIterator[Rendering]:
    """Open what rendering takes; `decision` is the first that will be carried out, or what is known by now.

    Without `pays` no POST can be sent, whatever a plan says. `probes` tells whether a public URL is tried first; None:
    if this decision pays. What is known is recorded when this is left.
    """
    owner = owner_of_this_process()
    if pays and decision.plan.paid:
        await asyncio.to_thread(_can_keep, workplace, owner)
    clock = SystemClock()
    journal = journal_of(workplace)
    ledger = Ledger(journal, lockfile_of(workplace), clock)
    lease = Conductorship(journal, now=clock.now)
    run = new_run_id(secrets.token_bytes(RUN_RANDOM_BYTES))
    gateway = EasyRouter(base_url=connection.base_url, key=connection.key, allowed_link_hosts=connection.link_hosts)
    try:
        scene = Scene(
            workplace=workplace,
            connection=connection,
            journal=journal,
            ledger=ledger,
            clock=clock,
            random=secrets.token_bytes,
            chance=SystemRandom().random,
            tell=tell,
            project_ids=_project_ids(decision, workplace, connection, tell),
            run=run,
            probes=pays and (bool(decision.plan.paid) if probes is None else probes),
        )
        async with _at_work(workplace), gateway, hearing(scene, stop) as heard:
            means = Means(
                workplace=workplace,
                gateway=gateway if pays else AskingOnly(gateway),
                journal=journal,
                ledger=ledger,
                store=Store(workplace.store),
                files=LocalFiles(workplace.root),
                clock=clock,
                random=secrets.token_bytes,
                tell=tell,
                is_alive=is_alive,
                callback_url=heard.callback_url,
                project_id=scene.project_ids[0],
                run=run,
                owner=owner,
                time_scale=connection.time_scale,
                poll_interval=connection.poll_interval,
                billing=gateway,
                leads=lambda: lease.lead(owner),
                known=tuple(decision.facts.attempts.values()),
                claims=heard.claims,
                facts=decision.facts,
                lending=heard.lending,
                stays=stays,
            )
            ensemble = Ensemble(means)
            heard.ears.attach(ensemble)
            async with _in_the_background(ledger, ensemble):
                yield Rendering(means, ensemble, stop, pays=pays)
    finally:
        with suppress(JournalFault):
            # What cannot be given back ends with its holder all the same.
            if lease.leader() == owner:
                lease.resign(owner)
        journal.close()


def _project_ids(
    decision: Decision, workplace: Workplace, connection: Connection, tell: Callable[[Event], None]
) -> tuple[str, ...]:
    """The project's own ids; the first apply of a project without one makes it, and commits it to the lockfile."""
    if decision.facts.project_ids:
        return decision.facts.project_ids
    made = _sandbox_id(workplace) if workplace.realm is Realm.SANDBOX else None
    if made is None:
        made = new_project_id(secrets.token_bytes(PROJECT_RANDOM_BYTES))
        if connection.receiver is not None:
            message = "a new project id is made, which no other clone has: they share no claims with this one"
            tell(Told(at=SystemClock().now(), message=message))
    facts = Facts.of(ProjectFact(project_id=made))
    # Of two first applies at once the second finds the id of the first.
    return lockfile_of(workplace).grow(lambda held: held if held.project_ids else facts).project_ids


def _sandbox_id(workplace: Workplace) -> str | None:
    """The sandbox's project id, made from the paid one: its lockfile is in no git, and clones are to agree on it."""
    paid, _ = lockfile_of(replace(workplace, realm=Realm.PAID)).read()
    return derived_project_id(paid.project_ids[0], realm=Realm.SANDBOX) if paid.project_ids else None


@asynccontextmanager
async def _in_the_background(ledger: Ledger, ensemble: Ensemble) -> AsyncIterator[None]:
    """The lockfile is written, and lost attempts are asked for, until the block is left; then all is on record."""
    tasks = [asyncio.create_task(ledger.keep_writing()), asyncio.create_task(ensemble.keep_asking())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await ledger.flush()
