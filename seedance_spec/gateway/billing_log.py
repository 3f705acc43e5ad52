"""The key's own billing log, where the gateway offers one (gateway.md §1.7). Pure: wrong rows are passed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, TypeAlias

from seedance_spec.attempts.ports import AskLater
from seedance_spec.gateway.error_answers import Shape, read_error
from seedance_spec.gateway.json_answers import as_object, read_json
from seedance_spec.gateway.lenient import AnObject, Lenient, Moment, Whole, Word

LOG_LIMIT = 4 << 20
"""Bytes of the log that are read: 1000 rows of less than a kilobyte each."""


class LogKind(IntEnum):
    """The rows that move money; the log holds others, which say nothing here."""

    CHARGE = 2
    REFUND = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One movement of money. `at` is Unix seconds, `quota` what moved, in the gateway's units.

    A settlement or refund names its task; the row of a submit does not. `held` is what the submit took, `actual` what
    the task cost in the end.
    """

    kind: LogKind
    at: int
    model: str | None = None
    quota: int | None = None
    task_id: str | None = None
    held: int | None = None
    actual: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogClosed:
    """The log is not offered by the gateway, or not to this key."""

    reason: str


LogAnswer: TypeAlias = tuple[LogRow, ...] | LogClosed | AskLater


class _Other(Lenient):
    """The row's `other`, an object inside a text."""

    task_id: Word = None
    pre_consumed_quota: Whole = None
    actual_quota: Whole = None


class _Row(Lenient):
    type: Whole = None
    created_at: Moment = None
    model_name: Word = None
    quota: Whole = None
    other: Annotated[_Other, AnObject] = _Other()


def classify_log_answer(status: int, headers: Mapping[str, str], body: bytes) -> LogAnswer:
    """The answer of GET /api/log/token. A page for people, a 401, 403 or 404 mean that the log is not offered."""
    if 200 <= status < 300:
        rows = read_log(body)
        return LogClosed(reason="the gateway offers no billing log") if rows is None else rows
    said = read_error(status, headers, body)
    if status in {401, 403, 404, 405} or (300 <= status < 500 and said.shape is Shape.OPAQUE and status != 429):
        return LogClosed(reason=f"the gateway offers no billing log ({said})")
    return AskLater(reason=str(said), retry_after=said.retry_after)


def read_log(body: bytes) -> tuple[LogRow, ...] | None:
    """The rows that move money, as they stand; None for anything that is no log."""
    answer = as_object(read_json(body))
    rows = answer.get("data")
    if answer.get("success") is False or not isinstance(rows, list | tuple):
        return None
    return tuple(row for row in map(_row, rows) if row is not None)


def _row(value: object) -> LogRow | None:
    row = _Row.model_validate(as_object(value))
    if row.created_at is None or row.type not in {LogKind.CHARGE, LogKind.REFUND}:
        return None
    return LogRow(
        kind=LogKind(row.type),
        at=row.created_at,
        model=row.model_name,
        quota=row.quota,
        task_id=row.other.task_id,
        held=row.other.pre_consumed_quota,
        actual=row.other.actual_quota,
    )
