"""Which stored bytes may go, and which stay for whom: a decision about bytes, never about facts. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from seedance_spec.json_types import Json
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import clips_of, verdict
from seedance_spec.model.shot import Film
from seedance_spec.plan.choice import wanted_of
from seedance_spec.plan.fuse import fuse_of
from seedance_spec.plan.parents import parent_attempt, parents_of
from seedance_spec.plan.world import Options, Presence, World
from seedance_spec.realm import Realm

_OPEN = frozenset({Status.UNKNOWN, Status.LANDED, Status.SUBMITTED})


class Kept(StrEnum):
    """For whom bytes stay: the first of these that holds."""

    SHOWN = "picked or shown"
    CHILD = "another shot starts from it"
    UNDER_WAY = "a task under way starts from it"
    NEWEST = "among the newest"
    ANCESTOR = "a kept clip was made from it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """One take whose bytes may go. `left` is how long its link lives (seconds), 0 or None where it is lost for ever."""

    shot_id: str
    profile: str | None
    take: int
    attempt_id: str
    finished_at: int | None
    digests: tuple[str, ...]
    bytes: int
    left: float | None

    @property
    def for_ever(self) -> bool:
        return not self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What may go, the largest first, how many takes stay for which reason, and what is left alone: bytes that no fact
    names, and files that are none of the store's.
    """

    keep: int
    going: tuple[Going, ...]
    kept: Mapping[Kept, int]
    kept_bytes: int
    unrecorded: tuple[str, ...] = ()
    unrecorded_bytes: int = 0
    strangers: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.going)

    @property
    def digests(self) -> tuple[str, ...]:
        """Everything that may go, once each."""
        return tuple(dict.fromkeys(digest for each in self.going for digest in each.digests))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What lies on the disk: sizes by digest, what any file below renders/ shows, and files of nobody."""

    sizes: Mapping[str, int]
    shown: frozenset[str] = frozenset()
    strangers: tuple[str, ...] = ()


def pruning_of(films: Sequence[Film], facts: Facts, stock: Stock, *, realm: Realm, keep: int, now: float) -> Pruning:
    """What may go where the newest `keep` takes of every shot and profile stay besides those in use.

    `films` are the specs read under every profile: what any of them shows or starts from stays.
    """
    worlds = [World.of(film, facts, Presence(), realm=realm, options=Options()) for film in films]
    recorded = [each for each in facts.attempts.values() if each.realm is realm]
    here = [each for each in recorded if clips_of(each) & stock.sizes.keys()]
    reasons = _reasons(worlds, recorded, here, stock, keep)
    kept = frozenset(stock.shown).union(*(clips_of(each) for each in here if each.attempt_id in reasons))
    going = _going([each for each in here if each.attempt_id not in reasons], kept, stock, now)
    named = frozenset[str]().union(*(clips_of(each) for each in recorded))
    unrecorded = sorted(stock.sizes.keys() - named)
    counted = [reasons[each.attempt_id] for each in here if each.attempt_id in reasons]
    return Pruning(
        keep=keep,
        going=going,
        kept={reason: counted.count(reason) for reason in Kept if reason in counted},
        kept_bytes=sum(stock.sizes[each] for each in stock.sizes.keys() & kept),
        unrecorded=tuple(unrecorded),
        unrecorded_bytes=sum(stock.sizes[each] for each in unrecorded),
        strangers=stock.strangers,
    )


def _reasons(
    worlds: Sequence[World], recorded: Sequence[AttemptFact], here: Sequence[AttemptFact], stock: Stock, keep: int
) -> Mapping[str, Kept]:
    """Why an attempt's bytes stay, by attempt id."""
    reasons: dict[str, Kept] = {}

    def stay(attempts: Iterable[AttemptFact], reason: Kept) -> None:
        for each in attempts:
            reasons.setdefault(each.attempt_id, reason)

    stay((each for each in here if clips_of(each) & stock.shown), Kept.SHOWN)
    for world in worlds:
        stay(_shown(world), Kept.SHOWN)
        stay(_started_from(world), Kept.CHILD)
    if worlds:
        under_way = [each for each in recorded if each.status in _OPEN]
        stay(_sources(under_way, worlds[0].facts), Kept.UNDER_WAY)
        stay(_made_from(under_way, here), Kept.UNDER_WAY)
    stay(_newest((each for each in here if each.attempt_id not in reasons), keep), Kept.NEWEST)
    while ancestors := _missing_ancestors(here, reasons):
        stay(ancestors, Kept.ANCESTOR)
    return reasons


