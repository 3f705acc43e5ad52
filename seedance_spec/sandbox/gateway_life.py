"""A task's row at the gateway: what the poller makes of the upstream's object, the sweep. Pure: no I/O may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from string import ascii_letters, digits

from seedance_spec.sandbox.wire import Json, JsonObject

POLL_SECONDS = 15.0
POLL_EACH_SECONDS = 1.0
POLL_MOST = 1000
TIMEOUT_MINUTES = 1440
TIMED_OUT = f"任务超时（{TIMEOUT_MINUTES}分钟）"


class Status(StrEnum):
    NOT_START = "NOT_START"
    QUEUED = "QUEUED"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"


OPENAI_STATUS: Mapping[str, str] = {
    Status.NOT_START: "unknown",
    Status.QUEUED: "queued",
    Status.IN_PROGRESS: "in_progress",
    Status.SUCCESS: "completed",
    Status.FAILURE: "failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One task as the gateway stores it. Times are Unix seconds; `quota` is the hold and stays so for ever.

    `key` is the digest of the API key that paid, `other_ratio` the product of price ratios beside the model's own,
    `patience` the nominal seconds until the sweep.
    """

    id: int
    task_id: str
    upstream_id: str
    key: str
    origin_model: str
    upstream_model: str
    quota: int
    other_ratio: float
    submit_time: int
    created_at: int
    updated_at: int
    data: JsonObject
    patience: float = TIMEOUT_MINUTES * 60.0
    status: str = Status.NOT_START
    progress: str = "0%"
    fail_reason: str = ""
    result_url: str = ""
    start_time: int = 0
    finish_time: int = 0

    @property
    def final(self) -> bool:
        return self.status in (Status.SUCCESS, Status.FAILURE)


def new_task_id(dice: Random) -> str:
    """`task_` and 32 alphanumerics."""
    return "task_" + "".join(dice.choices(ascii_letters + digits, k=32))


def polled(row: Row, answer: JsonObject, *, now: float) -> Row:
    """The row after one look upstream. An answer whose status the adaptor does not know counts as running, 30 %."""
    seen = _seen(row, answer, int(now))
    return row if seen == row else replace(seen, updated_at=int(now))


def _seen(row: Row, answer: JsonObject, now: int) -> Row:
    running = replace(row, data=answer, status=Status.IN_PROGRESS, start_time=row.start_time or now)
    done = replace(row, data=answer, progress="100%", finish_time=row.finish_time or now)
    match answer.get("status"):
        case "pending" | "queued":
            return replace(row, data=answer, status=Status.QUEUED, progress="10%")
        case "processing" | "running":
            return replace(running, progress="50%")
        case "succeeded":
            return replace(done, status=Status.SUCCESS, result_url=_inner(answer, "content", "video_url"))
        case "failed":
            return replace(done, status=Status.FAILURE, fail_reason=_inner(answer, "error", "message"))
        case _:
            return replace(running, progress="30%")


def swept(row: Row, *, now: float) -> Row:
    """The gateway gave up: failed, whatever the upstream still does."""
    return replace(
        row,
        status=Status.FAILURE,
        progress="100%",
        fail_reason=TIMED_OUT,
        finish_time=int(now),
        updated_at=int(now),
    )


def total_tokens(answer: JsonObject) -> int:
    usage = answer.get("usage")
    used = usage.get("total_tokens") if isinstance(usage, Mapping) else None
    return used if isinstance(used, int) else 0


def task_view(row: Row) -> JsonObject:
    """`data` of GET /v1/video/generations/{id}: `result_url` falls back to the failure's text, else it is absent."""
    url = row.result_url or row.fail_reason
    return {
        "id": row.id,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "task_id": row.task_id,
        "platform": "45",
        "user_id": 1,
        "group": "default",
        "channel_id": 12,
        "quota": row.quota,
        "action": "generate",
        "status": row.status,
        "fail_reason": row.fail_reason,
        **({"result_url": url} if url else {}),
        "submit_time": row.submit_time,
        "start_time": row.start_time,
        "finish_time": row.finish_time,
        "progress": row.progress,
        "properties": {
            "input": "",
            "upstream_model_name": row.upstream_model,
            "origin_model_name": row.origin_model,
        },
        "data": row.data,
    }


def openai_view(row: Row) -> JsonObject:
    """GET /v1/videos/{id}: `completed_at` is the row's last update, long before completion."""
    error: dict[str, Json] = {}
    if row.data.get("status") == "failed":
        parts: JsonObject = {"message": _inner(row.data, "error", "message"), "code": _inner(row.data, "error", "code")}
        error = {"error": parts}
    return {
        "id": row.task_id,
        "task_id": row.task_id,
        "object": "video",
        "model": row.origin_model,
        "status": OPENAI_STATUS[row.status],
        "progress": int(row.progress.removesuffix("%")),
        "created_at": row.created_at,
        "completed_at": row.updated_at,
        **error,
        "metadata": {"url": _inner(row.data, "content", "video_url")},
    }


def _inner(answer: JsonObject, outer: str, name: str) -> str:
    inside = answer.get(outer)
    return str(inside.get(name) or "") if isinstance(inside, Mapping) else ""
