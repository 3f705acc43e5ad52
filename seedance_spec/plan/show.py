"""Everything about one shot: its request as it would be sent, where each value comes from, takes, family. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from seedance_spec.content_hash import canonical_request, display_request
from seedance_spec.gateway.wire_request import submit_body
from seedance_spec.json_types import Json, JsonObject
from seedance_spec.model.origin import Origin, Piece, Use
from seedance_spec.model.shot import DataSource, FileSource, Input, Part, Request, Shot, ShotSource, Source, UrlSource
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.change import Change, Plan
from seedance_spec.plan.figures import size
from seedance_spec.plan.parent_delivery import Delivery
from seedance_spec.plan.parents import parent_attempt, parents_of
from seedance_spec.plan.planned_delivery import Deliveries
from seedance_spec.plan.price_steps import price_steps
from seedance_spec.plan.take import input_video_seconds, quote_of
from seedance_spec.plan.takes import ShotTakes
from seedance_spec.plan.terms import terms_of
from seedance_spec.plan.why import written_order
from seedance_spec.plan.world import Holding, World, holding_of
from seedance_spec.redaction import redact
from seedance_spec.specfiles.diagnostic import Span

PART_WORDS = {Part.VIDEO: "clip", Part.FIRST_FRAME: "first frame", Part.LAST_FRAME: "last frame"}

ADDED = ("metadata.callback_url", "metadata.execution_expires_after")
"""What each attempt adds of its own: where a receiver hears for it, and the number by which a lost answer is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of the request. `value` is as the canonical form has it; `hashed`: it is part of the picture.

    `origin` is None for what nobody wrote: then it is the API's own default.
    """

    field: str
    value: Json
    hashed: bool
    origin: Origin | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A shot that this one starts from: how its take stands, and how its bytes would reach the gateway."""

    source: ShotSource
    holding: Holding
    delivery: Delivery | None
    span: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A shot that starts from this one, and the place where it says so."""

    shot_id: str
    take: int | str
    part: Part
    span: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """One shot as `show` tells it. `body` is the request without what each attempt adds (`added`), inline bytes cut
    short, signatures and keys hidden. `price` is how its price is made, `changes` what the plan has for it.
    """

    shot: Shot
    content_hash: str
    body: JsonObject
    added: tuple[str, ...]
    values: tuple[Value, ...]
    changes: tuple[Change, ...]
    takes: ShotTakes
    price: tuple[tuple[str, str], ...]
    parents: tuple[Parent, ...]
    children: tuple[Child, ...]


def showing_of(world: World, plan: Plan, takes: ShotTakes, deliveries: Deliveries) -> Showing:
    """What there is to show of `takes.shot_id`, which the film must have."""
    shot = world.film.shots[takes.shot_id]
    terms = terms_of(shot.request, input_seconds=input_video_seconds(world, shot))
    retries = world.film.project.retries
    return Showing(
        shot=shot,
        content_hash=world.hash_of(shot),
        body=_body(shot.request),
        added=tuple(each for each in ADDED if each not in _written(shot.request)),
        values=tuple(_values(shot)),
        changes=tuple(change for change in plan.changes if change.shot_id == shot.id),
        takes=takes,
        price=tuple(price_steps(terms, quote_of(world, shot), world.pricing, retries=retries)),
        parents=tuple(_parents(world, shot, dict(deliveries.of(shot)))),
        children=tuple(_children(world, shot)),
    )


def _written(request: Request) -> tuple[str, ...]:
    return () if request.execution_expires_after is None else ("metadata.execution_expires_after",)


def _body(request: Request) -> JsonObject:
    """The body as the wire has it, with words in the place of bytes that are not to be printed."""
    shown = replace(request, inputs=tuple(replace(each, source=_worded(each)) for each in request.inputs))
    body = submit_body(shown, inline={}, callback_url=None, execution_expires_after=0)
    metadata = body["metadata"]
    assert isinstance(metadata, Mapping), "a body has metadata"
    hidden = () if request.execution_expires_after is not None else ("execution_expires_after",)
    kept = {name: value for name, value in metadata.items() if name not in hidden}
    redacted = redacted_json({**body, "metadata": kept})
    assert isinstance(redacted, Mapping), "an object stays one"
    return redacted


def _worded(each: Input) -> UrlSource:
    match each.source:
        case UrlSource() as url:
            return url
        case DataSource(media_type=media, bytes=length):
            return UrlSource(url=f"data:{media};base64,… ({size(length)})")
        case FileSource(media_type=media, bytes=length, path=path):
            return UrlSource(url=f"data:{media};base64,… ({size(length)}, {path})")
        case ShotSource(shot=shot, take=take, part=part):
            return UrlSource(url=f"… ({PART_WORDS[part]} of {shot}, take {take})")


def redacted_json(value: Json) -> Json:
    """The value with every key, capability and URL signature in its texts hidden."""
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {key: redacted_json(each) for key, each in value.items()}
        case Sequence():
            return [redacted_json(each) for each in value]
        case _:
            return value


def _values(shot: Shot) -> Iterator[Value]:
    canonical = canonical_request(shot.request)
    for name, value in canonical.items():
        if name == "inputs":
            yield from _input_values(shot, value)
        else:
            yield Value(field=name, value=redacted_json(value), hashed=True, origin=shot.origins.get(name))
    delivery = display_request(shot.request)["delivery"]
    assert isinstance(delivery, Mapping), "a displayed request has its delivery"
    for name, value in delivery.items():
        yield Value(field=name, value=redacted_json(value), hashed=False, origin=shot.origins.get(name))


def _input_values(shot: Shot, canonical: Json) -> Iterator[Value]:
    """In the canonical order, each with the place where its author wrote it."""
    assert isinstance(canonical, Sequence), "inputs are a list"
    for place, value in zip(written_order(shot), canonical, strict=True):
        field = f"inputs[{place}]"
        yield Value(field=field, value=redacted_json(value), hashed=True, origin=shot.origins.get(field))


def _parents(world: World, shot: Shot, ways: Mapping[int, Delivery]) -> Iterator[Parent]:
    for place, source in parents_of(shot):
        yield Parent(
            source=source,
            holding=holding_of(parent_attempt(world, source)),
            delivery=ways.get(place),
            span=span_of(shot, f"inputs[{place}]"),
        )


def _children(world: World, shot: Shot) -> Iterator[Child]:
    for child in world.film.shots.values():
        for place, source in parents_of(child):
            if source.shot == shot.id:
                span = span_of(child, f"inputs[{place}]")
                yield Child(shot_id=child.id, take=source.take, part=source.part, span=span)


def source_words(source: Source) -> str:
    """An input's source as a person knows it: a path, a URL without its signature, another shot."""
    match source:
        case UrlSource(url=url):
            return redact(url)
        case FileSource(path=path, bytes=length):
            return f"{path} ({size(length)})"
        case DataSource(media_type=media, bytes=length):
            return f"data URI, {media} ({size(length)})"
        case ShotSource(shot=shot, take=take, part=part):
            return f"{PART_WORDS[part]} of {shot}, take {take}"


def uses_of(pieces: tuple[Piece, ...]) -> Iterator[Use]:
    """Every variable of a text and of the texts that it is made of, each name once."""
    told: set[str] = set()
    waiting = list(pieces)
    while waiting:
        piece = waiting.pop(0)
        if isinstance(piece, Use) and piece.name not in told:
            told.add(piece.name)
            yield piece
            waiting = [*piece.pieces, *waiting]
