"""`python -m benchmarks.polling --seeds 300`: the poller beside plain polling, in virtual time; prints a table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from random import Random
from statistics import median

from seedance_spec.plan.durations import USUAL, Expected
from tests.support.polling import (
    A_TENTH_LOST,
    DEAD,
    HEALTHY,
    Outcome,
    Path,
    Task,
    a_reel,
    dice_of,
    followed,
    learnt_from,
    plain,
)

REELS = 5
"""Reels of twenty tasks that one seed holds: the late twentieth of twenty tasks alone is one task, and mere luck."""

BEFORE = 3
"""Reels that a project with a history has rendered before."""

HALF, TOO_LATE = 0.5, 1.2
"""What is promised: looks as a share of plain polling's, and the late twentieth's lateness."""

ENOUGH = 0.95
"""The share of seeds that must keep a promise."""

PATHS = {"healthy": HEALTHY, "a tenth lost": A_TENTH_LOST, "dead": DEAD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One seed's reels, by plain polling and by ours."""

    plain: Outcome
    ours: Outcome

    @property
    def looks(self) -> float:
        return self.ours.looks_per_task / self.plain.looks_per_task

    @property
    def lateness(self) -> float:
        return self.ours.percentile(0.95) / self.plain.percentile(0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A path, by a project with or without a history. Where every callback is lost none can save a look."""

    path: str
    knows: bool
    pairs: Sequence[Pair]

    @property
    def halves(self) -> bool:
        return self.path != "dead"

    @property
    def kept(self) -> bool:
        looks = not self.halves or _share(self.pairs, lambda pair: pair.looks <= HALF) >= ENOUGH
        return looks and _share(self.pairs, lambda pair: pair.lateness <= TOO_LATE) >= ENOUGH

    def line(self) -> str:
        plain_, ours = _sum(pair.plain for pair in self.pairs), _sum(pair.ours for pair in self.pairs)
        looks, late = [pair.looks for pair in self.pairs], [pair.lateness for pair in self.pairs]
        half = f"{_share(self.pairs, lambda pair: pair.looks <= HALF):6.1%}" if self.halves else "     –"
        return (
            f"{self.path:12}  {'history' if self.knows else 'first':8}"
            f"{ours.looks_per_task:6.2f} of {plain_.looks_per_task:4.2f}  ×{median(looks):4.2f}  {half}"
            f"   {ours.percentile(0.5):4.0f} {plain_.percentile(0.5):4.0f}"
            f"   {ours.percentile(0.95):4.0f} {plain_.percentile(0.95):4.0f}  ×{median(late):4.2f}"
            f"  ×{max(late):4.2f}  {_share(self.pairs, lambda pair: pair.lateness <= TOO_LATE):6.1%}"
        )


HEAD = """\
                        GETs per task                   half known  late twentieth known, seconds after the end
path          project   ours    plain  median  ≤ half   ours plain  ours plain  median  worst   ≤ 1.2
"""


def pairs_of(seed: int) -> dict[tuple[str, bool], Pair]:
    """The same reels for every path and every state of knowledge."""
    reels = [a_reel(dice_of(seed, n)) for n in range(REELS)]
    known = learnt_from(a_reel(dice_of(seed, "before", n)) for n in range(BEFORE))
    usual = _sum(map(plain, reels))
    return {
        (name, knows): Pair(plain=usual, ours=_ours(reels, path, known if knows else USUAL, dice_of(seed, name)))
        for name, path in PATHS.items()
        for knows in (False, True)
    }


def _ours(reels: Sequence[Sequence[Task]], path: Path, expected: Expected, dice: Random) -> Outcome:
    return _sum(followed(reel, path, dice, expected=expected) for reel in reels)


def _sum(outcomes: Iterable[Outcome]) -> Outcome:
    return sum(outcomes, Outcome())


def _share(pairs: Sequence[Pair], holds: Callable[[Pair], bool]) -> float:
    return sum(map(holds, pairs)) / len(pairs)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.polling", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="reels are drawn anew for each (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default %(default)s)")
    asked = parser.parse_args(words)
    with ProcessPoolExecutor(asked.jobs) as pool:
        seeds = list(pool.map(pairs_of, range(asked.seeds), chunksize=4))
    rows = [Row(path=path, knows=knows, pairs=[seed[path, knows] for seed in seeds]) for path, knows in seeds[0]]
    sys.stdout.write(f"{asked.seeds} seeds, {REELS} reels of 20 tasks each\n\n{HEAD}")
    sys.stdout.writelines(f"{row.line()}\n" for row in rows)
    broken = [row for row in rows if not row.kept]
    sys.stdout.write(f"\n{'every promise is kept' if not broken else 'a promise is broken'}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
