"""Spec files to the film: every shot resolved, everything that is wrong said at once. Pure: files are handed in."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from seedance_spec.model.chain import Draft, HashOf, Named, chained
from seedance_spec.model.document import ProjectDocument, SpecDocument
from seedance_spec.model.expand import expanded
from seedance_spec.model.frames import SHOTS, Frame, checked, read_frame
from seedance_spec.model.given import NOTHING_GIVEN, Given
from seedance_spec.model.ground import Ground, Grounds
from seedance_spec.model.ids import collisions, folder_fault, folder_of
from seedance_spec.model.outside import check_given, unused_arguments
from seedance_spec.model.profiles import name_faults, profiles_in, unknown_profile
from seedance_spec.model.project import UNNAMED, project_of
from seedance_spec.model.resolve import resolved
from seedance_spec.model.shot import Film, Project
from seedance_spec.model.sources import Look
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, Span, has_errors
from seedance_spec.specfiles.found import Found, SpecFile
from seedance_spec.specfiles.nodes import Entry
from seedance_spec.specfiles.positions import whole_file


def film_of(
    found: Found, look: Look, hash_of: HashOf, given: Given = NOTHING_GIVEN
) -> tuple[Film, tuple[Diagnostic, ...]]:
    """The film and every complaint, those of `found` too, in the order of files and lines. Never raises for a spec.

    A shot with an error is left out; so are all shots of a file whose frame (version, defaults, YAML) has one, and all
    shots of a project whose project.yaml has one. `look` tells what a local file holds, by its path in the project;
    `hash_of` is the content hash, by which a shot knows the shot that it starts from.
    """
    with _collector_paused():
        cutting = _Cutting(found, look, given)
        cutting.read()
        shots, complaints = chained(cutting.drafts, cutting.named, hash_of)
        cutting.complaints += complaints
    film = Film(project=cutting.project, shots=shots, profile=given.profile, profiles=cutting.profiles)
    return film, _in_order(cutting.complaints)


@dataclass(slots=True)
class _Cutting:
    """One reading of a whole project, as it comes together."""

    found: Found
    look: Look
    given: Given
    project: Project = field(default=UNNAMED)
    drafts: dict[str, Draft] = field(default_factory=dict)
    complaints: list[Diagnostic] = field(default_factory=list)
    _ids: dict[str, Span] = field(default_factory=dict)
    _broken: set[str] = field(default_factory=set)
    _profiles: dict[str, Span] = field(default_factory=dict)

    @property
    def named(self) -> Named:
        return Named(ids=frozenset(self._ids), broken=frozenset(self._broken))

    @property
    def profiles(self) -> tuple[str, ...]:
        return tuple(sorted(self._profiles))

    def read(self) -> None:
        self.complaints += self.found.diagnostics
        grounds, sound = self._grounds()
        for file in self.found.files:
            self._file(file, grounds, sound=sound)
        for shot_id, collision in collisions(self._ids):
            self.complaints.append(collision)
            self._leave_out(shot_id)
        self._check_profiles()
        if not self._ids and not self._broken and not has_errors(self.complaints):
            self.complaints.append(_no_shots())
        if not has_errors(self.complaints):
            self.complaints += unused_arguments(self.given, grounds.used, grounds.of_project().names)

    def _grounds(self) -> tuple[Grounds, bool]:
        """What every file stands on, and whether it is sound."""
        files = (*self.found.files, *((self.found.project,) if self.found.project else ()), *self.given.files)
        extra, complaints = check_given(self.given)
        grounds = Grounds(given=self.given, texts={each.path: each.text for each in files}, used=set(), extra=extra)
        self.complaints += complaints
        if self.found.project is None:
            return grounds, not has_errors(complaints)
        grounds = replace(grounds, project=read_frame(self.found.project))
        assert grounds.project is not None
        frame = checked(grounds.project, ProjectDocument, grounds.of_project())
        told = [*complaints, *frame.complaints, *grounds.complaints_of_project()]
        if frame.root is not None:
            self.project, more = project_of(frame.root)
            told += more
        self.complaints += told
        self._remember_profiles(frame)
        return replace(grounds, project=frame), frame.root is not None and not has_errors(told)

    def _file(self, file: SpecFile, grounds: Grounds, *, sound: bool) -> None:
        read = read_frame(file)
        ground = grounds.of(read)
        frame = checked(read, SpecDocument, ground.scope)
        self._remember_profiles(frame)
        told = [*frame.complaints, *ground.complaints]
        fault = folder_fault(file.path, whole_file(file.path))
        if fault is not None:
            told.append(fault)
        self.complaints += told
        shots = frame.part(SHOTS)
        sound = sound and not has_errors(told)
        for entry in shots.entries.values() if shots else ():
            self._shots(folder_of(file.path), entry, ground, sound=sound)

    def _shots(self, folder: str, entry: Entry, ground: Ground, *, sound: bool) -> None:
        made = expanded(folder, entry, ground)
        self._ids.update(made.ids)
        if made.broken is not None:
            self._broken.add(made.broken)
        told = [*made.complaints]
        for merged in made.merged:
            self.drafts[merged.id], complaints = resolved(merged, self.look)
            self.complaints += complaints
        told += made.unused_axes()
        self.complaints += told
        ground.scope.used.update(made.used)
        if told or not sound:
            for shot_id in made.ids:
                self._leave_out(shot_id)

    def _leave_out(self, shot_id: str) -> None:
        if shot_id in self.drafts:
            self.drafts[shot_id] = replace(self.drafts[shot_id], sound=False)

    def _remember_profiles(self, frame: Frame) -> None:
        for entry in profiles_in(frame.root):
            self._profiles.setdefault(entry.key.text, entry.key.span)

    def _check_profiles(self) -> None:
        tops = {each.partition("/")[0] for each in (*self._ids, *self._broken)}
        self.complaints += name_faults(self._profiles, tops)
        name = self.given.profile
        if name is not None and name not in self._profiles:
            self.complaints.append(unknown_profile(name, self._profiles))
            for shot_id in self.drafts:
                self._leave_out(shot_id)


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
