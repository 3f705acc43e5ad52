"""A task as GET shows it, in every generation of the gateway (gateway.md §1.8, §1.9). Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, Field

from seedance_spec.attempts.ports import TaskState, TaskView
from seedance_spec.gateway.error_classes import ErrorClass, error_class_of
from seedance_spec.gateway.json_answers import as_object, as_text, read_json
from seedance_spec.gateway.lenient import AnObject, Lenient, Message, Moment, Percent, WebUrl, Whole, Word
from seedance_spec.json_types import JsonObject

TASK_STATES = {
    # the gateway's words
    "not_start": TaskState.WAITING,
    "submitted": TaskState.WAITING,
    "queued": TaskState.WAITING,
    "in_progress": TaskState.RUNNING,
    "success": TaskState.SUCCEEDED,
    "failure": TaskState.FAILED,
    # the upstream's, which leak on some gateways
    "pending": TaskState.WAITING,
    "running": TaskState.RUNNING,
    "processing": TaskState.RUNNING,
    "succeeded": TaskState.SUCCEEDED,
    "failed": TaskState.FAILED,
    "expired": TaskState.FAILED,
    "cancelled": TaskState.FAILED,
    "canceled": TaskState.FAILED,
    # the OpenAI view's
    "completed": TaskState.SUCCEEDED,
}
"""Statuses in lower case, from every vocabulary that was seen. Anything else is odd: wait on."""

_GAVE_UP = "任务超时"


class _Error(Lenient):
    code: Word = None
    message: Message = ""


class _Links(Lenient):
    video_url: WebUrl = None
    last_frame_url: WebUrl = None


class _Usage(Lenient):
    total_tokens: Whole = None
    completion_tokens: Whole = None


class _Upstream(Lenient):
    """The upstream's own task object, `data.data`."""

    id: Word = None
    model: Word = None
    status: Word = None
    error: Annotated[_Error, AnObject] = _Error()
    content: Annotated[_Links, AnObject] = _Links()
    usage: Annotated[_Usage, AnObject] = _Usage()
    updated_at: Moment = None
    seed: Whole = None
    service_tier: Word = None
    resolution: Word = None
    ratio: Word = None
    duration: Whole = None
    frames: Whole = None
    framespersecond: Whole = None
    execution_expires_after: Whole = None


class _Properties(Lenient):
    upstream_model_name: Word = None


class _Row(Lenient):
    """The gateway's own row, `data`."""

    task_id: Word = Field(default=None, validation_alias=AliasChoices("task_id", "id"))
    status: Word = None
    progress: Percent = None
    fail_reason: Message = ""
    result_url: WebUrl = None
    url_in_fail_reason: WebUrl = Field(default=None, validation_alias=AliasChoices("fail_reason"))
    submit_time: Moment = Field(default=None, validation_alias=AliasChoices("submit_time", "created_at"))
    start_time: Moment = None
    finish_time: Moment = Field(default=None, validation_alias=AliasChoices("finish_time", "finished_at"))
    quota: Whole = None
    properties: Annotated[_Properties, AnObject] = _Properties()
    data: Annotated[_Upstream, AnObject] = _Upstream()


class _VideoMetadata(Lenient):
    url: WebUrl = None


class _Video(Lenient):
    """The OpenAI view of a task. Its `completed_at` is there long before completion, so it is not read."""

    task_id: Word = Field(default=None, validation_alias=AliasChoices("task_id", "id"))
    status: Word = None
    progress: Percent = None
    created_at: Moment = None
    error: Annotated[_Error, AnObject] = _Error()
    metadata: Annotated[_VideoMetadata, AnObject] = _VideoMetadata()


def read_task(body: bytes, *, asked: str = "") -> TaskView | None:
    """The answer of GET /v1/video/generations/{id}: wrapped, or flat as some resellers have it.

    None where no status can be read. `asked` stands for the task id where the answer names none.
    """
    row = _Row.model_validate(_detail(as_object(read_json(body))))
    if row.status is None:
        return None
    state = state_of(row.status)
    failed = state is TaskState.FAILED
    reason = row.fail_reason or row.data.error.message
    gave_up = failed and _GAVE_UP in reason
    return TaskView(
        task_id=row.task_id or asked,
        state=state,
        status=row.status,
        progress=row.progress,
        fail_reason=reason if failed else "",
        result_url=_result_url(row) if state is TaskState.SUCCEEDED else None,
        last_frame_url=row.data.content.last_frame_url,
        submit_time=row.submit_time,
        start_time=row.start_time,
        finish_time=row.finish_time,
        upstream_id=row.data.id,
        upstream_status=row.data.status,
        upstream_updated_at=row.data.updated_at,
        error_class=_class_of(row, reason) if failed else None,
        error_code=row.data.error.code,
        model_served=row.data.model or row.properties.upstream_model_name,
        seed=row.data.seed,
        service_tier=row.data.service_tier,
        resolution=row.data.resolution,
        ratio=row.data.ratio,
        duration=row.data.duration,
        frames=row.data.frames,
        frames_per_second=row.data.framespersecond,
        tokens=row.data.usage.total_tokens or row.data.usage.completion_tokens,
        quota=row.quota,
        execution_expires_after=row.data.execution_expires_after,
        gateway_gave_up=gave_up,
    )


def read_video_view(body: bytes, *, asked: str = "") -> TaskView | None:
    """The answer of GET /v1/videos/{id}: much less than a task tells, for when that one is refused by a bug."""
    video = _Video.model_validate(as_object(read_json(body)))
    if video.status is None:
        return None
    state = state_of(video.status)
    failed = state is TaskState.FAILED
    return TaskView(
        task_id=video.task_id or asked,
        state=state,
        status=video.status,
        progress=video.progress,
        fail_reason=video.error.message if failed else "",
        result_url=video.metadata.url if state is TaskState.SUCCEEDED else None,
        submit_time=video.created_at,
        error_class=error_class_of(video.error.code, video.error.message).value if failed else None,
        error_code=video.error.code,
        gateway_gave_up=failed and _GAVE_UP in video.error.message,
    )


def state_of(status: str) -> TaskState:
    return TASK_STATES.get(status.strip().lower().replace("-", "_").replace(" ", "_"), TaskState.ODD)


def _detail(answer: JsonObject) -> JsonObject:
    """The row inside the wrapper; the answer itself where it is flat."""
    inner = as_object(answer.get("data"))
    wrapped = "code" in answer or not as_text(answer.get("status"))
    return inner if wrapped and inner else answer


def _result_url(row: _Row) -> str | None:
    """G0 put the link into `fail_reason`; the newest generation gives none at all, save in the upstream's object."""
    return row.result_url or row.data.content.video_url or row.url_in_fail_reason


def _class_of(row: _Row, reason: str) -> str:
    told = error_class_of(row.data.error.code, f"{reason}\n{row.data.error.message}")
    dead = {"expired"} & {(row.data.status or "").lower(), (row.status or "").lower()}
    return (ErrorClass.UPSTREAM_TIMEOUT if told is ErrorClass.OTHER and dead else told).value
