"""One edit that changes many shots, said once: causes with one place and values, or one variable. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seedance_spec.plan.change import AuthorKind, Cause, Change, Plan

_NO_EDITS = frozenset({"shot", "clip", "attempt", "take", "takes", "parent"})
VARIABLES = frozenset({AuthorKind.VARIABLE, AuthorKind.MATRIX, AuthorKind.ENVIRONMENT, AuthorKind.COMMAND_LINE})
"""Authors whose own values tell the edit, whatever the texts that they stand in."""
_ELSEWHERE = frozenset({AuthorKind.ENVIRONMENT, AuthorKind.COMMAND_LINE})


Row: TypeAlias = tuple[str, int]
"""A shot's id and the number of a take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One place in the spec files, the shots that it changes by itself or through their parents, in the plan's order,
    their rows, and the row that tells it: the first that it changes by itself.
    """

    cause: Cause
    shots: tuple[str, ...]
    rows: frozenset[Row]
    first: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Every edit of a plan by its key."""

    by_key: Mapping[str, Edit]

    def shots(self, cause: Cause) -> int:
        """How many shots this edit changes; 0 for a cause that is no edit of a shared place."""
        edit = self.by_key.get(key_of(cause))
        return len(edit.shots) if edit else 0

    def is_told_by(self, change: Change, cause: Cause) -> bool:
        """Whether this row is the one that tells the edit: the first that it changes."""
        edit = self.by_key.get(key_of(cause))
        return edit is None or edit.first == (change.shot_id, change.take)

    @property
    def shared(self) -> tuple[Edit, ...]:
        """Edits that change several shots, the widest first."""
        wide = (edit for edit in self.by_key.values() if len(edit.shots) > 1)
        return tuple(sorted(wide, key=lambda edit: -len(edit.shots)))


def edits_of(plan: Plan) -> Edits:
    """The edits behind the paid changes of a plan."""
    by_itself: dict[str, list[Change]] = {}
    for change in plan.paid:
        for key in {key_of(cause): None for cause in change.causes if _is_edit(cause)}:
            by_itself.setdefault(key, []).append(change)
    heirs = _heirs(plan)
    return Edits(by_key={key: _edit(key, changes, heirs, plan) for key, changes in by_itself.items()})


def _edit(key: str, changes: Sequence[Change], heirs: Mapping[str, Sequence[Change]], plan: Plan) -> Edit:
    cause = next(cause for cause in changes[0].causes if _is_edit(cause) and key_of(cause) == key)
    rows = {_row(change): change.shot_id for change in changes}
    if heirs:
        rows = _with_heirs(rows, heirs, plan)
    return Edit(cause=cause, shots=tuple(dict.fromkeys(rows.values())), rows=frozenset(rows), first=_row(changes[0]))


def _with_heirs(rows: Mapping[Row, str], heirs: Mapping[str, Sequence[Change]], plan: Plan) -> dict[Row, str]:
    """The rows with those that start from their shots, and so on down the chain, in the plan's order."""
    found, open_ = set(rows), list(dict.fromkeys(rows.values()))
    while open_:
        for child in heirs.get(open_.pop(), ()):
            if _row(child) not in found:
                found.add(_row(child))
                open_.append(child.shot_id)
    return {_row(change): change.shot_id for change in plan.paid if _row(change) in found}


def _heirs(plan: Plan) -> Mapping[str, Sequence[Change]]:
    """The rows that change for a parent's sake, by the parent's id."""
    found: dict[str, list[Change]] = {}
    for change in plan.paid:
        for cause in change.causes:
            author = cause.author
            if author is not None and author.kind is AuthorKind.PARENT and cause.before is not None:
                found.setdefault(author.name, []).append(change)
    return found


def _row(change: Change) -> Row:
    return change.shot_id, change.take


def key_of(cause: Cause) -> str:
    """What makes two causes one edit: the same variable with the same values, else the same field, values and place."""
    author = cause.author
    if author is not None and author.kind in VARIABLES:
        return json.dumps([author.kind, author.name, author.before, author.after, str(cause.span)], sort_keys=True)
    return json.dumps([cause.field, cause.before, cause.after, str(cause.span)], sort_keys=True)


def _is_edit(cause: Cause) -> bool:
    is_placed = cause.span is not None or (cause.author is not None and cause.author.kind in _ELSEWHERE)
    return is_placed and cause.field not in _NO_EDITS
