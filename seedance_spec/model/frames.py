"""One file as a frame: everything but its shots, checked by itself. Pure: the file's text is handed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from seedance_spec.model.complaints import shape_complaints
from seedance_spec.model.document import Defaults, ProfileEntry
from seedance_spec.model.interpolate import Interpolated, interpolated
from seedance_spec.model.plain import plain_mapping
from seedance_spec.model.profiles import KEY as PROFILES
from seedance_spec.model.profiles import overlay_of, profiles_in
from seedance_spec.model.scope import Scope
from seedance_spec.model.secrets import keys_in
from seedance_spec.model.template import MARK
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Diagnostic, has_errors
from seedance_spec.specfiles.found import SpecFile
from seedance_spec.specfiles.located import read_yaml
from seedance_spec.specfiles.nodes import described, head, is_empty
from seedance_spec.specfiles.positions import whole_file

VARS, DEFAULTS, SHOTS = "vars", "defaults", "shots"
_APART = frozenset({VARS, DEFAULTS, PROFILES, SHOTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`root` is None where the file holds no mapping; a frame with an error is not `sound`."""

    file: SpecFile
    root: nodes.Mapping | None
    complaints: tuple[Diagnostic, ...] = ()

    @property
    def sound(self) -> bool:
        return not has_errors(self.complaints)

    @property
    def holds_variables(self) -> bool:
        return MARK in self.file.text

    def part(self, key: str) -> nodes.Mapping | None:
        """What stands under a key of the file, where that is a mapping."""
        found = self.root.get(key) if self.root else None
        return found if isinstance(found, nodes.Mapping) else None


def read_frame(file: SpecFile) -> Frame:
    """The file's tree; complaints about YAML, about keys that do not belong there, and about a file that is no spec."""
    root, told = read_yaml(file.path, file.text)
    complaints = [*told, *keys_in(file.path, file.text)]
    if isinstance(root, nodes.Mapping):
        return Frame(file=file, root=root, complaints=tuple(complaints))
    if not told:
        complaints.append(_not_a_spec(file.path, root))
    return Frame(file=file, root=None, complaints=tuple(complaints))


def checked(frame: Frame, shape: type[BaseModel], scope: Scope) -> Frame:
    """The frame with its own keys expanded, and with what is wrong with it.

    Variables, defaults and overlays stay as they are written: what they come to is for the shots to say.
    """
    if frame.root is None:
        return frame
    known = shape.model_fields.keys() & _APART
    apart = {name for name in known if frame.part(name) is not None}
    own = {name: entry for name, entry in frame.root.entries.items() if name not in apart}
    outer = _expanded(frame, own, scope)
    complaints = [
        *outer.complaints,
        *_misshapen(outer.node, shape),
        *_parts_misshapen(frame),
    ]
    entries = {**frame.root.entries, **outer.node.entries}
    root = nodes.Mapping(file=frame.root.file, place=frame.root.place, entries=entries)
    return Frame(file=frame.file, root=root, complaints=(*frame.complaints, *complaints))


def _expanded(frame: Frame, own: dict[str, nodes.Entry], scope: Scope) -> Interpolated:
    assert frame.root is not None, "only a file with a root has keys of its own"
    place = frame.root.place
    outer = nodes.Mapping(file=frame.root.file, place=place, entries=own)
    if not frame.holds_variables:
        return Interpolated(node=outer)
    version = {name: entry for name, entry in own.items() if name == "version"}
    others = {name: entry for name, entry in own.items() if name != "version"}
    put_in = interpolated(nodes.Mapping(file=outer.file, place=place, entries=others), scope)
    whole = {name: version.get(name) or put_in.node.entries[name] for name in own}
    node = nodes.Mapping(file=outer.file, place=place, entries=whole)
    return Interpolated(node=node, complaints=put_in.complaints)


def _parts_misshapen(frame: Frame) -> Iterator[Diagnostic]:
    defaults = frame.part(DEFAULTS)
    if defaults is not None:
        yield from _misshapen(defaults, Defaults, expanded=False)
    for entry in profiles_in(frame.root):
        if isinstance(entry.value, nodes.Mapping):
            yield from _misshapen(overlay_of(entry.value), ProfileEntry, expanded=False)
        elif not is_empty(entry.value):
            message = f"the profile {entry.key.text} holds {described(entry.value)}, not keys"
            hint = "write what it changes below it, indented: `model: …`"
            yield Diagnostic(code="wrong-type", message=message, span=entry.value.span, hint=hint)


def _misshapen(node: nodes.Mapping, shape: type[BaseModel], *, expanded: bool = True) -> Iterator[Diagnostic]:
    plain, unusable = plain_mapping(node)
    yield from unusable
    try:
        shape.model_validate(plain)
    except ValidationError as error:
        yield from shape_complaints(error, node, shape, expanded=expanded)


def _not_a_spec(path: str, root: nodes.Node | None) -> Diagnostic:
    hint = "start with `version: 1`, then `shots:`, or delete the file"
    if root is None or is_empty(root):
        return Diagnostic(code="empty-file", message="the file is empty", span=whole_file(path), hint=hint)
    return Diagnostic(
        code="not-a-spec", message=f"a spec file holds keys, not {described(root)}", span=head(root), hint=hint
    )
