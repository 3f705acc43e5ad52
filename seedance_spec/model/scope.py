"""What `${name}` stands for at one place: lookup, variables inside variables, and every way it can fail. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from seedance_spec.model.origin import OriginKind, Piece, Use
from seedance_spec.model.template import MARK, Slot, parts_of
from seedance_spec.model.variables import MATRIX, Names, Variable
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.inside import span_inside
from seedance_spec.specfiles.nodes import Scalar, ScalarValue
from seedance_spec.specfiles.quoting import quoted
from seedance_spec.specfiles.suggest import nearest

LONGEST_TEXT = 100_000
"""How many characters a text may have once its variables are put in."""
DEEPEST = 32
"""How many variables may stand inside of one another."""

_LITERAL = frozenset({OriginKind.ENVIRONMENT, OriginKind.COMMAND_LINE, OriginKind.MATRIX})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """A scalar with its variables put in. A text that is one variable and nothing else has that variable's type."""

    value: ScalarValue
    text: str
    pieces: tuple[Piece, ...] = ()
    complaints: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    use: Use | None
    value: ScalarValue = None
    complaints: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The variables of one spec file, and those of the matrix in one shot of it. `texts` are the source files by path:
    places inside a text are found there. `used` collects the names that anything asked for.
    """

    names: Names
    texts: Mapping[str, str]
    used: set[str] = field(default_factory=set)
    matrix: Names | None = None
    _known: dict[str, _Found] = field(default_factory=dict)

    def with_matrix(self, values: Names) -> Scope:
        """The same variables beside other matrix values, `matrix.ratio` by name."""
        return replace(self, matrix=values)

    def expand(self, node: Scalar) -> Expansion:
        """The scalar with its variables; as it is where it is no text or has none."""
        if not isinstance(node.value, str) or MARK not in node.text:
            return Expansion(value=node.value, text=node.text)
        return self._expand(node, ())

    def _expand(self, node: Scalar, within: tuple[Variable, ...]) -> Expansion:
        pieces: list[Piece] = []
        complaints: list[Diagnostic] = []
        value: ScalarValue = None
        for part in parts_of(node.text):
            if isinstance(part, str):
                pieces.append(part)
                continue
            found = self._find(part, node, within)
            complaints += found.complaints
            if found.use is not None:
                pieces.append(found.use)
                value = found.value
        text = "".join(each if isinstance(each, str) else each.text for each in pieces)
        if len(text) > LONGEST_TEXT:
            return Expansion(value="", text="", complaints=(*complaints, _too_long(node)))
        if len(pieces) != 1 or isinstance(pieces[0], str):
            value = text
        has_uses = any(isinstance(each, Use) for each in pieces)
        return Expansion(value=value, text=text, pieces=tuple(pieces) if has_uses else (), complaints=tuple(complaints))

    def _find(self, slot: Slot, node: Scalar, within: tuple[Variable, ...]) -> _Found:
        if slot.fault:
            return _Found(use=None, complaints=(self._misspelled(slot, node),))
        self.used.add(slot.name)
        if slot.name.partition(".")[0] == MATRIX:
            return self._from_matrix(slot, node, within)
        variable = self.names.get(slot.name)
        if variable is None:
            return _Found(use=None, complaints=(self._undefined(slot, node),))
        if variable.name not in self._known:
            self._known[variable.name] = self._resolved(variable, within)
        return self._known[variable.name]

    def _resolved(self, variable: Variable, within: tuple[Variable, ...]) -> _Found:
        if variable in within:
            return _Found(use=None, complaints=(_cycle(within[within.index(variable) :]),))
        if len(within) >= DEEPEST:
            return _Found(use=None, complaints=(_too_deep(variable),))
        node = variable.node
        is_literal = variable.kind in _LITERAL or not isinstance(node.value, str) or MARK not in node.text
        expansion = (
            Expansion(value=node.value, text=node.text) if is_literal else self._expand(node, (*within, variable))
        )
        if expansion.complaints:
            return _Found(use=None, complaints=expansion.complaints)
        use = Use(
            name=variable.name,
            kind=variable.kind,
            span=variable.span,
            text=expansion.text,
            pieces=expansion.pieces,
        )
        return _Found(use=use, value=expansion.value)

    def _from_matrix(self, slot: Slot, node: Scalar, within: tuple[Variable, ...]) -> _Found:
        if within:
            return _Found(use=None, complaints=(self._matrix_in_variable(slot, node),))
        variable = (self.matrix or {}).get(slot.name)
        if variable is None:
            return _Found(use=None, complaints=(self._no_axis(slot, node),))
        return self._resolved(variable, ())

    def _span(self, slot: Slot, node: Scalar) -> Span:
        return span_inside(node, self.texts.get(node.file, ""), slot.start, slot.end)

    def _misspelled(self, slot: Slot, node: Scalar) -> Diagnostic:
        span, plain = self._span(slot, node), "write $${ if the text is meant to hold ${"
        if slot.fault == "unclosed":
            message = "this variable is never closed"
            return Diagnostic(code="unclosed-variable", message=message, span=span, hint=f"write ${{name}}; {plain}")
        message = f"{quoted(slot.name)} cannot name a variable"
        hint = f"use letters, digits, _ and -, and dots between words: ${{hero.name}}; {plain}"
        return Diagnostic(code="bad-variable-name", message=message, span=span, hint=hint)

    def _undefined(self, slot: Slot, node: Scalar) -> Diagnostic:
        span, below = self._span(slot, node), [each for each in self.names if each.startswith(f"{slot.name}.")]
        if below:
            message = f"{quoted(slot.name)} is a group of variables, not one"
            hint = f"write one of them: {', '.join(f'${{{each}}}' for each in below[:4])}"
        else:
            message, hint = f"there is no variable {quoted(slot.name)}", self._defined_where(slot.name, node)
        return Diagnostic(code="undefined-variable", message=message, span=span, hint=hint)

    def _defined_where(self, name: str, node: Scalar) -> str:
        if guess := nearest(name, self.names):
            return f'did you mean "{guess}"? It is set by {self.names[guess].place}'
        files = " or ".join(dict.fromkeys((node.file, "specs/project.yaml")))
        return f"write it under vars: in {files}, or give --var {name}=…; $${{ stands for a plain ${{"

    def _no_axis(self, slot: Slot, node: Scalar) -> Diagnostic:
        axes = self.matrix or {}
        message = f"this shot has no matrix value {quoted(slot.name.partition('.')[2] or slot.name)}"
        guess = nearest(slot.name, axes)
        if guess:
            hint = f'did you mean "{guess}"?'
        elif axes:
            hint = f"known here: {', '.join(axes)}"
        else:
            hint = "give the shot one: `matrix: { ratio: [16:9, 9:16] }`, then ${matrix.ratio}"
        return Diagnostic(code="undefined-variable", message=message, span=self._span(slot, node), hint=hint)

    def _matrix_in_variable(self, slot: Slot, node: Scalar) -> Diagnostic:
        message = f"{slot.name} is known inside a shot only, not inside a variable"
        hint = "write it in the shot, or under defaults"
        return Diagnostic(code="undefined-variable", message=message, span=self._span(slot, node), hint=hint)


def _cycle(around: tuple[Variable, ...]) -> Diagnostic:
    """Said at the first variable by name, so that it is one complaint wherever the walk came in."""
    start = min(range(len(around)), key=lambda index: around[index].name)
    path = (*around[start:], *around[:start])
    told = " → ".join([*(f"{each.name} ({each.place})" for each in path), path[0].name])
    message = f"variables that need each other: {told}"
    hint = "write one of them without the others"
    return Diagnostic(code="variable-cycle", message=message, span=path[0].node.span, hint=hint)


def _too_deep(variable: Variable) -> Diagnostic:
    message = f"more than {DEEPEST} variables stand inside of one another"
    return Diagnostic(code="variable-too-deep", message=message, span=variable.node.span, hint="write fewer")


def _too_long(node: Scalar) -> Diagnostic:
    message = f"with its variables the text has more than {LONGEST_TEXT:,} characters"
    return Diagnostic(code="text-too-long", message=message, span=node.span, hint="use shorter variables, or fewer")
