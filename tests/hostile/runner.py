"""Runs rows for as long as the budget says, on a copy of the code, and keeps count. It knows rows by their protocol."""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.hostile.figures import LINES, PAGE, page, table
from tests.hostile.record import RESULTS, Outcome, Record, TreeRecord, trees_of

REPOSITORY = Path(__file__).parents[2]
COPIED = ("seedance_spec", "tests", "benchmarks")
_UNITS = {"s": 1, "m": 60, "h": 3600}


class Row(Protocol):
    """One row of the table: cases that can be run one by one, in any order, each once.

    `cases` gives the same ids in the same order whenever it is asked; the runner passes over those that the file holds
    for this tree, and stops at the goal or when the time is up. A broken promise is an Outcome with `failed`; an
    exception is a fault of the test itself and stops it.
    """

    @property
    def goal(self) -> int: ...

    def cases(self) -> Iterator[str]: ...

    def run(self, case: str) -> Outcome: ...

    def close(self) -> None:
        """End what the row started: processes, folders."""


Start = Callable[[Path], Row]
"""Makes a row, with a folder of its own for what it leaves."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One run: where it counts, and until when (monotonic seconds). `make` is the target that runs a case again."""

    record: Record
    tree: TreeRecord
    until: float
    make: str

    def run(self, rows: Mapping[str, Start], scratch: Path) -> None:
        """Give each row its share of the time that is left; what one does not need, those after it have."""
        waiting = [name for name in rows if not self.tree.row(name).complete]
        for place, name in enumerate(waiting):
            left = self.until - time.monotonic()
            if left <= 0:
                return
            row = rows[name](scratch / name)
            try:
                self._run_row(name, row, time.monotonic() + left / (len(waiting) - place))
            finally:
                row.close()
                self.record.save()

    def _run_row(self, name: str, row: Row, until: float) -> None:
        kept = self.tree.row(name)
        kept.goal = row.goal
        for case in row.cases():
            if kept.complete or time.monotonic() >= until:
                return
            if case in kept.cases:
                continue
            outcome = row.run(case)
            kept.add(case, outcome)
            self.record.save()
            say(told(self.make, name, case, outcome))


def told(make: str, name: str, case: str, outcome: Outcome) -> str:
    verdict = "FAILED" if outcome.failed else "passed"
    return f"{verdict}  make {make} CASE={name}:{case}   {outcome.note}".rstrip()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def door(module: str, make: str, rows: Mapping[str, Start], words: Sequence[str], *, seconds: float) -> int:
    """`python -m MODULE`: run rows (or one case), print the table, write results and page. 1 where a promise broke."""
    args = _arguments(make, rows, words, seconds)
    if args.inside is None:
        return _in_a_copy(module, words)
    with tempfile.TemporaryDirectory(prefix=f"{make}-") as folder:
        scratch = Path(folder).resolve()
        if args.case:
            return _one_case(make, rows, args.case, scratch)
        return _counted(make, {name: rows[name] for name in args.rows or rows}, args, scratch)


def _one_case(make: str, rows: Mapping[str, Start], which: str, scratch: Path) -> int:
    name, _, case = which.partition(":")
    row = rows[name](scratch / name)
    try:
        outcome = row.run(case)
    finally:
        row.close()
    say(told(make, name, case, outcome))
    say(str(outcome))
    return int(outcome.failed)


def _counted(make: str, rows: Mapping[str, Start], args: argparse.Namespace, scratch: Path) -> int:
    record = Record(args.inside / RESULTS)
    tree = record.of(trees_of(REPOSITORY))
    session = Session(record=record, tree=tree, until=time.monotonic() + args.budget, make=make)
    try:
        session.run(rows, scratch)
    except KeyboardInterrupt:
        say("interrupted: what was counted is kept")
    record.save()
    (args.inside / PAGE).parent.mkdir(parents=True, exist_ok=True)
    (args.inside / PAGE).write_text(page(tree), encoding="utf-8")
    say(table(tree))
    failing = [f"FAILED  {name}:{case}   {note}" for name in rows for case, note in tree.row(name).failing.items()]
    failing += [f"NOT REACHED  {line.what}" for line in LINES if line.row in rows and line.is_missed(tree)]
    for each in failing:
        say(each)
    return int(bool(failing))


def _in_a_copy(module: str, words: Sequence[str]) -> int:
    """Copy what the trees are hashed of, and run there: a figure is about exactly the code that it names."""
    with tempfile.TemporaryDirectory(prefix="hostile-code-") as folder:
        house = Path(folder).resolve()
        for each in COPIED:
            shutil.copytree(
                REPOSITORY / each, house / each, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True
            )
        compileall.compile_dir(house / "seedance_spec", quiet=1)
        command = [sys.executable, "-m", module, "--inside", str(REPOSITORY), *words]
        process = subprocess.Popen(command, cwd=house, env={**os.environ, "PYTHONPATH": str(house)})
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The child got it too; it keeps what it counted and ends by itself.
                continue


def _arguments(make: str, rows: Mapping[str, Start], words: Sequence[str], seconds: float) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"make {make}", description="time-boxed; goes on where it stopped")
    parser.add_argument("--budget", type=_seconds, default=seconds, help="BUDGET=15m: how long it may take (s, m, h)")
    parser.add_argument("--rows", type=_rows(rows), help=f"ROWS=…: some of {','.join(rows)}")
    parser.add_argument("--case", help="CASE=row:case: run one case again and count nothing")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(words)
    if args.case and args.case.partition(":")[0] not in rows:
        parser.error(f"row:case with a row of {', '.join(rows)}, not {args.case!r}")
    return args


def budget_of(words: Sequence[str], otherwise: float) -> float:
    """The seconds that `--budget` gives, where the rows depend on it."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--budget", type=_seconds, default=otherwise)
    budget: float = parser.parse_known_args(words)[0].budget
    return budget


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)([smh]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"a time as 90s, 45m or 2h, not {text!r}")
    return int(found[1]) * _UNITS[found[2] or "s"]


def _rows(known: Mapping[str, Start]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        unknown = [name for name in text.split(",") if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
        return text.split(",")

    return read
