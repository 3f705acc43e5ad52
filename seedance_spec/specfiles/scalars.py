"""What an unquoted YAML scalar means, by the core schema of YAML 1.2. Pure."""

from __future__ import annotations

import re

from seedance_spec.specfiles.nodes import ScalarValue

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITY = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NOT_A_NUMBER = frozenset((".nan", ".NaN", ".NAN"))

# Python refuses to convert longer ones (a denial of service); no field holds such a number, so it stays text.
_MOST_DIGITS = 1000


def plain_value(text: str) -> ScalarValue:
    """The value of a plain (unquoted) scalar: `16:9`, `no` and `on` are text, `010` is ten, `0o10` is eight."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS or len(text) > _MOST_DIGITS:
        return text
    return _number(text)


def _number(text: str) -> ScalarValue:
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    if sign := _INFINITY.fullmatch(text):
        return float(f"{sign[1]}inf")
    return float("nan") if text in _NOT_A_NUMBER else text
