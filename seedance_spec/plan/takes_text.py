"""The takes of one shot as people read them, with the line that chooses another. Pure: width and style come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.figures import count, day, exact_usd, lasting, moment, plural, short_hash, short_id, usd
from seedance_spec.plan.labelled import COLUMN, labelled, pieces
from seedance_spec.plan.status import STATE_SYMBOLS, trouble_lines
from seedance_spec.plan.status_rows import State
from seedance_spec.plan.style import Ink, Style, cells, fit, fit_middle, flow, pad, printable, wrap
from seedance_spec.plan.takes import Asked, Choice, ShotTakes, TakeRow
from seedance_spec.plan.word_diff import word_diff

_INDENT = "    "
_NARROWEST = 60
_STATE = max(len(state.value) for state in State)
_MONEY = 8
_PROMPT_LINES = 2


def takes_text(takes: ShotTakes, *, width: int, style: Style) -> str:
    """Every request with its takes, then what is chosen and where to choose another. No newline at the end."""
    width = max(width, _NARROWEST)
    blocks = [_header(takes, width, style)]
    blocks += ["\n".join(_request(each, width, style)) for each in takes.asked]
    blocks.append("\n".join([*_sum(takes, width, style), *_choosing(takes, width, style)]))
    return "\n\n".join(blocks)


def take_lines(row: TakeRow, *, width: int, style: Style) -> Iterator[str]:
    """One take: how it stands and what it cost, then where its bytes are, then what is wrong with it."""
    symbol, ink = STATE_SYMBOLS[row.row.state]
    name = f"take {row.row.take}" + (" spare" if row.spare else "")
    money = money_of(row)
    head = f"{style.paint(ink, symbol)} {style.paint(Ink.STRONG, pad(name, 12))}  "
    head += f"{style.paint(ink, pad(_state(row), _STATE))}  {' ' * (_MONEY - cells(money))}{money}"
    room = width - 12 - _STATE - _MONEY - 8
    said = [*_tokens(row), *_seed(row), *(["chosen"] if row.chosen else [])]
    told = style.paint(Ink.QUIET, fit(" · ".join(said), room))
    yield f"{head}  {told}".rstrip()
    lines = flow([*_where(row), *_measures(row), *_when(row), *_names(row)], width - 4)
    yield from (_INDENT + style.paint(Ink.QUIET, fit_middle(line, width - 4)) for line in lines)
    yield from trouble_lines(replace(row.row, wanted=True), width, style)


def money_of(row: TakeRow) -> str:
    """What it was billed, else `~` what it is expected to come to; `free` where nothing was charged."""
    state = row.row
    if state.state is State.FAILED or (state.state is State.NOT_SUBMITTED and row.attempt is not None):
        return "free"
    if state.usd is not None:
        return usd(state.usd)
    return "" if state.estimate_usd is None else f"~{usd(state.estimate_usd)}"


def chosen_words(choice: Choice) -> str:
    """`pick: 2 at specs/reel.yaml:14:5`; what stands where nothing is written."""
    place = f" at {printable(str(choice.span))}" if choice.span is not None else ""
    if choice.written:
        return f"pick: {choice.attempt_id or choice.take}{place}"
    return "no pick is written, so take 1"


def _header(takes: ShotTakes, width: int, style: Style) -> str:
    name = printable(takes.shot_id)
    tried = sum(row.attempt is not None for row in takes.rows)
    parts = [name, f"{plural(tried, 'take')} on record" if tried else "nothing on record"]
    parts += [f"profile {printable(takes.profile)}"] if takes.profile else []
    parts += ["no longer in the specs; its takes are kept"] if takes.choice is None else [f"takes: {takes.wanted}"]
    lines = flow(parts, width)
    return "\n".join([style.paint(Ink.STRONG, name) + lines[0][len(name) :], *lines[1:]])


def _request(asked: Asked, width: int, style: Style) -> Iterator[str]:
    title = style.paint(Ink.STRONG, "Now" if asked.present else "Before")
    names = [name for name in asked.profiles if name]
    parts = [short_hash(asked.content_hash), *request_words(asked.request)]
    parts += [f"profile {', '.join(map(printable, names))}"] if names else []
    first, *others = flow(parts, width - COLUMN)
    yield f"{pad(title, COLUMN)}{style.paint(Ink.QUIET, first)}"
    yield from (" " * COLUMN + style.paint(Ink.QUIET, line) for line in others)
    yield from (" " * COLUMN + line for line in _difference(asked, width - COLUMN, style))
    yield ""
    for row in asked.takes:
        yield from take_lines(row, width=width, style=style)
    if not asked.takes:
        yield f"{_INDENT}no take yet"


def request_words(request: JsonObject) -> list[str]:
    """`dreamina-seedance-2-0`, `5 s`, `720p`, `16:9`, as far as the record says it."""
    model, resolution, ratio = (request.get(name) for name in ("model", "resolution", "ratio"))
    words = [model, _length(request), resolution, ratio]
    return [printable(each) for each in words if isinstance(each, str)]


def _length(request: JsonObject) -> str | None:
    match request.get("frames"), request.get("duration"):
        case int() as frames, _:
            return f"{frames} frames"
        case _, int() as duration:
            return "auto" if duration < 0 else f"{duration} s"
        case _:
            return None


def _difference(asked: Asked, width: int, style: Style) -> Iterator[str]:
    """The prompt of the present request; of an older one what is another today, the prompt word by word."""
    prompt = asked.request.get("prompt")
    changed = {each.field: each for each in asked.changes}
    if "prompt" in changed and isinstance(prompt, str):
        after = changed["prompt"].after
        yield from word_diff(prompt, after if isinstance(after, str) else "", width=width, style=style)
    elif isinstance(prompt, str) and not asked.changes:
        yield from _prompt(prompt, width)
    others = [name for name in changed if name != "prompt"]
    if others:
        yield from flow([f"changed since: {', '.join(map(printable, others))}"], width)


def _prompt(prompt: str, width: int) -> list[str]:
    lines = wrap([(None, piece) for piece in pieces(printable(prompt))], width, Style())
    if len(lines) <= _PROMPT_LINES:
        return lines
    return [*lines[: _PROMPT_LINES - 1], fit(lines[_PROMPT_LINES - 1] + " …", width - 1) + "…"]


def _state(row: TakeRow) -> str:
    if row.gone:
        return "gone"
    return "never landed" if row.row.state is State.NOT_SUBMITTED and row.attempt is not None else row.row.state.value


def _tokens(row: TakeRow) -> list[str]:
    return [] if row.row.tokens is None else [f"{count(row.row.tokens)} tok"]


def _seed(row: TakeRow) -> list[str]:
    return [] if row.report.seed is None else [f"seed {row.report.seed}"]


def _where(row: TakeRow) -> list[str]:
    """Where the bytes are: under renders/, in the store, or behind a link that burns."""
    match row.row.state:
        case State.RENDERED if row.row.shown and row.row.output:
            return [printable(row.row.output)]
        case State.RENDERED:
            return [f"in the store ({_digest(row)})"]
        case State.PRUNED:
            return [f"its bytes were pruned ({_digest(row)})"]
        case State.MISSING if row.gone:
            return []
        case State.MISSING if row.row.fuse:
            return [f"not here; its link dies in {lasting(row.row.fuse)}"]
        case State.MISSING:
            return ["not here, and its link is dead" if row.row.fuse == 0 else "not here"]
        case _:
            return []


def _digest(row: TakeRow) -> str:
    return f"sha256 {(row.row.sha256 or '')[:8]}"


def _measures(row: TakeRow) -> list[str]:
    frames, seconds = row.report.frames, row.seconds
    return [] if frames is None or seconds is None else [f"{frames} frames, {seconds:.2f} s"]


def _when(row: TakeRow) -> list[str]:
    when = row.row.submitted_at
    return [] if when is None or row.attempt is None else [f"{day(when)} {moment(when)}"]


def _names(row: TakeRow) -> list[str]:
    """The attempt; a spare's in full, for that is what `pick` names."""
    if row.attempt is None:
        return []
    identifier = row.attempt.attempt_id
    return [f"attempt {identifier if row.spare else short_id(identifier)}"]


