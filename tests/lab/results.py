"""What the laboratory has found so far: counts per row, for each tree of code. One committed JSON file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.row import Outcome
from tests.lab.trees import Trees

FORMAT = "seedance-spec/crash-lab/1"
RESULTS = "docs/crash-lab.json"
"""Where the file lies in the repository."""

KEPT_TREES = 3
"""Older ones leave the file; git remembers them."""

COUNTED = ("double_charges", "lost_results", "repairs", "posts_over_one", "unknown_left")


@dataclass(slots=True, kw_only=True)
class RowResult:
    """One row for one tree: which cases were run, and the sum of what they left. `failing`: case → what was wrong.

    `measured` is what the row measured for its cases (`Row.prepare`).
    """

    title: str = ""
    goal: int = 0
    measured: dict[str, int] = field(default_factory=dict)
    cases: set[str] = field(default_factory=set)
    struck: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    failing: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return len(self.cases)

    @property
    def complete(self) -> bool:
        return bool(self.goal) and self.done >= self.goal

    def add(self, case: str, outcome: Outcome) -> None:
        self.cases.add(case)
        self.struck += outcome.struck
        self.counts.update({name: getattr(outcome, name) for name in COUNTED})
        self.closed.update(outcome.closed)
        if outcome.failed:
            self.failing[case] = outcome.note


@dataclass(slots=True, kw_only=True)
class TreeResult:
    """All rows for one tree, by their names."""

    trees: Trees
    rows: dict[str, RowResult] = field(default_factory=dict)


class Results:
    """The file. The newest tree stands last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._of: list[TreeResult] = _read(path)

    def of(self, trees: Trees) -> TreeResult:
        """What is known of a tree; it counts as the newest from now on."""
        found = next((each for each in self._of if each.trees == trees), TreeResult(trees=trees))
        self._of = [*(each for each in self._of if each is not found), found]
        return found

    @property
    def newest(self) -> TreeResult | None:
        return self._of[-1] if self._of else None

    def save(self) -> None:
        """Write the file whole or not at all; trees of which nothing is known are left out."""
        kept = [each for each in self._of if any(row.done for row in each.rows.values())][-KEPT_TREES:]
        text = json.dumps({"format": FORMAT, "trees": list(map(_tree_to_json, kept))}, indent=1, ensure_ascii=False)
        part = self._path.with_suffix(".part")
        part.write_text(f"{text}\n", encoding="utf-8")
        part.replace(self._path)


def ranges(cases: Iterable[str]) -> list[str]:
    """Ids that end in a number as ranges (`fsync:1-51`), the others as they are; sorted."""
    numbers: dict[str, list[int]] = {}
    plain: list[str] = []
    for case in cases:
        family, colon, last = case.rpartition(":")
        if last.isdecimal() and str(int(last)) == last:
            numbers.setdefault(family + colon, []).append(int(last))
        else:
            plain.append(case)
    told = [f"{family}{_span(*run)}" for family, found in numbers.items() for run in _runs(sorted(found))]
    return sorted([*plain, *told])


def cases_of(told: Iterable[str]) -> Iterator[str]:
    """The ids that `ranges` told."""
    for text in told:
        family, colon, last = text.rpartition(":")
        first, _, end = last.partition("-")
        if first.isdecimal() and (end or first).isdecimal():
            yield from (f"{family}{colon}{n}" for n in range(int(first), int(end or first) + 1))
        else:
            yield text


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    start = numbers[0]
    for before, after in zip(numbers, [*numbers[1:], None], strict=True):
        if after != before + 1:
            yield start, before
            if after is not None:
                start = after


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _tree_to_json(result: TreeResult) -> dict[str, Any]:
    return {**asdict(result.trees), "rows": {name: _row_to_json(row) for name, row in result.rows.items() if row.done}}


def _row_to_json(row: RowResult) -> dict[str, Any]:
    return {
        "title": row.title,
        "goal": row.goal,
        "done": row.done,
        "struck": row.struck,
        **{name: row.counts[name] for name in COUNTED},
        "closed": dict(sorted(row.closed.items())),
        "failing": dict(sorted(row.failing.items())),
        "measured": row.measured,
        "cases": ranges(row.cases),
    }


def _read(path: Path) -> list[TreeResult]:
    if not path.exists():
        return []
    document = json.loads(path.read_text(encoding="utf-8"))
    if document["format"] != FORMAT:
        raise ValueError(f"{path} is of another format: {document['format']}")
    return [
        TreeResult(
            trees=Trees(product=each["product"], lab=each["lab"], support=each["support"]),
            rows={name: _row_from_json(row) for name, row in each["rows"].items()},
        )
        for each in document["trees"]
    ]


def _row_from_json(row: dict[str, Any]) -> RowResult:
    return RowResult(
        title=row["title"],
        goal=row["goal"],
        measured=row.get("measured", {}),
        cases=set(cases_of(row["cases"])),
        struck=row["struck"],
        counts=Counter({name: row[name] for name in COUNTED}),
        closed=Counter(row["closed"]),
        failing=dict(row["failing"]),
    )
