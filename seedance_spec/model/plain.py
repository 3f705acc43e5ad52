"""Located YAML as plain values for the shapes; empty values are refused here. Pure."""

from __future__ import annotations

from typing import TypeAlias

from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, Mapping, Node, Scalar, ScalarValue, Sequence
from seedance_spec.specfiles.quoting import quoted

Plain: TypeAlias = "ScalarValue | list[Plain] | dict[str, Plain]"


def plain_mapping(node: Mapping) -> tuple[dict[str, Plain], tuple[Diagnostic, ...]]:
    """The mapping as plain values, but for keys that have no value; and what is wrong with it."""
    plainer = _Plainer()
    return plainer.mapping(node), tuple(plainer.complaints)


class _Plainer:
    def __init__(self) -> None:
        self.complaints: list[Diagnostic] = []

    def mapping(self, node: Mapping) -> dict[str, Plain]:
        return {name: self._value(entry.value) for name, entry in node.entries.items() if self._has_value(entry)}

    def _value(self, node: Node) -> Plain:
        match node:
            case Scalar(value=value):
                return value
            case Mapping():
                return self.mapping(node)
            case Sequence(items=items):
                return [self._value(item) for item in items if self._is_something(item)]

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