def _shown(world: World) -> Iterator[AttemptFact]:
    """The take that each shot shows; all that stand for it, for a merge may choose another of them."""
    for shot in world.film.shots.values():
        wanted = wanted_of(world, shot)
        if wanted.spare is not None:
            yield wanted.spare
        yield from world.facts.takes(world.hash_of(shot)).get(wanted.shown, ())


def _started_from(world: World) -> Iterator[AttemptFact]:
    for shot in world.film.shots.values():
        for _, source in parents_of(shot):
            attempt = parent_attempt(world, source)
            if attempt is not None:
                yield attempt


def _sources(attempts: Iterable[AttemptFact], facts: Facts) -> Iterator[AttemptFact]:
    """What requests under way start from, as the lockfile has them: their shots may be gone from the specs."""
    for attempt in attempts:
        inputs = attempt.request.get("inputs")
        for each in inputs if isinstance(inputs, Sequence) and not isinstance(inputs, str) else ():
            yield from _source(each, facts)


def _source(each: Json, facts: Facts) -> Iterator[AttemptFact]:
    match each:
        case {"source": {"content_hash": str(content_hash), "take": int(take)}}:
            yield from facts.takes(content_hash).get(take, ())
        case {"source": {"content_hash": str(), "take": str(attempt_id)}} if attempt_id in facts.attempts:
            yield facts.attempts[attempt_id]
        case _:
            pass


def _made_from(children: Iterable[AttemptFact], here: Iterable[AttemptFact]) -> list[AttemptFact]:
    wanted = frozenset(digest for child in children for digest in child.made_from)
    return [each for each in here if clips_of(each) & wanted]


def _missing_ancestors(here: Sequence[AttemptFact], reasons: Mapping[str, Kept]) -> list[AttemptFact]:
    kept = (each for each in here if each.attempt_id in reasons)
    return [each for each in _made_from(kept, here) if each.attempt_id not in reasons]


def _newest(attempts: Iterable[AttemptFact], keep: int) -> Iterator[AttemptFact]:
    """The newest of every shot and profile, as they were called when they were submitted."""
    by_label: dict[tuple[str, str | None], list[AttemptFact]] = defaultdict(list)
    for each in attempts:
        by_label[each.label.shot, each.label.profile].append(each)
    for takes in by_label.values():
        yield from sorted(takes, key=_age)[:keep]


def _age(attempt: AttemptFact) -> tuple[int, str]:
    """Smallest first: the newest."""
    when = verdict(attempt).finished_at or attempt.submitted_at or 0
    return -when, attempt.attempt_id


def _going(attempts: Iterable[AttemptFact], kept: frozenset[str], stock: Stock, now: float) -> tuple[Going, ...]:
    found, told = [], set(kept)
    for attempt in sorted(attempts, key=lambda each: each.attempt_id):
        digests = tuple(sorted((clips_of(attempt) & stock.sizes.keys()) - told))
        told |= set(digests)
        if digests:
            found.append(
                Going(
                    shot_id=attempt.label.shot,
                    profile=attempt.label.profile,
                    take=attempt.take,
                    attempt_id=attempt.attempt_id,
                    finished_at=verdict(attempt).finished_at,
                    digests=digests,
                    bytes=sum(stock.sizes[each] for each in digests),
                    left=fuse_of(attempt, now),
                )
            )
    return tuple(sorted(found, key=lambda each: (-each.bytes, each.shot_id, each.take, each.attempt_id)))
