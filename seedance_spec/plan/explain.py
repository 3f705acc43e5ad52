"""Why one shot stands in the plan as it does: causes followed through its parents to the edits behind. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seedance_spec.json_types import Json
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import Shot
from seedance_spec.plan.change import Action, AuthorKind, Cause, Change, Plan
from seedance_spec.plan.durations import Expected
from seedance_spec.plan.price_steps import price_steps
from seedance_spec.plan.take import input_video_seconds
from seedance_spec.plan.terms import terms_of
from seedance_spec.plan.why import request_causes
from seedance_spec.plan.world import World

_NO_EDITS = frozenset({"shot", "clip", "attempt", "parent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One cause of a shot; for a parent, what is behind it there. `told`: that is said higher up already."""

    shot_id: str
    cause: Cause
    behind: tuple[Link, ...] = ()
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What renders/ shows at the moment, and stays as long as nothing is applied: the path, and the attempt where the
    record knows whose bytes they are.
    """

    output: str
    attempt: AttemptFact | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One row of the plan, explained. `links` are its causes with what is behind them, `roots` the edits at their ends.

    `price` and `expected` (seconds) are set where it pays; `shown` is what is seen if nothing is done. `outside`: the
    run is about other shots.
    """

    change: Change
    links: tuple[Link, ...]
    roots: tuple[Link, ...]
    price: tuple[tuple[str, str], ...]
    expected: Expected | None
    shown: Shown | None
    outside: bool = False

    def is_like(self, other: Explanation) -> bool:
        """Whether it is another take of one shot, for the same reasons and at the same price."""
        if (self.change.shot_id, self.change.action) != (other.change.shot_id, other.change.action):
            return False
        return self.change.pays and (self.links, self.price) == (other.links, other.price)


def explained(world: World, plan: Plan, shot_id: str) -> tuple[Explanation, ...]:
    """Every row of one shot, in the plan's order; empty for a shot that the plan does not speak of."""
    rows = [(change, False) for change in plan.changes] + [(change, True) for change in plan.outside]
    mine = [(change, outside) for change, outside in rows if change.shot_id == shot_id]
    return tuple(_explanation(world, plan, change, outside=outside) for change, outside in mine)


def shots_in(world: World, plan: Plan) -> frozenset[str]:
    """The ids that `explained` has something to say about."""
    return frozenset(world.film.shots) | {change.shot_id for change in (*plan.changes, *plan.outside)}


def roots_of(links: tuple[Link, ...]) -> Iterator[Link]:
    """The edits at the ends of the chains: what is behind a parent, else the cause itself."""
    for link in links:
        if link.behind:
            yield from roots_of(link.behind)
        elif link.cause.field not in _NO_EDITS:
            yield link


def _explanation(world: World, plan: Plan, change: Change, *, outside: bool) -> Explanation:
    links = tuple(_Chain(world, plan).links(change.shot_id, change.causes))
    unlike: dict[tuple[str, str, str], Link] = {}
    for root in roots_of(links):
        unlike.setdefault((root.shot_id, root.cause.field, str(root.cause.span)), root)
    shot = change.shot if change.pays else None
    return Explanation(
        change=change,
        links=links,
        roots=tuple(unlike.values()),
        price=() if shot is None else tuple(_price(world, change, shot)),
        expected=None if shot is None else world.durations.expected(shot.request),
        shown=_shown(world, change),
        outside=outside,
    )


def _price(world: World, change: Change, shot: Shot) -> Iterator[tuple[str, str]]:
    terms = terms_of(shot.request, input_seconds=input_video_seconds(world, shot))
    yield from price_steps(terms, change.quote, world.pricing, retries=change.retries)


def _shown(world: World, change: Change) -> Shown | None:
    if change.output is None:
        return None
    digest = world.shown_at(change.output)
    if digest is None:
        return None
    whose = (each for each in world.facts.attempts.values() if verdict(each).output == digest)
    return Shown(output=change.output, attempt=min(whose, key=lambda each: each.attempt_id, default=None))


class _Chain:
    """One walk from a row up through its parents; a parent that two ways lead to is followed once."""

    def __init__(self, world: World, plan: Plan) -> None:
        self._world, self._plan = world, plan
        self._told: set[tuple[str, str]] = set()

    def links(self, shot_id: str, causes: tuple[Cause, ...]) -> Iterator[Link]:
        for cause in causes:
            if cause.author is None or cause.author.kind is not AuthorKind.PARENT:
                yield Link(shot_id=shot_id, cause=cause)
                continue
            parent, before = cause.author.name, _hash_in(cause.before)
            key = (parent, before or "")
            if key in self._told:
                yield Link(shot_id=shot_id, cause=cause, told=True)
                continue
            self._told.add(key)
            behind = self.links(parent, self._behind(parent, before))
            yield Link(shot_id=shot_id, cause=cause, behind=tuple(behind))

    def _behind(self, parent_id: str, before: str | None) -> tuple[Cause, ...]:
        """What made the parent another picture than the one that was recorded; else why it is to be rendered at all."""
        parent = self._world.film.shots.get(parent_id)
        if parent is None:
            return ()
        if before is not None and self._world.key_of(before) != self._world.key_of(self._world.hash_of(parent)):
            return request_causes(self._on_record(before), parent, key_of=self._world.key_of)
        rows = (*self._plan.changes, *self._plan.outside)
        unfinished = (each for each in rows if each.shot_id == parent_id and each.action is not Action.UNCHANGED)
        return next((each.causes for each in unfinished), ())

    def _on_record(self, content_hash: str) -> AttemptFact | None:
        takes = self._world.facts.takes(content_hash)
        attempts = [each for some in takes.values() for each in some if each.request]
        return min(attempts, key=lambda each: (each.take, each.attempt_id), default=None)


def _hash_in(value: Json) -> str | None:
    """The content hash of the parent in an input as the record shows it."""
    match value:
        case {"source": Mapping() as source}:
            found = source.get("content_hash")
            return found if isinstance(found, str) else None
        case _:
            return None
