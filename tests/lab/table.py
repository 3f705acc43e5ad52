"""The table of the crash laboratory, for the terminal and for the README. Pure: results are handed in."""

from __future__ import annotations

from collections.abc import Sequence

from tests.lab.results import RowResult, TreeResult

_HEAD = ("row", "cases", "struck", "double charges", "lost", "repairs", "POSTs > 1", "unknown", "closed by", "failing")


def table(result: TreeResult, order: Sequence[str]) -> str:
    """Columns for a terminal, one line a row; rows that were not begun are shown as such."""
    lines = [_HEAD, *(_cells(result.rows.get(name) or RowResult(title=name)) for name in order)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    shown = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in shown)


def markdown(result: TreeResult | None, order: Sequence[str]) -> str:
    """The README's block: the newest tree of the results file, and how to make it again."""
    if result is None:
        return "Nothing is on record yet: `make crash-lab BUDGET=45m`.\n"
    rows = [_cells(result.rows.get(name) or RowResult(title=name)) for name in order]
    lines = [_HEAD, ("---",) * len(_HEAD), *rows]
    shown = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return f"{shown}\nFor `seedance_spec` at git tree `{result.trees.product[:12]}`, by `docs/crash-lab.json`.\n"


def _cells(row: RowResult) -> tuple[str, ...]:
    counts = row.counts
    return (
        row.title,
        f"{row.done:,} of {row.goal:,}" if row.goal else "not begun",
        f"{row.struck:,}",
        str(counts["double_charges"]),
        str(counts["lost_results"]),
        str(counts["repairs"]),
        str(counts["posts_over_one"]),
        str(counts["unknown_left"]),
        ", ".join(f"{how} {number}" for how, number in sorted(row.closed.items())) or "–",
        str(len(row.failing)),
    )
