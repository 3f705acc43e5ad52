"""The figures keep honest books: for which code, which cases, how far; and the page says what the file says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest

from tests.hostile.figures import LINES, PAGE, page, table
from tests.hostile.record import FOLDERS, RESULTS, Outcome, Record, RowRecord, TreeRecord
from tests.hostile.runner import Session

REPOSITORY = Path(__file__).parents[2]
TREES: Mapping[str, str] = dict.fromkeys(FOLDERS, "a" * 40)


@dataclass(slots=True)
class CountingRow:
    """Twenty numbered cases, of which some break their promise; after so many the user interrupts."""

    ran: list[str] = field(default_factory=list)
    broken: frozenset[str] = frozenset()
    goal: int = 20
    stops_after: int = 1_000
    closed: int = 0

    def cases(self) -> Iterator[str]:
        return map(str, range(1, 21))

    def run(self, case: str) -> Outcome:
        self.ran.append(case)
        if len(self.ran) >= self.stops_after:
            raise KeyboardInterrupt
        return Outcome(counts={"acknowledged": 10}, samples={"t": 0.5}, failed=case in self.broken, note="lost")

    def close(self) -> None:
        self.closed += 1


def _run(row: CountingRow, path: Path, *, seconds: float = 60.0) -> RowRecord:
    record = Record(path)
    session = Session(record=record, tree=record.of(TREES), until=monotonic() + seconds, make="hostile")
    session.run({"kill": lambda _: row}, path.parent)
    return Record(path).of(TREES).row("kill")


def test_the_page_says_what_is_on_record() -> None:
    """docs/receiver/figures.md is the table of docs/hostile.json's newest tree; the two make targets write both."""
    assert (REPOSITORY / PAGE).read_text(encoding="utf-8") == page(Record(REPOSITORY / RESULTS).newest)


def test_a_later_run_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    """What an interrupted run counted is kept; the next one runs the others, once each."""
    first, second = CountingRow(stops_after=8), CountingRow()
    with pytest.raises(KeyboardInterrupt):
        _run(first, tmp_path / "hostile.json")

    kept = _run(second, tmp_path / "hostile.json")

    assert second.ran == [str(nth) for nth in range(8, 21)]
    assert (kept.done, kept.complete, kept.counts["acknowledged"], kept.samples["t"]) == (20, True, 200, [0.5] * 20)
    assert (first.closed, second.closed) == (1, 1)


def test_other_code_begins_at_nothing(tmp_path: Path) -> None:
    """Counts belong to one state of the code."""
    _run(CountingRow(), tmp_path / "hostile.json")

    assert Record(tmp_path / "hostile.json").of({**TREES, "product": "b" * 40}).rows == {}


def test_no_time_is_no_case(tmp_path: Path) -> None:
    """A budget that is used up runs nothing."""
    row = CountingRow()

    _run(row, tmp_path / "hostile.json", seconds=0.0)

    assert row.ran == []


def test_a_broken_promise_is_printed_as_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The failing case stands there with the line that runs it again."""
    kept = _run(CountingRow(broken=frozenset({"7"})), tmp_path / "hostile.json")

    assert kept.failing == {"7": "lost"}
    assert "FAILED  make hostile CASE=kill:7   lost" in capsys.readouterr().out


def test_every_figure_reads_from_a_record_and_says_where_it_is_missed() -> None:
    """Each line shows its counts and samples; a ratio below its goal is named on page and in the table."""
    names = {line.row for line in LINES}
    tree = TreeRecord(trees=TREES, rows={name: _full(ratio=0.9) for name in names})
    slow = TreeRecord(trees=TREES, rows={name: _full(ratio=0.7) for name in names})

    assert "not reached" not in page(tree) + table(tree)
    assert page(slow).count("**not reached**") == 1
    assert page(TreeRecord(trees=TREES)).count("not begun") == len(LINES)


def _full(*, ratio: float) -> RowRecord:
    """A record that has whatever any line reads."""
    row = RowRecord(goal=1)
    samples = dict.fromkeys(
        ("durable", "bare", "by_processor", "p999", "growth_mb", "minutes", "start_mb", "typical", "looks", "t"), 0.9
    )
    counts = dict.fromkeys(("honest", "in_time", "acknowledged", "kills", "tasks", "clips", "downloads", "endings"), 1)
    row.add("1", Outcome(counts=counts, samples={**samples, "ratio": ratio}))
    return row
