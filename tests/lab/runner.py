"""Runs rows for as long as the budget says and keeps count. It knows rows only by their protocol."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

from tests.lab.registry import row_named
from tests.lab.results import Results, RowResult, TreeResult
from tests.lab.row import Outcome, Row
from tests.lab.table import table
from tests.lab.workers import Work, one_by_one

SECONDS_BETWEEN_SAVES = 5.0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@dataclass(slots=True, kw_only=True)
class Session:
    """One run of the laboratory: where it counts, and until when (monotonic seconds). It alone counts and saves,
    whoever does the `work`.
    """

    results: Results
    result: TreeResult
    until: float
    work: Work = one_by_one
    saved_at: float = 0.0

    def run_row(self, row: Row, until: float) -> None:
        """Run cases that were not run yet, until the goal, the end of the cases or the time is reached."""
        kept = self.result.rows.setdefault(row.name, RowResult())
        kept.measured = dict(row.prepare(kept.measured))
        kept.title, kept.goal = row.title, row.goal
        waiting = (case for case in row.cases() if case not in kept.cases)
        due = takewhile(lambda _: time.monotonic() < until, islice(waiting, max(kept.goal - kept.done, 0)))
        with closing(self.work(row, due)) as outcomes:
            for case, outcome in outcomes:
                kept.add(case, outcome)
                if outcome.failed:
                    say(told(row.name, case, outcome))
                self._save_sometimes()

    def _save_sometimes(self) -> None:
        if time.monotonic() - self.saved_at > SECONDS_BETWEEN_SAVES:
            self.results.save()
            self.saved_at = time.monotonic()


def told(name: str, case: str, outcome: Outcome) -> str:
    verdict = "FAILED" if outcome.failed else "passed"
    return f"{verdict}  make crash-lab CASE={name}:{case}   {outcome.note}"


def missing_programs(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """A sentence for each program that a row needs and that is not there."""
    return [
        f"row {name} needs the program `{program}`, which is not installed"
        for name, programs in needs.items()
        for program in programs
        if shutil.which(program) is None
    ]


def run_rows(
    names: Sequence[str], *, session: Session, scratch: Path, start: Callable[[str, Path], Row] = row_named
) -> None:
    """Give each row its share of the time that is left; what one does not need, those after it have."""
    waiting = [name for name in names if not session.result.rows.get(name, RowResult()).complete]
    for place, name in enumerate(waiting):
        left = session.until - time.monotonic()
        if left <= 0:
            return
        row = start(name, scratch / name)
        try:
            session.run_row(row, time.monotonic() + left / (len(waiting) - place))
        finally:
            row.close()
            session.results.save()


def run_case(name: str, case: str, scratch: Path, known: TreeResult) -> bool:
    """Run one case and say how it went; nothing is counted. Whether the promise held."""
    row = row_named(name, scratch / name)
    try:
        row.prepare(known.rows.get(name, RowResult()).measured)
        outcome = row.run(case)
    finally:
        row.close()
    say(told(name, case, outcome))
    say(str(outcome))
    return not outcome.failed


def report(session: Session, names: Sequence[str]) -> Iterator[str]:
    """The table, then every failing case in a form that can be typed."""
    yield table(session.result, names)
    yield f"for seedance_spec at git tree {session.result.trees.product}"
    for name, row in session.result.rows.items():
        for case, note in sorted(row.failing.items()):
            yield f"FAILED  make crash-lab CASE={name}:{case}   {note}"
