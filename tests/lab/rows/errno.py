"""The errno sweep: a full disk from the N-th call on, a read or write error or too many open files at the N-th."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from seedance_spec.cli.exit_codes import ExitCode
from tests.lab.judge import half_files, last_words, recovered
from tests.lab.preload import COMPILER, Strike
from tests.lab.row import Outcome
from tests.lab.rows.kill import BEYOND, Sweep, spread
from tests.lab.world import Film, Ran

NEEDS = (COMPILER,)

ERRORS: Mapping[str, tuple[str, ...]] = {
    "ENOSPC": ("write", "pwrite", "ftruncate", "fallocate", "copy", "rename", "mkdir"),
    "EIO": ("write", "pwrite", "fsync", "fdatasync", "copy", "rename", "unlink"),
    "EMFILE": ("open", "socket"),
}
"""Each error and the calls that it is given to. A disk that is full stays so; the others happen once."""

LASTING = frozenset({"ENOSPC"})


class ErrnoRow:
    name = "errno"
    title = "ENOSPC, EIO, EMFILE at every call"
    together = 1

    def __init__(self, scratch: Path) -> None:
        self._sweep = Sweep(scratch)

    @property
    def goal(self) -> int:
        return sum(1 for _ in self.cases())

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """Calls of a whole run, by name."""
        return self._sweep.prepare(known)

    def cases(self) -> Iterator[str]:
        """`ERROR:call:n`: from or at the n-th call of that name."""
        counts = self._sweep.counts
        yield from spread(
            f"{error}:{call}:{n}"
            for error, calls in ERRORS.items()
            for call in calls
            for n in range(1, counts[call] + BEYOND + 1)
        )

    def run(self, case: str) -> Outcome:
        error, call, at = case.split(":")
        film = self._sweep.film(case)
        strike = Strike(call=call, at=int(at), error=error, lasts=error in LASTING)
        ran, struck = self._sweep.struck(film, strike)
        complaints = list(_complaints(film, ran))
        outcome = recovered(
            film, self._sweep.world, note=f"{error} {struck or 'never came'}", struck=struck is not None
        )
        film.leave()
        if not complaints:
            return outcome
        return replace(outcome, failed=True, note="; ".join([outcome.note, *complaints]))

    def close(self) -> None:
        self._sweep.close()


def _complaints(film: Film, ran: Ran) -> Iterator[str]:
    """What is wrong with how the struck run ended, before anything has been tidied up."""
    if ran.code not in set(ExitCode):
        yield f"it ended with {ran.code}, which is no exit code of the program"
    if ran.blames_itself:
        yield f"it blames itself: {last_words(ran)}"
    elif ran.code and not ran.err.strip():
        yield f"it ended with {ran.code} without a word"
    yield from half_files(film)


def row(scratch: Path) -> ErrnoRow:
    return ErrnoRow(scratch)
