"""What GET says of a task, in every generation of the gateway, and whatever is wrong with it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.ports import TaskState, TaskView
from seedance_spec.gateway.task_views import read_task, read_video_view
from seedance_spec.json_types import Json, JsonObject
from tests.support.speaking import recorded

LINK = "https://ark-acg-x.volces.com/a.mp4?X-Tos-Signature=s"


def wrapped(**data: Json) -> bytes:
    return json.dumps({"code": "success", "message": "", "data": {"task_id": "task_a", **data}}).encode()


def view(**data: Json) -> TaskView:
    told = read_task(wrapped(**data))
    assert told is not None
    return told


def failure(reason: str, *, code: str | None = None) -> TaskView:
    upstream: JsonObject = {"id": "cgt-1", "status": "failed", "error": {"code": code, "message": reason}}
    return view(status="FAILURE", fail_reason=reason, result_url=reason, data=upstream)


def test_the_pages_finished_task_is_read_whole() -> None:
    """Every field of the API page's example that anything depends on is there."""
    assert read_task(recorded("task-success.json")) == TaskView(
        task_id="task_jEctEHDF1vefS2L3HND2JnzXPslnAYby",
        state=TaskState.SUCCEEDED,
        status="SUCCESS",
        progress=100,
        result_url="https://ark-acg-...volces.com/xxx.mp4?X-Tos-...",
        submit_time=1778236598,
        start_time=1778236601,
        finish_time=1778236698,
        upstream_id="cgt-20260508183637-m6gj8",
        upstream_status="succeeded",
        upstream_updated_at=1778236696,
        model_served="dreamina-seedance-2-0-260128",
        seed=42,
        service_tier="default",
        resolution="720p",
        ratio="16:9",
        duration=5,
        frames_per_second=24,
        tokens=108900,
        quota=818125,
        execution_expires_after=172800,
    )


def test_a_failed_task_has_a_reason_a_class_and_no_link() -> None:
    """The error text that the gateway puts into result_url is never taken for a URL."""
    told = read_task(recorded("task-failure.json"))
    assert told is not None
    assert (told.state, told.result_url, told.error_class, told.error_code, told.upstream_id) == (
        TaskState.FAILED,
        None,
        "moderation",
        "OutputVideoSensitiveContentDetected.PolicyViolation",
        "cgt-20260717171624-cr2n9",
    )
    assert told.fail_reason.startswith("The request failed because the output video may be related to copyright")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("NOT_START", TaskState.WAITING),
        ("SUBMITTED", TaskState.WAITING),
        ("QUEUED", TaskState.WAITING),
        ("IN_PROGRESS", TaskState.RUNNING),
        ("SUCCESS", TaskState.SUCCEEDED),
        ("FAILURE", TaskState.FAILED),
        ("queued", TaskState.WAITING),
        ("running", TaskState.RUNNING),
        ("Succeeded", TaskState.SUCCEEDED),
        ("failed", TaskState.FAILED),
        ("EXPIRED", TaskState.FAILED),
        ("cancelled", TaskState.FAILED),
        ("UNKNOWN", TaskState.ODD),
        ("MODERATING", TaskState.ODD),
    ],
)
def test_a_status_of_either_vocabulary_is_understood(status: str, state: TaskState) -> None:
    """Words of gateway and upstream, in any case, fold to one state; an unknown one is waited on."""
    assert (view(status=status).state, view(status=status).status) == (state, status)


@pytest.mark.parametrize(
    ("said", "progress"),
    [("50%", 50), ("0%", 0), (30, 30), ("100", 100), ("140%", 100), (-5, 0), ("half", None), (True, None), ([], None)],
)
def test_progress_is_a_number_or_nothing(said: Json, progress: int | None) -> None:
    """Progress comes as text or number and stays within 0 and 100."""
    assert view(status="IN_PROGRESS", progress=said).progress == progress


