"""What a run is about: all of the film, the shots that were selected, or the rows of a saved plan. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, assert_never

from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Film
from seedance_spec.plan.cascade import held_back
from seedance_spec.plan.change import Plan
from seedance_spec.plan.decide import decide
from seedance_spec.plan.saved import SavedPlan
from seedance_spec.plan.saved_check import held_against
from seedance_spec.plan.selection import EVERYTHING, Selection
from seedance_spec.plan.world import Options, Presence, World
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic

Scope: TypeAlias = Selection | SavedPlan


def decide_within(
    scope: Scope, film: Film, facts: Facts, presence: Presence, *, realm: Realm, options: Options
) -> tuple[Plan, tuple[Diagnostic, ...]]:
    """What must happen of what the run is about. The whole film is looked at all the same: what is left out is neither
    dropped nor forgotten. Raises SelectionError where the selection names nothing.
    """
    if scope == EVERYTHING:
        return decide(film, facts, presence, realm=realm, options=options)
    match scope:
        case Selection():
            only = shots_of(scope, film, facts, presence, realm=realm, options=options)
            options = replace(options, only=only)
        case SavedPlan():
            options = replace(options, only=scope.shots)
        case _:
            assert_never(scope)
    plan, complaints = decide(film, facts, presence, realm=realm, options=options)
    if isinstance(scope, SavedPlan):
        world = World.of(film, facts, presence, realm=realm, options=options)
        part = held_against(scope, plan, world)
    else:
        part = replace(narrowed(plan, options.only or frozenset()), selection=scope.words)
    return replace(part, changes=held_back(part.changes, facts)), complaints


def shots_of(
    selection: Selection, film: Film, facts: Facts, presence: Presence, *, realm: Realm, options: Options
) -> frozenset[str]:
    """The ids that a selection means: `state:` is what a plan of the whole film says. Raises SelectionError."""
    plan, _ = decide(film, facts, presence, realm=realm, options=options)
    return selection.shots(film, plan)


def narrowed(plan: Plan, shots: frozenset[str]) -> Plan:
    """The plan's rows about these shots; the others stay known as `outside`."""
    return replace(
        plan,
        changes=tuple(change for change in plan.changes if change.shot_id in shots),
        outside=tuple(change for change in plan.changes if change.shot_id not in shots),
    )
