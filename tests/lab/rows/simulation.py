"""The simulation: one seed, one history of a whole project in virtual time, at a gateway of the worst manners."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from tests.lab.row import Outcome
from tests.lab.simulation.seed import Verdict, simulate

_KINDS = {
    "double": "double charges",
    "lost": "lost results",
    "forgotten": "lost results",
    "silent": "lost results",
    "renders": "repairs",
    "crash": "repairs",
    "post": "posts over one",
}
"""What a broken promise counts as; the others only fail their seed."""


class SimulationRow:
    name = "simulation"
    title = "simulation in virtual time"
    goal = 10_000
    together = 1

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """There is nothing to measure."""
        return known

    def cases(self) -> Iterator[str]:
        """Seeds."""
        return map(str, count())

    def run(self, case: str) -> Outcome:
        verdict = simulate(int(case), self._scratch / str(os.getpid()))
        if verdict.broken:
            sys.stdout.write(f"{verdict.history}\n")
        return outcome_of(verdict)

    def close(self) -> None:
        """Every seed cleans up behind itself."""


def outcome_of(verdict: Verdict) -> Outcome:
    counts = Counter(_KINDS[kind] for kind, _ in verdict.broken if kind in _KINDS)
    told = f"{verdict.posts} POSTs, {verdict.paid} paid, {verdict.hours:.1f} h"
    return Outcome(
        double_charges=counts["double charges"],
        lost_results=counts["lost results"],
        repairs=counts["repairs"],
        posts_over_one=counts["posts over one"],
        unknown_left=verdict.unknown,
        closed=verdict.closed,
        failed=bool(verdict.broken),
        note="; ".join(f"{kind}: {text}" for kind, text in verdict.broken) or told,
    )


def row(scratch: Path) -> SimulationRow:
    return SimulationRow(scratch)
