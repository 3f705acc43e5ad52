"""What `make bench-watch` measured last, as a committed JSON file and a page of the documents. It measures nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Self

from tests.lab.trees import tree_hash

RECORD = "docs/watching.json"
PAGE = "docs/watching/figures.md"

_WHAT = {"watch": "`watch`", "loop": "a file watcher that runs `apply`"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One program (`watch`, or a `loop` of applies) on a film of so many shots; milliseconds from save to POST."""

    program: str
    shots: int
    saves: int
    median: int
    late: int
    worst: int

    @classmethod
    def of(cls, program: str, shots: int, seconds: Sequence[float]) -> Self:
        ms = [each * 1000 for each in seconds]
        late = quantiles(ms, n=20)[-1] if len(ms) > 1 else ms[0]
        figures = {"median": round(median(ms)), "late": round(late), "worst": round(max(ms))}
        return cls(program=program, shots=shots, saves=len(ms), **figures)

    @property
    def line(self) -> str:
        figures = f"median {self.median} ms   19 of 20 {self.late} ms   worst {self.worst} ms"
        return f"{self.program:6} {self.shots:5} shots  {self.saves:4} saves   {figures}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All rows of one run, and the git tree of the code they are about. `quiet`: milliseconds waited for on purpose."""

    tree: str
    quiet: int
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, repository: Path, quiet: float, rows: Sequence[Row]) -> Self:
        return cls(tree=tree_hash(repository / "seedance_spec"), quiet=round(quiet * 1000), rows=tuple(rows))


def written(record: Record) -> str:
    return json.dumps(asdict(record), indent=2) + "\n"


def recorded(repository: Path) -> Record:
    told = json.loads((repository / RECORD).read_text(encoding="utf-8"))
    return Record(tree=told["tree"], quiet=told["quiet"], rows=tuple(Row(**row) for row in told["rows"]))


def page(record: Record) -> str:
    rows = "".join(f"| {' | '.join(_cells(row, record))} |\n" for row in record.rows)
    return _TITLE + f"{_HEAD}{rows}\nFor `seedance_spec` at git tree `{record.tree[:12]}`, by `{RECORD}`.\n" + _REST


def _cells(row: Row, record: Record) -> Iterator[str]:
    """The ratio is that of the medians, against `watch` on a film of the same size."""
    beside = next((each for each in record.rows if each.program == "watch" and each.shots == row.shots), row)
    yield from (_WHAT[row.program], f"{row.shots}", f"{row.median} ms", f"{row.late} ms", f"{row.worst} ms")
    yield f"{row.median - record.quiet} ms" if row.program == "watch" else "–"
    yield f"{row.median / beside.median:.1f}"


_TITLE = """# How fast a watch reacts

Written by `make bench-watch`; a test compares it with its record. From the rename that saves a spec file to the POST
that arrives at a gateway on the same machine.

"""

_HEAD = """| program | shots in the film | median | 19 of 20 | worst | of that, without the quiet period | ratio |
| --- | --- | --- | --- | --- | --- | --- |
"""

_REST = """
`ratio` is the median against that of `watch` on a film of that size, in the same run. A watch waits for a quiet period
(`--quiet`, 0.3 s unless said otherwise) so that an editor and its formatter are one save. The file watcher is
`watchfiles 'seedance-spec apply --yes' specs`: it starts the program anew at each save, and kills the one before it;
its own wait for quiet is part of its figure. The gateway refuses every POST at once, so that no save waits for
the rendering of the one before it.
"""
