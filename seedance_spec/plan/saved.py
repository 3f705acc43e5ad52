"""A plan to be applied later, as a value: what was decided per row, and on what that rested. Pure: no text, no file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from seedance_spec.content_hash import display_request
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import Estimate
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.given import Given
from seedance_spec.model.origin import OriginKind, Piece, Use
from seedance_spec.model.shot import Film
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.realm import Realm


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRow:
    """One row that was to be done. `rests_on` is the attempt that stood at its take then, None where none did;
    `most_usd` the upper end of its price with every planned retry; `request` what was wanted, as the lockfile shows it,
    empty for a row that no shot asked for.
    """

    shot_id: str
    take: int
    action: Action
    content_hash: str
    pays: bool
    follows: str | None = None
    rests_on: str | None = None
    estimate: Estimate | None = None
    most_usd: float | None = None
    request: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line of the plan allowed and chose, in its own words."""

    retry_failed: bool = False
    retake: tuple[str, ...] = ()
    cascade: bool = True
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """`given` is what the specs were read with: profile, variables, and of the environment only what they use.
    `created_at` is Unix seconds.
    """

    project: str
    realm: Realm
    created_at: int
    given: Given
    asked: Asked
    rows: tuple[SavedRow, ...]

    @property
    def shots(self) -> frozenset[str]:
        return frozenset(row.shot_id for row in self.rows)

    @property
    def paid(self) -> tuple[SavedRow, ...]:
        return tuple(row for row in self.rows if row.pays)

    @property
    def most_usd(self) -> float:
        return sum(row.most_usd or 0.0 for row in self.paid)

    def bought(self, plan: Plan) -> int:
        """How many of its payments are made by now: neither the plan of today nor what is stale names them."""
        still = {(row.shot_id, row.take) for row in (*plan.paid, *plan.stale)}
        blocked = {(row.shot_id, row.take) for row in plan.changes if row.action in _NOT_BOUGHT}
        return sum((row.shot_id, row.take) not in still | blocked for row in self.paid)

    def agrees_to(self, plan: Plan) -> bool:
        """Whether every payment of the plan costs at most what it was saved with: saving it was a yes to that price.
        One without a known price was agreed to only where it was saved as such.
        """
        agreed = {(row.shot_id, row.take): row.most_usd for row in self.paid}
        keys = ((change, (change.shot_id, change.take)) for change in plan.paid)
        return all(key in agreed and _fits(_most(change), agreed[key]) for change, key in keys)


_NOT_BOUGHT = frozenset({Action.BLOCKED, Action.STALE, Action.FAILED})

_TINY = 1e-9
"""Sums of cents are not exact: what differs by less is equal."""


def saved_plan(plan: Plan, film: Film, facts: Facts, *, given: Given, asked: Asked, now: float) -> SavedPlan:
    """The plan as it stands, without what needs nothing. `now` is Unix seconds."""
    used = used_of_environment(film)
    environment = {name: text for name, text in given.environment.items() if name in used}
    return SavedPlan(
        project=plan.project,
        realm=plan.realm,
        created_at=int(now),
        given=Given(profile=given.profile, files=given.files, environment=environment, arguments=given.arguments),
        asked=asked,
        rows=tuple(_row(change, facts) for change in plan.changes if change.action is not Action.UNCHANGED),
    )


def used_of_environment(film: Film) -> frozenset[str]:
    """The variables of the environment that stand in any shot."""
    pieces = (piece for shot in film.shots.values() for origin in shot.origins.values() for piece in origin.pieces)
    return frozenset(use.name for use in _uses(pieces) if use.kind is OriginKind.ENVIRONMENT)


def texts_of(saved: SavedPlan) -> Mapping[str, str]:
    """Every text that was given from outside, by what it is called: none of them may be a secret."""
    given = saved.given
    return {
        **{f"--var {name}": text for name, text in given.arguments.items()},
        **{f"SEEDANCE_VAR_{name}": text for name, text in given.environment.items()},
        **{f"--var-file {file.path}": file.text for file in given.files},
    }


def _row(change: Change, facts: Facts) -> SavedRow:
    standing = change.attempt or facts.standing(change.content_hash, change.take)
    return SavedRow(
        shot_id=change.shot_id,
        take=change.take,
        action=change.action,
        content_hash=change.content_hash,
        pays=change.pays,
        follows=change.follows,
        rests_on=standing.attempt_id if standing else None,
        estimate=change.estimate if change.pays else None,
        most_usd=_most(change),
        request=display_request(change.shot.request) if change.shot else {},
    )


def _most(change: Change) -> float | None:
    return change.quote.high_usd * (1 + change.retries) if change.pays and change.quote else None


def _fits(most: float | None, agreed: float | None) -> bool:
    if most is None or agreed is None:
        return most is agreed
    return most <= agreed + _TINY


def _uses(pieces: Iterable[Piece]) -> Iterator[Use]:
    for piece in pieces:
        if isinstance(piece, Use):
            yield piece
            yield from _uses(piece.pieces)
