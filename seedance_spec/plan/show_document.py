"""One shot as JSON, versioned, with its schema. Pure: nothing that writes may enter."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.model.origin import Origin, Use
from seedance_spec.plan.document import ChangeDocument, PlaceDocument, change_document, place_document
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.parent_delivery import delivery_words
from seedance_spec.plan.show import Child, Parent, Showing, Value, uses_of
from seedance_spec.plan.takes_document import ChoiceDocument, TakeDocument, choice_document, take_document

SHOW_FORMAT: Literal["seedance-spec/show/1"] = "seedance-spec/show/1"

OriginName = Literal[
    "project default", "default", "shot", "profile", "variable", "matrix", "environment", "command line"
]
PartName = Literal["video", "first_frame", "last_frame"]


class UseDocument(TypedDict):
    """A variable inside a text; `span` is null for what the environment or the command line said."""

    name: str
    kind: OriginName
    text: str
    span: PlaceDocument | None


class OriginDocument(TypedDict):
    """Who wrote a value, and where; `name` is that of the profile. `variables` stand inside of it, at any depth."""

    kind: OriginName
    name: str
    span: PlaceDocument | None
    variables: list[UseDocument]


class ValueDocument(TypedDict):
    """One value of the canonical request (any JSON), signatures hidden. `origin` is null for what nobody wrote."""

    field: str
    value: object
    hashed: bool
    origin: OriginDocument | None


class ParentDocument(TypedDict):
    """A shot that this one starts from. `holding` tells how its take stands, `way` how its bytes would reach the
    gateway, in words and as a stable name; null where nothing is there to be sent yet.
    """

    shot: str
    take: int | str
    part: PartName
    holding: Literal["free", "rendered", "in-flight", "unknown", "failed", "gone"]
    way: Literal["fresh-link", "capability", "stored-frame", "cut-frame", "nothing"] | None
    way_words: str | None
    span: PlaceDocument | None


class ChildDocument(TypedDict):
    shot: str
    take: int | str
    part: PartName
    span: PlaceDocument | None


class StepDocument(TypedDict):
    """One step of the arithmetic of a price, in words."""

    label: str
    words: str


class ShowDocument(TypedDict):
    """`request` is the body of the POST with inline bytes cut short and signatures hidden, without the keys that each
    attempt adds (`added`, as paths). `values` are in the order in which they are hashed. `takes` are those of the
    present request; `changes` is what the plan has for this shot.
    """

    format: Literal["seedance-spec/show/1"]
    shot: str
    profile: str | None
    description: str
    tags: list[str]
    span: PlaceDocument | None
    content_hash: str
    request: dict[str, object]
    added: list[str]
    values: list[ValueDocument]
    changes: list[ChangeDocument]
    choice: ChoiceDocument | None
    takes: list[TakeDocument]
    older_takes: int
    price: list[StepDocument]
    parents: list[ParentDocument]
    children: list[ChildDocument]


def show_document(showing: Showing) -> JsonObject:
    """What `show --json` prints; `show_schema` describes it."""
    shot, takes = showing.shot, showing.takes
    key = shot.origins.get("id")
    document: ShowDocument = {
        "format": SHOW_FORMAT,
        "shot": shot.id,
        "profile": shot.profile,
        "description": shot.description,
        "tags": list(shot.tags),
        "span": place_document(key.span if key else None),
        "content_hash": showing.content_hash,
        "request": dict(showing.body),
        "added": list(showing.added),
        "values": [_value(each) for each in showing.values],
        "changes": [change_document(each) for each in showing.changes],
        "choice": choice_document(takes.choice),
        "takes": [take_document(row) for asked in takes.asked if asked.present for row in asked.takes],
        "older_takes": sum(len(asked.takes) for asked in takes.asked if not asked.present),
        "price": [{"label": label, "words": words} for label, words in showing.price],
        "parents": [_parent(each) for each in showing.parents],
        "children": [_child(each) for each in showing.children],
    }
    return json_object(document)


def show_schema() -> JsonObject:
    return schema_of(ShowDocument, title="seedance-spec show --json")


def _value(value: Value) -> ValueDocument:
    return {
        "field": value.field,
        "value": value.value,
        "hashed": value.hashed,
        "origin": None if value.origin is None else _origin(value.origin),
    }


def _origin(origin: Origin) -> OriginDocument:
    return {
        "kind": origin.kind.value,
        "name": origin.name,
        "span": place_document(origin.span),
        "variables": [_use(each) for each in uses_of(origin.pieces)],
    }


def _use(use: Use) -> UseDocument:
    return {"name": use.name, "kind": use.kind.value, "text": use.text, "span": place_document(use.span)}


def _parent(parent: Parent) -> ParentDocument:
    delivery = parent.delivery
    return {
        "shot": parent.source.shot,
        "take": parent.source.take,
        "part": parent.source.part.value,
        "holding": parent.holding.value,
        "way": None if delivery is None else delivery.way.value,
        "way_words": None if delivery is None else delivery_words(delivery),
        "span": place_document(parent.span),
    }


def _child(child: Child) -> ChildDocument:
    return {
        "shot": child.shot_id,
        "take": child.take,
        "part": child.part.value,
        "span": place_document(child.span),
    }
