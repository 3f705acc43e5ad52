"""Which row of a plan brings the clip that a shot starts from, or why none does. Pure: it changes no row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import ShotSource
from seedance_spec.plan.change import Action, Change
from seedance_spec.plan.parents import parents_of
from seedance_spec.plan.world import Holding, holding_of

Clip: TypeAlias = tuple[str, int] | str
"""A take by the one name of its content hash and all that stand for it; or an attempt by its id."""

BLOCKED_ITSELF = "which is blocked itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A shot that a row starts from: input `place`, and the row of the plan that is about its clip, if there is one."""

    place: int
    source: ShotSource
    row: Change | None

    @property
    def shot_id(self) -> str:
        return self.source.shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    """The rows of one plan by the clip that they are about; `facts` know which clips are there without a row."""

    facts: Facts
    rows: Mapping[Clip, tuple[Change, ...]]

    @classmethod
    def of(cls, changes: Iterable[Change], facts: Facts) -> Bringing:
        rows: dict[Clip, list[Change]] = defaultdict(list)
        for change in changes:
            for clip in clips_of_row(change, facts):
                rows[clip].append(change)
        return cls(facts=facts, rows={clip: tuple(some) for clip, some in rows.items()})

    def parents(self, change: Change) -> Iterator[Parent]:
        """What a row that is bought starts from, in the order of its inputs. Any other row waits for nothing."""
        if change.shot is not None and (change.pays or change.follows is not None):
            for place, source in parents_of(change.shot):
                yield Parent(place=place, source=source, row=self._row(source))

    def is_rendered(self, source: ShotSource) -> bool:
        """Whether the clip is on record as rendered, whatever the plan is about."""
        return holding_of(self._attempt(source)) is Holding.RENDERED

    def _row(self, source: ShotSource) -> Change | None:
        """The row that pays before one that follows it; the shot that was meant before another with its request."""
        rows = self.rows.get(clip_of(source, self.facts), ())
        return min(rows, key=lambda row: (not row.pays, row.shot_id != source.shot, row.shot is None), default=None)

    def _attempt(self, source: ShotSource) -> AttemptFact | None:
        if isinstance(source.take, str):
            return self.facts.attempts.get(source.take)
        return self.facts.standing(source.content_hash, source.take)


def clip_of(source: ShotSource, facts: Facts) -> Clip:
    """The clip that an input is."""
    return source.take if isinstance(source.take, str) else (facts.key_of(source.content_hash), source.take)


def clips_of_row(change: Change, facts: Facts) -> Iterator[Clip]:
    """The names under which a row's clip can be meant."""
    if change.action is not Action.DROPPED:
        yield facts.key_of(change.content_hash), change.take
        if change.attempt is not None:
            yield change.attempt.attempt_id


def obstacle(row: Change) -> str | None:
    """Why this row will bring no clip, in words, with the way out; None where it may."""
    match row.action:
        case Action.NEW | Action.RERENDER | Action.IN_FLIGHT | Action.UNKNOWN:
            return None
        case Action.RESTORE | Action.RENAMED | Action.UNCHANGED | Action.DROPPED:
            return None
        case Action.MISSING:
            gone = row.attempt is not None and row.attempt.status is Status.GONE
            return f"whose clip was given up on; --retake {row.shot_id} buys it again" if gone else None
        case Action.FAILED:
            return "which failed; change it, or --retry-failed"
        case Action.STALE:
            return "which stays stale; apply without --no-cascade"
        case Action.BLOCKED:
            return BLOCKED_ITSELF
        case _:
            assert_never(row.action)
