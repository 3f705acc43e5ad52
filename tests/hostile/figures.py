"""The table of the receiver's figures, for the terminal and for the documentation. Pure: a record is handed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, median

from tests.hostile.record import RESULTS, RowRecord, TreeRecord

PAGE = "docs/receiver/figures.md"

MOST_LATE = 1.0
LEAST_RATIO = 0.8
LEAST_ANSWERED = 0.98
MOST_GROWTH = 20.0
MOST_LOOKS = 8
MOST_T = 4.5
MOST_GROWTH_UNDER_LOAD = 8.0
"""MB that memory may grow by and still be called flat: caches of the disk and of the allocator breathe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure: its row in the record, what it says, what is to be reached, how it reads and whether it is reached.

    Whatever a single case must keep is told by the cases themselves (`failing`); `reached` is about them all.
    """

    row: str
    what: str
    goal: str
    shown: Callable[[RowRecord], str]
    reached: Callable[[RowRecord], bool] = lambda row: not row.failing

    def is_missed(self, tree: TreeRecord) -> bool:
        row = tree.rows.get(self.row, RowRecord())
        return bool(row.done) and not self.reached(row)


LINES: Sequence[Line] = (
    Line(
        row="throughput",
        what="durable acknowledged callbacks per second on one core, of the same handler without any disk",
        goal=f"≥ {LEAST_RATIO:.2f}",
        shown=lambda row: (
            f"{median(row.samples['ratio']):.2f} ({median(row.samples['durable']):,.0f} of"
            f" {median(row.samples['bare']):,.0f}), by processor time {median(row.samples['by_processor']):.2f}"
        ),
        reached=lambda row: min(median(row.samples["ratio"]), median(row.samples["by_processor"])) >= LEAST_RATIO,
    ),
    Line(
        row="throughput",
        what="one answer in a thousand is slower, at that load",
        goal=f"< {MOST_LATE:.0f} s",
        shown=lambda row: f"{max(row.samples['p999']) * 1000:,.0f} ms (worst round)",
        reached=lambda row: max(row.samples["p999"]) < MOST_LATE,
    ),
    *(
        Line(
            row=row,
            what=f"memory after {minutes} under that load",
            goal="flat",
            shown=lambda row: (
                f"{max(row.samples['growth_mb']):+.1f} MB on {max(row.samples['start_mb']):.0f} MB"
                f" ({row.counts['acknowledged']:,} acknowledged)"
            ),
        )
        for row, minutes in (("memory", "10 minutes"), ("memory_minute", "1 minute"))
    ),
    Line(
        row="kill",
        what="`kill -9` under flood: acknowledged and lost",
        goal="0 of ≥ 50,000",
        shown=lambda row: f"{row.counts['lost']:,} of {row.counts['acknowledged']:,} in {row.counts['kills']} kills",
    ),
    Line(
        row="kill_bug",
        what="the same with 200 said before the commit: is the loss seen?",
        goal="every time",
        shown=lambda row: f"{row.counts['caught']} of {row.done} ({row.counts['lost']:,} lost)",
    ),
    Line(
        row="sockets",
        what="1,100 slow or idle sockets at 1,024 descriptors: honest callbacks answered within 3 s",
        goal=f"≥ {LEAST_ANSWERED:.0%}",
        shown=lambda row: (
            f"{row.counts['in_time'] / row.counts['honest']:.1%} of {row.counts['honest']:,}"
            f" (median {median(row.samples['typical']) * 1000:.0f} ms)"
        ),
    ),
    Line(
        row="fuzz",
        what="forged and malformed requests: 5xx but 503, tracebacks, rows of theirs",
        goal="0, 0, 0 of 50,000",
        shown=lambda row: (
            f"{row.counts['wrong_status']}, {row.counts['tracebacks']}, {row.counts['foreign_rows']}"
            f" of {row.counts['requests']:,}"
        ),
    ),
    Line(
        row="fuzz",
        what="memory growth meanwhile",
        goal=f"< {MOST_GROWTH:.0f} MB",
        shown=lambda row: f"{max(row.samples['growth_mb']):.1f} MB",
    ),
    Line(
        row="orders",
        what="orders and repetitions of the five states: downloads, endings, most looks per task",
        goal=f"1, 1, ≤ {MOST_LOOKS}",
        shown=lambda row: (
            f"{_each(row, 'downloads', 'clips')}, {_each(row, 'endings', 'tasks')},"
            f" {max(row.samples['looks']):.0f} (mean {mean(row.samples['looks']):.1f})"
        ),
    ),
    Line(
        row="timing",
        what="time of a nearly right capability against a wholly wrong one: Welch's t",
        goal=f"< {MOST_T}",
        shown=lambda row: f"{max(map(abs, row.samples['t'])):.1f} (worst of {row.done} × 100,000 pairs)",
    ),
)

_HEAD = ("figure", "to reach", "on record", "cases", "failing")


def table(tree: TreeRecord) -> str:
    """Columns for a terminal."""
    lines = [_HEAD, *(_cells(line, tree) for line in LINES)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    shown = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in shown)


def page(tree: TreeRecord | None) -> str:
    """The documentation's page, from the newest tree of the results file."""
    if tree is None:
        return f"{_TITLE}\nNothing is on record yet.\n{_REST}"
    lines = [_HEAD, ("---",) * len(_HEAD), *(_cells(line, tree) for line in LINES)]
    shown = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return (
        f"{_TITLE}\n{shown}\nFor `seedance_spec` at git tree `{tree.trees['product'][:12]}`, by `{RESULTS}`.\n{_REST}"
    )


