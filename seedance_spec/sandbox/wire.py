"""JSON as the two services write it. Pure: no I/O, and nothing of seedance_spec outside this room may enter."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]

_HTML = str.maketrans(
    {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"},
)


def go_json(value: Json) -> str:
    """The gateway's encoder, Go's: compact, raw UTF-8, `& < >` escaped, whole floats without a fraction."""
    return plain_json(_whole(value)).translate(_HTML)


def plain_json(value: Json) -> str:
    """The upstream's encoder: compact, raw UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _whole(value: Json) -> Json:
    match value:
        case float() if value.is_integer():
            return int(value)
        case Mapping():
            return {name: _whole(item) for name, item in value.items()}
        case list() | tuple():
            return [_whole(item) for item in value]
        case _:
            return value
