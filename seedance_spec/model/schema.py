"""The shapes of spec files as JSON Schema (draft 2020-12), for editors. Pure: made from the models, never by hand."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from seedance_spec.json_types import JsonObject
from seedance_spec.model.document import ProjectDocument, SpecDocument
from seedance_spec.model.schema_parts import BESIDE, BY_HAND, LINKED_VIDEO, opened

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_CLOSED = frozenset({"version"})


def spec_schema() -> JsonObject:
    """The schema of specs/**/*.yaml but specs/project.yaml."""
    example: JsonObject = {
        "version": 1,
        "vars": {"hero": "a tabby cat named Miso"},
        "defaults": {"model": "dreamina-seedance-2-0", "metadata": {"resolution": "720p", "ratio": "16:9"}},
        "shots": {
            "moon-walk": {"prompt": "${hero} walking on the moon", "duration": 5, "metadata": {"seed": 42}},
            "exit": {"prompt": "${hero} walks out of frame", "inputs": [{"shot": "moon-walk", "frame": "last"}]},
            "banner": {
                "prompt": "${hero} on a skateboard",
                "matrix": {"ratio": ["16:9", "9:16"]},
                "metadata": {"ratio": "${matrix.ratio}"},
            },
        },
    }
    return _schema(SpecDocument, "seedance-spec spec file", example)


def project_schema() -> JsonObject:
    """The schema of specs/project.yaml."""
    example: JsonObject = {
        "version": 1,
        "name": "nine-lives",
        "vars": {"hero": {"name": "Miso", "coat": "tabby"}},
        "defaults": {"model": "dreamina-seedance-2-0"},
        "profiles": {"draft": {"model": "dreamina-seedance-2-0-fast", "metadata": {"resolution": "480p"}}},
    }
    return _schema(ProjectDocument, "seedance-spec project file", example)


def _schema(shape: type[BaseModel], title: str, example: JsonObject) -> JsonObject:
    written = _tidy(shape.model_json_schema())
    parts = {part.name: part.shape for part in (*BY_HAND.values(), *BESIDE)}
    defs = {**written["$defs"], **parts}
    used = {name: each for name, each in defs.items() if f"#/$defs/{name}'" in repr((written, defs))}
    return {"$schema": _DRAFT, **written, "$defs": dict(sorted(used.items())), "title": title, "examples": [example]}


def _tidy(schema: Any) -> Any:
    """The schema without pydantic's own titles and defaults, and with `type: [x, null]` for a nullable x.

    Null is allowed for a value: under a shot it takes a default away. For a whole mapping it is not, although the
    reader takes it: editors tell what is wrong inside of a `$ref`, but not inside of an `anyOf`.
    """
    match schema:
        case dict():
            kept = {name: value for name, value in schema.items() if not _is_noise(name, value)}
            return _nullable({name: _tidy_key(name, value) for name, value in kept.items()})
        case list():
            return [_tidy(each) for each in schema]
        case _:
            return schema


def _tidy_key(name: str, value: Any) -> Any:
    if name == "properties" and isinstance(value, dict):
        return {each: _property(each, below) for each, below in value.items()}
    return _tidy(value)


def _property(name: str, schema: Any) -> Any:
    """One key: by hand where pydantic knows nothing of its inside, else open to a text with variables."""
    part = BY_HAND.get(name)
    if part is not None:
        return {"$ref": f"#/$defs/{part.name}", "description": schema["description"]}
    tidy = _tidy(schema)
    if name == "video":
        tidy = {**LINKED_VIDEO, **{key: each for key, each in tidy.items() if key in ("description", "examples")}}
    return tidy if name in _CLOSED else opened(tidy)


def _is_noise(name: str, value: Any) -> bool:
    return (name == "title" and isinstance(value, str)) or (name == "default" and value is None)


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    match schema:
        case {"anyOf": [{"$ref": target}, {"type": "null"}], **rest}:
            return {"$ref": target, **rest}
        case {"anyOf": [{"type": str(kind)} as only, {"type": "null"}], **rest}:
            listed = {"enum": [*only["enum"], None]} if "enum" in only else {}
            return {**only, "type": [kind, "null"], **listed, **rest}
        case _:
            return schema
