"""One shot as people read it: request, hash and origins, takes, price, family. Pure: width and style are handed in."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from seedance_spec.model.origin import OriginKind, Use
from seedance_spec.plan.cause_text import detail
from seedance_spec.plan.figures import plural, short_id
from seedance_spec.plan.parent_delivery import delivery_words
from seedance_spec.plan.row_text import action_word, price_words
from seedance_spec.plan.show import PART_WORDS, Child, Parent, Showing, Value, source_words, uses_of
from seedance_spec.plan.style import Ink, Style, cells, fit, flow, printable
from seedance_spec.plan.takes import TakeRow
from seedance_spec.plan.takes_text import chosen_words, take_lines
from seedance_spec.plan.world import Holding

_NARROWEST = 60
_INDENT = "    "
_SHOWN_HERE = 60

_ADDED = {
    "metadata.callback_url": "callback_url where a receiver can be reached",
    "metadata.execution_expires_after": "execution_expires_after, its own number, by which a lost answer is found",
}

_HOLDINGS = {
    Holding.FREE: "not rendered yet",
    Holding.RENDERED: "rendered",
    Holding.IN_FLIGHT: "in flight",
    Holding.UNKNOWN: "UNKNOWN",
    Holding.FAILED: "failed",
    Holding.GONE: "gone",
}


def show_text(showing: Showing, *, width: int, style: Style) -> str:
    """All of it, in blocks. No newline at the end; lines keep to `width` cells from 60 upwards."""
    width = max(width, _NARROWEST)
    blocks = [
        _header(showing, width, style),
        _request(showing, width, style),
        _values(showing, width, style),
        _takes(showing, width, style),
        _price(showing, width, style),
        _parents(showing, width, style),
        _children(showing, width, style),
    ]
    return "\n\n".join("\n".join(lines) for lines in map(list, blocks) if lines)


def _header(showing: Showing, width: int, style: Style) -> Iterator[str]:
    shot = showing.shot
    name = printable(shot.id)
    parts = [name]
    if showing.takes.choice is not None:
        parts.append(f"take {showing.takes.choice.take} is chosen ({chosen_words(showing.takes.choice)})")
    parts += [f"profile {printable(shot.profile)}"] if shot.profile else []
    parts += [f"tags {', '.join(map(printable, shot.tags))}"] if shot.tags else []
    first, *others = flow(parts, width)
    yield style.paint(Ink.STRONG, name) + first[len(name) :]
    yield from others
    if shot.description:
        yield from textwrap.wrap(printable(shot.description), width)
    planned = [f"take {each.take}: {action_word(each)}, {price_words(each)}" for each in showing.changes]
    yield from (style.paint(Ink.QUIET, line) for line in flow(planned, width))


def _request(showing: Showing, width: int, style: Style) -> Iterator[str]:
    yield f"{style.paint(Ink.STRONG, 'Request')} as it would be sent"
    for line in json.dumps(showing.body, ensure_ascii=False, indent=2).splitlines():
        yield from _json_line(line, width)
    if showing.added:
        words = f"each attempt adds {'; '.join(_ADDED[each] for each in showing.added)}"
        yield from (style.paint(Ink.QUIET, _INDENT + line) for line in textwrap.wrap(words, width - len(_INDENT)))


def _json_line(line: str, width: int) -> Iterator[str]:
    """A line of JSON, broken between words where it is too long for the screen."""
    indent = len(line) - len(line.lstrip()) + len(_INDENT)
    yield from textwrap.wrap(
        printable(line.strip()),
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4),
        break_on_hyphens=False,
    )


def _values(showing: Showing, width: int, style: Style) -> Iterator[str]:
    yield style.paint(Ink.STRONG, "Hash") + " " + fit(showing.content_hash, width - 5)
    for value in showing.values:
        if value.hashed:
            yield from _value(value, showing, width, style)
    yield ""
    yield f"{style.paint(Ink.STRONG, 'Delivery')} is not hashed; it applies to future renders"
    for value in showing.values:
        if not value.hashed:
            yield from _value(value, showing, width, style)


def _value(value: Value, showing: Showing, width: int, style: Style) -> Iterator[str]:
    column = max(len(each.field) for each in showing.values) + 2
    origin = _origin_words(value)
    yield from detail(value.field, _words(value, showing), origin, width=width, style=style, column=column)
    for use in uses_of(value.origin.pieces if value.origin is not None else ()):
        said = f"${{{printable(use.name)}}} = {fit(printable(use.text), _SHOWN_HERE)}"
        yield from detail("", said, [_use_words(use)], width=width, style=style, column=column)


def _words(value: Value, showing: Showing) -> str:
    match value.value:
        case None:
            return "–"
        case bool() as flag:
            return "true" if flag else "false"
        case str() as text:
            return printable(text)
        case int() | float() as number:
            return str(number)
        case _:
            return _input_words(value, showing)


def _input_words(value: Value, showing: Showing) -> str:
    place = int(value.field.removeprefix("inputs[").removesuffix("]"))
    source = printable(source_words(showing.shot.request.inputs[place].source))
    match value.value:
        case {"role": str(role), "source": {"sha256": str(digest)}}:
            return f"{role}: {source}, sha256 {digest[:8]}"
        case {"role": str(role)}:
            return f"{role}: {source}"
        case _:
            return source


def _origin_words(value: Value) -> list[str]:
    """The place, and the layer where it is not the shot's own; who nobody wrote has no place."""
    origin = value.origin
    if origin is None:
        return [] if value.value is None else ["(default of the API)"]
    place = printable(str(origin.span))
    if origin.kind is OriginKind.SHOT:
        return [place]
    return [place, f"({printable(' '.join(filter(None, (origin.kind, origin.name))))})"]


