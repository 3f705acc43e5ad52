"""Where in its source a stretch of a scalar's text stands: in block scalars and between escapes too. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedance_spec.specfiles.diagnostic import Span
from seedance_spec.specfiles.nodes import Scalar
from seedance_spec.specfiles.positions import Lines

_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t\r\n]+)*")
_BLOCK_HEADER = re.compile(r"[|>][^\r\n]*(?:\r\n|\r|\n)")
_BLANKS = frozenset(" \t\r\n")
_ESCAPE = re.compile(r"\\(?:x(..)|u(....)|U(........)|\r\n|(.))", re.DOTALL)
_BLANK_ESCAPES = frozenset("nrt \t\r\n")


def span_inside(node: Scalar, source: str, start: int, end: int) -> Span:
    """The place of `node.text[start:end]`, which begins and ends with ink, in the file's text `source`.

    Folding, indentation and escapes only move blanks or respell characters: the n-th character that is no blank is the
    n-th in the source too. The place of the whole value where the source is not that of the node.
    """
    lines = Lines(source)
    line, column, end_line, end_column = node.place
    first, last = lines.offset(line, column), lines.offset(end_line, end_column)
    skipped = _ink(node.text[:start])
    inked = _ink(node.text[start:end])
    units = list(_units(source, first, last))
    if not inked or len(units) < skipped + inked:
        return node.span
    return lines.span(node.file, units[skipped][0], units[skipped + inked - 1][1])


def _ink(text: str) -> int:
    return sum(char not in _BLANKS for char in text)


def _units(source: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Start and end of every character of the value that is no blank, as it is spelled in the source."""
    properties = _PROPERTIES.match(source, first, last)
    first = properties.end() if properties else first
    match source[first : first + 1]:
        case '"':
            yield from _double(source, first + 1, last - 1)
        case "'":
            yield from _single(source, first + 1, last - 1)
        case "|" | ">":
            header = _BLOCK_HEADER.match(source, first, last)
            yield from _plain(source, header.end() if header else last, last)
        case _:
            yield from _plain(source, first, last)


def _plain(source: str, at: int, last: int) -> Iterator[tuple[int, int]]:
    yield from ((place, place + 1) for place in range(at, last) if source[place] not in _BLANKS)


def _single(source: str, at: int, last: int) -> Iterator[tuple[int, int]]:
    while at < last:
        width = 2 if source.startswith("''", at) else 1
        if source[at] not in _BLANKS:
            yield at, at + width
        at += width


def _double(source: str, at: int, last: int) -> Iterator[tuple[int, int]]:
    while at < last:
        escape = _ESCAPE.match(source, at, last)
        end = escape.end() if escape else at + 1
        if not _is_blank(source[at], escape):
            yield at, end
        at = end


def _is_blank(char: str, escape: re.Match[str] | None) -> bool:
    if escape is None:
        return char in _BLANKS
    short, digits = escape[4], escape[1] or escape[2] or escape[3]
    if digits:
        return chr(int(digits, 16)) in _BLANKS
    return short is None or short in _BLANK_ESCAPES
