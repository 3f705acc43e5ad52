"""Spec files as values: what was found, as text, and what could not be read. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_spec.specfiles.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecFile:
    """`path` is relative to the project folder, with `/`: `specs/ep1/intro.yaml`."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The spec files in the order of their paths; `project` is specs/project.yaml, which is not one of them."""

    files: tuple[SpecFile, ...] = ()
    project: SpecFile | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
