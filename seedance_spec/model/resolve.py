"""One merged shot to a frozen draft, with the place of every value. Pure: the look at local files is handed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from seedance_spec.model import vocabulary as words
from seedance_spec.model.chain import Draft, Link
from seedance_spec.model.complaints import shape_complaints
from seedance_spec.model.document import Metadata, ShotEntry
from seedance_spec.model.inputs import Written, WrittenLink, with_plain_links, written_inputs
from seedance_spec.model.interpolate import Interpolated, interpolated
from seedance_spec.model.layers import INPUT_WAYS, at, entry_at
from seedance_spec.model.length import length_of
from seedance_spec.model.merged import Merged
from seedance_spec.model.modes import clashes
from seedance_spec.model.origin import Origin, OriginKind, Piece, Use
from seedance_spec.model.plain import Plain, plain_mapping
from seedance_spec.model.prompt import prompt_complaints
from seedance_spec.model.rules import broken_rules
from seedance_spec.model.shot import Input, Request, Shot, ShotSource
from seedance_spec.model.sources import Look, source_of
from seedance_spec.model.takes import takes_complaints
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Diagnostic, Span, has_errors
from seedance_spec.specfiles.suggest import nearest

_NOTHING = Metadata()
_SHOT_FIELDS = frozenset({"model", "prompt", "takes", "pick"})
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
_METADATA_NAMES = frozenset(_METADATA_FIELDS)


def resolved(merged: Merged, look: Look) -> tuple[Draft, tuple[Diagnostic, ...]]:
    """The shot but for its links to other shots, not sound where an error stands against it; and everything there is to
    say about it. `look` tells what a local file holds.
    """
    expanded = interpolated(merged.node, merged.scope) if merged.scope else Interpolated(node=merged.node)
    node = with_plain_links(expanded.node)
    plain, unusable = plain_mapping(node)
    entry, misshapen = _entry(plain, node)
    draft, complaints = _Resolving(merged, entry, node, expanded.pieces, look).draft()
    blamed = {each.span for each in misshapen}
    found = (*unusable, *misshapen, *(each for each in complaints if each.span not in blamed))
    judged = (each for each in found if each.span not in expanded.unresolved)
    told = (*expanded.complaints, *_with_variables(judged, expanded.pieces))
    if has_errors(told):
        links = tuple(link for link in draft.links if link.span not in expanded.unresolved)
        draft = replace(draft, links=links, sound=False)
    return draft, told


def _entry(plain: dict[str, Plain], node: nodes.Mapping) -> tuple[ShotEntry, tuple[Diagnostic, ...]]:
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


def _with_variables(complaints: Iterable[Diagnostic], pieces: Mapping[Span, tuple[Piece, ...]]) -> Iterator[Diagnostic]:
    """A complaint about a text with variables says where these were set: there the edit may belong."""
    for each in complaints:
        uses = [piece for piece in pieces.get(each.span, ()) if isinstance(piece, Use)] if each.span else []
        told = ", ".join(dict.fromkeys(_set_at(use) for use in uses))
        yield replace(each, hint="; ".join(filter(None, (each.hint, told)))) if told else each


def _set_at(use: Use) -> str:
    match use.kind:
        case OriginKind.COMMAND_LINE:
            return f"{use.name} comes from --var"
        case OriginKind.ENVIRONMENT:
            return f"{use.name} comes from SEEDANCE_VAR_{use.name}"
        case _:
            return f"{use.name} is set at {use.span}"


@dataclass(frozen=True, slots=True)
class _Resolving:
    """One shot on its way: its shape, its keys with their variables put in, and what these were made of."""

    merged: Merged
    entry: ShotEntry
    node: nodes.Mapping
    pieces: Mapping[Span, tuple[Piece, ...]]
    look: Look

    def draft(self) -> tuple[Draft, list[Diagnostic]]:
        entry, key = self.entry, self.merged.key.span
        written, complaints = self._written()
        inputs, told = self._inputs(written)
        length, length_complaints = length_of(entry, self.node)
        origins = {"id": Origin(span=key), **dict(self._origins())}
        if length.way is not None:
            origins["frames" if length.duration is None else "duration"] = self._origin(length.way)
        origins |= self._input_origins(written)
        request = _request(entry, inputs, length.duration, length.frames)
        prompt = origins["prompt"].span if "prompt" in origins else None
        complaints += [
            *told,
            *length_complaints,
            *(() if self._is_unusable("prompt") else prompt_complaints(entry.prompt, prompt, key)),
            *(() if self._is_unusable("model") else _model_missing(entry, key)),
            *broken_rules(request, origins),
            *takes_complaints(entry, request, origins),
        ]
        return Draft(shot=self._named(request, origins), links=tuple(_links(written))), complaints

    def _named(self, request: Request, origins: dict[str, Origin]) -> Shot:
        return Shot(
            id=self.merged.id,
            request=request,
            takes=1 if self.entry.takes is None else self.entry.takes,
            pick=self.entry.pick,
            description=self.entry.description or "",
            tags=tuple(self.entry.tags or ()),
            profile=self.merged.profile,
            origins=origins,
        )

    def _written(self) -> tuple[tuple[Written, ...], list[Diagnostic]]:
        written, misplaced = written_inputs(self.entry, self.node)
        return written, list(misplaced)

    def _inputs(self, written: tuple[Written, ...]) -> tuple[tuple[Input, ...], list[Diagnostic]]:
        complaints: list[Diagnostic] = []
        inputs: list[Input] = []
        for each in written:
            if isinstance(each, WrittenLink):
                # Hash and take are the parent's to say, once all shots are read.
                source = ShotSource(content_hash="", take=1, part=each.part, shot=each.ref)
                inputs.append(Input(kind=each.kind, source=source, role=each.role))
                continue
            found, told = source_of(each, self.look)
            complaints += told
            if found is not None:
                inputs.append(Input(kind=each.kind, source=found, role=each.role))
        if len(inputs) == len(written):
            complaints += clashes(tuple(inputs), tuple(each.span for each in written))
        return tuple(inputs), complaints

    def _origins(self) -> Iterator[tuple[str, Origin]]:
        merged, pieces = self.merged, self.pieces
        for name, entry in merged.node.entries.items():
            if name in _SHOT_FIELDS:
                yield name, merged.origin((name,), entry, pieces)
        metadata = merged.node.get("metadata")
        for name, entry in metadata.entries.items() if isinstance(metadata, nodes.Mapping) else ():
            if name in _METADATA_NAMES:
                yield name, merged.origin(("metadata", name), entry, pieces)

    def _origin(self, path: tuple[str, ...], span: Span | None = None) -> Origin:
        entry = entry_at(self.merged.node, path)
        assert entry is not None, "what was written stands somewhere"
        return self.merged.origin(path, entry, self.pieces, span)

    def _input_origins(self, written: tuple[Written, ...]) -> dict[str, Origin]:
        if not written:
            return {}
        way = next(way for way in INPUT_WAYS if at(self.merged.node, way) is not None)
        return {f"inputs[{place}]": self._origin(way, each.span) for place, each in enumerate(written)}

    def _is_unusable(self, name: str) -> bool:
        """Whether the key stands there misspelt, with no value or a misshapen one: that has a complaint of its own."""
        known = ShotEntry.model_fields
        if name not in self.node.entries:
            return any(nearest(key, known) == name for key in self.node.entries if key not in known)
        return getattr(self.entry, name) is None


def _links(written: tuple[Written, ...]) -> Iterator[Link]:
    for index, each in enumerate(written):
        if isinstance(each, WrittenLink):
            yield Link(index=index, ref=each.ref, take=each.take, span=each.span)


def _request(entry: ShotEntry, inputs: tuple[Input, ...], duration: int | None, frames: int | None) -> Request:
    """The request with the API's defaults where nothing was written; the defaults themselves stand in `Request`."""
    metadata = entry.metadata or _NOTHING
    written = {name: value for name in _METADATA_FIELDS if (value := getattr(metadata, name)) is not None}
    model, prompt = entry.model or "", entry.prompt or ""
    return Request(model=model, prompt=prompt, inputs=inputs, duration=duration, frames=frames, **written)


def _model_missing(entry: ShotEntry, key: Span) -> Iterator[Diagnostic]:
    if not (entry.model or "").strip():
        yield Diagnostic(
            code="model-required",
            message="the shot has no model",
            span=key,
            hint=f"write `model: {words.STANDARD}` in the shot or under defaults",
            source=words.API_SUBMIT,
        )
