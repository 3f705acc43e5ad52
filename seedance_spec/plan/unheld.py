"""Takes that specs name and no record has: what `validate` can say of them before there is a plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Film, Shot, ShotSource
from seedance_spec.plan.choice import pick_complaint
from seedance_spec.plan.parents import parent_complaints, parents_of
from seedance_spec.plan.world import Options, Presence, World
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic


def names_takes_beyond(film: Film) -> bool:
    """Whether any shot names a take that is not wanted anyhow: only a record can tell whether it is there."""
    return any(_is_beyond(film, shot) for shot in film.shots.values())


def unheld_takes(film: Film, facts: Mapping[Realm, Facts]) -> tuple[Diagnostic, ...]:
    """The complaints of a plan about takes that cannot be had, where every realm's plan would make them: which realm is
    meant is not known yet.
    """
    told = [_complaints(film, known, realm) for realm, known in facts.items()]
    return tuple(each for each in told[0] if all(_is_among(each, others) for others in told[1:]))


def _is_beyond(film: Film, shot: Shot) -> bool:
    return _lies_beyond(shot.pick, shot) or any(_links_beyond(film, source) for _, source in parents_of(shot))


def _links_beyond(film: Film, source: ShotSource) -> bool:
    parent = film.shots.get(source.shot)
    return parent is not None and _lies_beyond(source.take, parent)


def _lies_beyond(take: int | str | None, shot: Shot) -> bool:
    return isinstance(take, str) or (take is not None and take > shot.takes)


def _complaints(film: Film, facts: Facts, realm: Realm) -> tuple[Diagnostic, ...]:
    world = World.of(film, facts, Presence(), realm=realm, options=Options())
    picks = (pick_complaint(world, shot) for shot in film.shots.values())
    return (*(each for each in picks if each is not None), *parent_complaints(world))


def _is_among(complaint: Diagnostic, others: tuple[Diagnostic, ...]) -> bool:
    return any((each.code, each.span) == (complaint.code, complaint.span) for each in others)
