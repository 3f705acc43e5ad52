"""How one row of the plan ended in a run. Pure values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from seedance_spec.attempts.stages import Stage
from seedance_spec.clips.faults import StoreFault
from seedance_spec.journal.faults import JournalBusy, JournalFault, Overtaken
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.plan.change import Change, Plan


class End(StrEnum):
    """`rendered`: the clip is here (or was, all along). `running`: it goes on without us. `not-submitted`: nothing was
    paid. `blocked`: nothing was paid, for a clip that it starts from did not come. `stale`: left as it was, on the
    user's word. `missing`: paid for, and its links are dead. `fault`: the disk or the journal refused, and nothing paid
    is lost.
    """

    RENDERED = "rendered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    MISSING = "missing"
    NOT_SUBMITTED = "not-submitted"
    BLOCKED = "blocked"
    STALE = "stale"
    RUNNING = "running"
    LATE = "late"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a change. `code` and `message` say why it is not rendered; `fact` is its attempt. `behind` is the
    ending at the root of a block; None where the block stood in the plan already.
    """

    change: Change
    end: End
    code: str = ""
    message: str = ""
    fact: AttemptFact | None = None
    behind: Ending | None = None


NOT_LANDED = "not-landed"
DAMAGED = "damaged"
INTERRUPTED = "interrupted"

STANDING_WORDS: Mapping[Stage, tuple[str, str]] = {
    Stage.GONE: ("missing", "it was given up on"),
    Stage.NOT_LANDED: (NOT_LANDED, "it is on record as not landed; apply again"),
}
"""Code and message of stages that explain themselves."""


_ENDS: Mapping[Stage, End] = {
    Stage.STORED: End.RENDERED,
    Stage.FAILED: End.FAILED,
    Stage.RELEASED: End.NOT_SUBMITTED,
    Stage.NOT_LANDED: End.NOT_SUBMITTED,
    Stage.GONE: End.MISSING,
    Stage.UNKNOWN: End.UNKNOWN,
    Stage.LANDED: End.UNKNOWN,
    Stage.SUCCEEDED: End.MISSING,
    Stage.SUBMITTED: End.LATE,
    Stage.CLAIMED: End.LATE,
    Stage.CONNECTING: End.LATE,
    Stage.BYTES_OUT: End.LATE,
}
"""How a lane ended whose attempt stands there, with nothing else to say (a test holds it complete)."""

_UNFINISHED = frozenset({End.MISSING, End.LATE})


def end_of(stage: Stage, code: str, *, stopping: bool) -> End:
    """How a lane ended whose attempt stands here; `code` is the last trouble that it met."""
    end = _ENDS[stage]
    if stage is Stage.GONE or end not in _UNFINISHED:
        return end
    if code == "task-absent":
        return End.UNKNOWN
    if code == "disk" and stage is Stage.SUCCEEDED:
        return End.FAULT
    return End.RUNNING if stopping else end


def fault_ending(change: Change, fault: StoreFault | JournalFault, fact: AttemptFact | None) -> Ending:
    """A row that the disk or the journal refused: the others go on."""
    code = "busy" if isinstance(fault, JournalBusy | Overtaken) else "disk"
    if isinstance(fault, StoreFault) and fault.damaged:
        code = DAMAGED
    return Ending(change=change, end=End.FAULT, code=code, message=str(fault), fact=fact)


def carried_out(plan: Plan, endings: Sequence[Ending]) -> Plan:
    """The plan without the rows that are still to be done: what the disk refused, what a stop cut off, and what was to
    come with another one's purchase where nothing was bought. Their labels stay where they were, so that the next plan
    sees what this one saw.
    """
    left = {id(each.change) for each in endings if _is_undone(each)}
    return replace(plan, changes=tuple(change for change in plan.changes if id(change) not in left))


def _is_undone(ending: Ending) -> bool:
    comes_along = ending.change.follows is not None
    return ending.end is End.FAULT or ending.code == INTERRUPTED or (comes_along and not _was_bought(ending))


def _was_bought(ending: Ending) -> bool:
    """Whether an attempt may have been paid for, whatever became of it since."""
    return ending.fact is not None and ending.end is not End.NOT_SUBMITTED
