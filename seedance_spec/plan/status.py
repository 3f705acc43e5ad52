"""How every take stands, as text and as JSON with its schema. Pure: the rows and the time in them are handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.events import failure_words, take_name
from seedance_spec.plan.figures import clock, count, lasting, short_id, usd
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.status_rows import State, StatusRow, status_rows
from seedance_spec.plan.style import Ink, Style, cells, fit, fit_middle, flow, pad, printable, wrap

__all__ = ["State", "StatusRow", "status_document", "status_rows", "status_schema", "status_text"]

STATUS_FORMAT: Literal["seedance-spec/status/1"] = "seedance-spec/status/1"

STATE_SYMBOLS = {
    State.RENDERED: ("✓", Ink.NEW),
    State.IN_FLIGHT: ("…", Ink.RUNNING),
    State.FAILED: ("x", Ink.WRONG),
    State.UNKNOWN: ("?", Ink.RISK),
    State.MISSING: ("!", Ink.RISK),
    State.PRUNED: ("·", Ink.QUIET),
    State.NOT_SUBMITTED: ("+", Ink.QUIET),
    State.BLOCKED: ("!", Ink.RISK),
}
STATE_INK = {state: ink for state, (_, ink) in STATE_SYMBOLS.items()}
_ON_THE_WAY = frozenset({"queued", "running"})
_HEARD = {"cancelled": "was cancelled"}
_STATE = max(len(state.value) for state in State)
_MONEY = 7


class StatusRowDocument(TypedDict):
    """One take. Times are Unix seconds, lengths of time seconds, money US dollars.

    `wanted` is false for an attempt that no shot asks for any more. `fuse` is how long the link of a clip that is not
    here still lives, 0 when it is dead; `usd` what was billed, by the tool's prices. `heard` is what the upstream's
    last callback said of a take that is under way or unknown: evidence, no verdict.
    """

    shot: str
    take: int
    state: Literal["rendered", "in flight", "failed", "unknown", "missing", "pruned", "not submitted", "blocked"]
    wanted: bool
    shown: bool
    needs_you: bool
    content_hash: str
    attempt_id: str | None
    task_id: str | None
    upstream_ids: list[str]
    submitted_at: int | None
    finished_at: int | None
    elapsed: float | None
    left: float | None
    fuse: float | None
    tokens: int | None
    usd: float | None
    estimate_usd: float | None
    output: str | None
    sha256: str | None
    error_class: str | None
    error_code: str | None
    error_message: str | None
    hint: str
    by_callback: bool
    heard: str | None


class StatusDocument(TypedDict):
    format: Literal["seedance-spec/status/1"]
    rows: list[StatusRowDocument]
    totals: dict[str, int]


def status_text(rows: Sequence[StatusRow], *, width: int, style: Style) -> str:
    """One line per take and, where something is wrong, the way out under it; then the sum. No newline at the end."""
    if not rows:
        return "no shots: specs/ describes nothing"
    column = min(max(cells(_name(row)) for row in rows), max(width - _STATE - _MONEY - 32, 16))
    lines = [line for row in rows for line in (_line(row, column, width, style), *trouble_lines(row, width, style))]
    return "\n".join([*lines, "", *flow(list(_sum(rows)), width)])


def status_document(rows: Sequence[StatusRow]) -> JsonObject:
    """What `status --json` prints; `status_schema` describes it."""
    totals = dict(sorted(Counter(row.state.value for row in rows).items()))
    document: StatusDocument = {"format": STATUS_FORMAT, "rows": [_document(row) for row in rows], "totals": totals}
    return json_object(document)


def status_schema() -> JsonObject:
    return schema_of(StatusDocument, title="seedance-spec status --json")


def _name(row: StatusRow) -> str:
    return take_name(row.shot_id, row.take)


def _line(row: StatusRow, column: int, width: int, style: Style) -> str:
    symbol, ink = STATE_SYMBOLS[row.state]
    name = style.paint(Ink.STRONG, pad(fit_middle(printable(_name(row)), column), column))
    state = style.paint(ink, pad(row.state.value, _STATE))
    amount = _money(row)
    room = width - column - _STATE - _MONEY - 8
    rest = style.paint(Ink.QUIET, _rest(row, room))
    return f"{style.paint(ink, symbol)} {name}  {state}  {' ' * (_MONEY - cells(amount))}{amount}  {rest}".rstrip()


def _money(row: StatusRow) -> str:
    match row.state:
        case State.FAILED:
            return "free"
        case State.RENDERED | State.MISSING | State.PRUNED:
            paid = row.usd if row.usd is not None else row.estimate_usd
            return "" if paid is None else usd(paid)
        case _:
            return "" if row.estimate_usd is None else f"~{usd(row.estimate_usd)}"


def _rest(row: StatusRow, room: int) -> str:
    return fit_middle(printable(row.output), room) if row.shown and row.output else fit(_said(row), room)


def _said(row: StatusRow) -> str:
    match row.state:
        case State.RENDERED if row.output is None:
            return "in the store"
        case State.RENDERED:
            return "in the store; apply shows it"
        case State.IN_FLIGHT:
            return " · ".join(_flight(row))
        case State.MISSING:
            return _fuse_words(row)
        case State.FAILED | State.UNKNOWN:
            return short_id(printable(row.task_id)) if row.task_id else ""
        case State.PRUNED:
            return "its bytes were pruned"
        case State.NOT_SUBMITTED | State.BLOCKED:
            return ""


def _flight(row: StatusRow) -> Iterator[str]:
    if row.elapsed is not None:
        yield clock(row.elapsed)
    if row.left is not None and row.elapsed is not None:
        yield f"~{clock(row.left)} left" if row.left else "longer than usual"
    if row.task_id:
        yield short_id(printable(row.task_id))


def _fuse_words(row: StatusRow) -> str:
    if row.fuse is None:
        return "its link is not known to live"
    return f"its link dies in {lasting(row.fuse)}" if row.fuse else "its link is dead"


def trouble_lines(row: StatusRow, width: int, style: Style) -> Iterator[str]:
    """What is wrong with a take, or to be known of it, and the way out: indented, nothing where all is well."""
    if row.error_class is not None and row.state is State.FAILED:
        code = f" ({row.error_code})" if row.error_code else ""
        yield from _detail(failure_words(f"{row.error_class}{code}", row.error_message or "", ""), width, style)
    if row.hint:
        yield from _detail(f"→ {row.hint}", width, style)
    if not row.wanted:
        yield from _detail("no shot asks for this attempt any more; what comes of it is kept", width, style)
    if row.heard is not None and row.heard not in _ON_THE_WAY:
        yield from _detail(f"a callback said that it {_HEARD.get(row.heard, row.heard)}: no verdict", width, style)
    if row.by_callback:
        yield from _detail("known from a callback alone; the gateway has not confirmed it", width, style)


def _detail(words: str, width: int, style: Style) -> Iterator[str]:
    pieces: list[tuple[Ink | None, str]] = [(Ink.QUIET, each) for word in words.split(" ") for each in (word, " ")]
    first, *rest = wrap(pieces[:-1], width - 6, style)
    yield f"    {first}"
    yield from (f"      {line}" for line in rest)


def _sum(rows: Sequence[StatusRow]) -> Iterator[str]:
    counted = Counter(row.state for row in rows)
    yield from (f"{counted[state]} {state.value}" for state in State if counted[state])
    billed = sum(row.tokens for row in rows if row.tokens is not None)
    if billed:
        paid = sum(row.usd for row in rows if row.usd is not None)
        yield f"{count(billed)} tok, about {usd(paid)}"


def _document(row: StatusRow) -> StatusRowDocument:
    return {
        "shot": row.shot_id,
        "take": row.take,
        "state": row.state.value,
        "wanted": row.wanted,
        "shown": row.shown,
        "needs_you": row.needs_you,
        "content_hash": row.content_hash,
        "attempt_id": row.attempt_id,
        "task_id": row.task_id,
        "upstream_ids": list(row.upstream_ids),
        "submitted_at": row.submitted_at,
        "finished_at": row.finished_at,
        "elapsed": row.elapsed,
        "left": row.left,
        "fuse": row.fuse,
        "tokens": row.tokens,
        "usd": row.usd,
        "estimate_usd": row.estimate_usd,
        "output": row.output,
        "sha256": row.sha256,
        "error_class": row.error_class,
        "error_code": row.error_code,
        "error_message": row.error_message,
        "hint": row.hint,
        "by_callback": row.by_callback,
        "heard": row.heard,
    }
