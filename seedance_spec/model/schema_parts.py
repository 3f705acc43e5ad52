"""Pieces of the spec files' JSON Schema that no model can make: variables, matrices, texts that hold `${`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seedance_spec.model.axes import EXCLUDE, INCLUDE

_VARIABLE = r"\$\{"
"""A text with a variable may come to anything, so that any key takes it."""

_WORD = r"^[A-Za-z_][A-Za-z0-9_-]*$"
_VALUE_TYPES = ["string", "number", "boolean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A definition of its own; `name` stands under `$defs`."""

    name: str
    shape: dict[str, Any]


_VARS = Part(
    name="Vars",
    shape={
        "type": "object",
        "description": "Variables by name, used as ${name}; keys below a name make ${name.key}.",
        "propertyNames": {"pattern": _WORD, "not": {"const": "matrix"}},
        "additionalProperties": {"anyOf": [{"type": [*_VALUE_TYPES, "null"]}, {"$ref": "#/$defs/VarGroup"}]},
        "examples": [{"hero": "a tabby cat named Miso", "coat": {"winter": "grey"}}],
    },
)
_VAR_GROUP = Part(
    name="VarGroup",
    shape={
        "type": "object",
        "propertyNames": {"pattern": _WORD},
        "additionalProperties": {"anyOf": [{"type": [*_VALUE_TYPES, "null"]}, {"$ref": "#/$defs/VarGroup"}]},
    },
)
_AXIS_VALUE: dict[str, Any] = {
    "anyOf": [
        {"type": _VALUE_TYPES},
        {
            "type": "object",
            "description": "Several values under one name: ${matrix.axis} is the name, ${matrix.axis.key} the others.",
            "required": ["name"],
            "propertyNames": {"pattern": _WORD},
            "additionalProperties": {"type": _VALUE_TYPES},
            "examples": [{"name": "noir", "words": "black and white, hard shadows"}],
        },
    ]
}
_MATRIX = Part(
    name="Matrix",
    shape={
        "type": "object",
        "description": "Axes by name, each with its values. Ids name the axes in alphabetical order.",
        "minProperties": 1,
        "propertyNames": {"pattern": _WORD},
        "properties": {
            INCLUDE: {
                "type": "array",
                "description": "Values of axes, and keys of a shot: they change combinations that match, or add one.",
                "items": {"type": "object", "minProperties": 1},
                "examples": [[{"ratio": "9:16", "takes": 2}]],
            },
            EXCLUDE: {
                "type": "array",
                "description": "Values of axes: every combination that has them is left out.",
                "items": {"type": "object", "minProperties": 1, "additionalProperties": {"type": _VALUE_TYPES}},
                "examples": [[{"ratio": "9:16", "lang": "de"}]],
            },
        },
        "additionalProperties": {"type": "array", "minItems": 1, "items": _AXIS_VALUE},
        "examples": [{"ratio": ["16:9", "9:16"], "lang": ["en", "de"]}],
    },
)

BY_HAND = {"vars": _VARS, "matrix": _MATRIX}
"""Keys of spec files whose inside is read from the YAML itself."""
BESIDE = (_VAR_GROUP,)
"""Definitions that those need."""

LINKED_VIDEO: dict[str, Any] = {
    "anyOf": [
        {"type": ["string", "null"]},
        {
            "type": "object",
            "required": ["shot"],
            "additionalProperties": False,
            "properties": {"shot": {"type": "string"}, "take": {"type": ["integer", "string"]}},
        },
    ]
}
"""`video: { shot: moon-walk }`: another shot's clip."""


def opened(schema: Any) -> Any:
    """The schema of a value, which takes a text with a variable too.

    A pattern bears on texts alone, and bounds on numbers alone: so one more type and a pattern are enough. A closed
    list of words needs another branch.
    """
    match schema:
        case {"enum": [*words], **rest}:
            told = {key: each for key, each in rest.items() if key in ("description", "examples")}
            return {**told, "anyOf": [{"enum": words}, {"type": "string", "pattern": _VARIABLE}]}
        case {"type": ("string" | ["string", "null"]), "pattern": str(pattern)}:
            return {**schema, "pattern": f"{pattern}|{_VARIABLE}"}
        case {"type": ("integer" | "number" | "boolean") as kind}:
            return {**schema, "type": [kind, "string"], "pattern": _VARIABLE}
        case {"type": [("integer" | "number" | "boolean") as kind, "null"]}:
            return {**schema, "type": [kind, "string", "null"], "pattern": _VARIABLE}
        case _:
            return schema