@pytest.mark.parametrize(
    ("data", "link"),
    [
        ({"result_url": LINK}, LINK),
        ({"fail_reason": LINK}, LINK),
        ({"data": {"content": {"video_url": LINK}}}, LINK),
        ({"result_url": "", "data": json.dumps({"content": {"video_url": LINK}})}, LINK),
        ({"result_url": "not a url"}, None),
        ({}, None),
    ],
    ids=["result_url", "G0", "upstream", "upstream-as-text", "no-url", "G2-without-any"],
)
def test_a_finished_task_gives_its_link_wherever_it_stands(data: JsonObject, link: str | None) -> None:
    """Each generation keeps the link elsewhere; a task without any is still a success."""
    told = view(status="SUCCESS", **data)
    assert (told.state, told.result_url, told.fail_reason) == (TaskState.SUCCEEDED, link, "")


def test_a_link_counts_only_for_a_success() -> None:
    """A running or failed task has no result, whatever its fields say."""
    assert [view(status=status, result_url=LINK).result_url for status in ("IN_PROGRESS", "FAILURE", "ODD")] == [
        None,
        None,
        None,
    ]


def test_the_newest_generations_few_fields_are_enough() -> None:
    """A view of seven fields and no link is read like any other."""
    told = view(status="SUCCESS", progress="100%", platform="45", created_at=10, finished_at=20, fail_reason="")
    assert told == TaskView(
        task_id="task_a", state=TaskState.SUCCEEDED, status="SUCCESS", progress=100, submit_time=10, finish_time=20
    )


def test_the_model_that_served_is_known_even_without_the_upstreams_word() -> None:
    """The gateway's own note of the model stands in until the upstream names it."""
    properties: Json = {"upstream_model_name": "a", "origin_model_name": "b"}
    assert view(status="QUEUED", properties=properties).model_served == "a"
    assert view(status="QUEUED", properties=properties, data={"model": "c"}).model_served == "c"


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [({"completion_tokens": 7}, 7), ({"total_tokens": 50638.5}, 50638), ({"total_tokens": "8"}, 8), ({}, None)],
)
def test_tokens_are_known_by_either_name(usage: Json, tokens: int | None) -> None:
    """The bill is in total_tokens, or in completion_tokens where that is missing."""
    assert view(status="SUCCESS", data={"usage": usage}).tokens == tokens


def test_the_last_frame_has_its_link() -> None:
    """A shot that asked for its last frame finds the picture's link in the upstream's object."""
    assert view(status="SUCCESS", data={"content": {"last_frame_url": LINK}}).last_frame_url == LINK


def test_a_task_that_nobody_polled_yet_is_waiting_with_its_upstream_id() -> None:
    """The first look gives the upstream's id, and zero times are no times."""
    told = view(status="NOT_START", progress="0%", start_time=0, finish_time=0, data={"id": "cgt-1"})
    assert told == TaskView(
        task_id="task_a", state=TaskState.WAITING, status="NOT_START", progress=0, upstream_id="cgt-1"
    )


@pytest.mark.parametrize(
    "upstream",
    [
        {"error": {"code": "RateLimitExceeded.EndpointRPMExceeded", "message": "slow down"}},
        {"id": "cgt-1", "status": "expired"},
        {"id": "cgt-1", "status": "cancelled"},
    ],
)
def test_an_episode_of_30_percent_is_still_running(upstream: JsonObject) -> None:
    """What the upstream says behind IN_PROGRESS is evidence to keep, and no verdict."""
    told = view(status="IN_PROGRESS", progress="30%", data=upstream)
    assert (told.state, told.error_class, told.upstream_status) == (TaskState.RUNNING, None, upstream.get("status"))


