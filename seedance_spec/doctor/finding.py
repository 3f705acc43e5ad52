"""A finding: what was looked at, how it stands, what was found, what to do. Pure: nothing that looks may enter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`warn` works with a drawback; `fail` needs the user; `skipped` is not set up, or could not be looked at."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


class Group(StrEnum):
    MACHINE = "machine"
    PROJECT = "project"
    GATEWAY = "gateway"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`said` is what was found, in one line; `way_out` the command or the step that mends it, empty where none is due.
    Neither holds a key, a token or a signed link.
    """

    group: Group
    name: str
    state: State
    said: str
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked at, and the four ways in which it can be found. Its name is stable: machines read it."""

    group: Group
    name: str

    def ok(self, said: str) -> Finding:
        return self._found(State.OK, said)

    def warn(self, said: str, way_out: str) -> Finding:
        return self._found(State.WARN, said, way_out)

    def fail(self, said: str, way_out: str) -> Finding:
        return self._found(State.FAIL, said, way_out)

    def skipped(self, said: str, way_out: str = "") -> Finding:
        return self._found(State.SKIPPED, said, way_out)

    def _found(self, state: State, said: str, way_out: str = "") -> Finding:
        return Finding(group=self.group, name=self.name, state=state, said=said, way_out=way_out)


@dataclass(frozen=True, slots=True)
class Trouble:
    """It could not be seen, and why, in words fit to show."""

    reason: str


def needs_user(findings: Iterable[Finding]) -> bool:
    return any(finding.state is State.FAIL for finding in findings)
