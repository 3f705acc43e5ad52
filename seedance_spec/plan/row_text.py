"""One row of the plan in words: symbol, shot, action, price, and the details under it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_spec.gateway.advice import advice
from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.views import verdict
from seedance_spec.plan.cause_text import cause_lines, detail
from seedance_spec.plan.change import Action, Cause, Change
from seedance_spec.plan.edits import Edits
from seedance_spec.plan.events import take_name
from seedance_spec.plan.figures import count, day, plural, range_usd, short_id, usd
from seedance_spec.plan.style import Ink, Style, cells, fit, pad, printable
from seedance_spec.plan.ways_on import resolve_words

_ACTION = 9
_PRICE = 7

SYMBOLS = {
    Action.NEW: ("+", Ink.NEW),
    Action.RERENDER: ("~", Ink.CHANGED),
    Action.RESTORE: ("=", Ink.FREE),
    Action.RENAMED: (">", Ink.FREE),
    Action.MISSING: ("!", Ink.RISK),
    Action.UNKNOWN: ("?", Ink.RISK),
    Action.BLOCKED: ("!", Ink.RISK),
    Action.STALE: ("!", Ink.QUIET),
    Action.DROPPED: ("-", Ink.QUIET),
    Action.IN_FLIGHT: ("…", Ink.RUNNING),
    Action.FAILED: ("x", Ink.WRONG),
    Action.UNCHANGED: ("·", Ink.QUIET),
}

_NAMES = {Action.IN_FLIGHT: "in flight", Action.UNKNOWN: "UNKNOWN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What all rows share: the width, the column after the names, the look, and the edits that explain several rows."""

    width: int
    column: int
    style: Style
    edits: Edits


def name_of(change: Change) -> str:
    name = take_name(change.shot_id, change.take)
    return f"{change.previous_id} → {name}" if change.action is Action.RENAMED else name


def action_word(change: Change) -> str:
    return "follows" if change.follows else _NAMES.get(change.action, change.action.value)


def row_lines(change: Change, page: Page) -> list[str]:
    """The row itself: one line, or two where the name is too long for its column."""
    style = page.style
    symbol, ink = SYMBOLS[change.action]
    said = f"{style.paint(ink, pad(action_word(change), _ACTION))}  {_price(change, style)}"
    room = page.width - page.column - _ACTION - _PRICE - 8
    told = style.paint(Ink.QUIET, fit(_tail(change, room), max(room, 1)))
    name = style.paint(Ink.STRONG, name_of(change))
    if cells(name) <= page.column:
        return [f"{style.paint(ink, symbol)} {pad(name, page.column)}  {said}  {told}".rstrip()]
    return [f"{style.paint(ink, symbol)} {name}", f"  {' ' * page.column}  {said}  {told}".rstrip()]


def detail_lines(change: Change, page: Page) -> list[str]:
    """Why, what it replaces, and the way out. Empty where the row says it all."""
    causes = _told_causes(change, page)
    lines = [line for cause in causes for line in _cause(cause, page)]
    if change.pays and not causes and not change.guesses:
        return []
    for field, words in further_facts(change):
        lines += detail(field, words, [], width=page.width, style=page.style)
    return lines


def _told_causes(change: Change, page: Page) -> list[Cause]:
    """Causes that the row does not say by itself, and that no row above has told as the same edit."""
    return [each for each in change.causes if not is_plain(change, each) and page.edits.is_told_by(change, each)]


def is_plain(change: Change, cause: Cause) -> bool:
    match change.action:
        case Action.NEW:
            return cause.field == "shot" and cause.text == "never rendered"
        case Action.MISSING:
            return cause.field == "clip" and change.attempt is not None and change.attempt.status is Status.SUCCEEDED
        case Action.IN_FLIGHT:
            return change.follows is not None or (cause.field == "attempt" and bool(_task(change)))
        case Action.RENAMED | Action.DROPPED:
            return cause.field == "shot"
        case _:
            return False


def _cause(cause: Cause, page: Page) -> list[str]:
    others = page.edits.shots(cause) - 1
    remark = f"also changes {plural(others, 'other shot')}" if others > 0 else ""
    return cause_lines(cause, width=page.width, style=page.style, remark=remark)


