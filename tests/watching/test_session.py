"""A watch at work, with a real look at real specs: what a job does not bear ends it, and no POST is left to nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

from seedance_spec.attempts.endings import Ending
from seedance_spec.attempts.means import Gate
from seedance_spec.clips.faults import StoreFault
from seedance_spec.clock import SystemClock
from seedance_spec.pipeline import Decision
from seedance_spec.watch.desk import Desk
from seedance_spec.watch.happenings import Look
from seedance_spec.watch.looker import Sight
from seedance_spec.watch.session import Session
from tests.support.films import small_film
from tests.support.looking import a_looker


class Rendering:
    """Carries every job until it is told to stop; then what was due is on record."""

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        self.begun = asyncio.Event()
        self.recorded: list[str] = []

    async def carry(self, decision: Decision, *, jobs: int, gate: Gate | None = None) -> tuple[Ending, ...]:
        del jobs, gate
        self.begun.set()
        await self.stopped.wait()
        self.recorded += [change.shot_id for change in decision.plan.changes]
        return ()


class Silent:
    """`session.Shows`, which keeps the trouble."""

    def __init__(self) -> None:
        self.troubles: list[str] = []

    def looked(self, sight: Sight) -> None: ...

    def superseded(self, shot_id: str) -> None: ...

    def ended(self, endings: tuple[Ending, ...]) -> None: ...

    def stands(self, desk: Desk) -> None: ...

    def trouble(self, message: str) -> None:
        self.troubles.append(message)


def played(root: Path, fault: Exception, *, leaves: bool) -> tuple[Rendering, Silent, BaseException | None]:
    """A session whose second look, once its first job is at work, meets this."""

    async def play() -> tuple[Rendering, Silent, BaseException | None]:
        looker, rendering, shows, looks = a_looker(root), Rendering(), Silent(), iter([True])

        async def look(ask: Look) -> Sight:
            if next(looks, False):
                return await looker.look(ask)
            if leaves:
                session.leave()
                rendering.stopped.set()
            raise fault

        session = Session(
            Desk(quiet=0.0),
            look=look,
            rendering=rendering,
            shows=shows,
            clock=SystemClock(),
            give_up=rendering.stopped.set,
        )
        running = asyncio.create_task(session.run())
        await rendering.begun.wait()
        session.touched()
        (raised,) = await asyncio.gather(running, return_exceptions=True)
        return rendering, shows, raised

    (root / "specs").mkdir()
    (root / "specs" / "reel.yaml").write_text(small_film(moon="A cat"), encoding="utf-8")
    return asyncio.run(play())


def test_what_nobody_foresaw_lets_what_is_due_be_recorded(tmp_path: Path) -> None:
    """The jobs are told to stop and are waited for: cancelled where they stand, an answer of a POST would be lost."""
    unforeseen = LookupError("nobody foresaw this")

    rendering, shows, raised = played(tmp_path, unforeseen, leaves=False)

    assert (rendering.recorded, shows.troubles, raised) == (["reel/moon"], [], unforeseen)


def test_what_the_disk_refuses_is_said_and_the_watch_goes_on(tmp_path: Path) -> None:
    """Until it is left: then its job has come to its end too."""
    rendering, shows, raised = played(tmp_path, StoreFault("the disk is full"), leaves=True)

    assert (rendering.recorded, shows.troubles, raised) == (["reel/moon"], ["the disk is full"], None)
