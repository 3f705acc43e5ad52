"""One edit that changes many shots, said once: causes with one place and values, or one variable. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from seedance_spec.plan.change import AuthorKind, Cause, Change, Plan

_NO_EDITS = frozenset({"shot", "clip", "attempt", "take", "takes", "parent"})
VARIABLES = frozenset({AuthorKind.VARIABLE, AuthorKind.MATRIX, AuthorKind.ENVIRONMENT, AuthorKind.COMMAND_LINE})
"""Authors whose own values tell the edit, whatever the texts that they stand in."""
_ELSEWHERE = frozenset({AuthorKind.ENVIRONMENT, AuthorKind.COMMAND_LINE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One place in the spec files, the shots that it changes, in the plan's order, and the row that comes first."""

    cause: Cause
    shots: tuple[str, ...]
    first: tuple[str, int]


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
    found: dict[str, Edit] = {}
    for change in plan.paid:
        for cause in change.causes:
            if _is_edit(cause):
                key = key_of(cause)
                new = Edit(cause=cause, shots=(), first=(change.shot_id, change.take))
                found[key] = _widened(found.get(key, new), change.shot_id)
    return Edits(by_key=found)


def _widened(edit: Edit, shot_id: str) -> Edit:
    return edit if shot_id in edit.shots else replace(edit, shots=(*edit.shots, shot_id))


def key_of(cause: Cause) -> str:
    """What makes two causes one edit: the same variable with the same values, else the same field, values and place."""
    author = cause.author
    if author is not None and author.kind in VARIABLES:
        return json.dumps([author.kind, author.name, author.before, author.after, str(cause.span)], sort_keys=True)
    return json.dumps([cause.field, cause.before, cause.after, str(cause.span)], sort_keys=True)


def _is_edit(cause: Cause) -> bool:
    is_placed = cause.span is not None or (cause.author is not None and cause.author.kind in _ELSEWHERE)
    return is_placed and cause.field not in _NO_EDITS
