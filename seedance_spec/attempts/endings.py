"""How one row of the plan ended in a run. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.plan.change import Change


class End(StrEnum):
    """`rendered`: the clip is here (or was, all along). `running`: it goes on without us. `not-submitted`: nothing was
    paid. `missing`: paid for, and its links are dead. `fault`: the disk or the journal refused, and
    nothing paid is lost.
    """

    RENDERED = "rendered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    MISSING = "missing"
    NOT_SUBMITTED = "not-submitted"
    RUNNING = "running"
    LATE = "late"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a change. `code` and `message` say why it is not rendered; `fact` is its attempt."""

    change: Change
    end: End
    code: str = ""
    message: str = ""
    fact: AttemptFact | None = None
