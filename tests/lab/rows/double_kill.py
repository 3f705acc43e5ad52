"""Double kills: SIGKILL somewhere in a run, and again somewhere in the run that recovers from it; seeded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

from tests.lab.judge import recovered
from tests.lab.preload import COMPILER, Strike
from tests.lab.row import Outcome
from tests.lab.rows.kill import CALLS, Sweep
from tests.lab.world import Film

NEEDS = (COMPILER,)

MOST_DRAWS = 12
"""Draws of a second point until one is reached: a recovery that has little to do makes few calls."""


class DoubleKillRow:
    name = "double_kill"
    title = "kill -9, and again during recovery"
    goal = 100

    def __init__(self, scratch: Path) -> None:
        self._sweep = Sweep(scratch)

    def cases(self) -> Iterator[str]:
        """Seeds."""
        return map(str, count())

    def run(self, case: str) -> Outcome:
        dice = Random(int(case))
        self._sweep.counts()  # before the first project is made: the counting run is a project of its own
        outcome = self._struck_twice(dice)
        for _ in range(MOST_DRAWS - 1):
            if outcome.struck or outcome.failed:
                break
            outcome = self._struck_twice(dice)
        return outcome

    def _struck_twice(self, dice: Random) -> Outcome:
        film = self._sweep.world.film()
        points = [self._killed(film, dice, thinner=1), self._killed(film, dice, thinner=4)]
        note = " then ".join(filter(None, points))
        outcome = recovered(film, self._sweep.world, note=note, struck=all(points))
        film.leave()
        return outcome

    def _killed(self, film: Film, dice: Random, *, thinner: int) -> str | None:
        counts = self._sweep.counts()
        call = dice.choices(CALLS, [counts[call] for call in CALLS])[0]
        at = dice.randint(1, max(1, counts[call] // thinner))
        film.apply(env=self._sweep.preload.striking(film.root, Strike(call=call, at=at)))
        return self._sweep.preload.struck(film.root)

    def close(self) -> None:
        self._sweep.close()


def row(scratch: Path) -> DoubleKillRow:
    return DoubleKillRow(scratch)
