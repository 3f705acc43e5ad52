"""What prune would delete, as text and as JSON with its schema. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.events import take_name
from seedance_spec.plan.figures import day, lasting, plural, size
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.pruning import Going, Pruning
from seedance_spec.plan.style import Ink, Style, cells, fit, fit_middle, flow, pad, printable

PRUNE_FORMAT: Literal["seedance-spec/prune/1"] = "seedance-spec/prune/1"

_SIZE, _DAY, _LOSS = 9, 10, 20
_MOST_NAMED = 5


class GoingDocument(TypedDict):
    """One take whose bytes go. `sha256` are its clip and its last frame; `left` is how long its link lives, in seconds;
    `for_ever`: nothing can fetch it again.
    """

    shot: str
    profile: str | None
    take: int
    attempt_id: str
    finished_at: int | None
    sha256: list[str]
    bytes: int
    left: float | None
    for_ever: bool


class PruneDocument(TypedDict):
    """`deleted` tells whether it was done; `going` is what may go, or what went. `kept` counts takes by reason.

    `unrecorded` are stored bytes that no fact names, `strangers` files that are none of the store's: both stay.
    """

    format: Literal["seedance-spec/prune/1"]
    keep: int
    deleted: bool
    going: list[GoingDocument]
    bytes: int
    kept: dict[str, int]
    kept_bytes: int
    unrecorded: list[str]
    unrecorded_bytes: int
    strangers: list[str]


def pruning_document(pruning: Pruning, *, deleted: bool) -> JsonObject:
    """What `prune --json` prints; `pruning_schema` describes it."""
    document: PruneDocument = {
        "format": PRUNE_FORMAT,
        "keep": pruning.keep,
        "deleted": deleted,
        "going": [_going(each) for each in pruning.going],
        "bytes": pruning.bytes,
        "kept": {reason.value: number for reason, number in pruning.kept.items()},
        "kept_bytes": pruning.kept_bytes,
        "unrecorded": list(pruning.unrecorded),
        "unrecorded_bytes": pruning.unrecorded_bytes,
        "strangers": list(pruning.strangers),
    }
    return json_object(document)


def pruning_schema() -> JsonObject:
    return schema_of(PruneDocument, title="seedance-spec prune --json")


def pruning_text(pruning: Pruning, *, width: int, style: Style) -> str:
    """One line per take that may go, then the sums and what is left alone. Ends without a newline."""
    lines = list(_rows(pruning, max(width, 60), style))
    sums = [line for words in _sums(pruning) for line in flow(words, max(width, 60), indent="  ")]
    return "\n".join([*lines, *([""] if lines else []), *sums])


def loss_words(pruning: Pruning) -> str:
    """`3 of them for ever`; empty where everything could be fetched again."""
    lost = sum(each.for_ever for each in pruning.going)
    if not lost:
        return ""
    return "for ever" if lost == len(pruning.going) else f"{lost} of them for ever"


def _going(going: Going) -> GoingDocument:
    return {
        "shot": going.shot_id,
        "profile": going.profile,
        "take": going.take,
        "attempt_id": going.attempt_id,
        "finished_at": going.finished_at,
        "sha256": list(going.digests),
        "bytes": going.bytes,
        "left": going.left,
        "for_ever": going.for_ever,
    }


def _rows(pruning: Pruning, width: int, style: Style) -> Iterator[str]:
    room = width - _SIZE - _DAY - _LOSS - 8
    names = [_name(each) for each in pruning.going]
    column = min(max(map(cells, names), default=0), room)
    for name, going in zip(names, pruning.going, strict=True):
        shown = style.paint(Ink.STRONG, pad(fit_middle(name, column), column))
        when = day(going.finished_at) if going.finished_at is not None else ""
        ink = Ink.RISK if going.for_ever else Ink.FREE
        loss = "lost for ever" if going.for_ever else f"link lives {lasting(going.left or 0)}"
        amount = size(going.bytes)
        yield (
            f"{style.paint(Ink.QUIET, '-')} {shown}  {' ' * (_SIZE - cells(amount))}{amount}"
            f"  {pad(when, _DAY)}  {style.paint(ink, fit(loss, _LOSS))}"
        ).rstrip()


def _name(going: Going) -> str:
    name = take_name(going.shot_id, going.take)
    return printable(f"{name} ({going.profile})" if going.profile else name)


def _sums(pruning: Pruning) -> Iterator[list[str]]:
    if pruning.going:
        parts = [f"Prune: {plural(len(pruning.going), 'take')}, {size(pruning.bytes)}"]
        yield [*parts, *([f"lost {loss_words(pruning)}"] if loss_words(pruning) else [])]
    else:
        yield ["Prune: nothing to delete"]
    kept = [f"{number} {reason.value}" for reason, number in pruning.kept.items()]
    yield [f"Keep:  {plural(sum(pruning.kept.values()), 'take')}, {size(pruning.kept_bytes)}", *kept]
    if pruning.unrecorded:
        number = plural(len(pruning.unrecorded), "file")
        yield [f"Alone: {number}, {size(pruning.unrecorded_bytes)} that no fact names", "left where they are"]
    if pruning.strangers:
        named = ", ".join(printable(each) for each in pruning.strangers[:_MOST_NAMED])
        more = len(pruning.strangers) - _MOST_NAMED
        yield [f"Alone: not ours in the store: {named}", *([f"{more} more"] if more > 0 else [])]
