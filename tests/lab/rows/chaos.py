"""Network chaos: a proxy of bad manners between client and sandbox, seeded; then calm, and all must be well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

from tests.lab.bench import Bench
from tests.lab.chaos_proxy import ChaosProxy
from tests.lab.judge import last_words, recovered
from tests.lab.row import Outcome
from tests.lab.zygote import IN_HASTE

EXCHANGES = (6, 40)
"""Exchanges that may go wrong before the network is calm."""


class ChaosRow:
    name = "chaos"
    title = "network chaos"
    goal = 1000
    together = 1

    def __init__(self, scratch: Path) -> None:
        self._bench = Bench(scratch)

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """There is nothing to measure."""
        return known

    def cases(self) -> Iterator[str]:
        """Seeds."""
        return map(str, count())

    def run(self, case: str) -> Outcome:
        dice, world = Random(int(case)), self._bench.world
        proxy = ChaosProxy(world.port, dice, exchanges=dice.randint(*EXCHANGES), likely=dice.choice((0.15, 0.4, 0.8)))
        with proxy.running():
            film = world.film(url=proxy.url)
            ran = film.apply(env=IN_HASTE)
            proxy.calm_down()
            told = ", ".join(f"{name} ×{number}" for name, number in sorted(proxy.done.items()))
            note = f"exit {ran.code} after {told or 'nothing'}"
            complaint = f"it blames itself: {last_words(ran)}" if ran.blames_itself else ""
            outcome = recovered(film, world, note=note, struck=bool(proxy.done))
        film.leave()
        if not complaint:
            return outcome
        return replace(outcome, failed=True, note=f"{outcome.note}; {complaint}")

    def close(self) -> None:
        self._bench.close()


def row(scratch: Path) -> ChaosRow:
    return ChaosRow(scratch)
