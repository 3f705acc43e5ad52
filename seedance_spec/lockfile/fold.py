"""All facts together: a set that only grows, and what is read from it. Pure: no text, file or clock may enter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TypeAlias, TypeVar, assert_never

from seedance_spec.content_hash import hash_version
from seedance_spec.lockfile.facts import AliasFact, AttemptFact, Fact, LabelFact, ProjectFact
from seedance_spec.lockfile.join import join_aliases, join_attempts, join_labels, join_projects, settle_attempt
from seedance_spec.lockfile.views import face_of, move_order, standing_of

LabelKey: TypeAlias = tuple[str, str | None]
"""Shot id and profile."""

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What happened. No slots: the indices are computed once, when somebody first looks.

    `strangers` are lines of kinds that this version does not know, canonical; `unread` are lines that are no facts,
    verbatim. Both are kept for whoever understands them.
    """

    attempts: Mapping[str, AttemptFact] = field(default_factory=dict)
    projects: Mapping[str, ProjectFact] = field(default_factory=dict)
    aliases: Mapping[tuple[str, str], AliasFact] = field(default_factory=dict)
    labels: Mapping[LabelKey, LabelFact] = field(default_factory=dict)
    strangers: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *facts: Fact) -> Facts:
        """Any facts, in any order, as often as you like: one result."""
        return _folded(cls(), facts)

    def merge(self, other: Facts) -> Facts:
        """The union of both, folded. `a.merge(b) == b.merge(a)`, and merging twice changes nothing."""
        both = _folded(self, other)
        return replace(both, strangers=self.strangers | other.strangers, unread=self.unread | other.unread)

    def __iter__(self) -> Iterator[Fact]:
        for held in (self.attempts, self.projects, self.aliases, self.labels):
            yield from held.values()

    def takes(self, content_hash: str) -> Mapping[int, tuple[AttemptFact, ...]]:
        """Every attempt at a wanted picture by take number, through aliases; by attempt id within a take."""
        attempts = self._attempts_at(content_hash)
        if len(attempts) == 1:
            return {attempts[0].take: (attempts[0],)}
        found: dict[int, list[AttemptFact]] = defaultdict(list)
        for attempt in attempts:
            found[attempt.take].append(attempt)
        return {take: tuple(sorted(found[take], key=lambda each: each.attempt_id)) for take in sorted(found)}

    def face(self, content_hash: str, take: int) -> AttemptFact | None:
        """The succeeded attempt that stands for a take (D1 Faces); the others are spares."""
        return face_of(self.takes(content_hash).get(take, ()), self._made_from)

    def standing(self, content_hash: str, take: int) -> AttemptFact | None:
        """The attempt that decides what to do about a take; None when nothing was ever tried.

        The face; else what is in flight or unknown; else the newest failure; else what is `gone` (bought again only
        with --retake); else what never landed (free to be bought).
        """
        attempts = self.takes(content_hash).get(take, ())
        return face_of(attempts, self._made_from) or standing_of(attempts)

    def same(self, content_hash: str) -> frozenset[str]:
        """The hash and every hash that an alias makes equal to it, in either direction."""
        return self._families.get(content_hash) or frozenset({content_hash})

    def key_of(self, content_hash: str) -> str:
        """One name for a hash and all that stand for it."""
        family = self._families.get(content_hash)
        return content_hash if family is None else min(family)

    def latest_of_label(self, shot: str, profile: str | None = None) -> AttemptFact | LabelFact | None:
        """What a label last meant: the newest attempt or move (a move without a hash: it was dropped)."""
        return self._by_label.get((shot, profile))

    @property
    def known_labels(self) -> tuple[LabelKey, ...]:
        """Every label that was ever used, sorted."""
        return tuple(sorted(self._by_label, key=lambda key: (key[0], key[1] is not None, key[1] or "")))

    @property
    def project_ids(self) -> tuple[str, ...]:
        return tuple(sorted(self.projects))

    @cached_property
    def newest_hash_version(self) -> int:
        """The newest version of a content hash in here; 0 when there is none. Newer than ours: do not pay (D2)."""
        return max((hash_version(each) for each in self._hashes()), default=0)

    def _hashes(self) -> Iterable[str]:
        moved = (each.content_hash for each in self.labels.values() if each.content_hash is not None)
        return chain((each.content_hash for each in self.attempts.values()), chain.from_iterable(self.aliases), moved)

    def _attempts_at(self, content_hash: str) -> Sequence[AttemptFact]:
        family = self._families.get(content_hash)
        if family is None:
            return self._by_hash.get(content_hash, ())
        return [attempt for each in family for attempt in self._by_hash.get(each, ())]

    @cached_property
    def _by_hash(self) -> Mapping[str, list[AttemptFact]]:
        return _grouped((each.content_hash, each) for each in self.attempts.values())

    @cached_property
    def _made_from(self) -> frozenset[str]:
        return frozenset(chain.from_iterable(each.made_from for each in self.attempts.values()))

    @cached_property
    def _by_label(self) -> Mapping[LabelKey, AttemptFact | LabelFact]:
        attempts = (((each.label.shot, each.label.profile), each) for each in self.attempts.values())
        entries: dict[LabelKey, list[AttemptFact | LabelFact]] = _grouped(chain(attempts, self.labels.items()))
        return {label: min(each, key=move_order) for label, each in entries.items()}

    @cached_property
    def _families(self) -> Mapping[str, frozenset[str]]:
        families: dict[str, frozenset[str]] = {}
        for one, other in self.aliases:
            family = families.get(one, frozenset({one})) | families.get(other, frozenset({other}))
            families.update(dict.fromkeys(family, family))
        return families


def _folded(base: Facts, facts: Iterable[Fact]) -> Facts:
    attempts, projects = dict(base.attempts), dict(base.projects)
    aliases, labels = dict(base.aliases), dict(base.labels)
    for fact in facts:
        match fact:
            case AttemptFact():
                _put(attempts, fact.attempt_id, settle_attempt(fact), join_attempts)
            case ProjectFact():
                _put(projects, fact.project_id, fact, join_projects)
            case AliasFact():
                _put(aliases, (fact.content_hash, fact.stands_for), fact, join_aliases)
            case LabelFact():
                _put(labels, (fact.shot, fact.profile), fact, join_labels)
            case _:
                assert_never(fact)
    return replace(base, attempts=attempts, projects=projects, aliases=aliases, labels=labels)


def _put(held: dict[K, V], key: K, fact: V, join: Callable[[V, V], V]) -> None:
    held[key] = join(held[key], fact) if key in held else fact


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups
