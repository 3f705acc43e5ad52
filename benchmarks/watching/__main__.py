"""`python -m benchmarks.watching`, or `make bench-watch`: from save to POST; writes the record and its page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.watching.measuring import QUIET, loop_reactions, watch_reactions
from benchmarks.watching.record import PAGE, RECORD, Record, Row, page, written

REPOSITORY = Path(__file__).parents[2]
SHOTS = (1, 60, 600)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.watching", description=__doc__)
    parser.add_argument("--saves", type=int, default=40, help="saves for each row (default %(default)s)")
    parser.add_argument("--shots", type=int, nargs="+", default=SHOTS, help="sizes of films (default 1 60 600)")
    asked = parser.parse_args(words)
    rows = []
    for shots in asked.shots:
        rows.append(Row.of("watch", shots, watch_reactions(shots, asked.saves)))
        sys.stdout.write(f"{rows[-1].line}\n")
        sys.stdout.flush()
    rows.append(Row.of("loop", 1, loop_reactions(asked.saves)))
    sys.stdout.write(f"{rows[-1].line}\n")
    record = Record.of(REPOSITORY, QUIET, rows)
    (REPOSITORY / RECORD).write_text(written(record), encoding="utf-8")
    (REPOSITORY / PAGE).write_text(page(record), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
