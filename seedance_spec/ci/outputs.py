"""What later steps of a workflow read: changed, cost, failed, pending. Pure: whoever has the file writes the lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from seedance_spec.attempts.endings import End, Ending
from seedance_spec.plan.change import Action, Plan

_FAILED = frozenset({End.FAILED, End.UNKNOWN, End.FAULT, End.NOT_SUBMITTED, End.MISSING})
_PENDING = frozenset({End.RUNNING, End.LATE})
_STANDING = frozenset({Action.UNCHANGED, Action.STALE, Action.FAILED, Action.BLOCKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """`changed`: there is, or was, something to do; `cost` in US dollars: what it would come to, or was billed and is
    under way; `failed`: takes without a clip that will not come by itself; `pending`: takes whose clip still may.
    """

    changed: bool
    cost: float
    failed: int
    pending: int

    @property
    def text(self) -> str:
        changed = "true" if self.changed else "false"
        return f"changed={changed}\ncost={self.cost:.2f}\nfailed={self.failed}\npending={self.pending}\n"


NOTHING_TO_DO = Outputs(changed=False, cost=0.0, failed=0, pending=0)


def outputs_of_plan(plan: Plan) -> Outputs:
    """`changed` as --detailed-exitcode has it: an apply would have to pay."""
    counted = Counter(change.action for change in plan.changes if change.follows is None)
    failed = counted[Action.FAILED] + counted[Action.UNKNOWN] + counted[Action.BLOCKED]
    return Outputs(changed=plan.has_changes, cost=plan.total_usd, failed=failed, pending=counted[Action.IN_FLIGHT])


def outputs_of_run(endings: Sequence[Ending], *, billed: float) -> Outputs:
    """What an apply or a collect came to; `billed` are US dollars for the clips that it brought."""
    pending = [ending for ending in endings if _is_pending(ending)]
    failed = sum(ending.end in _FAILED or ending.end is End.BLOCKED for ending in endings if ending not in pending)
    under_way = sum(
        ending.fact.estimate.usd for ending in pending if ending.fact is not None and ending.fact.estimate is not None
    )
    return Outputs(
        changed=any(ending.change.action not in _STANDING for ending in endings),
        cost=billed + under_way,
        failed=failed,
        pending=len(pending),
    )


def _is_pending(ending: Ending) -> bool:
    waits = ending.end is End.BLOCKED and ending.behind is not None and ending.behind.end in _PENDING
    return ending.end in _PENDING or waits