def _use_words(use: Use) -> str:
    if use.span is not None:
        return f"{printable(str(use.span))} ({use.kind})"
    return (
        f"--var {printable(use.name)}" if use.kind is OriginKind.COMMAND_LINE else f"SEEDANCE_VAR_{printable(use.name)}"
    )


def _takes(showing: Showing, width: int, style: Style) -> Iterator[str]:
    present = [row for asked in showing.takes.asked if asked.present for row in asked.takes]
    older = sum(row.attempt is not None for row in showing.takes.rows) - sum(row.attempt is not None for row in present)
    yield style.paint(Ink.STRONG, "Takes")
    for row in present:
        yield from take_lines(row, width=width, style=style)
        yield from _task(row, width, style)
    if older:
        words = f"{plural(older, 'take')} of older requests: seedance-spec takes {printable(showing.shot.id)}"
        yield style.paint(Ink.QUIET, fit(_INDENT + words, width))


def _task(row: TakeRow, width: int, style: Style) -> Iterator[str]:
    names = [*([row.row.task_id] if row.row.task_id else []), *row.row.upstream_ids]
    for line in flow([printable(each) for each in names], width - len(_INDENT)):
        yield _INDENT + style.paint(Ink.QUIET, line)


def _price(showing: Showing, width: int, style: Style) -> Iterator[str]:
    yield f"{style.paint(Ink.STRONG, 'Price')} of one more take"
    for label, words in showing.price:
        yield from detail(label, words, [], width=width, style=style)


def _parents(showing: Showing, width: int, style: Style) -> Iterator[str]:
    if showing.parents:
        yield style.paint(Ink.STRONG, "Starts from")
    for parent in showing.parents:
        yield from _parent(parent, width, style)


def _parent(parent: Parent, width: int, style: Style) -> Iterator[str]:
    source = parent.source
    take = f"take {source.take}" if isinstance(source.take, int) else f"attempt {short_id(printable(source.take))}"
    parts = [f"{PART_WORDS[source.part]} of {printable(source.shot)}", take, _HOLDINGS[parent.holding]]
    parts += [printable(str(parent.span))] if parent.span else []
    yield from (_INDENT + line for line in flow(parts, width - len(_INDENT)))
    way = "nothing is there to be sent yet" if parent.delivery is None else delivery_words(parent.delivery)
    for line in textwrap.wrap(f"sent as {way}", width - 6, break_on_hyphens=False):
        yield f"{_INDENT}  {style.paint(Ink.QUIET, line)}"


def _children(showing: Showing, width: int, style: Style) -> Iterator[str]:
    if showing.children:
        yield f"{style.paint(Ink.STRONG, 'Started from')}: a change of this shot renders these too"
    column = max((cells(printable(each.shot_id)) for each in showing.children), default=0)
    for child in showing.children:
        yield from _child(child, column, width)


def _child(child: Child, column: int, width: int) -> Iterator[str]:
    name = printable(child.shot_id)
    parts = [name + " " * (column - cells(name)), f"{PART_WORDS[child.part]} of take {child.take}"]
    parts += [printable(str(child.span))] if child.span else []
    yield from (_INDENT + line for line in flow(parts, width - len(_INDENT), separator="  "))
