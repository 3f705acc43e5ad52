"""What is promised of the plan's speed, against what was measured. Values only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.planning.measuring import Measured

MOST_MEMORY = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """`value` must be at most `most`; None where a peer was missing. `work` is the same ratio by processor time."""

    name: str
    value: float | None
    most: float
    unit: str = "×"
    work: float | None = None

    @property
    def kept(self) -> bool:
        return self.value is None or self.value <= self.most

    def line(self) -> str:
        if self.value is None:
            return f"{self.name:44}       –          not measured: the peer is not installed"
        verdict = "kept" if self.kept else "MISSED"
        by_work = f"   by processor time {self.work:.2f}" if self.work is not None else ""
        return f"{self.name:44}{self.value:9.2f} {self.unit:4}≤ {self.most:6.2f}   {verdict}{by_work}"


def goals(found: Mapping[str, Measured]) -> Iterator[Goal]:
    warm, cold, edit = found["plan, unchanged"], found["plan, cold"], found["plan, one shot edited"]
    yield _ratio("unchanged plan : ninja", warm, found.get("ninja"), most=1.0)
    yield _ratio("one shot edited : unchanged plan", edit, warm, most=3.0)
    yield _ratio("cold plan : octoDNS", cold, found.get("octoDNS"), most=0.2)
    yield Goal(name="memory of an unchanged plan", value=warm.memory, most=MOST_MEMORY, unit="MiB")
    yield _ratio("--version : python -c pass", found["--version"], found["python -c pass"], most=2.0)


def _ratio(name: str, ours: Measured, theirs: Measured | None, *, most: float) -> Goal:
    if theirs is None:
        return Goal(name=name, value=None, most=most)
    return Goal(name=name, value=ours.usual / theirs.usual, most=most, work=ours.work / theirs.work)
