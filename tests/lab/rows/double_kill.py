"""Double kills: SIGKILL somewhere in a run, and again somewhere in the run that recovers from it; seeded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    together = 1

    def __init__(self, scratch: Path) -> None:
        self._sweep = Sweep(scratch)

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """Calls of a whole run, by name."""
        return self._sweep.prepare(known)

    def cases(self) -> Iterator[str]:
        """Seeds."""
        return map(str, count())

    def run(self, case: str) -> Outcome:
        dice = Random(int(case))
        outcome = self._struck_twice(case, dice)
        for _ in range(MOST_DRAWS - 1):
            if outcome.struck or outcome.failed:
                break
            outcome = self._struck_twice(case, dice)
        return outcome

    def _struck_twice(self, case: str, dice: Random) -> Outcome:
        film = self._sweep.film(case)
        points = [self._killed(film, dice, thinner=1), self._killed(film, dice, thinner=4)]
        note = " then ".join(filter(None, points))
        outcome = recovered(film, self._sweep.world, note=note, struck=all(points))
        film.leave()
        return outcome

    def _killed(self, film: Film, dice: Random, *, thinner: int) -> str | None:
        counts = self._sweep.counts
        call = dice.choices(CALLS, [counts[call] for call in CALLS])[0]
        at = dice.randint(1, max(1, counts[call] // thinner))
        return self._sweep.struck(film, Strike(call=call, at=at))[1]

    def close(self) -> None:
        self._sweep.close()


def row(scratch: Path) -> DoubleKillRow:
    return DoubleKillRow(scratch)
