"""What an answer to GET means when it is no task, and why bytes cannot be had."""

from __future__ import annotations

import json

import pytest

from seedance_spec.attempts.ports import AskLater, AskRefused, TaskAbsent, TaskAnswer, TaskState, TaskView
from seedance_spec.gateway.advice import ADVICE, FAST_MODEL, advice
from seedance_spec.gateway.asking import classify_task_answer, classify_video_answer
from seedance_spec.gateway.content_faults import classify_content, classify_link
from seedance_spec.gateway.error_classes import ErrorClass
from seedance_spec.gateway.refusal import Refusal
from tests.support.speaking import recorded


def shape_a(message: str, kind: str = "new_api_error") -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "code": ""}}).encode()


def shape_b(code: str, message: str = "") -> bytes:
    return json.dumps({"code": code, "message": message, "data": None}).encode()


HTML = b"<html><title>Just a moment</title></html>"


def kind_of(answer: TaskAnswer) -> type[TaskAnswer]:
    return type(answer)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, shape_b("task_not_exist"), TaskAbsent),
        (404, shape_b("task_not_exist"), TaskAbsent),
        (404, shape_a("Task not found", "invalid_request_error"), TaskAbsent),
        (200, shape_b("task_not_exist"), TaskAbsent),
        (401, shape_a("Invalid token"), AskRefused),
        (403, shape_a("This token has no access to model "), AskRefused),
        (404, shape_a("Invalid URL (GET /x)", "invalid_request_error"), AskRefused),
        (403, HTML, AskLater),
        (404, HTML, AskLater),
        (400, shape_b("invalid_request"), AskLater),
        (429, b"", AskLater),
        (500, shape_b("get_task_failed"), AskLater),
        (502, HTML, AskLater),
        (524, HTML, AskLater),
        (302, b"", AskLater),
        (200, HTML, AskLater),
        (200, b'{"code":"success","data":null}', AskLater),
        (200, recorded("task-success.json")[:700], AskLater),
    ],
)
def test_an_answer_without_a_task_says_what_to_do(status: int, body: bytes, kind: type[TaskAnswer]) -> None:
    """Absent is held, a refused key stops the asking, and everything else is asked again later."""
    assert kind_of(classify_task_answer(status, {}, body, asked="task_a")) is kind
    assert kind_of(classify_video_answer(status, {}, body, asked="task_a")) is kind


def test_a_task_is_given_as_it_is() -> None:
    """A readable task is the answer."""
    answer = classify_task_answer(200, {}, recorded("task-failure.json"), asked="task_AbC…")
    assert isinstance(answer, TaskView)
    assert answer.state is TaskState.FAILED


def test_an_answer_about_another_task_is_not_believed() -> None:
    """A cache that mixes up answers moves no money."""
    body = recorded("task-success.json")
    assert kind_of(classify_task_answer(200, {}, body, asked="task_other")) is AskLater


def test_a_limit_says_when_to_come_back() -> None:
    """Retry-After is honoured, in seconds and as a date."""
    assert classify_task_answer(429, {"Retry-After": "12"}, b"") == AskLater(reason="HTTP 429", retry_after=12.0)
    dates = {"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert classify_task_answer(503, dates, b"") == AskLater(reason="HTTP 503", retry_after=30.0)


def test_a_young_task_may_only_be_late() -> None:
    """Absence within two minutes is told as a race, later as a loss; it is absence both times."""
    body = shape_b("task_not_exist")
    young, old = (classify_task_answer(400, {}, body, age=age) for age in (5.0, 500.0))
    assert young == TaskAbsent(message="the gateway does not show this task yet (HTTP 400 task_not_exist)")
    assert old == TaskAbsent(message="the gateway does not know this task (HTTP 400 task_not_exist)")


@pytest.mark.parametrize(
    ("status", "message", "dead"),
    [
        (400, "Task is not completed yet, current status: IN_PROGRESS", False),
        (400, "Task is not completed yet, current status: FAILURE", True),
        (401, "Invalid token", False),
        (403, "request blocked: private address", False),
        (404, "Task not found", True),
        (404, "Invalid URL (GET /x)", False),
        (416, "range", False),
        (429, "slow down", False),
        (500, "boom", False),
        (502, "Upstream service returned status 403", True),
        (502, "Upstream service returned status 404", True),
        (502, "Upstream service returned status 410", True),
        (502, "Upstream service returned status 401", False),
        (502, "Upstream service returned status 500", False),
        (502, "Failed to fetch video content", False),
        (200, "not a clip", False),
    ],
)
def test_content_is_dead_only_where_it_can_never_come(status: int, message: str, dead: bool) -> None:  # noqa: FBT001 - a table's column
    """An expired link, a failed or an unknown task is dead; everything else is worth another try."""
    fault = classify_content(status, {}, shape_a(message, "server_error"))
    assert (fault.dead, message in fault.reason) == (dead, True)


def test_a_page_in_front_of_content_is_no_death() -> None:
    """HTML with any status only means later."""
    assert [classify_content(status, {}, HTML).dead for status in (403, 404, 502)] == [False, False, False]


@pytest.mark.parametrize(("status", "dead"), [(403, True), (404, True), (410, True), (500, False), (302, False)])
def test_a_link_dies_with_its_signature(status: int, dead: bool) -> None:  # noqa: FBT001 - a table's column
    """Object storage answers 403 once a link has expired."""
    body = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
    assert classify_link(status, {}, body).dead is dead


def test_every_failure_has_advice() -> None:
    """Each class of error and each refusal tells the user a way out."""
    assert ADVICE.keys() == {each.value for each in ErrorClass} | {each.value for each in Refusal}
    assert all(ADVICE.values())


def test_the_pages_three_suggestions_are_given() -> None:
    """Moderation, unreachable inputs and timeouts are answered as the API page does."""
    assert "reword the prompt" in advice("moderation")
    assert "URL that anyone can open" in advice("input-unreachable")
    assert "local file" in advice("input-unreachable")
    assert f"model: {FAST_MODEL}" in advice("upstream-timeout")
    assert "later" in advice("upstream-timeout")


def test_a_refund_is_told_where_it_matters() -> None:
    """A failed task costs nothing, and the user learns it where the worry is greatest."""
    assert "nothing was charged" in advice("moderation")
    assert "refunded" in advice("gateway-timeout")


def test_an_unknown_code_has_no_advice() -> None:
    """Nothing is invented for a code of another version."""
    assert advice("from-the-future") == ""
