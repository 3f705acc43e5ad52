"""A complaint and its source text as a picture: place, message, line, caret, way out. Pure; colours are handed in."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from seedance_spec.redaction import redact
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, Span
from seedance_spec.specfiles.positions import Lines
from seedance_spec.specfiles.quoting import harmless


class Tone(StrEnum):
    """The parts of a picture that may be painted."""

    PLACE = "place"
    ERROR = "error"
    WARNING = "warning"
    CODE = "code"
    GUTTER = "gutter"
    CARET = "caret"
    HINT = "hint"


Style: TypeAlias = Callable[[Tone, str], str]

WIDTH = 100
"""How many terminal cells a source line with its gutter, or a line of a hint, may take."""

_TAB = "    "
_CUT = "…"
# What is looked at of a very long line: far more than is shown, so that no key is cut in two before it is hidden.
_NEAR = 4_000


def _plain(_: Tone, text: str) -> str:
    return text


def picture(diagnostic: Diagnostic, text: str | None, style: Style = _plain) -> str:
    """The complaint as lines of text, without a final newline.

    `text` is the whole source file, None (or empty) where it could not be read. Keys and signatures are hidden.
    """
    lines = [_headline(diagnostic, style)]
    gutter = "  "
    if diagnostic.span is not None and text:
        source = Lines(text).line(diagnostic.span.line)
        margin = " " * max(5, len(str(diagnostic.span.line)))
        gutter = f"{margin} |  "
        tone = Tone.CARET if diagnostic.severity is Severity.ERROR else Tone.WARNING
        lines += _source(diagnostic.span, source, margin, style, tone=tone)
    if diagnostic.hint:
        lines += _hint(diagnostic.hint, lines, gutter, style)
    return "\n".join(lines)


def excerpt(span: Span, text: str, style: Style = _plain, *, width: int = WIDTH) -> list[str]:
    """The line that a span stands on, with its carets below: no complaint, no hint. Lines keep to `width` cells."""
    margin = " " * max(5, len(str(span.line)))
    return _source(span, Lines(text).line(span.line), margin, style, tone=Tone.CARET, width=width)


def _headline(diagnostic: Diagnostic, style: Style) -> str:
    place = style(Tone.PLACE, f"{harmless(str(diagnostic.span))}: ") if diagnostic.span else ""
    message = _shown(diagnostic.message)
    if diagnostic.severity is Severity.ERROR:
        message = style(Tone.ERROR, message)
    else:
        message = style(Tone.WARNING, f"warning: {message}")
    source = f" ({diagnostic.source})" if diagnostic.source else ""
    return f"{place}{message}{source}   {style(Tone.CODE, f'[{diagnostic.code}]')}"


@dataclass(frozen=True, slots=True)
class _Marked:
    """A line and the stretch of it that is meant, in code points from 0."""

    line: str
    start: int
    end: int


def _source(span: Span, line: str, margin: str, style: Style, *, tone: Tone, width: int = WIDTH) -> list[str]:
    marked = _windowed(_without_secrets(_nearby(_marked(line, span))), width - len(margin) - 3)
    number = style(Tone.GUTTER, f"{span.line:>{len(margin)}} |")
    empty = style(Tone.GUTTER, f"{margin} |")
    before = sum(map(_cells, marked.line[: marked.start]))
    run = max(1, sum(map(_cells, marked.line[marked.start : marked.end])))
    caret = style(tone, "^" * run)
    shown = "".join(_TAB if each == "\t" else harmless(each) for each in marked.line)
    return [f"{number} {shown}".rstrip(), f"{empty} {' ' * before}{caret}"]


def _marked(line: str, span: Span) -> _Marked:
    """The caret's stretch on the first line of the span: to its end, else to the last character that is not blank."""
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    return _Marked(line, start, max(start, min(end, len(line))))


def _nearby(marked: _Marked) -> _Marked:
    first = max(0, marked.start - _NEAR)
    end = min(marked.end, marked.start + _NEAR)
    return _Marked(marked.line[first : marked.start + 2 * _NEAR], marked.start - first, end - first)


def _without_secrets(marked: _Marked) -> _Marked:
    """The line as it may be shown. Where something was hidden, the caret moves with what is left of its stretch."""
    shown = redact(marked.line)
    if shown == marked.line:
        return marked
    same = _common(marked.line, shown)
    tail = _common(marked.line[same:][::-1], shown[same:][::-1])
    moved = len(shown) - len(marked.line)

    def place(offset: int) -> int:
        if offset <= same:
            return offset
        return offset + moved if offset >= len(marked.line) - tail else same

    start = place(marked.start)
    end = place(marked.end) if marked.end <= same or marked.end >= len(marked.line) - tail else len(shown) - tail
    return _Marked(shown, start, max(start, end))


def _common(one: str, other: str) -> int:
    """How many characters the two begin with alike."""
    alike = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        alike += 1
    return alike


def _windowed(marked: _Marked, width: int) -> _Marked:
    """At most `width` cells of the line, around the caret, with `…` where something is left out."""
    line = marked.line.rstrip()
    if sum(map(_cells, line)) <= width:
        return _Marked(line + " " * (marked.start - len(line)), marked.start, marked.end)
    room = width - 2
    run = sum(map(_cells, line[marked.start : marked.end]))
    lead = max(room // 5, room * 3 // 5 - run)
    first, used = marked.start, 0
    while first > 0 and used + _cells(line[first - 1]) <= lead:
        first -= 1
        used += _cells(line[first])
    last, used = first, 0
    while last < len(line) and used + _cells(line[last]) <= room:
        used += _cells(line[last])
        last += 1
    opening = _CUT if first else ""
    shift = len(opening) - first
    window = opening + line[first:last] + (_CUT if last < len(line) else "")
    return _Marked(window, marked.start + shift, min(marked.end, last) + shift)


def _hint(hint: str, lines: list[str], gutter: str, style: Style) -> list[str]:
    """The hint below the picture, broken into lines of at most 100 cells."""
    broken = textwrap.wrap(_shown(hint), WIDTH - len(gutter), break_long_words=False, break_on_hyphens=False)
    margin = gutter if len(lines) == 1 else style(Tone.GUTTER, gutter.rstrip()) + " "
    return [f"{margin}{style(Tone.HINT, each)}" for each in broken]


def _shown(text: str) -> str:
    return harmless(redact(text))


def _cells(char: str) -> int:
    """How many terminal cells a character takes as it is shown here."""
    if char == "\t":
        return len(_TAB)
    if char.isascii():
        return 1
    if harmless(char) == char and unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
