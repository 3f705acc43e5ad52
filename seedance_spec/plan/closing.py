"""What a plan says at its end, whatever it is shown as: how many of which, remarks, what to type next. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from seedance_spec.plan.budget import Refused, Verdict
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.figures import plural, usd
from seedance_spec.plan.typed import apply_typed


def tally(plan: Plan) -> str:
    """`2 new, 12 re-render, 44 unchanged`, in the order of the actions."""
    counted = Counter(_kind(change) for change in plan.changes)
    counted["unchanged"] += plan.beside.takes
    order = [*(_word(action) for action in Action if action is not Action.UNCHANGED), "following", "unchanged"]
    return ", ".join(f"{counted[kind]} {kind}" for kind in order if counted[kind]) or "no shots"


def remarks(plan: Plan) -> Iterator[tuple[str, str]]:
    """What is said once for many rows."""
    if plan.outside:
        yield "Note", f"{plural(plan.left_out, 'shot')} of the project left out: nothing is done about them"
    if any(change.action is Action.MISSING for change in plan.changes):
        yield "Note", "missing clips are fetched free while links live (24 h); only --retake pays"
    stale = [change for change in plan.changes if change.action is Action.STALE]
    if stale:
        left = plural(len({change.shot_id for change in stale}), "shot")
        cost = sum(change.estimate.usd for change in stale if change.estimate is not None)
        yield "Note", f"{left} left stale (--no-cascade), about {usd(cost)} to render anew"
    noted = {note.field: 0 for change in plan.changes for note in change.note}
    if noted:
        shots = {change.shot_id for change in plan.changes if change.note}
        yield "Note", f"{', '.join(noted)} changed for {plural(len(shots), 'shot')}: applies to future renders only"


def next_step(plan: Plan, verdict: Verdict | None) -> str:
    """What to type, or to write, after this plan."""
    if isinstance(verdict, Refused):
        return "; ".join(dict.fromkeys(each.hint for each in verdict.objections))
    command = apply_typed(plan)
    actions = {change.action for change in plan.changes}
    command += " --no-cascade" if Action.STALE in actions else ""
    if plan.paid:
        return command
    if actions & {Action.MISSING, Action.RESTORE, Action.IN_FLIGHT, Action.RENAMED, Action.DROPPED}:
        return f"{command}  (nothing to pay)"
    if Action.FAILED in actions:
        return f"change the failed shots, or {command} --retry-failed"
    if Action.UNKNOWN in actions:
        return f"{command}  (nothing to pay; it looks for evidence of what is unknown)"
    if Action.STALE in actions:
        return "nothing, or the same without --no-cascade: it renders what is stale"
    if Action.BLOCKED in actions:
        return "see to what the blocked shots start from"
    return "nothing: every shot is rendered and here" if actions or plan.beside.shots else "write a shot into specs/"


def _kind(change: Change) -> str:
    return "following" if change.follows is not None else _word(change.action)


def _word(action: Action) -> str:
    return action.value.replace("in-flight", "in flight")
