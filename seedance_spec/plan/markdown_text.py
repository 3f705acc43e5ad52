"""Any text as GitHub Markdown that shows it and does nothing else: no markup, no mention, no link. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from seedance_spec.plan.style import printable

_BREAK = "\u200b"
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_CALM = frozenset(" ,/;:=%()'.+-")
"""Marks that begin nothing inside of a line."""
_CALLS = re.compile(r"@|:(?=[\w+-]+:)|(?<=#)(?=\d)|(?<=GH-)(?=\d)", re.IGNORECASE)
_LINKS = re.compile(r"(?<=://)|(?<=www)(?=\.)", re.IGNORECASE)
_HASHES = re.compile(r"\b[0-9a-f]{7,40}\b")
_TICKS = re.compile(r"`+")


def words(text: str) -> str:
    """Text in a line or a cell. Whoever is named in it is not called, and what looks like a number of an issue, a
    commit or an address does not become one: an invisible blank stands inside.
    """
    calm = _LINKS.sub(_BREAK, _CALLS.sub(lambda found: f"{found[0]}{_BREAK}", printable(text)))
    calm = _HASHES.sub(lambda found: f"{found[0][:6]}{_BREAK}{found[0][6:]}", calm)
    # A lone `$` would open a formula with the next one.
    return _without_markup(calm).replace("&#36;", "<span>$</span>")


def code(text: str) -> str:
    """Text as code, in a line or a cell. Backquotes would not do: there is no escaping `|` or a backquote in them."""
    return f"<code>{_without_markup(_LINKS.sub(_BREAK, printable(text)))}</code>"


def fenced(lines: Sequence[str]) -> list[str]:
    """Lines as a block of code, which nothing in them can end. They must be `printable`."""
    longest = max((len(run) for line in lines for run in _TICKS.findall(line)), default=0)
    fence = "`" * max(longest + 1, 3)
    return [f"{fence}text", *lines, fence]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; a head that ends with `:` stands at the right. Cells are Markdown already."""
    sides = ["---:" if head.endswith(":") else "---" for head in heads]
    return [_row([head.removesuffix(":") for head in heads]), _row(sides), *(_row(cells) for cells in rows)]


def folded(summary: str, lines: Sequence[str]) -> list[str]:
    """Lines behind a summary, which is Markdown for a line already and opens them with a click."""
    return ["<details>", f"<summary>{summary}</summary>", "", *lines, "", "</details>"]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _without_markup(text: str) -> str:
    """Punctuation as numbered characters, which are never read as structure."""
    return _PUNCTUATION.sub(lambda found: found[0] if found[0] in _CALM else f"&#{ord(found[0])};", text)
