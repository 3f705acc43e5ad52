"""Network chaos: a proxy of bad manners between client and sandbox, seeded; then calm, and all must be well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

from tests.lab.chaos_proxy import ChaosProxy
from tests.lab.judge import last_words, recovered
from tests.lab.row import Outcome
from tests.lab.world import World
from tests.lab.zygote import Zygote

EXCHANGES = (6, 40)
"""Exchanges that may go wrong before the network is calm."""


class ChaosRow:
    name = "chaos"
    title = "network chaos"
    goal = 1000

    def __init__(self, scratch: Path) -> None:
        scratch.mkdir(parents=True, exist_ok=True)
        self._zygote = Zygote(scratch)
        self._world = World(scratch / "world", launch=self._zygote.run)
        self._world.warm()

    def cases(self) -> Iterator[str]:
        """Seeds."""
        return map(str, count())

    def run(self, case: str) -> Outcome:
        dice = Random(int(case))
        proxy = ChaosProxy(
            self._world.port, dice, exchanges=dice.randint(*EXCHANGES), likely=dice.choice((0.15, 0.4, 0.8))
        )
        with proxy.running():
            film = self._world.film(url=proxy.url)
            ran = film.apply()
            proxy.calm_down()
            told = ", ".join(f"{name} ×{number}" for name, number in sorted(proxy.done.items()))
            note = f"exit {ran.code} after {told or 'nothing'}"
            complaint = f"it blames itself: {last_words(ran)}" if ran.blames_itself else ""
            outcome = recovered(film, self._world, note=note, struck=bool(proxy.done))
        film.leave()
        if not complaint:
            return outcome
        return replace(outcome, failed=True, note=f"{outcome.note}; {complaint}")

    def close(self) -> None:
        self._world.close()
        self._zygote.close()


def row(scratch: Path) -> ChaosRow:
    return ChaosRow(scratch)
