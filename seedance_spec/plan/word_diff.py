"""Two texts, word by word: what went, what came, and a little of what stayed. Pure: colours are the style's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from seedance_spec.plan.style import Ink, Style, printable, wrap

_WORD = re.compile(r"\s+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|[^\w\s]")
_CONTEXT_WORDS = 8
_MOST_WORDS = 4000


def word_diff(before: str, after: str, *, width: int, style: Style) -> list[str]:
    """Lines of at most `width` cells: `drifts` → `races` as `[-drifts-]{+races+}`, or in colour without the marks.

    Long stretches that stayed are cut to a few words on either side of a change.
    """
    old, new = _words(before), _words(after)
    return wrap(list(_marked(_hunks(old, new), style)), width, style)


def _words(text: str) -> list[str]:
    return _WORD.findall(printable(text).replace("⏎", " ⏎ "))


def _hunks(old: list[str], new: list[str]) -> Iterator[tuple[Ink | None, list[str]]]:
    if max(len(old), len(new)) > _MOST_WORDS:
        yield from _ends_apart(old, new)
        return
    blocks = SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    for index, (kind, a, b, c, d) in enumerate(blocks):
        if kind == "equal":
            yield None, _cut(old[a:b], first=index == 0, last=index == len(blocks) - 1)
        else:
            yield Ink.REMOVED, old[a:b]
            yield Ink.ADDED, new[c:d]


def _ends_apart(old: list[str], new: list[str]) -> Iterator[tuple[Ink | None, list[str]]]:
    """Two long texts: what is the same at both ends is told apart from the rest, which is only counted."""
    start = next(
        (i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    yield None, _cut(old[:start], first=True, last=False)
    yield Ink.REMOVED, [f"({len(old) - start} words and marks)"]
    yield Ink.ADDED, [f"({len(new) - start} words and marks)"]


def _cut(words: list[str], *, first: bool, last: bool) -> list[str]:
    """What stayed, cut to a few words beside a change."""
    head = [] if first else words[: 2 * _CONTEXT_WORDS]
    tail = [] if last else words[-2 * _CONTEXT_WORDS :]
    return words if len(head) + len(tail) + 2 >= len(words) else [*head, "…", *tail]


def _marked(hunks: Iterator[tuple[Ink | None, list[str]]], style: Style) -> Iterator[tuple[Ink | None, str]]:
    before: Ink | None = None
    for ink, words in hunks:
        if not words:
            continue
        if ink is Ink.ADDED and before is Ink.REMOVED and style.coloured:
            yield None, " "  # without it, a terminal that cannot strike through shows one word of two
        if ink is None or style.coloured:
            yield from ((ink, word) for word in words)
        else:
            yield from _bracketed(ink, words)
        before = ink


def _bracketed(ink: Ink, words: list[str]) -> Iterator[tuple[None, str]]:
    """The words between marks; blanks at the end stay outside."""
    opening, closing = ("[-", "-]") if ink is Ink.REMOVED else ("{+", "+}")
    if len(words) > 1 and words[-1].isspace():
        yield from _bracketed(ink, words[:-1])
        yield None, words[-1]
        return
    if len(words) == 1:
        yield None, f"{opening}{words[0]}{closing}"
        return
    yield None, f"{opening}{words[0]}"
    yield from ((None, word) for word in words[1:-1])
    yield None, f"{words[-1]}{closing}"
