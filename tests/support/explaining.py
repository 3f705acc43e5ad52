"""A film in two states, and what is known of it: the scene that takes, show and explanations are read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Film
from seedance_spec.plan.change import Plan
from seedance_spec.plan.decide import decide
from seedance_spec.plan.explain import Explanation, explained
from seedance_spec.plan.parent_delivery import Reach
from seedance_spec.plan.planned_delivery import Deliveries
from seedance_spec.plan.show import Showing, showing_of
from seedance_spec.plan.takes import ShotTakes, shot_takes
from seedance_spec.plan.world import Options, Presence, World
from tests.support.deciding import NOON, Scene

LATER = NOON + 3600


def world_of(scene: Scene) -> World:
    presence = Presence(stored=scene.stored, published=scene.published, pruned=scene.pruned)
    return World.of(scene.film, Facts.of(*scene.facts), presence, realm=scene.realm, options=Options(now=LATER))


def plan_of(scene: Scene) -> Plan:
    world = world_of(scene)
    return decide(scene.film, world.facts, world.presence, realm=scene.realm, options=world.options)[0]


def takes_of(scene: Scene, shot_id: str) -> ShotTakes:
    """What `takes` tells, an hour after noon."""
    return shot_takes(world_of(scene), shot_id, now=LATER)


def showing(scene: Scene, shot_id: str, *, lends: bool = False) -> Showing:
    """What `show` tells, an hour after noon; `lends`: this machine has a public address."""
    plan, world = plan_of(scene), world_of(scene)
    reach = Reach(now=LATER, here=scene.stored, lends=lends)
    deliveries = Deliveries(plan=plan, facts=world.facts, reach=reach)
    return showing_of(world, plan, takes_of(scene, shot_id), deliveries)


def explanations(scene: Scene, shot_id: str) -> tuple[Explanation, ...]:
    return explained(world_of(scene), plan_of(scene), shot_id)


def spec_texts(files: Mapping[str, str]) -> dict[str, str]:
    """The texts by the paths that complaints name."""
    return {f"specs/{name}": text for name, text in files.items()}


def with_film(scene: Scene, film: Film) -> Scene:
    """The same history, and other specs."""
    return replace(scene, film=film)
