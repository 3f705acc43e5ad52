"""One shot to many: every combination of its matrix, less `exclude`, and with `include`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from seedance_spec.model.axes import EXCLUDE, INCLUDE, Axis, Value, axes_of, value_of
from seedance_spec.model.document import ShotEntry
from seedance_spec.model.matrix_names import suffix_of
from seedance_spec.model.scope import Scope
from seedance_spec.model.variables import Names
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, Node, described
from seedance_spec.specfiles.quoting import one_of, quoted
from seedance_spec.specfiles.suggest import did_you_mean

KEY = "matrix"
MOST = 1_000
"""How many combinations one shot may have."""

_OVERLAY_KEYS = tuple(name for name in ShotEntry.model_fields if name != KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """One shot of a matrix: its value on each axis, and what `include` writes over it."""

    values: Mapping[str, Value]
    overlays: tuple[nodes.Mapping, ...] = ()

    @property
    def suffix(self) -> str:
        return suffix_of({axis: value.name for axis, value in self.values.items()})

    @property
    def variables(self) -> Names:
        return {name: each for axis, value in self.values.items() for name, each in value.variables(axis).items()}

    def has(self, values: Mapping[str, Value]) -> bool:
        return all(self.values[axis].name == value.name for axis, value in values.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    axes: tuple[Axis, ...] = ()
    combinations: tuple[Combination, ...] = ()
    complaints: tuple[Diagnostic, ...] = ()


def matrix_of(entry: Entry, scope: Scope) -> Matrix:
    """Every combination in the order of axes (alphabetical) and values (as written), or what is wrong.

    `scope` holds the variables of the file: values may use them, and nothing else.
    """
    if not isinstance(entry.value, nodes.Mapping):
        message = f"matrix wants axes below it, not {described(entry.value)}"
        hint = "write `matrix: { ratio: [16:9, 9:16] }`"
        return Matrix(complaints=(_fault("wrong-type", message, entry.value.span, hint),))
    axes, complaints = axes_of(entry.value, scope)
    count = prod(len(axis.values) for axis in axes)
    if not complaints and count > MOST:
        complaints = (_too_many(entry, axes, count),)
    if complaints:
        return Matrix(axes=axes, complaints=complaints)
    return _Building(entry.value, axes, scope).built(entry.key.span)


@dataclass(frozen=True, slots=True)
class _Selected:
    """One entry of `include` or `exclude`: what it says of axes, and its other keys."""

    node: nodes.Mapping
    values: Mapping[str, Value]
    overlay: nodes.Mapping | None


class _Building:
    """The combinations of one matrix, as they come together."""

    def __init__(self, node: nodes.Mapping, axes: tuple[Axis, ...], scope: Scope) -> None:
        self._node, self._scope = node, scope
        self._axes = {axis.name: axis for axis in axes}
        self._complaints: list[Diagnostic] = []

    def built(self, key: Span) -> Matrix:
        values = product(*(axis.values for axis in self._axes.values()))
        found = [Combination(values=dict(zip(self._axes, each, strict=True))) for each in values]
        found = self._included(self._excluded(found))
        if len(found) > MOST:
            self._complaints.append(_too_many_included(key, len(found)))
        if not found and not self._complaints:
            hint = "delete one of `exclude`, or the shot"
            self._complaints.append(_fault("empty-matrix", "no combination is left", key, hint))
        return Matrix(axes=tuple(self._axes.values()), combinations=tuple(found), complaints=tuple(self._complaints))

    def _excluded(self, found: list[Combination]) -> list[Combination]:
        for each in self._selected(EXCLUDE):
            self._complaints += (
                _unknown_key(name, entry, tuple(self._axes), EXCLUDE)
                for name, entry in each.node.entries.items()
                if name not in self._axes
            )
            unknown = [*self._unknown_values(each)]
            self._complaints += unknown
            if not unknown:
                found = [combination for combination in found if not combination.has(each.values)]
        return found

    def _included(self, found: list[Combination]) -> list[Combination]:
        for each in self._selected(INCLUDE):
            self._complaints += (
                _unknown_key(name, entry, (*self._axes, *_OVERLAY_KEYS), INCLUDE)
                for name, entry in each.node.entries.items()
                if name not in self._axes and name not in _OVERLAY_KEYS
            )
            overlays = () if each.overlay is None else (each.overlay,)
            if any(combination.has(each.values) for combination in found):
                found = [_laid_over(combination, each.values, overlays) for combination in found]
            elif len(each.values) == len(self._axes):
                found.append(Combination(values=dict(sorted(each.values.items())), overlays=overlays))
            else:
                self._complaints.append(self._no_match(each))
        return found

    def _selected(self, way: str) -> Iterator[_Selected]:
        written = self._node.get(way)
        if written is None:
            return
        if not isinstance(written, nodes.Sequence):
            message = f"{way} wants a list, not {described(written)}"
            self._complaints.append(_fault("wrong-type", message, written.span, f"write `{way}: [{{ ratio: 1:1 }}]`"))
            return
        for item in written.items:
            if isinstance(item, nodes.Mapping) and item.entries:
                selected = self._select(item)
                if selected is not None:
                    yield selected
            else:
                message = f"an entry of {way} names values of axes, not {described(item)}"
                self._complaints.append(_fault("wrong-type", message, item.span, "write `- { ratio: 1:1 }`"))

    def _select(self, item: nodes.Mapping) -> _Selected | None:
        values: dict[str, Value] = {}
        others = {name: entry for name, entry in item.entries.items() if name not in self._axes}
        for name in sorted(item.entries.keys() & self._axes.keys()):
            value = self._value(name, item.entries[name].value)
            if isinstance(value, Value):
                values[name] = value
            else:
                self._complaints += value
        if len(values) + len(others) < len(item.entries):
            return None
        overlay = nodes.Mapping(file=item.file, place=item.place, entries=others) if others else None
        return _Selected(item, values, overlay)

    def _value(self, axis: str, node: Node) -> Value | tuple[Diagnostic, ...]:
        """The value that is meant: that of the axis where it has one of this name, with all its fields."""
        value = value_of(axis, node, self._scope)
        if isinstance(value, Value) and not value.fields:
            return self._axes[axis].value(value.name) or value
        return value

    def _unknown_values(self, selected: _Selected) -> Iterator[Diagnostic]:
        for name, value in selected.values.items():
            if self._axes[name].value(value.name) is None:
                known = tuple(each.node.text for each in self._axes[name].values)
                hint = did_you_mean(value.node.text, known) or f"it has {', '.join(known[:8])}"
                message = f"the axis {name} has no value {quoted(value.node.text)}"
                yield _fault("unknown-matrix-value", message, selected.node.entries[name].value.span, hint)

    def _no_match(self, selected: _Selected) -> Diagnostic:
        lacking = tuple(name for name in self._axes if name not in selected.values)
        hint = f"to add a combination, give it a value for {one_of(lacking)} too"
        return _fault("include-without-match", "this matches no combination", selected.node.span, hint)


def _laid_over(
    combination: Combination, values: Mapping[str, Value], overlays: tuple[nodes.Mapping, ...]
) -> Combination:
    if not combination.has(values):
        return combination
    return replace(combination, overlays=(*combination.overlays, *overlays))


def _unknown_key(name: str, entry: Entry, known: tuple[str, ...], way: str) -> Diagnostic:
    hint = did_you_mean(name, known) or f"known here: {', '.join(known)}"
    return _fault("unknown-key", f"unknown key {quoted(name)} in {way}", entry.key.span, hint)


def _too_many(entry: Entry, axes: tuple[Axis, ...], count: int) -> Diagnostic:
    sizes = " × ".join(f"{len(axis.values)} {axis.name}" for axis in axes)
    message = f"{sizes} make {count:,} shots: one matrix may make {MOST:,}"
    return _fault("too-many-combinations", message, entry.key.span, "leave values away, or split the shot")


def _too_many_included(key: Span, count: int) -> Diagnostic:
    message = f"with `include` these are {count:,} shots: one matrix may make {MOST:,}"
    return _fault("too-many-combinations", message, key, "leave values away, or split the shot")


def _fault(code: str, message: str, span: Span, hint: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, span=span, hint=hint)
