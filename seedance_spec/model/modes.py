"""How inputs may stand together: the upstream's modes exclude each other. Pure; one small rule per function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seedance_spec.model import vocabulary as words
from seedance_spec.model.shot import DataSource, FileSource, Input, InputKind, Role, effective_roles
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, Span

_MOST = {InputKind.IMAGE: 9, InputKind.VIDEO: 3, InputKind.AUDIO: 3}
_FITTING = {
    InputKind.IMAGE: (Role.FIRST_FRAME, Role.LAST_FRAME, Role.REFERENCE_IMAGE),
    InputKind.VIDEO: (Role.REFERENCE_VIDEO,),
    InputKind.AUDIO: (Role.REFERENCE_AUDIO,),
}
_FRAMES = (Role.FIRST_FRAME, Role.LAST_FRAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """One input, the role it plays in the end, and where it was written."""

    input: Input
    role: Role
    span: Span


def clashes(inputs: tuple[Input, ...], spans: tuple[Span, ...]) -> Iterator[Diagnostic]:
    """What is wrong with these inputs as a whole; `spans` tells where each was written."""
    roles = effective_roles(inputs)
    placed = [_Placed(input=each, role=role, span=span) for each, role, span in zip(inputs, roles, spans, strict=True)]
    for rule in _RULES if placed else ():
        yield from rule(placed)


def _roles_fit(placed: list[_Placed]) -> Iterator[Diagnostic]:
    for each in placed:
        kind = each.input.kind
        if each.role not in _FITTING[kind]:
            hint = f"use {', '.join(_FITTING[kind])}, or no role"
            yield _warning("role-misfit", f"the role {each.role} does not fit {kind}", each, hint)


def _frames_alone(placed: list[_Placed]) -> Iterator[Diagnostic]:
    references = [each for each in placed if each.role not in _FRAMES]
    if references and len(references) < len(placed):
        message = "first and last frames cannot stand beside references"
        hint = "give every image a frame role, or make all inputs references"
        yield _warning("mixed-modes", message, references[0], hint)


def _one_of_each_frame(placed: list[_Placed]) -> Iterator[Diagnostic]:
    for frame in _FRAMES:
        alike = [each for each in placed if each.role is frame]
        if len(alike) > 1:
            yield _warning("two-frames", f"there can be one {frame} only", alike[1], "give it another role")


def _last_needs_first(placed: list[_Placed]) -> Iterator[Diagnostic]:
    last = [each for each in placed if each.role is Role.LAST_FRAME]
    if last and all(each.role is not Role.FIRST_FRAME for each in placed):
        hint = "add an image with role: first_frame, or change this role"
        yield _warning("last-frame-alone", "a last_frame needs a first_frame beside it", last[0], hint)


def _audio_in_company(placed: list[_Placed]) -> Iterator[Diagnostic]:
    if all(each.input.kind is InputKind.AUDIO for each in placed):
        yield _warning("audio-alone", "audio needs an image or a video beside it", placed[0], "add one")


def _not_too_many(placed: list[_Placed]) -> Iterator[Diagnostic]:
    for kind, most in _MOST.items():
        alike = [each for each in placed if each.input.kind is kind]
        if len(alike) > most:
            message = f"{len(alike)} {kind} inputs: at most {most} are taken"
            yield _warning("too-many-inputs", message, alike[most], "drop the ones that matter least")


def _not_too_heavy(placed: list[_Placed]) -> Iterator[Diagnostic]:
    """Bytes from here travel in base64, four for three; a body over the limit cannot be sent at all."""
    here = [each for each in placed if isinstance(each.input.source, FileSource | DataSource)]
    size = sum(each.input.source.bytes for each in here if isinstance(each.input.source, FileSource | DataSource))
    if size * 4 // 3 > words.MAX_BODY_BYTES:
        most = words.MAX_BODY_BYTES >> 20
        yield Diagnostic(
            code="inputs-too-large",
            message=f"the local inputs make a request of {size * 4 // 3 >> 20} MiB: at most {most} MiB can be sent",
            span=here[-1].span,
            hint="make them smaller, or write the URLs of some",
            source=words.UPSTREAM,
        )


def _warning(code: str, message: str, placed: _Placed, hint: str) -> Diagnostic:
    return Diagnostic(
        code=code, message=message, span=placed.span, hint=hint, severity=Severity.WARNING, source=words.UPSTREAM
    )


_RULES: tuple[Callable[[list[_Placed]], Iterator[Diagnostic]], ...] = (
    _roles_fit,
    _frames_alone,
    _one_of_each_frame,
    _last_needs_first,
    _audio_in_company,
    _not_too_many,
    _not_too_heavy,
)
