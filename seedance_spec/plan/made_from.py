"""Children that were made from another clip than their parent shows today: a warning each. Pure: nobody pays for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.views import clips_of
from seedance_spec.model.shot import Shot, ShotSource
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.parents import parent_attempt, parents_of
from seedance_spec.plan.world import Holding, World, holding_of
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity


def made_from_warnings(world: World, shown: Mapping[str, int]) -> Iterator[Diagnostic]:
    """One for every parent of a shot whose take that is shown (`shown`, by shot id) continues another of its clips.

    The content hash cannot tell: it names the parent's request and take, and several clips may have been bought for
    them (D1 Faces), or one bought again after the first was given up on.
    """
    for shot in world.film.shots.values():
        parents = dict(parents_of(shot))
        if parents:
            attempt = world.facts.standing(world.hash_of(shot), shown[shot.id])
            yield from (_warning(shot, place, each) for place, each in _others(world, attempt, parents))


def _others(
    world: World, child: AttemptFact | None, parents: Mapping[int, ShotSource]
) -> Iterator[tuple[int, ShotSource]]:
    if child is None or holding_of(child) is not Holding.RENDERED or not child.made_from:
        return
    made_from, said = frozenset(child.made_from), set[str]()
    for place, source in parents.items():
        face = parent_attempt(world, source)
        clips = clips_of(face) if face is not None and holding_of(face) is Holding.RENDERED else frozenset[str]()
        if clips and not clips & made_from and source.shot not in said:
            said.add(source.shot)
            yield place, source


def _warning(shot: Shot, place: int, source: ShotSource) -> Diagnostic:
    return Diagnostic(
        code="made-from-another-clip",
        message=f"{shot.id} was made from another clip of {source.shot} than the one that stands now; it is kept",
        span=span_of(shot, f"inputs[{place}]"),
        hint=f"apply --retake {shot.id} makes one more take from the present clip; pick: shows it",
        severity=Severity.WARNING,
    )
