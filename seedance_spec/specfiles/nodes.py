"""YAML as a tree that knows where it came from. Pure values: no parser and no meaning may enter."""

from __future__ import annotations

import collections.abc
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from seedance_spec.specfiles.diagnostic import Span

Place: TypeAlias = tuple[int, int, int, int]
"""Line, column, end line, end column, as in `Span`. A bare tuple: a large film has a million of them."""

ScalarValue: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """`value` is what the text means under YAML 1.2; `text` is the text itself, without quotes."""

    file: str
    place: Place
    value: ScalarValue
    text: str
    quoted: bool

    @property
    def span(self) -> Span:
        return _span(self.file, self.place)


class Entry(NamedTuple):
    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """`entries` by key, in the order written; each keeps its key's own place."""

    file: str
    place: Place
    entries: collections.abc.Mapping[str, Entry]

    @property
    def span(self) -> Span:
        return _span(self.file, self.place)

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry.value if entry else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    file: str
    place: Place
    items: tuple[Node, ...]

    @property
    def span(self) -> Span:
        return _span(self.file, self.place)


Node: TypeAlias = Scalar | Mapping | Sequence


def is_empty(node: Node) -> bool:
    """Whether nothing was written: a key without a value."""
    return isinstance(node, Scalar) and node.value is None


def head(node: Node) -> Span:
    """Where to point for a complaint about the whole of `node`: its first key, else itself."""
    if isinstance(node, Mapping):
        return next((entry.key.span for entry in node.entries.values()), node.span)
    return node.span


def described(node: Node) -> str:
    """The kind of thing that was written, in the user's words."""
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return node.text
        case Scalar(value=int() | float()):
            return "a number"
        case Scalar():
            return "a text"


def _span(file: str, place: Place) -> Span:
    line, column, end_line, end_column = place
    return Span(file=file, line=line, column=column, end_line=end_line, end_column=end_column)
