"""Moments in the life of a real run: waited for by looking, never by a fixed time."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing

from seedance_spec.attempts.ports import Mark
from seedance_spec.pipeline import journal_of, lockfile_of
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace
from tests.support.reel import Finished, Reel

PATIENCE = 120.0
"""Seconds after which a moment that does not come is a failure: a guard, not a measure."""


def until(condition: Callable[[], bool], what: str) -> None:
    """Look every few milliseconds until it is so. Raises AssertionError when it never is."""
    given_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < given_up, f"never came: {what}"
        time.sleep(0.005)


def finished(process: subprocess.Popen[str]) -> Finished:
    out, err = process.communicate(timeout=PATIENCE)
    return Finished(process.returncode, out, err)


def heard(process: subprocess.Popen[str], words: str) -> None:
    """Read what the program says until it says this. Raises AssertionError when it ends without."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    raise AssertionError(f"never said {words!r}: {said}")


def stopped(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> Finished:
    process.send_signal(number)
    return finished(process)


def marks(reel: Reel) -> list[Mark]:
    """How far each POST came that was not released, as the journal has it; none where there is no journal yet."""
    place = Workplace(root=reel.root, realm=Realm.SANDBOX)
    if not place.journal.exists():
        return []
    with closing(journal_of(place)) as journal:
        return [row.mark for row in journal.rows() if row.released is None]


def statuses(reel: Reel) -> list[str]:
    """The status of every attempt in the sandbox's lockfile, sorted."""
    facts, complaints = lockfile_of(Workplace(root=reel.root, realm=Realm.SANDBOX)).read()
    assert complaints == ()
    return sorted(fact.status.value for fact in facts.attempts.values())
