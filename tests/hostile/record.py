"""What hostile days have shown so far: counts and samples per row, for each tree of code. One committed JSON file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.results import cases_of, ranges
from tests.lab.trees import tree_hash

FORMAT = "seedance-spec/hostile/1"
RESULTS = "docs/hostile.json"
"""Where the file lies in the repository."""

FOLDERS: Mapping[str, str] = {
    "product": "seedance_spec",
    "hostile": "tests/hostile",
    "benchmarks": "benchmarks/receiver",
    "support": "tests/support",
}
"""What a figure depends on: what is tested, what tests it, and what that stands on."""

KEPT_TREES = 3
"""Older ones leave the file; git remembers them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one case showed. `counts` are added up over the cases, `samples` are kept one by one. `failed` says that a
    promise was broken; `note` how, in one line.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    samples: Mapping[str, float] = field(default_factory=dict)
    failed: bool = False
    note: str = ""


@dataclass(slots=True, kw_only=True)
class RowRecord:
    """One row for one tree: which cases were run and what they showed. `failing`: case → what was wrong."""

    goal: int = 0
    cases: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[float]] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return len(self.cases)

    @property
    def complete(self) -> bool:
        return bool(self.goal) and self.done >= self.goal

    def add(self, case: str, outcome: Outcome) -> None:
        self.cases.add(case)
        self.counts.update(outcome.counts)
        for name, value in outcome.samples.items():
            self.samples.setdefault(name, []).append(round(value, 3))
        if outcome.failed:
            self.failing[case] = outcome.note


@dataclass(slots=True, kw_only=True)
class TreeRecord:
    """All rows for one state of the code, by their names; `trees` are the git hashes of FOLDERS."""

    trees: Mapping[str, str]
    rows: dict[str, RowRecord] = field(default_factory=dict)

    def row(self, name: str) -> RowRecord:
        return self.rows.setdefault(name, RowRecord())


def trees_of(repository: Path) -> Mapping[str, str]:
    return {name: tree_hash(repository / folder) for name, folder in FOLDERS.items()}


class Record:
    """The file. The newest tree stands last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._of: list[TreeRecord] = _read(path)

    def of(self, trees: Mapping[str, str]) -> TreeRecord:
        """What is known of a tree; it counts as the newest from now on."""
        found = next((each for each in self._of if each.trees == trees), TreeRecord(trees=trees))
        self._of = [*(each for each in self._of if each is not found), found]
        return found

    @property
    def newest(self) -> TreeRecord | None:
        return self._of[-1] if self._of else None

    def save(self) -> None:
        """Write the file whole or not at all; trees of which nothing is known are left out."""
        kept = [each for each in self._of if any(row.done for row in each.rows.values())][-KEPT_TREES:]
        text = json.dumps({"format": FORMAT, "trees": list(map(_tree_json, kept))}, indent=1, ensure_ascii=False)
        part = self._path.with_suffix(".part")
        part.write_text(f"{text}\n", encoding="utf-8")
        part.replace(self._path)


def _tree_json(tree: TreeRecord) -> dict[str, Any]:
    return {"trees": dict(tree.trees), "rows": {name: _row_json(row) for name, row in tree.rows.items() if row.done}}


def _row_json(row: RowRecord) -> dict[str, Any]:
    return {
        "goal": row.goal,
        "done": row.done,
        "counts": dict(sorted(row.counts.items())),
        "samples": dict(sorted(row.samples.items())),
        "failing": dict(sorted(row.failing.items())),
        "cases": ranges(row.cases),
    }


def _read(path: Path) -> list[TreeRecord]:
    if not path.exists():
        return []
    document = json.loads(path.read_text(encoding="utf-8"))
    if document["format"] != FORMAT:
        raise ValueError(f"{path} is of another format: {document['format']}")
    return [_tree(each["trees"], each["rows"]) for each in document["trees"]]


def _tree(trees: Mapping[str, str], rows: Mapping[str, Mapping[str, Any]]) -> TreeRecord:
    return TreeRecord(trees=trees, rows={name: _row(row) for name, row in rows.items()})


def _row(row: Mapping[str, Any]) -> RowRecord:
    cases: Sequence[str] = row["cases"]
    return RowRecord(
        goal=row["goal"],
        cases=set(cases_of(cases)),
        counts=Counter(row["counts"]),
        samples={name: list(values) for name, values in row["samples"].items()},
        failing=dict(row["failing"]),
    )
