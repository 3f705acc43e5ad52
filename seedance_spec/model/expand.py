"""One written shot to all that it means: its defaults, its matrix, its profile laid one over the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from seedance_spec.model.axes import Axis
from seedance_spec.model.ground import Ground
from seedance_spec.model.ids import key_fault
from seedance_spec.model.layers import layered
from seedance_spec.model.matrix import KEY, Combination, matrix_of
from seedance_spec.model.merged import Layer, Merged
from seedance_spec.model.origin import OriginKind
from seedance_spec.model.profiles import overlaid
from seedance_spec.model.variables import MATRIX
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, described
from seedance_spec.specfiles.quoting import quoted

_LONGEST = 200
_ONE = Combination(values={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """What one entry of `shots:` makes: shots before they are resolved, every id by its place, and complaints.

    `broken` is the id of a matrix that came to nothing. `used` collects the matrix values that the shots ask for.
    """

    ids: Mapping[str, Span] = field(default_factory=dict)
    merged: tuple[Merged, ...] = ()
    complaints: tuple[Diagnostic, ...] = ()
    broken: str | None = None
    axes: tuple[Axis, ...] = ()
    used: set[str] = field(default_factory=set)

    def unused_axes(self) -> Iterator[Diagnostic]:
        """To be asked once the shots are resolved: an axis that no text asks for makes shots that are all alike."""
        for axis in self.axes:
            name = f"{MATRIX}.{axis.name}"
            if not any(each == name or each.startswith(f"{name}.") for each in self.used):
                message = f"nothing in the shot uses the axis {axis.name}: its shots would be alike"
                hint = f"write ${{{name}}} where its value belongs, for instance `metadata: {{ ratio: ${{{name}}} }}`"
                yield Diagnostic(code="unused-axis", message=message, span=axis.key, hint=hint)


def expanded(folder: str, entry: Entry, ground: Ground) -> Expanded:
    """`folder` is the first part of the ids; `entry` the shot's key and what is written below it."""
    key, shot_id = entry.key, f"{folder}/{entry.key.text}"
    fault = key_fault(key.text, key.span)
    complaints = () if fault is None else (fault,)
    if not isinstance(entry.value, nodes.Mapping):
        return Expanded(ids={shot_id: key.span}, complaints=(*complaints, _not_a_shot(entry)))
    matrix = entry.value.entries.get(KEY)
    if matrix is None:
        merged = _merged(shot_id, entry, entry.value, ground, _ONE)
        return Expanded(ids={shot_id: key.span}, merged=(merged,), complaints=complaints)
    own = {name: each for name, each in entry.value.entries.items() if name != KEY}
    node = nodes.Mapping(file=entry.value.file, place=entry.value.place, entries=own)
    return _multiplied(shot_id, entry, node, matrix, ground, complaints)


def _multiplied(
    shot_id: str,
    entry: Entry,
    node: nodes.Mapping,
    matrix: Entry,
    ground: Ground,
    complaints: tuple[Diagnostic, ...],
) -> Expanded:
    made = matrix_of(matrix, ground.scope)
    complaints = (*complaints, *made.complaints)
    longest = max((each.suffix for each in made.combinations), key=len, default="")
    if len(entry.key.text) + len(longest) > _LONGEST:
        complaints = (*complaints, _too_long(entry, longest))
    if complaints:
        return Expanded(complaints=complaints, broken=shot_id)
    used: set[str] = set()
    scoped = replace(ground, scope=replace(ground.scope, used=used))
    merged = tuple(_merged(shot_id + each.suffix, entry, node, scoped, each) for each in made.combinations)
    ids = dict.fromkeys((each.id for each in merged), entry.key.span)
    return Expanded(ids=ids, merged=merged, axes=made.axes, used=used)


def _merged(shot_id: str, entry: Entry, own: nodes.Mapping, ground: Ground, combination: Combination) -> Merged:
    node = layered(ground.defaults, own)
    for overlay in combination.overlays:
        node = layered(node, overlay)
    for layer in ground.overlays:
        node = overlaid(node, layer.node)
    scope = ground.scope
    if combination.values:
        scope = scope.with_matrix(combination.variables)
    return Merged(
        id=shot_id,
        key=entry.key,
        node=node,
        above=(
            *reversed(ground.overlays),
            *(Layer(kind=OriginKind.MATRIX, node=each) for each in reversed(combination.overlays)),
        ),
        below=ground.origins,
        scope=scope if ground.expands else None,
        profile=ground.profile,
    )


def _not_a_shot(entry: Entry) -> Diagnostic:
    message = f"the shot {quoted(entry.key.text)} holds {described(entry.value)}, not keys"
    hint = "write its keys below it, indented: `prompt: …`"
    return Diagnostic(code="not-a-shot", message=message, span=entry.key.span, hint=hint)


def _too_long(entry: Entry, suffix: str) -> Diagnostic:
    message = f"the id {quoted(entry.key.text + suffix)} is longer than {_LONGEST} characters: no file can be called so"
    hint = "give long values short names: `{ name: noir, words: … }`"
    return Diagnostic(code="bad-shot-key", message=message, span=entry.key.span, hint=hint)
