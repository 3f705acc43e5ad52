"""Our documents as JSON and their JSON Schemas, from TypedDicts. Pure: pydantic enters only for a schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedance_spec.json_types import Json, JsonObject


def json_object(document: Mapping[str, object]) -> JsonObject:
    """A TypedDict as the JSON object that it is. Raises TypeError for a value that JSON does not have."""
    return {key: _json(value) for key, value in document.items()}


def schema_of(shape: Any, *, title: str) -> JsonObject:
    """The JSON Schema (2020-12) of a TypedDict or a union of them; every object is closed: unknown keys are errors.

    `shape` is a type expression, for which the type system has no name.
    """
    from pydantic import TypeAdapter

    made: JsonObject = TypeAdapter(shape).json_schema()
    closed = {key: _closed(value) for key, value in made.items()}
    if "properties" in closed:
        closed["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **closed, "title": title}


def _json(value: object) -> Json:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): _json(each) for key, each in value.items()}
        case Sequence():
            return [_json(each) for each in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no place in JSON")


def _closed(node: Json) -> Json:
    match node:
        case Mapping():
            inner = {key: _closed(value) for key, value in node.items()}
            return {**inner, "additionalProperties": False} if "properties" in inner else inner
        case list():
            return [_closed(each) for each in node]
        case _:
            return node