def _cells(line: Line, tree: TreeRecord) -> tuple[str, ...]:
    row = tree.rows.get(line.row, RowRecord())
    if not row.done:
        return line.what, line.goal, "not begun", "–", "–"
    missed = " **not reached**" if line.is_missed(tree) else ""
    return line.what, line.goal, line.shown(row) + missed, f"{row.done} of {row.goal}", str(len(row.failing))


def _each(row: RowRecord, what: str, of: str) -> str:
    """How many for each: `1` where all have one."""
    return f"{row.counts[what] / max(row.counts[of], 1):.4g}"


_TITLE = """# The receiver's figures

Written by `make bench-receiver` and `make hostile`; a test compares it with their record.

```sh
make bench-receiver BUDGET=14m      # speed for 2 minutes, then memory for 10; with less than 12m: memory for 1
make hostile BUDGET=15m             # kills, slow sockets, forged requests, orders: goes on where it stopped
make hostile CASE=fuzz:17           # one case again; nothing is counted
```

Both work on a copy of the code and need two cores: one for the receiver, one for its senders. Ratios are measured side
by side in one run. `make test` runs a short form of the hostile rows that asserts counts, never times.
"""

_REST = """
## What stands behind each row

- **Speed**: `seedance-spec serve`, pinned to one core, is sent callbacks of 1.5 kB by 256 keep-alive connections as
  fast as it answers; then the same process whose handler stores nothing and answers at once; and so on in turns. Each
  200 of the first means that the callback is fsynced. The processor time per callback is compared too: it holds on a
  busy machine, where callbacks per second tell more about the neighbours.
- **Memory**: resident pages of the receiver at that load, at the end against after a warm-up.
- **`kill -9`**: senders at full speed, SIGKILL at a drawn moment; then what was answered with 200 is looked for in the
  file, and it is served again. The same with a receiver that says 200 before the commit must show losses, or the
  test is blind.
- **Slow sockets**: 1,100 of them come again as soon as they are hung up on: silent, with half a head, with a head that
  dribbles, with a body that does not come, with answers that nobody reads, and all of these mixed. Honest senders
  come on new connections.
- **Forged and malformed requests**: wrong, mutated and dead capabilities, forged owner tokens, smuggling shapes, huge
  heads, chunked nonsense, gzip bombs, deep JSON, `NaN`, invalid UTF-8, random bytes. No row of a stranger is in the
  file: so the gateway is never asked for one.
- **Orders**: `queued`, `running`, `succeeded`, `failed` and `expired` in every order at the times at which an upstream
  calls (twice at the start, three times around the end), once or up to ten times each, through the real conductor in
  virtual time; the gateway's own word is success, or failure.
- **Timing**: the check of a capability in the process itself, pairs in drawn order, the slowest tenth cut off.

## What it does not show

The machine's own network is the only one; no reverse proxy or tunnel stands in between. A flood that fills the line is
the proxy's job. Whoever opens more connections per second than one core can take in keeps honest senders waiting;
polling still brings every result.
"""
