"""`vars:` as written: dotted names and their layers, each value with its place. Pure; nothing is expanded here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from seedance_spec.model.origin import OriginKind
from seedance_spec.model.template import is_name, is_segment
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, Node, Scalar, described
from seedance_spec.specfiles.quoting import quoted
from seedance_spec.specfiles.scalars import plain_value

MATRIX = "matrix"
"""The first word of what a matrix gives its shots, `${matrix.ratio}`: no variable has that name."""

_UNWRITTEN = (1, 1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One name and its value as written. A value of the environment or the command line has no place of its own."""

    name: str
    node: Scalar
    kind: OriginKind = OriginKind.VARIABLE

    @property
    def span(self) -> Span | None:
        return None if self.kind in (OriginKind.ENVIRONMENT, OriginKind.COMMAND_LINE) else self.node.span

    @property
    def place(self) -> str:
        """Where it is set, in words: `specs/project.yaml:3:9`, `--var hero`."""
        match self.kind:
            case OriginKind.COMMAND_LINE:
                return f"--var {self.name}"
            case OriginKind.ENVIRONMENT:
                return f"the environment's SEEDANCE_VAR_{self.name}"
            case _:
                return str(self.node.span)


Names: TypeAlias = Mapping[str, Variable]
"""Variables by their dotted names."""


def can_be_set(name: str) -> bool:
    """Whether the environment or the command line may set a variable of this name."""
    return is_name(name) and name.partition(".")[0] != MATRIX


def over(base: Names, written: Node | None) -> tuple[Names, tuple[Diagnostic, ...]]:
    """`base` with what one `vars:` says over it, and what is wrong with that. Null takes a variable of `base` away."""
    if not isinstance(written, nodes.Mapping):
        return base, ()
    names, complaints = dict(base), []
    for each in _leaves(written, ""):
        match each:
            case Diagnostic():
                complaints.append(each)
            case (name, _, Scalar(value=None)) if _is_known(name, names):
                _forget(name, names)
            case (name, key, Scalar(value=None)):
                complaints.append(_empty(name, key))
            case (name, _, node):
                _set(Variable(name=name, node=node), names)
    return names, tuple(complaints)


def given_over(base: Names, given: Mapping[str, str], kind: OriginKind) -> Names:
    """`base` with plain texts over it, as the environment or the command line gives them."""
    names = dict(base)
    for name, text in given.items():
        _set(Variable(name=name, node=_scalar(text), kind=kind), names)
    return names


def matrix_value(axis: str, node: Scalar) -> Variable:
    return Variable(name=f"{MATRIX}.{axis}", node=node, kind=OriginKind.MATRIX)


def _scalar(text: str) -> Scalar:
    """What a shell hands over as YAML would read it: `5` and `true` are no texts, but `"5"` in quotes of its own is."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return Scalar(file="", place=_UNWRITTEN, value=text[1:-1], text=text[1:-1], quoted=True)
    value = plain_value(text)
    return Scalar(file="", place=_UNWRITTEN, value=text if value is None else value, text=text, quoted=False)


def _leaves(written: nodes.Mapping, prefix: str) -> Iterator[tuple[str, Scalar, Scalar] | Diagnostic]:
    """Dotted name, key and value of every variable."""
    for word, entry in written.entries.items():
        fault = _name_fault(word, entry, prefix)
        if fault is not None:
            yield fault
            continue
        match entry.value:
            case nodes.Mapping() as group:
                yield from _leaves(group, f"{prefix}{word}.")
            case Scalar() as value:
                yield f"{prefix}{word}", entry.key, value
            case other:
                yield _wrong_type(f"{prefix}{word}", other)


def _is_known(name: str, names: Names) -> bool:
    return name in names or any(each.startswith(f"{name}.") for each in names)


def _forget(name: str, names: dict[str, Variable]) -> None:
    for each in [each for each in names if each == name or each.startswith(f"{name}.")]:
        del names[each]


def _set(variable: Variable, names: dict[str, Variable]) -> None:
    """A value replaces a group of its name, and a group replaces a value."""
    _forget(variable.name, names)
    words = variable.name.split(".")
    for count in range(1, len(words)):
        names.pop(".".join(words[:count]), None)
    names[variable.name] = variable


def _name_fault(word: str, entry: Entry, prefix: str) -> Diagnostic | None:
    span = entry.key.span
    if not prefix and word == MATRIX:
        hint = "give it another name; ${matrix.…} is what a shot's matrix gives"
        return Diagnostic(code="reserved-name", message="no variable can be called matrix", span=span, hint=hint)
    if is_segment(word):
        return None
    hint = "use letters, digits, _ and -, a letter or _ first; write a group as keys below its name"
    return Diagnostic(code="bad-variable-name", message=f"{quoted(word)} cannot name a variable", span=span, hint=hint)


def _wrong_type(name: str, node: Node) -> Diagnostic:
    message = f"the variable {name} wants a text, a number, true or false, not {described(node)}"
    hint = "write one value; or keys below it, used as ${" + name + ".key}"
    return Diagnostic(code="wrong-type", message=message, span=node.span, hint=hint)


def _empty(name: str, key: Scalar) -> Diagnostic:
    hint = 'write a value, or "" for an empty text; no value takes away what a layer below says'
    return Diagnostic(code="empty-value", message=f"the variable {name} has no value", span=key.span, hint=hint)
