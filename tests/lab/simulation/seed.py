"""From a number to a whole history and its verdict; the same number, the same history."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from seedance_spec.attempts.ports import Journal
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.model.shot import Film, Project
from tests.lab.simulation.chronicle import Chronicle
from tests.lab.simulation.codec import reading_small_clips
from tests.lab.simulation.gateway import Gateway
from tests.lab.simulation.promises import Promises
from tests.lab.simulation.story import Story
from tests.lab.simulation.studio import Studio
from tests.lab.simulation.upstream import Skies
from tests.lab.simulation.virtual_loop import VirtualLoop
from tests.lab.simulation.weather import Weather

SQLITE_EVERY = 50
"""Every so many seeds keep the real journal on a disk; the others one in memory that keeps the same contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one seed showed. `broken` is empty where every promise held."""

    seed: int
    broken: tuple[tuple[str, str], ...]
    posts: int
    paid: int
    unknown: int
    closed: Mapping[str, int]
    hours: float
    history: str


def simulate(seed: int, scratch: Path) -> Verdict:
    """Live one history in a fresh folder below `scratch`, which is removed again."""
    root = fast_folder(scratch) / f"seed-{seed}"
    shutil.rmtree(root, ignore_errors=True)
    (root / "specs").mkdir(parents=True)
    try:
        with reading_small_clips():
            return _simulate(seed, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)
        with suppress(OSError):
            root.parent.rmdir()


def _simulate(seed: int, root: Path) -> Verdict:
    dice = Random(seed)
    pauses = Random(seed + 1)
    loop = VirtualLoop(lambda: pauses.choice((0.0, 0.0, 0.0, 0.001, 0.04)))
    chronicle = Chronicle(loop.time)
    skies = Skies(loop=loop, dice=dice, weather=Weather().times(dice.choice((0.5, 1.0, 2.0))), chronicle=chronicle)
    journal = _journal(seed, root)
    story = _story(skies, journal, root, dice)
    try:
        loop.run_until_complete(story.live())
    except AssertionError as broken:
        story.promises.broken("crash", repr(broken))
    finally:
        _close(loop, journal)
    for fault in loop.faults:
        story.promises.broken("crash", fault)
    return Verdict(
        seed=seed,
        broken=tuple(story.promises.faults),
        posts=sum(story.gateway.posts.values()),
        paid=len(story.gateway.jobs),
        unknown=len(story.promises.unknown),
        closed=dict(story.promises.closed),
        hours=loop.time() / 3600,
        history=chronicle.text() if story.promises.faults else "",
    )


def _story(skies: Skies, journal: Journal, root: Path, dice: Random) -> Story:
    def receive(url: str, body: bytes) -> bool:
        return studio.receive(url, body)

    gateway = Gateway(
        skies=skies,
        receive=receive,
        backlog=dice.choice((0.0, 0.0, 5.0, 60.0)),
        log_on=dice.random() < 0.5,
        accepted=lambda job: promises.accepted(job, studio),
    )
    promises = Promises(chronicle=skies.chronicle, gateway=gateway)
    studio = Studio(
        root=root,
        skies=skies,
        gateway=gateway,
        journal=journal,
        callbacks=dice.random() < 0.6,
        dice=dice,
        film=Film(project=Project(name="lab"), shots={}),
    )
    studio.written = lambda fact: promises.recorded(fact, studio)
    return Story(studio=studio, skies=skies, gateway=gateway, promises=promises, dice=dice)


def _journal(seed: int, root: Path) -> Journal:
    if seed % SQLITE_EVERY:
        return MemoryJournal()
    (root / ".seedance").mkdir()
    return SqliteJournal(root / ".seedance" / "journal.db")


def _close(loop: VirtualLoop, journal: Journal) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(10_000.0))
    loop.close()
    if isinstance(journal, SqliteJournal):
        journal.close()


def fast_folder(scratch: Path) -> Path:
    """Memory where the system offers it: what fsync costs is no part of a history in virtual time."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        return scratch
    return memory / f"seedance-lab-{sha256(bytes(scratch.resolve())).hexdigest()[:16]}"
