"""The kill sweep: SIGKILL at every call that leaves the process, one case each, then run again until all is well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from tests.lab.bench import Bench
from tests.lab.judge import hope_of, recovered
from tests.lab.preload import COMPILER, Preload, Strike
from tests.lab.row import Outcome
from tests.lab.world import Film, Ran, World

NEEDS = (COMPILER,)

CALLS = (
    "write",
    "pwrite",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fallocate",
    "copy",
    "rename",
    "link",
    "unlink",
    "connect",
    "send",
)
BEYOND = 2
"""Points past the last counted one of each call: a run that is not struck there shows that the sweep is complete."""

COUNTED_RUNS = 3
"""A run asks the gateway now a little more often, now less: the sweep goes as far as the longest of so many."""


class Sweep:
    """Projects, the sandbox and the preloaded library. `counts` is how many calls of each name a whole run makes; it is
    measured once per tree of code.
    """

    def __init__(self, scratch: Path) -> None:
        self._library = Preload.built(scratch / "preload").library
        self._bench = Bench(scratch, preload=self._library)
        self.counts: Mapping[str, int] = {}

    @property
    def world(self) -> World:
        return self._bench.world

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        self.counts = known or self._counted()
        return self.counts

    def film(self, case: str) -> Film:
        return self._bench.film(case)

    def struck(self, film: Film, strike: Strike) -> tuple[Ran, str | None]:
        """An apply that is struck, and where; None where it was over before."""
        preload = self._preload
        ran = film.apply(env={**hope_of(film, self.world), **preload.striking(film.root, strike)})
        return ran, preload.struck(film.root)

    def close(self) -> None:
        self._bench.close()

    @property
    def _preload(self) -> Preload:
        return Preload(library=self._library, folder=self._bench.folder)

    def _counted(self) -> dict[str, int]:
        try:
            runs = [self._counted_once() for _ in range(COUNTED_RUNS)]
        finally:
            self.close()
        return {name: max(run[name] for run in runs) for name in runs[0]}

    def _counted_once(self) -> dict[str, int]:
        film = self.world.film()
        ran = film.apply(env=self._preload.counting(film.root))
        assert ran.code == 0, ran.err
        film.leave()
        return self._preload.counts()


def spread(ids: Iterator[str]) -> list[str]:
    """In an order of no meaning, always the same: however far a sweep comes, it has looked everywhere a little."""
    return sorted(ids, key=lambda name: sha256(name.encode()).digest())


class KillRow:
    name = "kill"
    title = "kill -9 at every call"
    together = 1

    def __init__(self, scratch: Path) -> None:
        self._sweep = Sweep(scratch)

    @property
    def goal(self) -> int:
        return sum(self._sweep.counts[call] + BEYOND for call in CALLS)

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """Calls of a whole run, by name."""
        return self._sweep.prepare(known)

    def cases(self) -> Iterator[str]:
        """`call:n`: at the n-th call of that name."""
        counts = self._sweep.counts
        yield from spread(f"{call}:{n}" for call in CALLS for n in range(1, counts[call] + BEYOND + 1))

    def run(self, case: str) -> Outcome:
        call, _, at = case.partition(":")
        film = self._sweep.film(case)
        ran, struck = self._sweep.struck(film, Strike(call=call, at=int(at)))
        assert ran.killed == (struck is not None), ran
        outcome = recovered(film, self._sweep.world, note=struck or "survived", struck=struck is not None)
        film.leave()
        return outcome

    def close(self) -> None:
        self._sweep.close()


def row(scratch: Path) -> KillRow:
    return KillRow(scratch)
