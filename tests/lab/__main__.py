"""`python -m tests.lab`: the crash laboratory's door. It works on a copy of the code, so that nobody's edit gets in."""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.lab.registry import ROWS, needs_of
from tests.lab.results import RESULTS, Results
from tests.lab.runner import Session, missing_programs, report, run_case, run_rows, say
from tests.lab.trees import trees_of
from tests.lab.workers import by_workers

REPOSITORY = Path(__file__).parents[2]
_UNITS = {"s": 1, "m": 60, "h": 3600}


def main(words: Sequence[str]) -> int:
    args = _arguments(words)
    if args.inside is None:
        return _in_a_copy(words)
    names = tuple(args.rows or ROWS)
    case_row = args.case.partition(":")[0] if args.case else None
    missing = missing_programs(needs_of([case_row] if case_row else names))
    if missing:
        say("\n".join(missing))
        return 1
    with tempfile.TemporaryDirectory(prefix="crash-lab-") as folder:
        scratch = Path(folder).resolve()
        if args.case:
            name, _, case = args.case.partition(":")
            known = Results(args.inside / RESULTS).of(trees_of(REPOSITORY))
            return 0 if run_case(name, case, scratch, known) else 1
        return _counted(names, args, scratch)


def _counted(names: Sequence[str], args: argparse.Namespace, scratch: Path) -> int:
    results = Results(args.inside / RESULTS)
    session = Session(
        results=results,
        result=results.of(trees_of(REPOSITORY)),
        until=time.monotonic() + args.budget,
        work=by_workers(args.jobs),
    )
    signal.signal(signal.SIGINT, _interrupted_once)
    try:
        run_rows(names, session=session, scratch=scratch)
    except KeyboardInterrupt:
        say("interrupted: what was counted is kept")
    results.save()
    for line in report(session, ROWS):
        say(line)
    return 1 if any(row.failing for row in session.result.rows.values()) else 0


def _interrupted_once(_signal: int, _frame: FrameType | None) -> NoReturn:
    # A second one must not disturb what the first one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _in_a_copy(words: Sequence[str]) -> int:
    """Copy what the trees are hashed of, and run there: a result is about exactly the code that it names."""
    with tempfile.TemporaryDirectory(prefix="crash-lab-code-") as folder:
        house = Path(folder).resolve()
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(REPOSITORY / "seedance_spec", house / "seedance_spec", ignore=ignored, symlinks=True)
        shutil.copytree(REPOSITORY / "tests", house / "tests", ignore=ignored, symlinks=True)
        # Compiled once: the program is started thousands of times, and may not write into its own folder.
        compileall.compile_dir(house / "seedance_spec", quiet=1)
        command = [sys.executable, "-m", "tests.lab", "--inside", str(REPOSITORY), *words]
        process = subprocess.Popen(command, cwd=house, env={**os.environ, "PYTHONPATH": str(house)})
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # The child got it too; it keeps what it counted and ends by itself.
                continue


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make crash-lab", description="the money proof, time-boxed and resumable")
    parser.add_argument("--budget", type=_seconds, default=45 * 60, help="BUDGET=45m: how long it may take (s, m, h)")
    parser.add_argument("--jobs", type=_jobs, default=2, help="JOBS=2: in so many processes at once")
    parser.add_argument("--rows", type=_rows, help=f"ROWS=…: some of {','.join(ROWS)}")
    parser.add_argument("--case", type=_case, help="CASE=row:case: run one case again and count nothing")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)([smh]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"a time as 90s, 45m or 2h, not {text!r}")
    return int(found[1]) * _UNITS[found[2] or "s"]


def _jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number of processes, not {text!r}")
    return int(text)


def _rows(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(ROWS)}")
    return names


def _case(text: str) -> str:
    name, colon, _ = text.partition(":")
    if name not in ROWS or not colon:
        raise argparse.ArgumentTypeError(f"row:case with a row of {', '.join(ROWS)}, not {text!r}")
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
