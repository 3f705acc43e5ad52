"""JSON as the program prints it: one layout everywhere. Pure: nothing that writes may enter."""

from __future__ import annotations

import json

from seedance_spec.json_types import Json


def json_text(value: Json) -> str:
    """Indented JSON without a final newline; characters as they are, keys in the order of the document."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)


def json_line(value: Json) -> str:
    """The value on one line, without a final newline: one event of a stream."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
