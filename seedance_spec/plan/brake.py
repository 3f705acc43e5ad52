"""The brake on mass re-rendering, and on a project that lost its shots. Pure: it counts, it decides about no money."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_spec.lockfile.facts import Status
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.figures import plural

PERCENT = 50.0
"""More of the finished shots than this share do not re-render by one slip of the pen."""

FEWEST = 5
"""Fewer shots than this are read at a glance: no brake."""

_FINISHED = frozenset({Action.UNCHANGED, Action.RESTORE, Action.RENAMED, Action.MISSING, Action.STALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """The share of finished shots, in percent, that may re-render; `source` is who lowered it."""

    percent: float = PERCENT
    source: str = ""

    def lowered(self, percent: float | None, *, source: str) -> Brake:
        """The stronger one of both: nobody can weaken a brake."""
        return self if percent is None or percent >= self.percent else Brake(percent=percent, source=source)


USUAL_BRAKE = Brake()


def pulled(plan: Plan, brake: Brake) -> str | None:
    """How many of the finished shots would re-render, in words, where that is more than the brake lets pass.

    A shot whose last take failed, and one that the user named with --retake or --retry-failed, does not count. The
    share is one of the whole project, whatever part of it was selected.
    """
    again = {change.shot_id for change in plan.changes if _is_rerender(change)}
    project = (*plan.changes, *plan.outside)
    finished = again | {change.shot_id for change in project if change.shot and _is_finished(change)}
    whole = len(finished) + plan.beside.shots
    if len(again) < FEWEST or 100 * len(again) <= brake.percent * whole:
        return None
    limit = f"the limit is {brake.percent:g} %" + (f" ({brake.source})" if brake.source else "")
    share = f"{100 * len(again) / whole:.0f} %"
    return f"{len(again)} of {plural(whole, 'finished shot')} ({share}) would re-render; {limit}"


def empty_project(plan: Plan) -> str | None:
    """What would be dropped, in words, where the specs describe no shot at all any more and takes are on record."""
    dropped = [change for change in plan.changes if change.action is Action.DROPPED]
    if not dropped or plan.beside.shots or any(change.shot is not None for change in (*plan.changes, *plan.outside)):
        return None
    return f"the specs describe no shot, and {plural(len(dropped), 'shot')} on record would be dropped"


def _is_finished(change: Change) -> bool:
    return change.action in _FINISHED or _is_rerender(change)


def _is_rerender(change: Change) -> bool:
    """Whether a finished shot's request changed so that it is bought anew, by itself or by the shot it follows."""
    before = change.previous
    if before is None or before.status is not Status.SUCCEEDED or change.passes_over is not None:
        return False
    return change.action is Action.RERENDER or change.follows is not None
