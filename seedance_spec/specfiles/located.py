"""YAML text to a tree in which every key and value knows its line and column. Pure: only parsing may enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, Protocol, TypeAlias

import yaml
from yaml.error import YAMLError

from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, Mapping, Node, Place, Scalar, Sequence, described, head
from seedance_spec.specfiles.quoting import quoted
from seedance_spec.specfiles.scalars import plain_value
from seedance_spec.specfiles.yaml_faults import syntax_fault, unreadable_text

# Both have `get_event`, all we use; without libyaml the same events come ten times slower.
_FASTEST_PARSER = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader


class EventSource(Protocol):
    def get_event(self) -> yaml.Event | None: ...


OpenText: TypeAlias = Callable[[str], EventSource]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one file may hold. `size` counts nodes after aliases are expanded, and 256 characters as one more."""

    depth: int = 64
    size: int = 1_000_000


_USUAL = Limits()


def read_yaml(
    file: str, text: str, *, limits: Limits = _USUAL, parser: OpenText = _FASTEST_PARSER
) -> tuple[Node | None, tuple[Diagnostic, ...]]:
    """The tree of one YAML document, None for an empty one or one that cannot be parsed, and every complaint.

    Never raises, whatever the text. With complaints the tree may lack what they are about.
    """
    unreadable = unreadable_text(file, text)
    if unreadable is not None:
        return None, (unreadable,)
    reading = _Reading(file, text, parser(text), limits)
    try:
        root = reading.document()
    except YAMLError as error:
        return None, (*reading.complaints, syntax_fault(file, text, error))
    except _GaveUpError:
        return None, tuple(reading.complaints)
    return root, tuple(reading.complaints)


