"""One apply: open gateway, journal, store and receiver, conduct the plan, leave all recorded. Nothing may print."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from seedance_spec.attempts.asking_only import AskingOnly
from seedance_spec.attempts.attempt_id import PROJECT_RANDOM_BYTES, RUN_RANDOM_BYTES, new_project_id, new_run_id
from seedance_spec.attempts.conductor import Conductor
from seedance_spec.attempts.endings import Ending
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.means import Means, Stop
from seedance_spec.clips.publish import check_place
from seedance_spec.clips.store import Store
from seedance_spec.clock import SystemClock
from seedance_spec.gateway.client import EasyRouter
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.lease import Conductorship
from seedance_spec.journal.owner import is_alive, owner_of_this_process
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.lockfile.facts import ProjectFact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.local_files import LocalFiles
from seedance_spec.pipeline import Decision, journal_of, lockfile_of
from seedance_spec.plan.decide import label_moves
from seedance_spec.plan.events import Event, Told
from seedance_spec.secret import Secret
from seedance_spec.webhook.capability import callback_path
from seedance_spec.webhook.key_file import load_or_create_key
from seedance_spec.webhook.receiver import Receiver
from seedance_spec.webhook.serving import serving
from seedance_spec.workplace import Workplace

PREFLIGHT_BYTES = 1 << 20
"""What must be free before anything is paid for; the clips' own sizes are not known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The world outside: the gateway, how it is paced, and where it can call us.

    `listen` is host and port of the embedded receiver, None for none. `public_url` is how the upstream reaches it; None
    means that nobody outside can, save a sandbox on this machine (`sandbox`), which reaches it where it listens.
    """

    base_url: str
    key: Secret
    sandbox: bool = False
    time_scale: float = 1.0
    poll_interval: float | None = None
    listen: tuple[str, int] | None = None
    public_url: str | None = None
    callback_key: bytes | None = None
    link_hosts: tuple[str, ...] = ()


def _can_keep(workplace: Workplace) -> None:
    """Nothing is paid for that could not be kept: the store must take a part, and renders/ be a folder of ours.

    Raises StoreFault.
    """
    store = Store(workplace.store)
    # A name of this process's own: two that begin at once must not take each other's try for a download.
    process, _, _ = owner_of_this_process().partition("-")
    with store.open_part(f"preflight-{process}") as part:
        part.reserve(PREFLIGHT_BYTES)
        store.discard(part)
    check_place(workplace.root)


async def carry_out(
    decision: Decision,
    workplace: Workplace,
    connection: Connection,
    *,
    jobs: int,
    pays: bool = True,
    tell: Callable[[Event], None],
    stop: Stop,
) -> tuple[Ending, ...]:
    """Every change's ending. Whatever happens on the way, what is known is recorded when this returns.

    Without `pays` no POST can be sent, whatever the plan says.
    """
    if pays and decision.plan.paid:
        await asyncio.to_thread(_can_keep, workplace)
    clock = SystemClock()
    journal = journal_of(workplace)
    ledger = Ledger(journal, lockfile_of(workplace), clock)
    owner, lease = owner_of_this_process(), Conductorship(journal, now=clock.now)
    heard: list[Callable[[], None]] = []
    gateway = EasyRouter(base_url=connection.base_url, key=connection.key, allowed_link_hosts=connection.link_hosts)
    try:
        async with gateway, _receiver(journal, workplace, connection, clock, heard, tell) as callback_url:
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
                callback_url=callback_url,
                project_id=_project_id(decision, workplace),
                run=new_run_id(secrets.token_bytes(RUN_RANDOM_BYTES)),
                owner=owner,
                time_scale=connection.time_scale,
                poll_interval=connection.poll_interval,
                billing=gateway,
                leads=lambda: lease.lead(owner),
                known=tuple(decision.facts.attempts.values()),
            )
            conductor = Conductor(decision.plan, means, jobs=jobs)
            heard.append(conductor.heard)
            async with _writing(ledger):
                endings = await conductor.run(stop)
            await ledger.flush(*label_moves(decision.plan, int(clock.now())))
            return endings
    finally:
        with suppress(JournalFault):
            # What cannot be given back ends with its holder all the same.
            if lease.leader() == owner:
                lease.resign(owner)
        journal.close()


def _project_id(decision: Decision, workplace: Workplace) -> str:
    """The project's own id; the first apply of a project without one makes it, and commits it to the lockfile."""
    if decision.facts.project_ids:
        return decision.facts.project_ids[0]
    made = Facts.of(ProjectFact(project_id=new_project_id(secrets.token_bytes(PROJECT_RANDOM_BYTES))))
    # Of two first applies at once the second finds the id of the first.
    return lockfile_of(workplace).grow(lambda held: held if held.project_ids else made).project_ids[0]


@asynccontextmanager
async def _writing(ledger: Ledger) -> AsyncIterator[None]:
    writing = asyncio.create_task(ledger.keep_writing())
    try:
        yield
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await ledger.flush()


@asynccontextmanager
async def _receiver(
    journal: SqliteJournal,
    workplace: Workplace,
    connection: Connection,
    clock: SystemClock,
    heard: Sequence[Callable[[], None]],
    tell: Callable[[Event], None],
) -> AsyncIterator[Callable[[str], str | None]]:
    """The embedded receiver; yields what makes a callback URL of an attempt id. Without one, polling does it all."""
    if connection.listen is None:
        yield lambda _: None
        return
    key = connection.callback_key or load_or_create_key(workplace.callback_key)

    def wake(_: str) -> None:
        for each in heard:
            each()

    receiver = Receiver(journal, keys=[key], now=clock.now, wake=wake)
    host, port = connection.listen
    async with serving(receiver, host, port) as local_url:
        public_url = connection.public_url or (local_url if connection.sandbox else None)
        if public_url is None:
            tell(Told(at=clock.now(), message=f"listening at {local_url}; without --public-url nobody is told of it"))
            yield lambda _: None
        else:
            yield lambda attempt_id: f"{public_url}{callback_path(attempt_id, key)}"
