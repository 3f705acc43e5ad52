"""One cause in words: which field, from what to what, at file:line:col. Pure: layout of the whole is `text`'s."""

from __future__ import annotations

import json
from collections.abc import Mapping

from seedance_spec.json_types import Json
from seedance_spec.plan.change import Author, AuthorKind, Cause
from seedance_spec.plan.edits import VARIABLES
from seedance_spec.plan.figures import short_hash
from seedance_spec.plan.style import Ink, Style, cells, fit, fit_middle, flow, pad, printable, wrap
from seedance_spec.plan.word_diff import word_diff

INDENT = 4
_FIELD = 16
_WORDS = frozenset({"shot", "clip", "attempt", "take", "takes", "parent", "matrix"})
_UNSAID = frozenset({AuthorKind.SHOT, AuthorKind.INPUT, AuthorKind.PARENT})
_LONG = 60


def cause_lines(cause: Cause, *, width: int, style: Style, remark: str = "") -> list[str]:
    """The lines of one cause, indented under its change; `remark` stands behind its origin, in brackets."""
    place = place_text(cause)
    remarks = "; ".join(each for each in (author_text(cause), remark) if each)
    origin = [*([place] if place else []), *([f"({remarks})"] if remarks else [])]
    before, after = shown_values(cause)
    if isinstance(before, str) and isinstance(after, str) and is_prose(cause, before, after):
        first = detail(cause.field, "", origin, width=width, style=style)
        diff = word_diff(before, after, width=width - 2 * INDENT, style=style)
        return [*first, *(" " * 2 * INDENT + line for line in diff)]
    return detail(field_label(cause), cause_words(cause), origin, width=width, style=style)


def place_text(cause: Cause) -> str:
    """`specs/film.yaml:4:13`; `--var hero` for what stands in no file."""
    if cause.span is not None:
        return printable(str(cause.span))
    match cause.author:
        case Author(kind=AuthorKind.COMMAND_LINE, name=name):
            return printable(f"--var {name}")
        case Author(kind=AuthorKind.ENVIRONMENT, name=name):
            return printable(f"SEEDANCE_VAR_{name}")
        case _:
            return ""


def author_text(cause: Cause) -> str:
    """`variable hero`, `profile draft`, `project default`; empty for what the shot itself says."""
    author = cause.author
    if author is None or author.kind in _UNSAID or cause.field == "matrix":
        return ""
    kind = AuthorKind.VARIABLE if author.kind in VARIABLES else author.kind
    return printable(" ".join(each for each in (kind, author.name) if each))


def cause_words(cause: Cause) -> str:
    """`true → false`, or the cause's own words where it has no values."""
    if cause.field in _WORDS:
        return printable(cause.text)
    if cause.field.startswith("inputs["):
        return _input_change(cause)
    before, after = shown_values(cause)
    change = f"{value_text(before)} → {value_text(after)}"
    return f"{change} ({printable(cause.text)})" if cause.text else change


def detail(field: str, words: str, origin: list[str], *, width: int, style: Style, column: int = _FIELD) -> list[str]:
    """A field's name, its words, and where it was written: on one line, or the origin on lines of its own."""
    head = " " * INDENT + style.paint(Ink.QUIET, pad(fit(field, column - 1), column))
    room = width - INDENT - column
    lines = wrap([(None, each) for each in _pieces(words)], room, style) if words else [""]
    where = [style.paint(Ink.QUIET, fit_middle(line, room)) for line in flow(origin, room, separator="  ")]
    if len(lines) == 1 and len(where) == 1 and cells(lines[0]) + 2 + cells(where[0]) <= room:
        gap = 2 if words else 0
        return [f"{head}{lines[0]}{' ' * gap}{where[0]}"]
    shown = [*lines, *where]
    return [head + shown[0], *(" " * (INDENT + column) + line for line in shown[1:])]


def value_text(value: Json) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return fit(printable(value), _LONG)
        case int() | float():
            return str(value)
        case _:
            return fit(json.dumps(value, ensure_ascii=False), _LONG)


def shown_values(cause: Cause) -> tuple[Json, Json]:
    """What is shown: a variable's own values, where one alone made the change."""
    author = cause.author
    if author is not None and author.kind in VARIABLES:
        return author.before, author.after
    return cause.before, cause.after


def field_label(cause: Cause) -> str:
    return "reason" if cause.field in _WORDS and cause.field != "parent" else cause.field


def is_prose(cause: Cause, before: str, after: str) -> bool:
    is_whole = (before, after) == (cause.before, cause.after)
    return (cause.field == "prompt" and is_whole) or any(len(each) > _LONG for each in (before, after))


def _pieces(words: str) -> list[str]:
    return [piece for word in words.split(" ") for piece in (word, " ")][:-1]


def _input_change(cause: Cause) -> str:
    before, after = _input_text(cause.before), _input_text(cause.after)
    name = f"{cause.text}: " if cause.text and cause.after is not None else ""
    return f"{printable(name)}{before} → {after}"


def _input_text(value: Json) -> str:
    """`image of example.com/cat.jpg (first_frame)`."""
    match value:
        case {"kind": str(kind), "role": str(role), "source": Mapping() as source}:
            return f"{kind} {_source_text(source)} ({role})"
        case _:
            return value_text(value)


def _source_text(source: Mapping[str, Json]) -> str:
    match source:
        case {"host": str(host), "path": str(path)}:
            return f"{printable(host)}{printable(path)}"
        case {"sha256": str(digest)}:
            return f"sha256:{digest[:8]}"
        case {"content_hash": str(content_hash), "take": take, "part": str(part)}:
            return f"{part} of {short_hash(content_hash)} take {take}"
        case _:
            return value_text(source)
