"""What of a plan can be brought home without paying: what is in flight, missing or only not shown. Pure."""

from __future__ import annotations

from dataclasses import replace

from seedance_spec.lockfile.facts import Status
from seedance_spec.plan.change import Action, Change, Plan

COLLECTED = frozenset({Action.IN_FLIGHT, Action.MISSING, Action.RESTORE, Action.UNKNOWN})
"""What `collect` sees through. Renames and drops are the author's moves, and an apply's to carry out."""


def collectable(plan: Plan) -> Plan:
    """The plan's rows about an attempt that can still bring a clip. None of them pays, moves a label or takes away what
    renders/ shows elsewhere: so it is safe even where half of the specs cannot be read.
    """
    rows = (replace(change, previous_id=None, label_after=None) for change in plan.changes if _brings_a_clip(change))
    return replace(plan, changes=tuple(rows))


def _brings_a_clip(change: Change) -> bool:
    if change.action not in COLLECTED or change.attempt is None:
        return False
    return change.attempt.status is not Status.GONE