def further_facts(change: Change) -> list[tuple[str, str]]:
    facts = [("guess", guess) for guess in change.guesses]
    if change.guesses and change.quote is not None and change.quote.is_range:
        facts.append(("range", range_usd(change.quote.low_usd, change.quote.high_usd)))
    if change.previous is not None and change.passes_over is None:
        facts.append(("keeps" if change.action is Action.STALE else "replaces", _previous(change)))
    match change.action:
        case Action.RESTORE if change.attempt is not None:
            facts.append(("rendered", _rendered(change)))
        case Action.FAILED:
            facts.append(("next", _way_out(change)))
        case Action.UNKNOWN if change.attempt is not None:
            facts.append(("next", resolve_words(change.shot_id, change.take, change.attempt.realm)))
        case _:
            pass
    return facts


def _previous(change: Change) -> str:
    previous = change.previous
    assert previous is not None, "asked only where there is one"
    parts = [f"take {previous.take}"]
    if previous.status is not Status.SUCCEEDED:
        return " · ".join([*parts, previous.status.value.replace("_", " ")])
    paid = [usd(previous.estimate.usd)] if previous.estimate else []
    kept = [] if change.action is Action.STALE else ["kept, free to restore"]
    return " · ".join([*parts, *_when(previous.submitted_at), *paid, *kept])


def _rendered(change: Change) -> str:
    attempt = change.attempt
    assert attempt is not None, "asked only where there is one"
    return " · ".join([f"take {attempt.take}", *_when(attempt.submitted_at), "its bytes are here"])


def _when(moment: int | None) -> list[str]:
    return [] if moment is None else [day(moment)]


def _way_out(change: Change) -> str:
    error_class = verdict(change.attempt).error_class if change.attempt is not None else None
    return advice(error_class or "") or "change the shot, or seedance-spec apply --retry-failed"


def _price(change: Change, style: Style) -> str:
    text = price_words(change)
    return " " * (_PRICE - cells(text)) + style.paint(_price_ink(change), text)


def price_words(change: Change) -> str:
    if change.estimate is not None and (change.pays or change.action is Action.UNKNOWN):
        is_range = change.quote is not None and change.quote.is_range
        return f"{'~' if is_range else ''}{usd(change.estimate.usd)}"
    if change.pays or change.action is Action.UNKNOWN:
        return "?"
    return "–" if change.action is Action.FAILED else "free"


def _price_ink(change: Change) -> Ink:
    if change.action is Action.UNKNOWN:
        return Ink.RISK
    return Ink.STRONG if change.pays else Ink.QUIET


def _tail(change: Change, room: int) -> str:
    """What else fits on the row, the most telling first."""
    match change.action:
        case Action.NEW | Action.RERENDER:
            shape, tokens = shape_words(change), _tokens(change)
            full = ", ".join(each for each in (shape, tokens) if each)
            origin = f"{full}  {change.span}" if change.span else full
            return next((each for each in (origin, full) if cells(each) <= room), shape)
        case Action.IN_FLIGHT if change.follows is not None:
            return f"as {change.follows}"
        case Action.IN_FLIGHT:
            return _task(change)
        case Action.UNKNOWN:
            return "at risk"
        case Action.FAILED:
            return "not bought again"
        case Action.DROPPED:
            return "its takes are kept"
        case Action.MISSING:
            return "paid for, not here"
        case Action.BLOCKED:
            return "not sent"
        case Action.STALE:
            return "left as it is" + (f"; anew {usd(change.estimate.usd)}" if change.estimate is not None else "")
        case _:
            return ""


def _task(change: Change) -> str:
    task_id = change.attempt.task_id if change.attempt is not None else None
    return short_id(printable(task_id)) if task_id else ""


def shape_words(change: Change) -> str:
    if change.shot is None:
        return ""
    request = change.shot.request
    if request.frames is not None:
        return f"{request.frames} frames {request.resolution}"
    length = "auto" if request.duration in {None, -1} else f"{request.duration} s"
    return f"{length} {request.resolution}"


def _tokens(change: Change) -> str:
    return f"{count(change.estimate.tokens)} tok" if change.estimate is not None else ""
