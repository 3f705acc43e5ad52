"""What the answer to a GET means: a task, absent, later or refused. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seedance_spec.attempts.ports import AskLater, AskRefused, TaskAbsent, TaskAnswer, TaskView
from seedance_spec.gateway.error_answers import Said, Shape, read_error
from seedance_spec.gateway.task_views import read_task, read_video_view

YOUNG = 120.0
"""Seconds within which an absent task may be a mere race with the gateway's own insert."""


def classify_task_answer(
    status: int, headers: Mapping[str, str], body: bytes, *, age: float | None = None, asked: str = ""
) -> TaskAnswer:
    """The answer of GET /v1/video/generations/{asked}. `age` is how long ago it was submitted, in seconds.

    A 403 is `AskRefused`; the caller then tries the OpenAI view, for some gateways answer it to restricted keys by
    mistake (gateway.md §1.8).
    """
    return _classify(read_task, status, headers, body, age=age, asked=asked)


def classify_video_answer(
    status: int, headers: Mapping[str, str], body: bytes, *, age: float | None = None, asked: str = ""
) -> TaskAnswer:
    """The answer of GET /v1/videos/{asked}, the OpenAI view."""
    return _classify(read_video_view, status, headers, body, age=age, asked=asked)


def _classify(
    read: Callable[..., TaskView | None],
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    age: float | None,
    asked: str,
) -> TaskAnswer:
    view = read(body, asked=asked) if 200 <= status < 300 else None
    if view is not None and asked in {"", view.task_id}:
        return view
    if view is not None:
        return AskLater(reason=f"the answer is about another task ({view.task_id})")
    return _classify_error(read_error(status, headers, body), age)


def _classify_error(said: Said, age: float | None) -> TaskAnswer:
    named = said.shape is not Shape.OPAQUE
    match said.status:
        case _ if said.code == "task_not_exist":
            return _absent(said, age)
        case 401:
            return AskRefused(reason=f"the key is refused ({said})")
        case 403 if named:
            return AskRefused(reason=f"the key may not look at this task ({said})")
        case 404 if said.message.startswith("Invalid URL"):
            return AskRefused(reason=f"there is no gateway at this address ({said})")
        case 404 if named:
            return _absent(said, age)
        case _:
            return AskLater(reason=str(said), retry_after=said.retry_after)


def _absent(said: Said, age: float | None) -> TaskAbsent:
    if age is not None and age < YOUNG:
        return TaskAbsent(message=f"the gateway does not show this task yet ({said})")
    return TaskAbsent(message=f"the gateway does not know this task ({said})")
