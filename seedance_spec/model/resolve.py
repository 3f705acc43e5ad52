"""One merged shot to a frozen Shot, with the place of every value. Pure: the look at local files is handed in."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Texts
from dataclasses import dataclass

from pydantic import ValidationError

from seedance_spec.model import vocabulary as words
from seedance_spec.model.complaints import shape_complaints
from seedance_spec.model.document import Metadata, ShotEntry
from seedance_spec.model.inputs import written_inputs
from seedance_spec.model.length import length_of
from seedance_spec.model.modes import clashes
from seedance_spec.model.plain import Plain, plain_mapping
from seedance_spec.model.prompt import prompt_complaints
from seedance_spec.model.rules import broken_rules
from seedance_spec.model.shot import Input, Request, Shot
from seedance_spec.model.sources import Look, source_of
from seedance_spec.specfiles.diagnostic import Diagnostic, Span, has_errors
from seedance_spec.specfiles.nodes import Mapping, Scalar

_NOTHING = Metadata()
_SHOT_FIELDS = ("model", "prompt", "takes", "pick")
_METADATA_FIELDS = (
    "resolution",
    "ratio",
    "seed",
    "camera_fixed",
    "watermark",
    "generate_audio",
    "draft",
    "service_tier",
    "execution_expires_after",
    "return_last_frame",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A shot after its defaults: `node` holds every key that counts, `key` is the shot's own key."""

    id: str
    key: Scalar
    node: Mapping


def resolved(merged: Merged, texts: Texts[str, str], look: Look) -> tuple[Shot | None, tuple[Diagnostic, ...]]:
    """The shot, or None where an error stands against it, and everything there is to say about it.

    `texts` are the source files by path, `look` tells what a local file holds.
    """
    plain, unusable = plain_mapping(merged.node, texts)
    entry, misshapen = _entry(plain, merged.node)
    shot, complaints = _shot(entry, merged, look)
    blamed = {each.span for each in misshapen}
    told = (*unusable, *misshapen, *(each for each in complaints if each.span not in blamed))
    return (None if has_errors(told) else shot), told


def _entry(plain: dict[str, Plain], node: Mapping) -> tuple[ShotEntry, tuple[Diagnostic, ...]]:
    """The shot's shape; without the keys that do not fit it, so that the others are looked at all the same."""
    try:
        return ShotEntry.model_validate(plain), ()
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False, include_context=False):
            _drop(plain, each["loc"])
        return ShotEntry.model_validate(plain), tuple(shape_complaints(error, node, ShotEntry))


def _drop(plain: dict[str, Plain], loc: tuple[int | str, ...]) -> None:
    metadata = plain.get("metadata")
    if loc[0] == "metadata" and len(loc) > 1 and isinstance(metadata, dict):
        metadata.pop(str(loc[1]), None)
    else:
        plain.pop(str(loc[0]), None)


def _shot(entry: ShotEntry, merged: Merged, look: Look) -> tuple[Shot, list[Diagnostic]]:
    node, key = merged.node, merged.key.span
    inputs, spans, complaints = _inputs(entry, node, look)
    length, length_complaints = length_of(entry, node)
    request = _request(entry, inputs, length.duration, length.frames)
    origins = dict(_origins(node)) | {f"inputs[{place}]": span for place, span in enumerate(spans)}
    if length.span is not None:
        origins["frames" if length.duration is None else "duration"] = length.span
    complaints += [
        *length_complaints,
        *(() if _is_unusable("prompt", entry, node) else prompt_complaints(entry.prompt, origins.get("prompt"), key)),
        *(() if _is_unusable("model", entry, node) else _model_missing(entry, key)),
        *broken_rules(request, origins),
        *_takes(entry, origins),
    ]
    return _named(entry, merged.id, request, {"id": key, **origins}), complaints


def _named(entry: ShotEntry, shot_id: str, request: Request, origins: dict[str, Span]) -> Shot:
    return Shot(
        id=shot_id,
        request=request,
        takes=1 if entry.takes is None else entry.takes,
        pick=entry.pick,
        description=entry.description or "",
        tags=tuple(entry.tags or ()),
        origins=origins,
    )


def _inputs(
    entry: ShotEntry, node: Mapping, look: Look
) -> tuple[tuple[Input, ...], tuple[Span, ...], list[Diagnostic]]:
    written, misplaced = written_inputs(entry, node)
    complaints = list(misplaced)
    inputs: list[Input] = []
    for each in written:
        source, told = source_of(each, look)
        complaints += told
        if source is not None:
            inputs.append(Input(kind=each.kind, source=source, role=each.role))
    spans = tuple(each.span for each in written)
    if len(inputs) == len(written):
        complaints += clashes(tuple(inputs), spans)
    return tuple(inputs), spans, complaints


def _request(entry: ShotEntry, inputs: tuple[Input, ...], duration: int | None, frames: int | None) -> Request:
    """The request with the API's defaults where nothing was written; the defaults themselves stand in `Request`."""
    metadata = entry.metadata or _NOTHING
    written = {name: value for name in _METADATA_FIELDS if (value := getattr(metadata, name)) is not None}
    model, prompt = entry.model or "", entry.prompt or ""
    return Request(model=model, prompt=prompt, inputs=inputs, duration=duration, frames=frames, **written)


def _origins(node: Mapping) -> Iterator[tuple[str, Span]]:
    for name, entry in node.entries.items():
        if name in _SHOT_FIELDS:
            yield name, entry.value.span
    metadata = node.get("metadata")
    if isinstance(metadata, Mapping):
        for name, entry in metadata.entries.items():
            if name in _METADATA_FIELDS:
                yield name, entry.value.span


def _is_unusable(name: str, entry: ShotEntry, node: Mapping) -> bool:
    """Whether the key stands there with no value or a misshapen one, which has a complaint of its own."""
    return name in node.entries and getattr(entry, name) is None


def _model_missing(entry: ShotEntry, key: Span) -> Iterator[Diagnostic]:
    if not (entry.model or "").strip():
        yield Diagnostic(
            code="model-required",
            message="the shot has no model",
            span=key,
            hint=f"write `model: {words.STANDARD}` in the shot or under defaults",
            source=words.API_SUBMIT,
        )


def _takes(entry: ShotEntry, origins: dict[str, Span]) -> Iterator[Diagnostic]:
    if entry.takes is not None and not 1 <= entry.takes <= words.MAX_TAKES:
        message = f"takes {entry.takes} is out of range"
        hint = f"use 1 to {words.MAX_TAKES}"
        yield Diagnostic(code="bad-takes", message=message, span=origins["takes"], hint=hint)
    if isinstance(entry.pick, int) and entry.pick < 1:
        message, hint = f"pick {entry.pick} is no take", "takes are counted from 1"
        yield Diagnostic(code="bad-pick", message=message, span=origins["pick"], hint=hint)
    if entry.pick == "":
        yield Diagnostic(code="bad-pick", message="pick is empty", span=origins["pick"], hint="write a take's number")
