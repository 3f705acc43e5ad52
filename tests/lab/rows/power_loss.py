"""Power loss: one run is recorded, and every prefix of it is replayed as a disk might hold it after the power went."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from random import Random

from seedance_spec.attempts.ports import Mark
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.lockfile.file import LockFile
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace
from tests.lab.bench import Bench
from tests.lab.disk import Disk, Happened, recorded
from tests.lab.preload import COMPILER, Preload
from tests.lab.row import Outcome
from tests.lab.rows.kill import spread

NEEDS = (COMPILER,)

DRAWS = 4
"""Disks drawn at random for each prefix, beside the four that lose as much or as little as they may."""

_CHANGE = "change"
_ATTEMPT = re.compile(rb"/v1/callback/([a-z2-7]{16,64})\.")


class PowerLossRow:
    """A case is the number of a recorded change: the power goes right after it.

    The recording is made anew by each session; it differs a little in how often the gateway was asked, and of a shorter
    one the last cases are its end.
    """

    name = "power_loss"
    title = "power loss after every change"
    together = 1

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._events: list[Happened] = []
        self._root = scratch
        self.goal = 0

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """How many changes were recorded."""
        self._root, self._events = _recorded(self._scratch)
        self.goal = known.get(_CHANGE) or len(self._events)
        return {_CHANGE: self.goal}

    def cases(self) -> Iterator[str]:
        """`change:n`."""
        yield from spread(f"{_CHANGE}:{n}" for n in range(1, self.goal + 1))

    def run(self, case: str) -> Outcome:
        events = self._events[: int(case.rpartition(":")[2])]
        disk = Disk(self._root)
        for event in events:
            disk.apply(event)
        sent = _posts(events)
        faults: list[str] = []
        dice = Random(case)
        for name, files in disk.crashes(dice, draws=DRAWS):
            home = self._scratch / f"disk-{os.getpid()}"
            _lay_out(files, self._root, home)
            faults += [f"{name}: {fault}" for fault in _faults(home, sent)]
            shutil.rmtree(home, ignore_errors=True)
        told = f"after {events[-1].op} of {events[-1].path.removeprefix(f'{self._root}/')}" if events else "before all"
        lost = sum("paid" in fault for fault in faults)
        return Outcome(
            lost_results=lost,
            repairs=len(faults) - lost,
            failed=bool(faults),
            note="; ".join([told, *faults[:3]]),
        )

    def close(self) -> None:
        """Nothing is left open."""


def _recorded(scratch: Path) -> tuple[Path, list[Happened]]:
    """The project of one run, and all that the run changed there."""
    preload = Preload.built(scratch / "preload")
    bench = Bench(scratch, preload=preload.library)
    try:
        film = bench.world.film()
        to = scratch / "record"
        ran = film.apply(env=preload.recording(film.root, to))
        assert ran.code == 0, ran.err
        return film.root.resolve(), list(recorded(to))
    finally:
        bench.close()


def _posts(events: list[Happened]) -> set[str]:
    """Attempts whose POST had gone out."""
    return {found[1].decode() for event in events if event.op == "post" for found in _ATTEMPT.finditer(event.data)}


def _lay_out(files: dict[str, bytes], root: Path, home: Path) -> None:
    for path, content in files.items():
        target = home / Path(path).relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (home / "specs").mkdir(parents=True, exist_ok=True)


def _faults(home: Path, sent: set[str]) -> Iterator[str]:
    """What is torn, and what is not known that must be: every attempt whose bytes had gone out."""
    place = Workplace(root=home, realm=Realm.SANDBOX)
    for path in place.store.glob("[0-9a-f][0-9a-f]/*.mp4"):
        if sha256(path.read_bytes()).hexdigest() != path.stem:
            yield f"{path.name[:12]}… in the store is torn"
    stored = {path.stem for path in place.store.glob("[0-9a-f][0-9a-f]/*.mp4")}
    for path in (home / "renders").rglob("*.mp4"):
        if not path.name.startswith(".") and sha256(path.read_bytes()).hexdigest() not in stored:
            yield f"{path.name} in renders/ is torn, or not in the store"
    facts, complaints = LockFile(place.lockfile, root=home, write_lock=home / "flock").read()
    yield from (f"the lockfile: {complaint.message}" for complaint in complaints)
    known = set(facts.attempts)
    try:
        known |= _in_the_journal(place)
    except JournalFault as fault:
        yield f"the journal: {fault}"
    for attempt in sent - known:
        yield f"attempt {attempt[-8:]} may be paid and nobody knows of it"


def _in_the_journal(place: Workplace) -> set[str]:
    """Attempts that the journal knows as sent."""
    if not place.journal.exists():
        return set()
    journal = SqliteJournal(place.journal)
    try:
        sent = {Mark.BYTES_OUT, Mark.ANSWERED}
        return {row.fact.attempt_id for row in journal.rows() if row.mark in sent and row.released is None}
    finally:
        journal.close()


def row(scratch: Path) -> PowerLossRow:
    return PowerLossRow(scratch)
