"""The kill sweep: SIGKILL at every call that leaves the process, one case each, then run again until all is well."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tests.lab.judge import recovered
from tests.lab.preload import COMPILER, Preload, Strike
from tests.lab.row import Outcome
from tests.lab.world import World

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


class Sweep:
    """Projects, the sandbox and the preloaded library; how many calls a whole run makes is counted once, when asked."""

    def __init__(self, scratch: Path) -> None:
        self.world = World(scratch)
        self.preload = Preload.built(scratch / "preload")
        self._counts: dict[str, int] = {}

    def counts(self) -> dict[str, int]:
        if not self._counts:
            self.world.warm()
            film = self.world.film()
            ran = film.apply(env=self.preload.counting(film.root))
            assert ran.code == 0, ran.err
            film.leave()
            self._counts = self.preload.counts()
        return self._counts

    def close(self) -> None:
        self.world.close()


def spread(ids: Iterator[str]) -> list[str]:
    """In an order of no meaning, always the same: however far a sweep comes, it has looked everywhere a little."""
    return sorted(ids, key=lambda name: sha256(name.encode()).digest())


class KillRow:
    name = "kill"
    title = "kill -9 at every call"

    def __init__(self, scratch: Path) -> None:
        self._sweep = Sweep(scratch)

    @property
    def goal(self) -> int:
        return sum(self._sweep.counts()[call] + BEYOND for call in CALLS)

    def cases(self) -> Iterator[str]:
        """`call:n`: at the n-th call of that name."""
        counts = self._sweep.counts()
        yield from spread(f"{call}:{n}" for call in CALLS for n in range(1, counts[call] + BEYOND + 1))

    def run(self, case: str) -> Outcome:
        call, _, at = case.partition(":")
        world, preload = self._sweep.world, self._sweep.preload
        film = world.film()
        ran = film.apply(env=preload.striking(film.root, Strike(call=call, at=int(at))))
        struck = preload.struck(film.root)
        assert ran.killed == (struck is not None), ran
        outcome = recovered(film, world, note=struck or "survived", struck=struck is not None)
        film.leave()
        return outcome

    def close(self) -> None:
        self._sweep.close()


def row(scratch: Path) -> KillRow:
    return KillRow(scratch)