@pytest.mark.parametrize(
    ("reason", "code", "error_class"),
    [
        ("任务超时（1440分钟）", None, "gateway-timeout"),
        ("The input image may contain real person.", "InputImageSensitiveContentDetected", "moderation"),
        ("blocked", "InputVideoSensitiveContentDetected.PrivacyInformation", "moderation"),
        ("Content moderation failed", None, "moderation"),
        ("The image URL is not accessible", "InvalidParameter", "input-unreachable"),
        ("cannot read", "InvalidImageURL.Broken", "input-unreachable"),
        ("failed to download video: timed out", None, "input-unreachable"),
        ("Image / video URL not accessible", None, "input-unreachable"),
        ("Upstream timeout", None, "upstream-timeout"),
        ("the service timed out", "InternalServiceError", "upstream-timeout"),
        ("The service encountered an unexpected internal error.", "InternalServiceError", "upstream-internal"),
        ("The parameter `ratio` specified in the request is not valid", "InvalidParameter.ratio", "invalid-request"),
        ("Failed to get channel info, channel ID: 7", None, "other"),
        ("", None, "other"),
    ],
)
def test_a_failure_has_one_class(reason: str, code: str | None, error_class: str) -> None:
    """The upstream's code decides first, then the text, in either language."""
    told = failure(reason, code=code)
    assert (told.error_class, told.error_code, told.fail_reason) == (error_class, code, reason)


def test_a_task_that_the_upstream_let_expire_failed_by_timeout() -> None:
    """`expired` leaking to the surface is a timeout of the upstream."""
    assert view(status="EXPIRED").error_class == "upstream-timeout"


def test_the_gateways_own_sweep_is_told_apart() -> None:
    """A task that only the gateway gave up on may still succeed."""
    assert failure("任务超时（1440分钟）").gateway_gave_up
    assert not failure("something else").gateway_gave_up


def test_a_missing_id_is_the_one_that_was_asked_for() -> None:
    """An answer that names no task is about the one in the URL."""
    told = read_task(b'{"code":"success","data":{"status":"QUEUED"}}', asked="task_b")
    assert told is not None
    assert told.task_id == "task_b"


@pytest.mark.parametrize(
    ("body", "task_id"),
    [
        (b'{"task_id":"task_a","status":"QUEUED"}', "task_a"),
        (b'{"status":"running","data":{"id":"cgt-1"},"task_id":"task_a"}', "task_a"),
    ],
)
def test_a_flat_answer_is_read_too(body: bytes, task_id: str) -> None:
    """Some resellers leave the wrapper out."""
    told = read_task(body)
    assert told is not None
    assert told.task_id == task_id


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"null", b"[]", b"3", b'{"code":"success"}', b'{"code":"success","data":[]}', b"[" * 100_000],
)
def test_what_is_no_task_is_nothing(body: bytes) -> None:
    """An answer without a status is no task, and no exception."""
    assert (read_task(body), read_video_view(body)) == (None, None)


JSON_VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [name for name in json.loads(recorded("task-success.json"))["data"] if name != "status"]
UPSTREAM_FIELDS = [*json.loads(recorded("task-success.json"))["data"]["data"], "error", "frames"]


@given(
    data=st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES),
    upstream=st.dictionaries(st.sampled_from(UPSTREAM_FIELDS), JSON_VALUES),
    status=st.sampled_from(["SUCCESS", "FAILURE", "IN_PROGRESS"]),
)
def test_no_wrong_type_anywhere_breaks_a_view(data: dict[str, Json], upstream: dict[str, Json], status: str) -> None:
    """Whatever stands in any field, the view has the right types and can be written down as UTF-8."""
    told = read_task(wrapped(**(data | {"data": upstream, "status": status})))
    assert told is not None
    assert told.status == status
    assert told.progress is None or 0 <= told.progress <= 100
    assert told.result_url is None or told.result_url.startswith("http")
    assert all(isinstance(each, int | None) for each in (told.tokens, told.quota, told.seed, told.duration))
    repr(told).encode()


@given(st.binary(max_size=200))
def test_no_bytes_break_a_reader(body: bytes) -> None:
    """Any bytes at all give a view or nothing."""
    assert read_task(body) is None or read_task(body)
    assert read_video_view(body) is None or read_video_view(body)


def test_foreign_text_is_safe_to_show() -> None:
    """An error text loses terminal escapes, keys and signatures before anybody sees it."""
    told = failure("\x1b[31mbad\x07 sk-abcdef123456 at https://a.volces.com/x.mp4?X-Tos-Signature=s\ud800")
    assert told.fail_reason == "bad sk-*** at https://a.volces.com/x.mp4?***"
