"""What lies around the shots of one file: defaults, overlays and variables, of project, file and run. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seedance_spec.model.frames import DEFAULTS, VARS, Frame
from seedance_spec.model.given import Given
from seedance_spec.model.layers import layered
from seedance_spec.model.merged import Layer, origins_below
from seedance_spec.model.origin import Origin, OriginKind
from seedance_spec.model.profiles import profile_in
from seedance_spec.model.scope import Scope
from seedance_spec.model.variables import Names, given_over, over
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """`defaults` is what `layers` (the highest first) come to; `overlays` win over a shot, the last over the others.

    `origins` are those of all keys in `layers`.
    `expands` tells whether any text that a shot of the file may hold has a variable in it.
    """

    scope: Scope
    expands: bool
    defaults: nodes.Mapping | None
    layers: tuple[Layer, ...]
    origins: Mapping[int, Origin]
    overlays: tuple[Layer, ...]
    profile: str | None
    complaints: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What every file's ground is made from. `extra` are the roots of the variable files that the user named."""

    given: Given
    texts: Mapping[str, str]
    used: set[str]
    project: Frame | None = None
    extra: tuple[nodes.Mapping, ...] = ()

    def of_project(self) -> Scope:
        """The variables as project.yaml itself sees them."""
        names, _ = self._names(())
        return Scope(names=names, texts=self.texts, used=self.used)

    def complaints_of_project(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the variables of project.yaml, of its profile, and of the files that the user named."""
        return self._names(())[1]

    def of(self, frame: Frame) -> Ground:
        """The ground of a spec file."""
        names, complaints = self._names((frame,))
        frames = (*((self.project,) if self.project else ()), frame)
        layers = tuple(self._layers(frame))
        defaults = None
        for layer in reversed(layers):
            defaults = layered(defaults, layer.node)
        return Ground(
            scope=Scope(names=names, texts=self.texts, used=self.used),
            expands=any(each.holds_variables for each in frames),
            defaults=defaults,
            layers=layers,
            origins=origins_below(layers),
            overlays=tuple(self._overlays(frames)),
            profile=self.given.profile,
            complaints=complaints,
        )

    def _names(self, frames: tuple[Frame, ...]) -> tuple[Names, tuple[Diagnostic, ...]]:
        """Every variable by precedence, lowest first: project, file, profile, variable files, environment, --var."""
        all_frames = (*((self.project,) if self.project else ()), *frames)
        profiles = (profile_in(each.root, self.given.profile) for each in all_frames)
        written = [
            *(each.root.get(VARS) for each in all_frames if each.root is not None),
            *(profile.get(VARS) for profile in profiles if profile is not None),
            *self.extra,
        ]
        names: Names = {}
        complaints: list[Diagnostic] = []
        for each in written:
            names, told = over(names, each)
            complaints += told
        names = given_over(names, self.given.environment, OriginKind.ENVIRONMENT)
        return given_over(names, self.given.arguments, OriginKind.COMMAND_LINE), tuple(complaints)

    def _layers(self, frame: Frame) -> Iterator[Layer]:
        written = frame.part(DEFAULTS)
        if written is not None:
            yield Layer(kind=OriginKind.DEFAULT, node=written)
        shared = self.project.part(DEFAULTS) if self.project else None
        if shared is not None:
            yield Layer(kind=OriginKind.PROJECT, node=shared)

    def _overlays(self, frames: tuple[Frame, ...]) -> Iterator[Layer]:
        name = self.given.profile
        for each in frames:
            profile = profile_in(each.root, name)
            if name is not None and profile is not None:
                yield Layer(kind=OriginKind.PROFILE, node=profile, name=name)
