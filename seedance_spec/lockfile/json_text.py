"""JSON as a lockfile holds it: read strictly, so that a rewrite gives it back. Pure: no fact and no file may enter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NoReturn

import rfc8785

from seedance_spec.canonical import SAFE_INTEGER, encoded
from seedance_spec.json_types import Json

MAX_DEPTH = 64
_DIGITS = 310  # no double has more, and Python refuses to read thousands
_BLANK = re.compile(r"[ \t]*")


def read_json_values(text: str) -> list[Json]:
    """Every JSON value of one line: one, or more where a merge lost the line end between them.

    Raises ValueError for whatever a rewrite could not give back: NaN, numbers beyond a double's precision, a key
    twice, lone surrogates, nesting deeper than MAX_DEPTH.
    """
    if not _is_unicode(text):
        raise ValueError("it is not UTF-8")
    try:
        values = list(_values(text))
    except RecursionError:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH}") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and any(_depth(value) > MAX_DEPTH for value in values):
        raise ValueError(f"it is nested deeper than {MAX_DEPTH}")
    if "\\u" in text and not _is_unicode(encoded(values)):
        raise ValueError("it holds half a surrogate pair")
    return values


def _values(text: str) -> Iterator[Json]:
    at = _skip_blanks(text, 0)
    while at < len(text):
        value, at = _DECODER.raw_decode(text, at)
        yield value
        at = _skip_blanks(text, at)


def _skip_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return at if found is None else found.end()


def _depth(value: Json) -> int:
    """How deep a value is nested; counted without recursion."""
    depth, layer = 0, [value]
    while layer:
        depth += 1
        layer = [child for each in layer for child in _children(each)]
    return depth


def _children(value: Json) -> list[Json]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
        case _:
            return []


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("it says one key twice")
    return value


def _integer(text: str) -> int | float:
    """Beyond 2^53 only what RFC 8785 itself writes for a double, so that no digit is lost."""
    value = int(text[:_DIGITS])
    if -SAFE_INTEGER <= value <= SAFE_INTEGER:
        return value
    number = _float(text)
    if rfc8785.dumps(number).decode() != text:
        raise ValueError("it holds an integer beyond a double's precision")
    return number


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("it holds a number beyond a double's range")
    return number


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
