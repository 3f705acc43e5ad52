"""What `make bench` measured last, as one committed JSON file, and the page that shows it."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.planning.goals import goals
from benchmarks.planning.measuring import Measured
from tests.lab.trees import tree_hash

RESULTS, PAGE = "docs/planning.json", "docs/planning.md"
_HEAD = """\
# What a plan costs

Written by `make bench`; a test compares it with its record.

```sh
make bench                  # a film of 10,000 shots in 100 files, beside ninja, make and octoDNS where they are there
make bench LARGE=100000     # a larger one too
```

Every program has as many units and all of them up to date. Short commands run in turn, so that whatever else the
machine does meets them all alike. A goal that is missed stands here as missed.
"""
_COLUMNS = "| command | median | processor time | memory | runs |\n| --- | --- | --- | --- | --- |"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`films` holds what was measured by number of shots; `tree` is the code that it was measured for."""

    tree: str
    python: str
    films: Mapping[int, Mapping[str, Measured]]

    @classmethod
    def of(cls, films: Mapping[int, Mapping[str, Measured]], repository: Path) -> Record:
        return cls(tree=tree_hash(repository / "seedance_spec"), python=platform.python_version(), films=films)

    @classmethod
    def read(cls, path: Path) -> Record:
        said = json.loads(path.read_text(encoding="utf-8"))
        films = {
            int(shots): {
                name: Measured(wall=each["wall_ms"], processor=each["processor_ms"], memory=each["memory_mib"])
                for name, each in found.items()
            }
            for shots, found in said["films"].items()
        }
        return cls(tree=said["tree"], python=said["python"], films=films)

    def write(self, path: Path) -> None:
        films = {
            str(shots): {name: _values(each) for name, each in found.items()} for shots, found in self.films.items()
        }
        said = {"tree": self.tree, "python": self.python, "films": films}
        path.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def page(record: Record) -> str:
    return "\n".join(_lines(record))


def _values(each: Measured) -> dict[str, object]:
    return {
        "wall_ms": [round(value, 1) for value in each.wall],
        "processor_ms": [round(value, 1) for value in each.processor],
        "memory_mib": round(each.memory, 1),
    }


def _lines(record: Record) -> Iterator[str]:
    yield _HEAD
    for shots, found in record.films.items():
        yield f"## {shots:,} shots\n"
        yield "| goal | to reach | on record | |\n| --- | --- | --- | --- |"
        for goal in goals(found):
            shown = "not measured" if goal.value is None else f"{goal.value:.2f} {goal.unit}"
            verdict = "" if goal.value is None else "kept" if goal.kept else "**missed**"
            yield f"| {goal.name} | ≤ {goal.most:g} {goal.unit} | {shown} | {verdict} |"
        yield f"\n{_COLUMNS}"
        for name, each in found.items():
            runs = len(each.wall)
            yield f"| {name} | {each.usual:,.0f} ms | {each.work:,.0f} ms | {each.memory:.0f} MiB | {runs} |"
        yield ""
    yield f"For `seedance_spec` at git tree `{record.tree[:12]}`, Python {record.python}, by `{RESULTS}`.\n"
