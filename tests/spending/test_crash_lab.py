"""The crash laboratory keeps honest books: for which code, which cases, how far, and what was broken."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.registry import ROWS, needs_of
from tests.lab.results import Results, TreeResult, cases_of, ranges
from tests.lab.row import Outcome, Row
from tests.lab.runner import Session, missing_programs, report, run_rows
from tests.lab.table import markdown
from tests.lab.trees import Trees, tree_hash

TREES = Trees(product="a" * 40, lab="b" * 40, support="c" * 40)


@dataclass(slots=True)
class CountingRow:
    """A row of a hundred numbered cases, of which some break the promise."""

    ran: list[str]
    broken: frozenset[str] = frozenset()
    name: str = "kill"
    title: str = "counting"
    goal: int = 100
    together: int = 1
    stops_after: int = 1000
    closed: list[bool] = field(default_factory=list)
    known: list[Mapping[str, int]] = field(default_factory=list)

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        self.known.append(known)
        return known or {"fsync": 98}

    def cases(self) -> Iterator[str]:
        return (f"fsync:{n}" for n in range(1, 101))

    def run(self, case: str) -> Outcome:
        self.ran.append(case)
        if len(self.ran) >= self.stops_after:
            raise KeyboardInterrupt
        broken = case in self.broken
        return Outcome(unknown_left=1, closed={"resolve": 1}, double_charges=broken, failed=broken, note="twice")

    def close(self) -> None:
        self.closed.append(True)


def _session(path: Path, *, seconds: float = 60.0) -> Session:
    results = Results(path)
    return Session(results=results, result=results.of(TREES), until=time.monotonic() + seconds)


def _run(row: Row, session: Session, scratch: Path) -> None:
    run_rows(["kill"], session=session, scratch=scratch, start=lambda _name, _scratch: row)


def test_a_folder_s_hash_is_git_s_own(tmp_path: Path) -> None:
    """Files, folders, links, modes and names that sort oddly: the same hash as `git rev-parse HEAD:folder`."""
    folder = tmp_path / "tree"
    for name in ("a/one.py", "a.py", "a-b/two.py", "z/ü.txt", "b"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    (folder / "link").symlink_to("a.py")
    (folder / "b").chmod(0o755)
    (folder / "empty" / "__pycache__").mkdir(parents=True)
    (folder / "empty" / "__pycache__" / "x.pyc").write_bytes(b"")

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *words],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    git("init", "-q")
    (tmp_path / ".gitignore").write_text("__pycache__\n", encoding="utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "all")

    assert tree_hash(folder) == git("rev-parse", "HEAD:tree")


def test_a_changed_file_is_another_tree(tmp_path: Path) -> None:
    """What was counted for a clean tree never counts for a changed one."""
    (tmp_path / "one.py").write_text("1", encoding="utf-8")
    before = tree_hash(tmp_path)

    (tmp_path / "one.py").write_text("2", encoding="utf-8")

    assert tree_hash(tmp_path) != before


@given(st.sets(st.one_of(st.integers(0, 400).map(str), st.integers(0, 50).map("fsync:{}".format), st.just("no-fsync"))))
def test_cases_are_kept_as_ranges_and_come_back(cases: set[str]) -> None:
    """Whatever was run is what is remembered."""
    assert set(cases_of(ranges(cases))) == cases


def test_ranges_are_short() -> None:
    """Ten thousand seeds are one word."""
    assert ranges(map(str, range(10_000))) == ["0-9999"]


def test_a_later_run_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    """An interrupted run has counted what it ran; the next one runs the others, once each, and the row is complete."""
    first = CountingRow([], stops_after=41)
    with pytest.raises(KeyboardInterrupt):
        _run(first, _session(tmp_path / "results.json"), tmp_path)
    second = CountingRow([])
    session = _session(tmp_path / "results.json")

    _run(second, session, tmp_path)

    assert second.ran == [f"fsync:{n}" for n in range(41, 101)]
    kept = Results(tmp_path / "results.json").of(TREES).rows["kill"]
    assert (kept.done, kept.complete, kept.closed["resolve"]) == (100, True, 100)
    assert first.closed == second.closed == [True]


def test_what_a_row_measured_holds_for_every_later_run_of_that_code(tmp_path: Path) -> None:
    """How many calls there are to strike at is counted once per tree: the goal does not move between two sessions."""
    first, second = CountingRow([], stops_after=41), CountingRow([])
    with pytest.raises(KeyboardInterrupt):
        _run(first, _session(tmp_path / "results.json"), tmp_path)

    _run(second, _session(tmp_path / "results.json"), tmp_path)

    assert (first.known, second.known) == ([{}], [{"fsync": 98}])


def test_other_code_begins_at_nothing(tmp_path: Path) -> None:
    """Counts belong to one tree; another one has none of them, and the file keeps both."""
    _run(CountingRow([]), _session(tmp_path / "results.json"), tmp_path)

    other = Results(tmp_path / "results.json").of(Trees(product="d" * 40, lab="b" * 40, support="c" * 40))

    assert other.rows == {}
    assert Results(tmp_path / "results.json").of(TREES).rows["kill"].done == 100


def test_no_time_is_no_case(tmp_path: Path) -> None:
    """A budget that is used up runs nothing."""
    row = CountingRow([])

    _run(row, _session(tmp_path / "results.json", seconds=0.0), tmp_path)

    assert row.ran == []


def test_a_broken_promise_is_printed_as_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each failing case stands under the table with the line that runs it again."""
    session = _session(tmp_path / "results.json")

    _run(CountingRow([], broken=frozenset({"fsync:7"})), session, tmp_path)

    assert "FAILED  make crash-lab CASE=kill:fsync:7   twice" in list(report(session, ROWS))
    assert "CASE=kill:fsync:7" in capsys.readouterr().out


def test_the_readme_s_table_holds_the_counts_and_the_tree(tmp_path: Path) -> None:
    """Cases, double charges and the tree that they are about."""
    session = _session(tmp_path / "results.json")
    _run(CountingRow([], broken=frozenset({"fsync:7"})), session, tmp_path)

    shown = markdown(Results(tmp_path / "results.json").newest, ["kill", "chaos"])

    assert "| counting | 100 of 100 | 100 | 1 | 0 | 0 | 0 | 100 | resolve 100 | 1 |" in shown
    assert "| chaos | not begun | 0 | 0 | 0 | 0 | 0 | 0 | – | 0 |" in shown
    assert "`aaaaaaaaaaaa`" in shown
    assert markdown(TreeResult(trees=TREES), ["kill"]) != shown


def test_a_missing_program_is_named_before_anything_runs() -> None:
    """Row and program, in words."""
    assert missing_programs({"kill": ("no-such-program", "sh")}) == [
        "row kill needs the program `no-such-program`, which is not installed"
    ]


def test_every_row_is_there() -> None:
    """Each name of the registry is a module that can be imported."""
    assert set(needs_of(ROWS)) == set(ROWS)
