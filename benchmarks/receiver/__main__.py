"""`python -m benchmarks.receiver`, or `make bench-receiver`: speed first, then memory for as long as the budget has."""

from __future__ import annotations

import sys
from functools import partial

from benchmarks.receiver.rows import Memory, Throughput
from tests.hostile.runner import Start, budget_of, door

SECONDS = 14 * 60.0
LONG = 12 * 60.0
"""A budget from which on memory is watched for ten minutes; below it, for one."""


def main(words: list[str]) -> int:
    rows: dict[str, Start] = {"throughput": Throughput}
    if budget_of(words, SECONDS) >= LONG:
        rows["memory"] = partial(Memory, minutes=10)
    else:
        rows["memory_minute"] = partial(Memory, minutes=1)
    return door("benchmarks.receiver", "bench-receiver", rows, words, seconds=SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
