"""Builders for parts of a plan: what a selection or a saved plan makes of a scene."""

from __future__ import annotations

from typing import Any

from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.given import NOTHING_GIVEN, Given
from seedance_spec.plan.change import Plan
from seedance_spec.plan.saved import Asked, SavedPlan, saved_plan
from seedance_spec.plan.scope import Scope, decide_within
from seedance_spec.plan.selection import EVERYTHING, selection_of
from seedance_spec.plan.world import Options, Presence
from tests.support.deciding import NOON, Scene


def decided(scope: Scope, scene: Scene, **options: Any) -> Plan:
    """The plan of what the run is about. Fails on any complaint."""
    plan, complaints = decide_within(
        scope,
        scene.film,
        Facts.of(*scene.facts),
        Presence(stored=scene.stored, published=scene.published),
        realm=scene.realm,
        options=Options(**options),
    )
    assert complaints == ()
    return plan


def selected(scene: Scene, *select: str, exclude: tuple[str, ...] = ()) -> Plan:
    """The plan of what these words select."""
    return decided(selection_of(select, exclude), scene)


def saved(scene: Scene, *, given: Given = NOTHING_GIVEN, asked: Asked | None = None) -> SavedPlan:
    """The plan of a scene as `plan -o` saves it."""
    asked = asked or Asked()
    options = {"retry_failed": asked.retry_failed, "retake": frozenset(asked.retake)}
    scope = selection_of(asked.select, asked.exclude) if asked.select else EVERYTHING
    plan = decided(scope, scene, **options)
    return saved_plan(plan, scene.film, Facts.of(*scene.facts), given=given, asked=asked, now=NOON)


def applied(plan: SavedPlan, scene: Scene) -> Plan:
    """What an apply of the saved plan would do in a scene, perhaps another one by now."""
    options = {
        "retry_failed": plan.asked.retry_failed,
        "retake": frozenset(plan.asked.retake) & scene.film.shots.keys(),
    }
    return decided(plan, scene, **options)
