"""`Paid:  $1.52 for 2 takes`: words beside their label, with a hanging indent. Pure layout, no words of its own."""

from __future__ import annotations

from seedance_spec.plan.style import Ink, Style, cells, flow, wrap

COLUMN = 8


def labelled(label: str, words: str, *, width: int, style: Style) -> list[str]:
    """Broken at its dots where the parts fit, else between words; lines keep to `width` cells."""
    room = width - COLUMN
    parts = words.split(" · ")
    if all(cells(part) <= room for part in parts):
        lines = flow(parts, room)
    else:
        lines = wrap([(None, piece) for piece in pieces(words)], room, Style())
    head = f"{label}:" if label else ""
    first, *others = lines or [""]
    gap = " " * max(COLUMN - len(head), 1)
    return [f"{style.paint(Ink.STRONG, head)}{gap}{first}", *(" " * COLUMN + line for line in others)]


def pieces(text: str) -> list[str]:
    """The words and the blanks between them, as `wrap` breaks them."""
    return [piece for word in text.split(" ") for piece in (word, " ")][:-1]
