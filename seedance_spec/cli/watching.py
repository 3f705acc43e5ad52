"""A watch from its first look to its last word: terminal, signals, files and session are put together here."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedance_spec.attempts.means import Stop
from seedance_spec.cli.carry import check_identity
from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode, winner
from seedance_spec.cli.stop import StopError
from seedance_spec.cli.watch_keys import keys
from seedance_spec.cli.watch_view import WatchView
from seedance_spec.clock import SystemClock
from seedance_spec.connection import Connection
from seedance_spec.plan.events import Event, ShotUnknown
from seedance_spec.rendering import rendering
from seedance_spec.watch.commits import NO_COMMITS, Commits, GitCommits, GitFault
from seedance_spec.watch.desk import Consent, Desk
from seedance_spec.watch.follower import Follower
from seedance_spec.watch.happenings import Look
from seedance_spec.watch.looker import Aim, Looker, Sight
from seedance_spec.watch.notices import Left, Watching
from seedance_spec.watch.reading import local_inputs
from seedance_spec.watch.session import Session
from seedance_spec.workplace import Workplace

_FIRST = Look()
_AWAKE_SECONDS = 60.0
_CONSENTS = {
    Consent.SAVE: "a save renders",
    Consent.KEY: "a save plans, `a` renders",
    Consent.COMMIT: "a commit renders",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """How to watch: when to pay and up to how much, how long to be quiet, how much at once, for whom to speak."""

    consent: Consent
    quiet: float
    jobs: int
    max_cost: float | None
    as_json: bool


async def watched(console: Console, workplace: Workplace, connection: Connection, aim: Aim, orders: Orders) -> ExitCode:
    """Watch until somebody leaves; what is paid for goes on at the gateway, on record."""
    commits, also = _commits(workplace.root, orders.consent)
    looker = Looker(workplace, aim, commits=commits)
    first = await looker.look(_FIRST)
    check_identity(first.decision, workplace, connection, pays=True)
    view = WatchView(
        console,
        as_json=orders.as_json,
        consent=_CONSENTS[orders.consent],
        time_scale=connection.time_scale,
        cap_usd=orders.max_cost,
    )
    stop, received = Stop(), list[ExitCode]()
    watch = _Watch(looker, view, stop, orders)
    with view:
        _begin(view, first, orders, sandbox=connection.sandbox)
        way = rendering(first.decision, workplace, connection, probes=True, tell=watch.tell, stop=stop)
        async with way as opened:
            looker.run = opened.run
            session = watch.session = Session(
                Desk(consent=orders.consent, quiet=orders.quiet, places=orders.jobs),
                look=watch.look,
                rendering=opened,
                shows=view,
                clock=SystemClock(),
                give_up=stop.terminate,
            )
            watch.follower = Follower(workplace.root, session.touched, also=also)
            _heed_signals(watch, received)
            helpers = [watch.follower.follow(), *_keeping_awake(workplace, connection)]
            async with _beside(watch.leave, *helpers), view.ticking():
                with keys(watch.pressed, wanted=console.interactive):
                    await session.run()
        code = winner({*received, *view.codes()})
        view.notice(
            Left(
                at=SystemClock().now(),
                running=view.running,
                sandbox=connection.sandbox,
                spent_usd=view.spent_usd,
                exit_code=int(code),
                profile=view.profile,
            )
        )
    return code


class _Watch:
    """What keys, signals and looks set going."""

    def __init__(self, looker: Looker, view: WatchView, stop: Stop, orders: Orders) -> None:
        self.session: Session | None = None
        self.follower: Follower | None = None
        self._looker = looker
        self._view = view
        self._stop = stop
        self._orders = orders

    async def look(self, ask: Look) -> Sight:
        sight = await self._looker.look(ask)
        if self.follower is not None:
            self.follower.attend(local_inputs(sight.reading))
        return sight

    def tell(self, event: Event) -> None:
        self._view.tell(event)
        if isinstance(event, ShotUnknown) and self.session is not None:
            self.session.lost(event.shot_id)

    def pressed(self, key: str) -> None:
        assert self.session is not None, "keys are read while it runs"
        match key.lower():
            case "a":
                self.session.agree()
            case "d":
                self._view.diff()
            case "o":
                self._open()
            case "q":
                self.leave()
            case _:
                pass

    def leave(self) -> None:
        """Nothing more is begun or waited for, but the answers that are due."""
        self._stop.interrupt()
        if self.session is not None:
            self.session.leave()

    def terminate(self) -> None:
        self._stop.terminate()
        if self.session is not None:
            self.session.leave()

    def _open(self) -> None:
        """Show the newest clip with whatever the system shows clips with."""
        opener = "open" if sys.platform == "darwin" else "xdg-open"
        program, clip = shutil.which(opener), self._view.latest
        if not clip:
            self._view.trouble("no clip was rendered in this session yet")
        elif program is None:
            self._view.trouble(f"{opener} is not installed; the newest clip is {clip}")
        else:
            subprocess.Popen(  # noqa: S603 - the system's own opener, with a path of ours
                [program, str(self._looker.root / clip)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )


def _begin(view: WatchView, first: Sight, orders: Orders, *, sandbox: bool) -> None:
    view.notice(
        Watching(
            at=SystemClock().now(),
            profile=first.plan.profile,
            sandbox=sandbox,
            consent=orders.consent.value,
            cap_usd=orders.max_cost,
        )
    )


def _commits(root: Path, consent: Consent) -> tuple[Commits, tuple[Path, ...]]:
    """Who knows of commits, and the files by which git tells of one. Raises StopError (64) where there is no git."""
    if consent is not Consent.COMMIT:
        return NO_COMMITS, ()
    try:
        commits = GitCommits(root)
    except GitFault as fault:
        raise StopError(ExitCode.USAGE, f"--on-commit: {fault}", hint="run `git init`, or leave it away") from None
    folder = commits.folder
    return commits, (folder / "HEAD", folder / "index", folder / "logs" / "HEAD")


def _heed_signals(watch: _Watch, received: list[ExitCode]) -> None:
    loop = asyncio.get_running_loop()

    def on(code: ExitCode) -> None:
        received.append(code)
        if code is ExitCode.TERMINATED:
            watch.terminate()
        else:
            watch.leave()

    loop.add_signal_handler(signal.SIGINT, on, ExitCode.INTERRUPTED)
    loop.add_signal_handler(signal.SIGTERM, on, ExitCode.TERMINATED)


def _keeping_awake(workplace: Workplace, connection: Connection) -> list[Coroutine[Any, Any, None]]:
    """A sandbox goes when nobody has asked it for a while: a watch in which nothing is saved still needs it."""
    from seedance_spec.cli.sandbox_process import running_sandbox

    async def ask() -> None:
        while True:
            await asyncio.sleep(_AWAKE_SECONDS)
            await asyncio.to_thread(running_sandbox, workplace.sandbox_state)

    return [ask()] if connection.sandbox else []


@asynccontextmanager
async def _beside(leave: Callable[[], None], *works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """What goes on beside the session: the watch is left where one of them fails, and that is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(lambda done: None if done.cancelled() else leave())
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for each in ended:
        if isinstance(each, Exception):
            raise each
