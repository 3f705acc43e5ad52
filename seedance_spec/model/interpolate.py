"""Located YAML with its variables put in: the same tree, the same places, other texts. Pure."""

from __future__ import annotations

from collections.abc import Mapping as Names
from dataclasses import dataclass, field

from seedance_spec.model.origin import Piece
from seedance_spec.model.scope import Scope
from seedance_spec.model.template import MARK
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, Mapping, Node, Scalar, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpolated:
    """`pieces` tells, by place, what each text with variables is made of; `unresolved` are the places of texts that
    have a complaint and were left as they are.
    """

    node: Mapping
    pieces: Names[Span, tuple[Piece, ...]] = field(default_factory=dict)
    complaints: tuple[Diagnostic, ...] = ()
    unresolved: frozenset[Span] = frozenset()


def interpolated(node: Mapping, scope: Scope) -> Interpolated:
    """`node` with every `${name}` in its values replaced and every `$${` unescaped; keys are never touched."""
    walk = _Walk(scope)
    replaced = walk.mapping(node)
    return Interpolated(
        node=replaced, pieces=walk.pieces, complaints=tuple(walk.complaints), unresolved=frozenset(walk.unresolved)
    )


class _Walk:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.pieces: dict[Span, tuple[Piece, ...]] = {}
        self.complaints: list[Diagnostic] = []
        self.unresolved: set[Span] = set()

    def mapping(self, node: Mapping) -> Mapping:
        replaced: dict[str, Entry] = {}
        for name, entry in node.entries.items():
            value = self._node(entry.value)
            if value is not entry.value:
                replaced[name] = Entry(entry.key, value)
        if not replaced:
            return node
        return Mapping(file=node.file, place=node.place, entries={**node.entries, **replaced})

    def _node(self, node: Node) -> Node:
        match node:
            case Scalar(value=str(text)):
                return self._scalar(node) if MARK in text else node
            case Mapping():
                return self.mapping(node)
            case Sequence(items=items):
                values = tuple(self._node(item) for item in items)
                changed = any(new is not old for new, old in zip(values, items, strict=True))
                return Sequence(file=node.file, place=node.place, items=values) if changed else node
            case _:
                return node

    def _scalar(self, node: Scalar) -> Scalar:
        expansion = self._scope.expand(node)
        self.complaints += expansion.complaints
        if expansion.complaints:
            self.unresolved.add(node.span)
            return node
        if expansion.pieces:
            self.pieces[node.span] = expansion.pieces
        return Scalar(file=node.file, place=node.place, value=expansion.value, text=expansion.text, quoted=True)
