"""The short form of the sweeps, for `make test`: the same projects and judge, with hooks instead of faults.c."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.lab.hooks import Hook
from tests.lab.judge import recovered
from tests.lab.row import Outcome
from tests.lab.world import Film, Ran, World
from tests.lab.zygote import IN_HASTE, Zygote


class ShortLab:
    """One sandbox and one zygote. `counts` is how many calls of each name a whole run makes."""

    def __init__(self, world: World, scratch: Path) -> None:
        self.world = world
        self._said = scratch / "said"
        self.counts = self._counted(scratch / "counts")

    def struck(self, film: Film, call: str, at: int, *, error: str | None = None, lasts: bool = False) -> Ran | None:
        """An apply that is struck there; None where it was over before."""
        self._said.unlink(missing_ok=True)
        hook = Hook(call=call, at=at, error=error, lasts=lasts, said=str(self._said))
        ran = film.apply(env={**IN_HASTE, **hook.environment})
        return ran if self._said.exists() else None

    def killed_at(self, *points: tuple[str, int]) -> Outcome:
        """A project whose runs are killed at these points, one after the other, and then recovers."""
        film = self.world.film()
        struck = [point for point in points if self.struck(film, *point) is not None]
        outcome = recovered(film, self.world, note=" then ".join(f"{call}:{at}" for call, at in struck))
        film.leave()
        return outcome

    def _counted(self, to: Path) -> Mapping[str, int]:
        self.world.warm()
        film = self.world.film()
        ran = film.apply(env=Hook(counts=str(to)).environment)
        assert ran.code == 0, ran.err
        film.leave()
        counts: dict[str, int] = json.loads(to.read_text(encoding="utf-8"))
        return counts


@contextmanager
def short_lab(scratch: Path) -> Iterator[ShortLab]:
    zygote = Zygote(scratch)
    world = World(scratch / "world", launch=zygote.run)
    try:
        yield ShortLab(world, scratch)
    finally:
        world.close()
        zygote.close()


def sampled(counts: Mapping[str, int], calls: Iterable[str], each: int) -> list[tuple[str, int]]:
    """Of each call the first, the last and points between, at most `each` of them."""
    return [(call, at) for call in calls for at in _between(counts.get(call, 0), each)]


def _between(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(1, count + 1))
    return [1 + round(step * (count - 1) / (most - 1)) for step in range(most)]


def broken(outcomes: Iterable[Outcome]) -> list[str]:
    return [outcome.note for outcome in outcomes if outcome.failed]
