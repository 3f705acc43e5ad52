"""An answer's bytes as JSON, whatever was done to them on the way. Pure: wrong bytes are None, never an exception."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping

from seedance_spec.json_types import Json, JsonObject

ANSWER_LIMIT = 1 << 20
"""Bytes of an answer that are read. The longest real one is a few kilobytes."""

_ZLIB_HEADS = (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


def plain_bytes(body: bytes) -> bytes:
    """The body uncompressed, by its first bytes and not by its headers: some resellers' headers lie (gateway.md §7).

    A compressed body that breaks off gives what there is of it.
    """
    if not body.startswith(_ZLIB_HEADS):
        return body
    try:
        # 32: gzip and zlib are told apart by the head
        return zlib.decompressobj(wbits=32 + zlib.MAX_WBITS).decompress(body, ANSWER_LIMIT)
    except zlib.error:
        return body


def read_json(body: bytes) -> Json:
    """The JSON value of a body, or None. NaN and infinities are None too."""
    try:
        value: Json = json.loads(plain_bytes(body), parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return value


def as_object(value: object) -> JsonObject:
    """`value` if it is a JSON object, else an empty one. An object inside a string is unwrapped."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = read_json(value.encode("utf-8", "replace"))
    return value if isinstance(value, Mapping) else {}


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""
