"""What an error answer says, in each of its shapes (gateway.md §1.3, §8.6). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum

from seedance_spec.gateway.error_classes import ErrorClass, error_class_of
from seedance_spec.gateway.json_answers import as_object, as_text, plain_bytes, read_json
from seedance_spec.gateway.plain_text import safe_text
from seedance_spec.json_types import JsonObject

_UPSTREAM_CODE = re.compile(r'"code"\s*:\s*"([A-Za-z0-9_.\-]{1,120})"')
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_LONGEST_WAIT = 3600.0


class Shape(StrEnum):
    """Who speaks: the gateway's middleware, its task layer, its management API, or something in front of it."""

    MIDDLEWARE = "middleware"
    TASK = "task"
    MANAGEMENT = "management"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer, read. `code` is the gateway's own, `upstream_code` the one nested in its message; `kind` is the
    middleware's `type`; `message` is theirs, safe to show; `retry_after` in seconds.
    """

    status: int
    shape: Shape
    code: str = ""
    kind: str = ""
    message: str = ""
    upstream_code: str | None = None
    redirects: bool = False
    retry_after: float | None = None

    @property
    def error_class(self) -> ErrorClass:
        return error_class_of(self.upstream_code, self.message)

    def __str__(self) -> str:
        words = " ".join(word for word in (f"HTTP {self.status}", self.code, self.upstream_code) if word)
        return f"{words}: {self.message}" if self.message else words


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Said:
    """Read any answer that is no success. `headers` may be in any case."""
    named = {name.lower(): value for name, value in headers.items()}
    answer = as_object(read_json(body))
    shape = _shape(answer)
    code, kind, raw = _words(shape, answer, body)
    upstream_code, message = _nested(raw) if shape is Shape.TASK else (None, raw)
    return Said(
        status=status,
        shape=shape,
        code=safe_text(code, limit=120),
        kind=safe_text(kind, limit=120),
        message=safe_text(message),
        upstream_code=upstream_code,
        redirects=300 <= status < 400 and bool(named.get("location", "").strip()),
        retry_after=_retry_after(named),
    )


def _shape(answer: JsonObject) -> Shape:
    if isinstance(answer.get("error"), Mapping | str):
        return Shape.MIDDLEWARE
    if as_text(answer.get("code")) and "message" in answer:
        return Shape.TASK
    return Shape.MANAGEMENT if "success" in answer or "message" in answer else Shape.OPAQUE


def _words(shape: Shape, answer: JsonObject, body: bytes) -> tuple[str, str, str]:
    match shape:
        case Shape.MIDDLEWARE:
            error = as_object(answer.get("error"))
            told = as_text(error.get("message")) or as_text(answer.get("error"))
            return as_text(error.get("code")), as_text(error.get("type")), told
        case Shape.TASK:
            return as_text(answer.get("code")), "", as_text(answer.get("message"))
        case Shape.MANAGEMENT:
            return "", "", as_text(answer.get("message"))
        case Shape.OPAQUE:
            title = _TITLE.search(plain_bytes(body)[:65536].decode("utf-8", "replace"))
            return "", "", title[1] if title else ""


def _nested(text: str) -> tuple[str | None, str]:
    """The upstream's code and message inside a task error's message; masking or cutting may have broken its JSON."""
    inner = as_object(text)
    error = as_object(inner.get("error")) or inner
    code = as_text(error.get("code"))
    if code:
        return safe_text(code, limit=120), as_text(error.get("message")) or text
    found = _UPSTREAM_CODE.search(text[:65536])
    return (found[1] if found else None), text


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from a number or from a date measured by the answer's own clock; at most an hour."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit() and len(said) < 10:
        return min(float(said), _LONGEST_WAIT)
    until, now = http_date(said), http_date(headers.get("date", ""))
    return None if until is None or now is None else min(max(until - now, 0.0), _LONGEST_WAIT)


def http_date(date: str) -> float | None:
    """A date of a header as Unix seconds; None where it is none."""
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
