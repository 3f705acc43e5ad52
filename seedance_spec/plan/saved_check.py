"""A saved plan against the world as it is now, row by row: what holds goes, what changed is named. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.change import Action, Cause, Change, Plan
from seedance_spec.plan.saved import SavedPlan, SavedRow
from seedance_spec.plan.why import causes_since, failure_text
from seedance_spec.plan.world import Holding, World, holding_of

Key: TypeAlias = tuple[str, int, str, bool]
"""Shot id, take, the one name of the hash and all that stand for it, and whether a shot asks for it."""

_DONE = frozenset({Holding.RENDERED, Holding.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stale:
    """Why a saved row no longer holds."""

    causes: tuple[Cause, ...]

    @classmethod
    def said(cls, text: str) -> _Stale:
        return cls(causes=(Cause(field="shot", text=text),))


def held_against(saved: SavedPlan, plan: Plan, world: World) -> Plan:
    """The rows of `plan` that the saved one names and that still hold, the others as `outside`, and what is `stale`.

    No row is kept that pays for what the saved plan did not pay for: another hash, another take, or a second time.
    """
    rows: dict[Key, list[Change]] = {}
    for change in plan.changes:
        rows.setdefault(_key(world, change), []).append(change)
    kept: list[Change] = []
    stale: list[Change] = []
    for row in saved.rows:
        match _held(row, rows, world):
            case _Stale() as found:
                stale.append(_stale_row(row, found.causes, world))
            case found_rows:
                kept += found_rows
    alone = [change for change in kept if not _is_brought(change, kept)]
    stale += [replace(change, shot=None, causes=_alone(change)) for change in alone]
    going = {id(change) for change in kept} - {id(change) for change in alone}
    return replace(
        plan,
        changes=tuple(change for change in plan.changes if id(change) in going),
        outside=tuple(change for change in plan.changes if id(change) not in going),
        stale=tuple(stale),
    )


def stale_words(change: Change) -> str:
    """What changed about a row of a saved plan, in one line: `prompt changed (specs/film.yaml:4:13)`."""
    texts = [cause.text for cause in change.causes if cause.text]
    fields = [f"{cause.field} changed{f' ({cause.span})' if cause.span else ''}" for cause in change.causes]
    return "; ".join(texts or dict.fromkeys(fields))


def _held(row: SavedRow, rows: Mapping[Key, Sequence[Change]], world: World) -> Sequence[Change] | _Stale:
    """The present rows that carry the saved one out; none where nothing is left to do."""
    key = (row.shot_id, row.take, world.key_of(row.content_hash), bool(row.request))
    current = rows.get(key, ())
    if not row.request:
        return [change for change in current if not change.pays]
    shot = world.film.shots.get(row.shot_id)
    if shot is None:
        return _Stale.said("it is no longer in the specs")
    if world.key_of(world.hash_of(shot)) != world.key_of(row.content_hash):
        return _Stale(causes=causes_since(row.request, shot, key_of=world.key_of))
    standing = world.facts.standing(row.content_hash, row.take)
    if not current:
        return () if holding_of(standing) in _DONE else _Stale.said(f"take {row.take} is not wanted any more")
    moved = [found for change in current if (found := _moved(row, change, standing)) is not None]
    return moved[0] if moved else current


def _moved(row: SavedRow, current: Change, standing: AttemptFact | None) -> _Stale | None:
    """Why the present row is another one than was saved; None where it may go. A row that pays goes only where the
    same attempt stands, or none: whatever was bought since then is a reason not to buy.
    """
    if not current.pays:
        fails_now = current.action is Action.FAILED and row.action is not Action.FAILED
        return _Stale.said(f"it {_told(standing)}, and is not bought again") if fails_now else None
    if not row.pays:
        return _Stale.said("it would have to be paid for, and was free when the plan was saved")
    if holding_of(standing) is Holding.FREE or (standing is not None and standing.attempt_id == row.rests_on):
        return None
    return _Stale.said(f"another attempt stands there by now; it {_told(standing)}")


def _told(standing: AttemptFact | None) -> str:
    if holding_of(standing) is Holding.FAILED and standing is not None:
        return failure_text(standing)
    return f"is {holding_of(standing).value}"


def _is_brought(change: Change, kept: Sequence[Change]) -> bool:
    """Whether the shot that was to pay for this one too still does so."""
    payer = change.follows
    return payer is None or any(row.pays and (row.shot_id, row.take) == (payer, change.take) for row in kept)


def _alone(change: Change) -> tuple[Cause, ...]:
    return (Cause(field="shot", text=f"was to come with {change.follows}, which is not rendered in this run"),)


def _stale_row(row: SavedRow, causes: tuple[Cause, ...], world: World) -> Change:
    shot = world.film.shots.get(row.shot_id)
    return Change(
        shot_id=row.shot_id,
        action=row.action,
        content_hash=row.content_hash,
        take=row.take,
        causes=causes,
        span=span_of(shot, "id") if shot else None,
    )


def _key(world: World, change: Change) -> Key:
    return change.shot_id, change.take, world.key_of(change.content_hash), change.shot is not None
