"""Everything that a decision looks at, in one value, and what is known about one take. Pure: it decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import assert_never

from seedance_spec.clips.layout import output_path
from seedance_spec.content_hash import HASHING, Hashing
from seedance_spec.lockfile.aliases import with_aliases
from seedance_spec.lockfile.facts import AttemptFact, LabelFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import spare_among, verdict
from seedance_spec.model.shot import Film, Shot, ShotSource
from seedance_spec.plan.durations import Durations
from seedance_spec.plan.lessons import Group, Lesson
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.prices import BUILT_IN, PriceTable
from seedance_spec.realm import Realm


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Which bytes are here: SHA-256 of everything in the store, and of what each path under the project folder shows.

    `pruned` are bytes that the user let go: they are fetched again only where they are asked for by name.
    `published` has at least the output paths of the film's shots; None or no entry means that nothing is there.
    """

    stored: frozenset[str] = frozenset()
    published: Mapping[str, str | None] = field(default_factory=dict)
    pruned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user allows to be bought once more: failed takes, and one more take of these shots (by id); and, by
    `cascade`, shots of which nothing changed but what they start from.

    `now` (Unix seconds) lets the plan fetch clips that no shot asks for any more, as long as their links live.
    `trusted` are the prices that no spec can change. `only` are the shots that the run is about, None for all of them:
    of several with one request, one of these pays. `hashing` is how pictures are named, and how older versions did.
    `taught` is what finished takes teach about prices, None where the facts are all there and tell it.
    """

    retry_failed: bool = False
    retake: frozenset[str] = frozenset()
    cascade: bool = True
    now: float | None = None
    trusted: PriceTable = BUILT_IN
    only: frozenset[str] | None = None
    hashing: Hashing = HASHING
    taught: Mapping[Group, Lesson] | None = None


class Holding(StrEnum):
    """What stands at one (content hash, take)."""

    FREE = "free"
    RENDERED = "rendered"
    IN_FLIGHT = "in-flight"
    UNKNOWN = "unknown"
    FAILED = "failed"
    GONE = "gone"


def holding_of(attempt: AttemptFact | None) -> Holding:
    if attempt is None:
        return Holding.FREE
    match attempt.status:
        case Status.NOT_LANDED:
            return Holding.FREE
        case Status.SUBMITTED:
            return Holding.IN_FLIGHT
        case Status.UNKNOWN | Status.LANDED:
            return Holding.UNKNOWN
        case Status.FAILED:
            return Holding.FAILED
        case Status.SUCCEEDED:
            return Holding.RENDERED
        case Status.GONE:
            return Holding.GONE
        case _:
            assert_never(attempt.status)


@dataclass(frozen=True, kw_only=True)
class World:
    """Film, facts of one realm and bytes. No slots: the indices are computed once, when somebody first looks."""

    film: Film
    facts: Facts
    presence: Presence
    realm: Realm
    options: Options

    @classmethod
    def of(cls, film: Film, facts: Facts, presence: Presence, *, realm: Realm, options: Options) -> World:
        known = with_aliases(_of_realm(facts, realm), film.shots, options.hashing)
        return cls(film=film, facts=known, presence=presence, realm=realm, options=options)

    @cached_property
    def durations(self) -> Durations:
        """How long the project's renderings took."""
        return Durations.of(self.facts.attempts.values())

    def hash_of(self, shot: Shot) -> str:
        return self._hashes[shot.id]

    def key_of(self, content_hash: str) -> str:
        """One name for a hash and all that stand for it."""
        return self.facts.key_of(content_hash)

    def is_here(self, attempt: AttemptFact) -> bool:
        """Whether the bytes of a rendered take are in the store or under renders/."""
        return verdict(attempt).output in self._bytes

    def spare_of(self, attempt: AttemptFact) -> str | None:
        """Another attempt at the same take whose bytes are here, where its own are not: it can be picked."""
        attempts = self.facts.takes(attempt.content_hash).get(attempt.take, ())
        return spare_among(attempts, instead_of=attempt, here=self._bytes)

    def is_pruned(self, attempt: AttemptFact) -> bool:
        """Whether the user let a rendered take's bytes go, and no shot starts from them."""
        let_go = verdict(attempt).output in self.presence.pruned and not self.is_here(attempt)
        return let_go and attempt.attempt_id not in self._started_from

    def is_missing(self, attempt: AttemptFact) -> bool:
        """Whether a rendered take's bytes are not here, and nobody said that they may be gone."""
        return not self.is_here(attempt) and not self.is_pruned(attempt)

    def shown_at(self, path: str) -> str | None:
        return self.presence.published.get(path)

    def label_of(self, shot_id: str) -> AttemptFact | LabelFact | None:
        """What the shot's label last meant under the film's profile."""
        return self.facts.latest_of_label(shot_id, self.film.profile)

    def output_of(self, shot_id: str) -> str:
        """Where renders/ shows the shot. Raises ValueError for an id that no spec could have given."""
        path = self._outputs.get(shot_id)
        return output_path(shot_id, self.realm, self.film.profile) if path is None else path

    def label_is_at(self, shot: Shot) -> bool:
        """Whether the shot's label already means its present request."""
        latest = self.label_of(shot.id)
        meant = None if latest is None else latest.content_hash
        return meant is not None and self.key_of(meant) == self.key_of(self.hash_of(shot))

    def label_time(self, shot_id: str) -> int:
        """When the label last moved, Unix seconds; 0 when it never did."""
        match self.label_of(shot_id):
            case AttemptFact(submitted_at=int() as when) | LabelFact(when=when):
                return when
            case _:
                return 0

    @cached_property
    def pricing(self) -> Pricing:
        """What prices are made of: the trusted ones, the project's own, and what its finished takes taught."""
        priced = Pricing.of(self.film.project, self.facts.attempts.values(), trusted=self.options.trusted)
        return priced if self.options.taught is None else replace(priced, taught=self.options.taught)

    @cached_property
    def lost_labels(self) -> Mapping[str, tuple[str, ...]]:
        """Shot ids that the specs no longer have and that were not said to be dropped, by the key of their hash.

        Labels of other profiles are none of this film's.
        """
        lost: dict[str, tuple[str, ...]] = {}
        for shot_id, profile in self.facts.known_labels:
            latest = self.facts.latest_of_label(shot_id, profile)
            is_lost = profile == self.film.profile and shot_id not in self.film.shots
            if is_lost and latest is not None and latest.content_hash:
                key = self.key_of(latest.content_hash)
                lost[key] = (*lost.get(key, ()), shot_id)
        return lost

    @cached_property
    def known_values(self) -> Mapping[str, frozenset[str]]:
        """`ratio=9x16` …: the values that shots of each matrix ever had on their axes, by the id before the `@`."""
        values: dict[str, frozenset[str]] = {}
        for shot_id, profile in self.facts.known_labels:
            base, at, pairs = shot_id.partition("@")
            if at and profile == self.film.profile:
                values[base] = values.get(base, frozenset()) | set(pairs.split(","))
        return values

    @cached_property
    def _hashes(self) -> Mapping[str, str]:
        return {shot.id: self.options.hashing.content_hash(shot.request) for shot in self.film.shots.values()}

    @cached_property
    def _outputs(self) -> Mapping[str, str]:
        return {shot_id: output_path(shot_id, self.realm, self.film.profile) for shot_id in self.film.shots}

    @cached_property
    def _started_from(self) -> frozenset[str]:
        """The attempts whose clips other shots of the film start from."""
        sources = (each.source for shot in self.film.shots.values() for each in shot.request.inputs)
        found: set[str] = set()
        for source in sources:
            match source:
                case ShotSource(take=str() as attempt_id):
                    found.add(attempt_id)
                case ShotSource(take=int() as take) if attempt := self.facts.standing(source.content_hash, take):
                    found.add(attempt.attempt_id)
                case _:
                    pass
        return frozenset(found)

    @cached_property
    def _bytes(self) -> frozenset[str | None]:
        return self.presence.stored | frozenset(each for each in self.presence.published.values() if each is not None)


def _of_realm(facts: Facts, realm: Realm) -> Facts:
    if all(attempt.realm is realm for attempt in facts.attempts.values()):
        return facts
    return replace(facts, attempts={key: each for key, each in facts.attempts.items() if each.realm is realm})