class _GaveUpError(Exception):
    """The complaint that ends the reading is already among the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Anchored:
    node: Node
    size: int
    height: int


class _Reading:
    """One walk over the events of a document."""

    def __init__(self, file: str, text: str, source: EventSource, limits: Limits) -> None:
        self._file = file
        self._end = _end_of(text)
        self._source = source
        self._limits = limits
        self._anchors: dict[str, _Anchored | None] = {}
        self._size = 0
        self._deepest = 0
        self.complaints: list[Diagnostic] = []

    def document(self) -> Node | None:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        root = self._node(self._next(), 1)
        self._next()
        second = self._next()
        if not isinstance(second, yaml.StreamEndEvent):
            self._complain(
                "several-documents",
                "a spec file holds one document, and here a second one starts",
                self._span(second),
                "delete the line of ---, or move what follows to a file of its own",
            )
        return root

    def _next(self) -> yaml.Event:
        event = self._source.get_event()
        assert event is not None, "nothing is read beyond the end of the stream"
        return event

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent) and event.anchor is None:
            return self._scalar(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        assert isinstance(event, yaml.NodeEvent)
        if event.anchor is None:
            return self._content(event, depth)
        return self._anchor(event, event.anchor, depth)

    def _content(self, event: yaml.NodeEvent, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        self._reach(event, depth)
        self._grow(event, 1)
        assert isinstance(event, yaml.CollectionStartEvent)
        if event.tag is not None:
            self._refuse_tag(event, event.tag)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, depth + 1)
        return self._sequence(event, depth + 1)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text, plain = event.value, event.implicit[0]
        self._grow(event, 1 + len(text) // 256)
        if event.tag is not None:
            self._refuse_tag(event, event.tag)
        value = plain_value(text) if plain else text
        return Scalar(file=self._file, place=self._place(event), value=value, text=text, quoted=not plain)

    def _sequence(self, start: yaml.Event, depth: int) -> Sequence:
        items = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, depth))
        place = self._place(start, items[-1] if items else None, event)
        return Sequence(file=self._file, place=place, items=tuple(items))

    def _mapping(self, start: yaml.Event, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        value: Node | None = None
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth)
            value = self._node(self._next(), depth)
            if (name := self._key(key, entries)) is not None:
                assert isinstance(key, Scalar)
                entries[name] = Entry(key, value)
        return Mapping(file=self._file, place=self._place(start, value, event), entries=entries)

    def _key(self, key: Node, entries: dict[str, Entry]) -> str | None:
        """The key's text; None, with a complaint, for a key that cannot be taken."""
        if not isinstance(key, Scalar) or not isinstance(key.value, str):
            self._refuse_key(key)
        elif key.value in entries:
            first = entries[key.value].key.span
            message = f"duplicate key {quoted(key.value)}: it is already written at {first}"
            self._complain("duplicate-key", message, key.span, "delete or rename one of the two")
        elif key.value == "<<" and not key.quoted:
            hint = "write what shots share under `defaults:`; a shot's own keys win over them"
            self._complain("merge-key", "merge keys (<<) are not part of a spec", key.span, hint)
        else:
            return key.value
        return None

    def _refuse_key(self, key: Node) -> None:
        named = isinstance(key, Scalar) and key.text
        hint = f'put it in quotes: "{named}"' if named else "write a name before the colon"
        self._complain("key-not-text", f"a key is a text, not {described(key)}", head(key), hint)

    def _refuse_tag(self, event: yaml.Event, tag: str) -> None:
        shown = tag.replace("tag:yaml.org,2002:", "!!")
        span = self._span(event)
        self._complain("yaml-tag", f"tags are not part of a spec: {quoted(shown)}", span, "delete the tag")

    def _anchor(self, event: yaml.NodeEvent, name: str, depth: int) -> Node:
        size, deepest = self._size, self._deepest
        self._anchors[name] = None
        self._deepest = depth
        node = self._content(event, depth)
        self._anchors[name] = _Anchored(node=node, size=self._size - size, height=self._deepest - depth)
        self._deepest = max(deepest, self._deepest)
        return node

    def _alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        name = event.anchor or ""
        if name not in self._anchors:
            message = f"*{name} refers to nothing: there is no &{name} above"
            self._give_up(event, "unknown-alias", message, "if this is a text, put it in quotes")
        anchored = self._anchors[name]
        if anchored is None:
            self._give_up(event, "alias-loop", f"*{name} stands inside the very thing it refers to", "delete it")
        self._grow(event, anchored.size)
        self._reach(event, depth + anchored.height)
        return anchored.node

    def _reach(self, event: yaml.Event, depth: int) -> None:
        self._deepest = max(depth, self._deepest)
        if depth > self._limits.depth:
            message = f"nested more than {self._limits.depth} levels deep"
            self._give_up(event, "too-deep", message, "a spec needs no more than a few levels")

    def _grow(self, event: yaml.Event, size: int) -> None:
        self._size += size
        if self._size > self._limits.size:
            message = f"the file holds more than {self._limits.size:,} values (every use of an alias counts)"
            self._give_up(event, "too-many-values", message, "split it into several files, or use fewer aliases")

    def _place(self, start: yaml.Event, last: Node | None = None, end: yaml.Event | None = None) -> Place:
        """From the start of one event to its end, to that of `last`, or to that of a closing bracket.

        A block collection's own end is where the next thing starts: its last child's end is what the eye sees.
        """
        first, final = start.start_mark, (end or start).end_mark
        assert first is not None
        assert final is not None
        if final.line >= self._end[0]:
            return self._place_at_the_end(first.line + 1, first.column + 1)
        if last is not None and end is not None and end.start_mark is not None and end.start_mark.index == final.index:
            return (first.line + 1, first.column + 1, last.place[2], last.place[3])
        return (first.line + 1, first.column + 1, final.line + 1, final.column + 1)

    def _place_at_the_end(self, line: int, column: int) -> Place:
        """The parser counts a line after the last one: what ends there, ends with the text."""
        return (*min((line, column), self._end), *self._end)

    def _span(self, event: yaml.Event) -> Span:
        line, column, end_line, end_column = self._place(event)
        return Span(file=self._file, line=line, column=column, end_line=end_line, end_column=end_column)

    def _give_up(self, event: yaml.Event, code: str, message: str, hint: str) -> NoReturn:
        self._complain(code, message, self._span(event), hint)
        raise _GaveUpError

    def _complain(self, code: str, message: str, span: Span, hint: str) -> None:
        self.complaints.append(Diagnostic(code=code, message=message, span=span, hint=hint))


def _end_of(text: str) -> tuple[int, int]:
    """Line and column just after the last character."""
    line = text.count("\n") + text.count("\r") - text.count("\r\n") + 1
    return line, len(text) - max(text.rfind("\n"), text.rfind("\r"))
