"""Located YAML as plain values for the shapes, `$${` unescaped; empty values and `${` are refused here. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping as Texts
from typing import TypeAlias

from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, Mapping, Node, Scalar, ScalarValue, Sequence
from seedance_spec.specfiles.positions import Lines
from seedance_spec.specfiles.quoting import quoted

Plain: TypeAlias = "ScalarValue | list[Plain] | dict[str, Plain]"

_DOLLAR = re.compile(r"\$\$\{|\$\{")
_RESERVED = re.compile(r"(?<!\$)\$\{[^}\r\n]*\}?")


def plain_mapping(
    node: Mapping, texts: Texts[str, str], *, without: str = ""
) -> tuple[dict[str, Plain], tuple[Diagnostic, ...]]:
    """The mapping as plain values, but for the key `without` and keys that have no value; and what is wrong with it.

    `texts` are the source files by path: places inside a text are found there.
    """
    plainer = _Plainer(texts)
    return plainer.mapping(node, without=without), tuple(plainer.complaints)


class _Plainer:
    def __init__(self, texts: Texts[str, str]) -> None:
        self._texts = texts
        self.complaints: list[Diagnostic] = []

    def mapping(self, node: Mapping, *, without: str = "") -> dict[str, Plain]:
        return {
            name: self._value(entry.value)
            for name, entry in node.entries.items()
            if name != without and self._has_value(entry)
        }

    def _value(self, node: Node) -> Plain:
        match node:
            case Scalar(value=str(text)):
                return self._text(node, text) if "${" in text else text
            case Scalar(value=value):
                return value
            case Mapping():
                return self.mapping(node)
            case Sequence(items=items):
                return [self._value(item) for item in items if self._is_something(item)]

    def _text(self, node: Scalar, text: str) -> str:
        """The text with `$${` as `${`. A bare `${` is reserved for variables, which no spec has yet (D9)."""
        if any(found.group() == "${" for found in _DOLLAR.finditer(text)):
            self.complaints.append(
                Diagnostic(
                    code="reserved-interpolation",
                    message="${ is reserved for variables, which this version does not have",
                    span=self._where(node),
                    hint="write $${ if the text is meant to hold ${",
                )
            )
        return _DOLLAR.sub("${", text)

    def _has_value(self, entry: Entry) -> bool:
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            hint = "write a value, or delete the line"
            self._empty(f"{quoted(entry.key.text)} has no value", entry.key.span, hint)
            return False
        return True

    def _is_something(self, item: Node) -> bool:
        if isinstance(item, Scalar) and item.value is None:
            self._empty("an entry of this list is empty", item.span, "write a value, or delete the line")
            return False
        return True

    def _empty(self, message: str, span: Span, hint: str) -> None:
        self.complaints.append(Diagnostic(code="empty-value", message=message, span=span, hint=hint))

    def _where(self, node: Scalar) -> Span:
        lines = Lines(self._texts.get(node.file, ""))
        line, column, end_line, end_column = node.place
        start, end = lines.offset(line, column), lines.offset(end_line, end_column)
        found = _RESERVED.search(self._texts.get(node.file, ""), start, end)
        return lines.span(node.file, found.start(), found.end()) if found else node.span
