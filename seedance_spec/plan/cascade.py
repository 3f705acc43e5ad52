"""What follows from parents: children that stay stale, rows that start from a clip that will not come. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from seedance_spec.lockfile.fold import Facts
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.bringing import BLOCKED_ITSELF, Bringing, Clip, Parent, clip_of, obstacle
from seedance_spec.plan.change import Action, Author, AuthorKind, Cause, Change
from seedance_spec.plan.world import Holding, Options, holding_of

_KEPT = frozenset({Holding.RENDERED, Holding.IN_FLIGHT, Holding.UNKNOWN})


def left_stale(changes: Sequence[Change], facts: Facts, options: Options) -> tuple[Change, ...]:
    """The rows of a plan without a cascade: what re-renders for its parents' sake alone stays as it is, and free.

    A shot that the user named to be bought again goes; so does one whose very request another row of the run pays for.
    """
    only, bought = options.only, set[Clip]()
    for change in changes:
        if change.pays and not _may_rest(change, options) and (only is None or change.shot_id in only):
            bought.add(_take(change, facts))
    return tuple(
        _unpaid(each, Action.STALE) if _may_rest(each, options) and _take(each, facts) not in bought else each
        for each in changes
    )


def held_back(changes: Sequence[Change], facts: Facts) -> tuple[Change, ...]:
    """The rows, those `blocked` that would be bought for a shot whose parent's clip is neither rendered nor brought by
    another of these rows; and so on down the chain, however long it is.
    """
    bringing = Bringing.of(changes, facts)
    waiting = {index: parents for index, change in enumerate(changes) if (parents := (*bringing.parents(change),))}
    children = _children(waiting, facts)
    causes: dict[int, Cause] = {}
    blocked: set[Clip] = set()
    doubtful = deque(waiting)
    while doubtful:
        index = doubtful.popleft()
        if index not in causes and (cause := _blocker(changes[index], waiting[index], bringing, blocked)):
            causes[index] = cause
            blocked.add(_take(changes[index], facts))
            doubtful.extend(children[_take(changes[index], facts)])
    return tuple(_blocked(each, causes[index]) if index in causes else each for index, each in enumerate(changes))


def _children(waiting: Mapping[int, tuple[Parent, ...]], facts: Facts) -> Mapping[Clip, list[int]]:
    """The places of rows that wait, by each clip that they start from."""
    found: dict[Clip, list[int]] = defaultdict(list)
    for index, parents in waiting.items():
        for each in parents:
            found[clip_of(each.source, facts)].append(index)
    return found


def _blocker(child: Change, parents: Sequence[Parent], bringing: Bringing, blocked: AbstractSet[Clip]) -> Cause | None:
    """The first parent of which no clip will come, as a cause."""
    for parent in parents:
        if clip_of(parent.source, bringing.facts) in blocked:
            why: str | None = BLOCKED_ITSELF
        elif parent.row is not None:
            why = obstacle(parent.row)
        else:
            why = None if bringing.is_rendered(parent.source) else _not_here(child)
        if why is not None:
            return _cause(child, parent, why)
    return None


def _not_here(child: Change) -> str:
    return f"which is neither rendered nor part of this run; --select '+{child.shot_id}' takes its parents along"


def _cause(child: Change, parent: Parent, why: str) -> Cause:
    return Cause(
        field="parent",
        after=parent.shot_id,
        span=span_of(child.shot, f"inputs[{parent.place}]") if child.shot is not None else None,
        text=f"starts from {parent.shot_id}, {why}",
        author=Author(kind=AuthorKind.PARENT, name=parent.shot_id),
    )


def _blocked(change: Change, cause: Cause) -> Change:
    """The blocker is its last cause, and the only one that speaks of waiting for that parent."""
    others = tuple(each for each in change.causes if each.before is not None or each.author != cause.author)
    return replace(_unpaid(change, Action.BLOCKED), causes=(*others, cause))


def _unpaid(change: Change, action: Action) -> Change:
    """The row without what belongs to a purchase; its estimate says what it would have come to."""
    return replace(change, action=action, quote=None, guesses=(), passes_over=None, retries=0, follows=None)


def _may_rest(change: Change, options: Options) -> bool:
    """Whether a take that is there would be bought anew because its parents ask for other pictures, and for no other
    reason.
    """
    asked_for = change.passes_over is not None or change.shot_id in options.retake
    if change.action is not Action.RERENDER or asked_for:
        return False
    is_kept = holding_of(change.previous) in _KEPT
    return is_kept and all(each.author is not None and each.author.kind is AuthorKind.PARENT for each in change.causes)


def _take(change: Change, facts: Facts) -> Clip:
    return facts.key_of(change.content_hash), change.take
