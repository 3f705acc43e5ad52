"""Twelve bugs put into the program one at a time, as a hasty colleague might: each must be seen by a check by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.lab.row import Outcome
from tests.lab.rows.seeded_bugs_catalogue import BUGS


class SeededBugsRow:
    name = "seeded_bugs"
    title = "seeded bugs"
    goal = len(BUGS)
    together = 1

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """There is nothing to measure."""
        return known

    def cases(self) -> Iterator[str]:
        """Their names."""
        yield from BUGS

    def run(self, case: str) -> Outcome:
        bug = BUGS[case]
        with bug.sown():
            seen = bug.check.seen_in(self._scratch / case / "sick")
        healthy = bug.check.seen_in(self._scratch / case / "healthy")
        caught = seen is not None and healthy is None
        said = "caught" if caught else f"not caught ({healthy or 'it saw nothing'})"
        return Outcome(failed=not caught, note=f"{said} by: {bug.check.name}")

    def close(self) -> None:
        """Nothing is left open."""


def row(scratch: Path) -> SeededBugsRow:
    return SeededBugsRow(scratch)
