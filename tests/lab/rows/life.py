"""The state machine: lives of a take under every kind of event in any order, held to I1–I8; a hundred at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from pathlib import Path

from tests.lab.row import Outcome
from tests.lab.simulation.machine import live

BLOCK = 100
"""Lives that Hypothesis draws from one number: the more at once, the farther from the plainest it goes."""


class LifeRow:
    name = "life"
    title = "lives of a take (Hypothesis)"
    goal = 5_000
    together = BLOCK

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """There is nothing to measure."""
        return known

    def cases(self) -> Iterator[str]:
        """Numbers of lives; life n is one of those of block n // 100, which are lived together."""
        return map(str, count())

    def run(self, case: str) -> Outcome:
        return _lived(int(case) // BLOCK)

    def close(self) -> None:
        """Nothing is left open."""


@lru_cache(maxsize=1)
def _lived(block: int) -> Outcome:
    """A failing life is shrunk to the shortest one that fails alike, and told step by step."""
    try:
        live(block, runs=BLOCK)
    except AssertionError as broken:
        steps = " | ".join([repr(broken), *getattr(broken, "__notes__", [])])
        return Outcome(failed=True, note=steps)
    return Outcome()


def row(scratch: Path) -> LifeRow:
    del scratch
    return LifeRow()
