"""Fields that cannot fail: a value of the wrong type is no value. Pure."""

from __future__ import annotations

import math
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict

from seedance_spec.gateway.json_answers import as_object, as_text
from seedance_spec.gateway.plain_text import safe_text
from seedance_spec.json_types import JsonObject

_MOST = 1 << 63


def whole(value: object) -> int | None:
    """A whole number from an integer, a finite float (rounded) or a numeric text; within 64 bits, else None."""
    if isinstance(value, str) and len(value) < 32:
        try:
            value = float(value.strip().removesuffix("%"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(value) if -_MOST < value < _MOST else None


def number(value: object) -> float | None:
    """A finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_MOST < value < _MOST:
        return None
    return float(value)


def moment(value: object) -> int | None:
    """Unix seconds; 0 is how the gateway says that something has not happened yet."""
    number = whole(value)
    return number if number is not None and number > 0 else None


def percent(value: object) -> int | None:
    """`"50%"`, `50` and `"50"` alike, kept within 0 … 100."""
    number = whole(value)
    return None if number is None else min(100, max(0, number))


def word(value: object) -> str | None:
    """A short text, made safe; None where it is empty or no text."""
    return safe_text(as_text(value), limit=200) or None


def message(value: object) -> str:
    """A text for people, made safe."""
    return safe_text(as_text(value))


def web_url(value: object) -> str | None:
    """A real http(s) URL, whole: on a failure the gateway puts an error text into `result_url` (gateway.md §1.8)."""
    text = as_text(value).strip()
    fits = text.lower().startswith(("https://", "http://")) and text.isprintable() and " " not in text
    return text if fits and len(text) < 8192 else None


def json_object(value: object) -> JsonObject:
    return as_object(value)


Whole: TypeAlias = Annotated[int | None, BeforeValidator(whole)]
Number: TypeAlias = Annotated[float | None, BeforeValidator(number)]
Moment: TypeAlias = Annotated[int | None, BeforeValidator(moment)]
Percent: TypeAlias = Annotated[int | None, BeforeValidator(percent)]
Word: TypeAlias = Annotated[str | None, BeforeValidator(word)]
Message: TypeAlias = Annotated[str, BeforeValidator(message)]
WebUrl: TypeAlias = Annotated[str | None, BeforeValidator(web_url)]
AnObject = BeforeValidator(json_object)
"""Before a nested model: anything that is no object counts as an empty one."""


class Lenient(BaseModel):
    """A part of an answer. Unknown fields are passed over, missing ones are None."""

    model_config = ConfigDict(extra="ignore", frozen=True)
