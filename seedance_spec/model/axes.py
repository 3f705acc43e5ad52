"""The axes of a matrix as written: names, values, and what is wrong with them. Pure; nothing is multiplied here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seedance_spec.model.matrix_names import safe_name
from seedance_spec.model.scope import Scope
from seedance_spec.model.template import is_segment
from seedance_spec.model.variables import Names as Variables
from seedance_spec.model.variables import matrix_value
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, Node, Scalar, described, head
from seedance_spec.specfiles.quoting import quoted

INCLUDE, EXCLUDE = "include", "exclude"
_NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of an axis. `name` is its part of an id; `node` what `${matrix.axis}` stands for; `fields` what
    `${matrix.axis.field}` does, where the value was written as a mapping.
    """

    name: str
    node: Scalar
    fields: Mapping[str, Scalar]

    def variables(self, axis: str) -> Variables:
        values = {axis: self.node} | {f"{axis}.{field}": node for field, node in self.fields.items()}
        return {variable.name: variable for variable in (matrix_value(name, node) for name, node in values.items())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    name: str
    key: Span
    values: tuple[Value, ...]

    def value(self, name: str) -> Value | None:
        return next((each for each in self.values if each.name == name), None)


def axes_of(matrix: nodes.Mapping, scope: Scope) -> tuple[tuple[Axis, ...], tuple[Diagnostic, ...]]:
    """The axes in alphabetical order, and every complaint; an axis with one may lack values."""
    complaints: list[Diagnostic] = []
    axes = []
    for name, entry in sorted(matrix.entries.items()):
        if name not in (INCLUDE, EXCLUDE):
            values = [*_values(name, entry, scope)]
            complaints += (each for each in values if isinstance(each, Diagnostic))
            found = tuple(each for each in values if isinstance(each, Value))
            axes.append(Axis(name=name, key=entry.key.span, values=found))
    if not axes and not complaints:
        hint = "name one and list its values: `ratio: [16:9, 9:16]`"
        complaints.append(Diagnostic(code="empty-matrix", message="no axis", span=matrix.span, hint=hint))
    return tuple(axes), tuple(complaints)


def value_of(axis: str, node: Node, scope: Scope) -> Value | tuple[Diagnostic, ...]:
    """One value as written, in a list of its axis or under `include`."""
    match node:
        case nodes.Mapping():
            return _mapped(axis, node, scope)
        case Scalar(value=None):
            return (_fault("empty-value", f"a value of {axis} is empty", node.span, "write a value, or delete it"),)
        case Scalar():
            put_in, complaints = _expanded(node, scope)
            return complaints or _named(axis, put_in, put_in, {})
        case _:
            return (_misshapen(axis, node),)


def _values(name: str, entry: Entry, scope: Scope) -> Iterator[Value | Diagnostic]:
    if not is_segment(name):
        hint = "use letters, digits, _ and -, a letter or _ first"
        yield _fault("bad-axis-name", f"{quoted(name)} cannot name an axis", entry.key.span, hint)
        return
    if not isinstance(entry.value, nodes.Sequence) or not entry.value.items:
        said = "an empty list" if isinstance(entry.value, nodes.Sequence) else described(entry.value)
        hint = f"list its values: `{name}: [a, b]`"
        yield _fault("wrong-type", f"the axis {name} wants a list of values, not {said}", head(entry.value), hint)
        return
    first: dict[str, Node] = {}
    for item in entry.value.items:
        value = value_of(name, item, scope)
        if isinstance(value, tuple):
            yield from value
        elif (other := first.setdefault(value.name.casefold(), item)) is not item:
            yield _collision(name, value, item, other)
        else:
            yield value


def _mapped(axis: str, node: nodes.Mapping, scope: Scope) -> Value | tuple[Diagnostic, ...]:
    complaints: list[Diagnostic] = []
    fields: dict[str, Scalar] = {}
    for field, entry in node.entries.items():
        if not is_segment(field) or not isinstance(entry.value, Scalar) or entry.value.value is None:
            complaints.append(_misshapen(axis, entry.value))
            continue
        fields[field], told = _expanded(entry.value, scope)
        complaints += told
    if _NAME not in node.entries:
        hint = "add one, for the id: `{ name: noir, words: black and white }`"
        complaints.append(_fault("missing-name", f"a value of {axis} with keys needs a name", head(node), hint))
    return tuple(complaints) or _named(axis, fields[_NAME], node, fields)


def _named(axis: str, value: Scalar, node: Node, fields: Mapping[str, Scalar]) -> Value | tuple[Diagnostic, ...]:
    name = safe_name(value.text)
    if name is not None:
        return Value(name=name, node=value, fields=fields)
    message = f"{quoted(value.text)} cannot be part of a shot's id"
    key = "words" if isinstance(node, Scalar) else _NAME
    hint = f"give it a short ASCII name: `{{ name: one, words: … }}`, then ${{matrix.{axis}.{key}}}"
    return (_fault("bad-matrix-value", message, value.span, hint),)


def _expanded(node: Scalar, scope: Scope) -> tuple[Scalar, tuple[Diagnostic, ...]]:
    expansion = scope.expand(node)
    if expansion.text is node.text:
        return node, expansion.complaints
    quoted_ = isinstance(expansion.value, str)
    put_in = Scalar(file=node.file, place=node.place, value=expansion.value, text=expansion.text, quoted=quoted_)
    return put_in, expansion.complaints


def _misshapen(axis: str, node: Node) -> Diagnostic:
    message = f"a value of {axis} is a text, a number, true or false, or such values by name; not {described(node)}"
    return _fault("wrong-type", message, node.span, "write it as `{ name: noir, words: black and white }`")


def _collision(axis: str, value: Value, item: Node, other: Node) -> Diagnostic:
    message = f"two values of {axis} would both be called {value.name} in ids: this one and that at {other.span}"
    hint = "delete one of them, or give them names: `{ name: wide, value: … }`"
    return _fault("matrix-values-collide", message, item.span, hint)


def _fault(code: str, message: str, span: Span, hint: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, span=span, hint=hint)
