"""A text with variables, taken apart: what stands as it is, `${name}`, and what only looks like it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

MARK = "${"
"""What every text with a variable, or with an escaped one, holds."""

_SEGMENT = r"[A-Za-z_][A-Za-z0-9_-]*"
_NAME = re.compile(rf"{_SEGMENT}(?:\.{_SEGMENT})*\Z")
_TOKEN = re.compile(r"(?P<escape>\$\$\{)|\$\{(?P<name>[^{}\r\n$]*)(?P<close>\}?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """`${name}` at [start, end) of the text. `fault` says what is wrong with the way it is written, or is empty."""

    name: str
    start: int
    end: int
    fault: str = ""


Part: TypeAlias = str | Slot


@lru_cache(maxsize=1024)
def parts_of(text: str) -> tuple[Part, ...]:
    """Texts and slots in turn, `$${` already as `${`; neighbouring texts are one, empty ones are left out."""
    parts: list[Part] = []
    for part in _cut(text):
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif part:
            parts.append(part)
    return tuple(parts)


def escaped(text: str) -> str:
    """The text that means `text` and no variable: `parts_of(escaped(text))` is the text itself."""
    return text.replace(MARK, f"${MARK}")


def is_name(text: str) -> bool:
    """Whether this can name a variable: words of letters, digits, `_` and `-`, joined by dots."""
    return _NAME.match(text) is not None


def is_segment(text: str) -> bool:
    """Whether this can be one word of a variable's name."""
    return "." not in text and is_name(text)


def _cut(text: str) -> Iterator[Part]:
    at = 0
    for token in _TOKEN.finditer(text):
        yield text[at : token.start()]
        at = token.end()
        yield MARK if token["escape"] else _slot(token)
    yield text[at:]


def _slot(token: re.Match[str]) -> Slot:
    name, start = token["name"], token.start()
    if not token["close"]:
        # What follows an open bracket may be anything: the mark alone is shown.
        return Slot(name="", start=start, end=start + len(MARK), fault="unclosed")
    return Slot(name=name, start=start, end=token.end(), fault="" if is_name(name) else "misnamed")
