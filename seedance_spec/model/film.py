"""Spec files to the film: every shot resolved, everything that is wrong said at once. Pure: files are handed in."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from seedance_spec.model.complaints import shape_complaints
from seedance_spec.model.document import ProjectDocument, SpecDocument
from seedance_spec.model.ids import collisions, folder_fault, folder_of, key_fault
from seedance_spec.model.layers import layered
from seedance_spec.model.plain import plain_mapping
from seedance_spec.model.project import UNNAMED, project_of
from seedance_spec.model.resolve import Merged, resolved
from seedance_spec.model.secrets import keys_in
from seedance_spec.model.shot import Film, Project, Shot
from seedance_spec.model.sources import Look
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, Span, has_errors
from seedance_spec.specfiles.found import Found, SpecFile
from seedance_spec.specfiles.located import read_yaml
from seedance_spec.specfiles.nodes import Entry, described, head
from seedance_spec.specfiles.positions import whole_file
from seedance_spec.specfiles.quoting import quoted


def film_of(found: Found, look: Look) -> tuple[Film, tuple[Diagnostic, ...]]:
    """The film and every complaint, those of `found` too, in the order of files and lines. Never raises for a spec.

    A shot with an error is left out; so are all shots of a file whose frame (version, defaults, YAML) has one, and all
    shots of a project whose project.yaml has one. `look` tells what a local file holds, by its path in the project.
    """
    with _collector_paused():
        cutting = _Cutting(found, look)
        cutting.read()
    return Film(project=cutting.project, shots=cutting.shots), _in_order(cutting.complaints)


@dataclass(frozen=True, slots=True)
class _Read:
    """One file: its root, where it is a mapping, and whether its frame is sound."""

    root: nodes.Mapping | None
    sound: bool


@dataclass(slots=True)
class _Cutting:
    """One reading of a whole project, as it comes together."""

    found: Found
    look: Look
    project: Project = field(default=UNNAMED)
    shots: dict[str, Shot] = field(default_factory=dict)
    complaints: list[Diagnostic] = field(default_factory=list)
    _keys: dict[str, Span] = field(default_factory=dict)
    _texts: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        files = (*self.found.files, *((self.found.project,) if self.found.project else ()))
        self._texts = {each.path: each.text for each in files}

    def read(self) -> None:
        self.complaints += self.found.diagnostics
        defaults, sound = self._project()
        for file in self.found.files:
            self._file(file, defaults, sound=sound)
        for shot_id, collision in collisions(self._keys):
            self.complaints.append(collision)
            self.shots.pop(shot_id, None)
        if not self._keys and not has_errors(self.complaints):
            self.complaints.append(_no_shots())

    def _project(self) -> tuple[nodes.Mapping | None, bool]:
        file = self.found.project
        if file is None:
            return None, True
        read = self._frame(file, ProjectDocument)
        if read.root is None:
            return None, False
        self.project, complaints = project_of(read.root)
        self.complaints += complaints
        return _defaults(read.root, None), read.sound and not has_errors(complaints)

    def _file(self, file: SpecFile, base: nodes.Mapping | None, *, sound: bool) -> None:
        read = self._frame(file, SpecDocument)
        fault = folder_fault(file.path, whole_file(file.path))
        if fault is not None:
            self.complaints.append(fault)
        shots = read.root.get("shots") if read.root else None
        if read.root is None or not isinstance(shots, nodes.Mapping):
            return
        defaults = _defaults(read.root, base)
        for entry in shots.entries.values():
            shot = self._shot(file, entry, defaults)
            if shot is not None and sound and read.sound and fault is None:
                self.shots[shot.id] = shot

    def _frame(self, file: SpecFile, shape: type[BaseModel]) -> _Read:
        """Everything of a file but its shots."""
        root, told = read_yaml(file.path, file.text)
        complaints = [*told, *keys_in(file.path, file.text)]
        if isinstance(root, nodes.Mapping):
            complaints += self._misshapen(root, shape)
        elif not told:
            complaints.append(_not_a_spec(file.path, root))
        self.complaints += complaints
        return _Read(root if isinstance(root, nodes.Mapping) else None, not has_errors(complaints))

    def _misshapen(self, root: nodes.Mapping, shape: type[BaseModel]) -> Iterator[Diagnostic]:
        shots_apart = "shots" if shape is SpecDocument and isinstance(root.get("shots"), nodes.Mapping) else ""
        plain, unusable = plain_mapping(root, self._texts, without=shots_apart)
        yield from unusable
        try:
            shape.model_validate(plain)
        except ValidationError as error:
            yield from shape_complaints(error, root, shape)

    def _shot(self, file: SpecFile, entry: Entry, defaults: nodes.Mapping | None) -> Shot | None:
        key, shot_id = entry.key, f"{folder_of(file.path)}/{entry.key.text}"
        self._keys[shot_id] = key.span
        fault = key_fault(key.text, key.span)
        if fault is not None:
            self.complaints.append(fault)
        if not isinstance(entry.value, nodes.Mapping):
            self.complaints.append(_not_a_shot(entry))
            return None
        merged = Merged(id=shot_id, key=key, node=layered(defaults, entry.value))
        shot, complaints = resolved(merged, self._texts, self.look)
        self.complaints += complaints
        return shot if fault is None else None


def _defaults(root: nodes.Mapping, base: nodes.Mapping | None) -> nodes.Mapping | None:
    written = root.get("defaults")
    return layered(base, written) if isinstance(written, nodes.Mapping) else base


def _not_a_spec(path: str, root: nodes.Node | None) -> Diagnostic:
    hint = "start with `version: 1`, then `shots:`, or delete the file"
    if root is None or (isinstance(root, nodes.Scalar) and root.value is None):
        return Diagnostic(code="empty-file", message="the file is empty", span=whole_file(path), hint=hint)
    return Diagnostic(
        code="not-a-spec", message=f"a spec file holds keys, not {described(root)}", span=head(root), hint=hint
    )


def _not_a_shot(entry: Entry) -> Diagnostic:
    message = f"the shot {quoted(entry.key.text)} holds {described(entry.value)}, not keys"
    hint = "write its keys below it, indented: `prompt: …`"
    return Diagnostic(code="not-a-shot", message=message, span=entry.key.span, hint=hint)


def _no_shots() -> Diagnostic:
    return Diagnostic(
        code="no-shots",
        message="no spec file describes a shot",
        span=None,
        hint="add one under `shots:` in a file under specs/, or run `seedance-spec init`",
        severity=Severity.WARNING,
    )


def _in_order(complaints: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each complaint once per place (shots repeat what is wrong with their defaults), by file, line and column."""
    once: dict[tuple[str, Span | None], Diagnostic] = {}
    for each in complaints:
        once.setdefault((each.code, each.span), each)
    return tuple(sorted(once.values(), key=_order))


def _order(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    span = diagnostic.span
    return (span.file, span.line, span.column, diagnostic.code) if span else ("", 0, 0, diagnostic.code)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Reading makes many values and no cycles: the collector would only walk over them again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
