"""The crash laboratory in several processes: each case once, one book, and nobody left behind."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.lab.results import Results
from tests.lab.row import Outcome
from tests.lab.runner import Session, run_rows
from tests.lab.trees import Trees
from tests.lab.workers import by_workers

TREES = Trees(product="a" * 40, lab="b" * 40, support="c" * 40)

pytestmark = pytest.mark.filterwarnings(
    # The test runner's own threads hold no lock that these children take.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


@dataclass(frozen=True, slots=True)
class MarkingRow:
    """Twenty cases, dealt in twos; each leaves a file with its process, and each process one when it closes."""

    scratch: Path
    breaks_at: str = ""
    holds: int | None = None
    """A descriptor that a program of the row keeps open for as long as it lives."""

    programs: list[subprocess.Popen[bytes]] = field(default_factory=list)
    name: str = "kill"
    title: str = "marking"
    goal: int = 20
    together: int = 2

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        return known

    def cases(self) -> Iterator[str]:
        return map(str, range(self.goal))

    def run(self, case: str) -> Outcome:
        assert case != self.breaks_at, "the laboratory's own fault"
        (self.scratch / f"case-{case}").write_text(str(os.getpid()), encoding="utf-8")
        if self.holds is not None:
            words = [sys.executable, "-c", "import time; time.sleep(60)"]
            self.programs.append(subprocess.Popen(words, pass_fds=[self.holds]))
        return Outcome(unknown_left=1)

    def close(self) -> None:
        (self.scratch / f"closed-{os.getpid()}").touch()

    def processes(self) -> set[str]:
        return {path.read_text(encoding="utf-8") for path in self.scratch.glob("case-*")}

    def closed(self) -> set[str]:
        return {path.name.removeprefix("closed-") for path in self.scratch.glob("closed-*")}


def test_two_workers_run_each_case_once_and_the_parent_counts(tmp_path: Path) -> None:
    """JOBS=2: two processes share the cases; all of them are counted and saved, and both workers closed the row."""
    row = MarkingRow(tmp_path)
    results = Results(tmp_path / "results.json")
    session = Session(results=results, result=results.of(TREES), until=time.monotonic() + 60.0, work=by_workers(2))

    run_rows(["kill"], session=session, scratch=tmp_path, start=lambda _name, _scratch: row)

    kept = Results(tmp_path / "results.json").of(TREES).rows["kill"]
    assert (kept.done, kept.complete, kept.counts["unknown_left"]) == (20, True, 20)
    assert len(row.processes()) == 2
    assert row.closed() == row.processes() | {str(os.getpid())}


def test_workers_that_are_stopped_leave_nothing_running(tmp_path: Path) -> None:
    """An interrupt ends the workers, which close their rows, and whatever programs they started."""
    reading, writing = os.pipe()
    row = MarkingRow(tmp_path, holds=writing)
    outcomes = by_workers(2)(row, row.cases())
    next(outcomes)

    outcomes.close()

    os.close(writing)
    with os.fdopen(reading, "rb") as held:
        assert select.select([held], [], [], 20.0)[0], "a program still holds its descriptor"
        assert held.read() == b""
    assert row.processes() <= row.closed()


def test_a_fault_of_the_laboratory_itself_stops_it_with_its_words(tmp_path: Path) -> None:
    """A case that cannot be run is neither passed nor failed."""
    row = MarkingRow(tmp_path, breaks_at="7")

    with pytest.raises(RuntimeError, match=r"(?s)kill:7\n.*the laboratory's own fault"):
        list(by_workers(2)(row, row.cases()))
