"""How long a clip is to be: the four places that can say so, and which of them wins. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedance_spec.model import vocabulary as words
from seedance_spec.model.document import ShotEntry
from seedance_spec.model.layers import LENGTH_WAYS, entry_at
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, Span
from seedance_spec.specfiles.nodes import Mapping

_FRAMES = ("metadata", "frames")


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """Exactly one of `duration` (seconds, -1 is automatic) and `frames`; `way` is the path of the key that said so,
    None where nobody wrote either.
    """

    duration: int | None
    frames: int | None
    way: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    way: tuple[str, ...]
    value: int
    span: Span

    @property
    def name(self) -> str:
        return ".".join(self.way)


def length_of(shot: ShotEntry, node: Mapping) -> tuple[Length, tuple[Diagnostic, ...]]:
    """The length by the API page's precedence: duration (unless 0), then seconds, then metadata.duration, then 5."""
    said = tuple(_said(shot, node))
    durations = tuple(each for each in said if each.way != _FRAMES)
    frames = next((each for each in said if each.way == _FRAMES), None)
    if frames is not None:
        clash = (_clash(frames, durations[0]),) if durations else ()
        return Length(duration=None, frames=frames.value, way=frames.way), clash
    if not durations:
        return Length(duration=words.DEFAULT_DURATION, frames=None, way=None), ()
    first, *others = durations
    differing = tuple(_differing(first, other) for other in others if other.value != first.value)
    return Length(duration=first.value, frames=None, way=first.way), differing


def _said(shot: ShotEntry, node: Mapping) -> Iterator[_Said]:
    metadata = shot.metadata
    values = (
        shot.duration,
        int(shot.seconds) if shot.seconds is not None else None,
        metadata.duration if metadata else None,
        metadata.frames if metadata else None,
    )
    for way, value in zip(LENGTH_WAYS, values, strict=True):
        entry = entry_at(node, way)
        if value is not None and entry is not None:
            yield _Said(way=way, value=value, span=entry.value.span)


def _clash(frames: _Said, duration: _Said) -> Diagnostic:
    return Diagnostic(
        code="frames-and-duration",
        message=f"frames and {duration.name} exclude each other",
        span=frames.span,
        hint="keep one of the two",
        source=words.API_SHAPE,
    )


def _differing(first: _Said, other: _Said) -> Diagnostic:
    return Diagnostic(
        code="durations-differ",
        message=f"{other.name} {other.value} is not used: {first.name} {first.value} takes precedence",
        span=other.span,
        hint="write the duration once",
        severity=Severity.WARNING,
        source=words.API_SHAPE,
    )