def _sum(takes: ShotTakes, width: int, style: Style) -> Iterator[str]:
    billed = [row.row.usd for row in takes.rows if row.row.usd is not None]
    open_usd = [
        row.row.estimate_usd
        for row in takes.rows
        if row.row.state in {State.IN_FLIGHT, State.UNKNOWN} and row.row.estimate_usd is not None
    ]
    words = [f"{exact_usd(sum(billed))} for {plural(len(billed), 'take')}" if billed else "nothing billed so far"]
    words += [f"about {usd(sum(open_usd))} under way or unknown"] if open_usd else []
    yield from labelled("Paid", " · ".join(words), width=width, style=style)


def _choosing(takes: ShotTakes, width: int, style: Style) -> Iterator[str]:
    """What renders/ shows by the spec's own words, and which words would show another."""
    choice = takes.choice
    if choice is None:
        return
    yield from labelled("Chosen", f"take {choice.take} · {chosen_words(choice)}", width=width, style=style)
    present = (row for asked in takes.asked if asked.present for row in asked.takes)
    others = [row for row in present if row.row.state is State.RENDERED and not row.chosen]
    if not others:
        return
    first = next((row for row in others if not row.spare), others[0])
    named = first.row.attempt_id if first.spare else first.row.take
    place = printable(str(choice.span)) if choice.span is not None else "the shot"
    verb = "write" if choice.written else "add"
    where = f"at {place}" if choice.written else f"to the shot at {place}"
    shared = "; it chooses for every shot that shares these words" if choice.shared else ""
    yield from labelled("Edit", f"{verb} `pick: {named}` {where} to show that take{shared}", width=width, style=style)
