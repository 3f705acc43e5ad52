"""How words look on a terminal: colours by meaning, widths in cells, text that cannot harm. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from unicodedata import category, combining, east_asian_width

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_RESET = "\x1b[0m"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200b\u200d\ufe0f"


class Ink(StrEnum):
    """What a piece of text means; a Style says how that looks."""

    STRONG = "strong"
    QUIET = "quiet"
    NEW = "new"
    CHANGED = "changed"
    FREE = "free"
    RUNNING = "running"
    RISK = "risk"
    WRONG = "wrong"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Colours by meaning: ANSI codes. With none, every text stays as it is."""

    codes: Mapping[Ink, str] = field(default_factory=dict)

    @property
    def coloured(self) -> bool:
        return bool(self.codes)

    def paint(self, ink: Ink, text: str) -> str:
        code = self.codes.get(ink)
        return f"\x1b[{code}m{text}{_RESET}" if code and text else text


PLAIN = Style()
COLOUR = Style(
    codes={
        Ink.STRONG: "1",
        Ink.QUIET: "2",
        Ink.NEW: "32",
        Ink.CHANGED: "33",
        Ink.FREE: "36",
        Ink.RUNNING: "34",
        Ink.RISK: "1;35",
        Ink.WRONG: "31",
        Ink.ADDED: "32",
        Ink.REMOVED: "31;9",
    }
)


def printable(text: str) -> str:
    """Text from specs or servers on one line: controls, escapes and bidirectional marks shown as `�`, breaks as `⏎`."""
    lines = text.replace("\r\n", "\n").replace("\n", "⏎").replace("\t", " ")
    return "".join("\ufffd" if category(char) in _INVISIBLE and char not in _JOINERS else char for char in lines)


def cells(text: str) -> int:
    """How many terminal cells the text takes; colours take none."""
    return sum(_cells_of(char) for char in _ESCAPE.sub("", text))


def pad(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def fit(text: str, width: int) -> str:
    """Uncoloured text, cut at its end to `width` cells, with `…` where something is missing."""
    return text if cells(text) <= width else _start(text, width - 1) + "…"


def fit_middle(text: str, width: int) -> str:
    """Uncoloured text cut in its middle, for names whose ends matter most: `ep1/030_pi…ratio=9x16`."""
    if cells(text) <= width:
        return text
    left = (width - 1) // 2
    return f"{_start(text, left)}…{_start(text[::-1], width - 1 - left)[::-1]}"


def wrap(pieces: list[tuple[Ink | None, str]], width: int, style: Style) -> list[str]:
    """Words with their colours, broken into lines of at most `width` cells; a longer word stands alone, cut to fit.

    Each piece is one unbreakable word or run of blanks; blanks at a break vanish.
    """
    lines: list[list[tuple[Ink | None, str]]] = [[]]
    used = 0
    for ink, text in pieces:
        if used + cells(text) > width and used:
            lines.append([])
            used = 0
        if used or not text.isspace():
            lines[-1].append((ink, fit(text, width)))
            used += cells(lines[-1][-1][1])
    return [_painted(line, style) for line in lines if line]


def _painted(line: list[tuple[Ink | None, str]], style: Style) -> str:
    while line and line[-1][1].isspace():
        line = line[:-1]
    runs = ((ink, "".join(text for _, text in run)) for ink, run in groupby(line, key=lambda piece: piece[0]))
    return "".join(text if ink is None else style.paint(ink, text) for ink, text in runs)


def flow(parts: list[str], width: int, *, separator: str = " · ", indent: str = "") -> list[str]:
    """Uncoloured parts joined by `separator`, broken between parts only; lines after the first begin with `indent`."""
    return list(_flowing(parts, width, separator, indent))


def _flowing(parts: list[str], width: int, separator: str, indent: str) -> Iterator[str]:
    line = ""
    comma = "," if separator.startswith(",") else ""
    for part in parts:
        longer = f"{line}{separator}{part}" if line.strip() else f"{line}{part}"
        if cells(longer) + len(comma) > width and line.strip():
            yield line + comma
            longer = f"{indent}{part}"
        line = longer
    if line.strip():
        yield line


def _start(text: str, width: int) -> str:
    kept, used = [], 0
    for char in text:
        used += _cells_of(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept)


def _cells_of(char: str) -> int:
    if combining(char) or char in _JOINERS:
        return 0
    return 2 if east_asian_width(char) in "WF" else 1
