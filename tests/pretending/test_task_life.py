"""A task lives on two clocks: the upstream's own, and the gateway's poller that sees it late."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedance_spec.sandbox.gateway_life import Row, openai_view, polled, swept, task_view
from seedance_spec.sandbox.wire import JsonObject
from tests.support.pretending_lab import START, lab

pytestmark = pytest.mark.anyio

ROW = Row(
    id=7,
    task_id="task_x",
    upstream_id="cgt-20260717171624-cr2n9",
    key="",
    origin_model="dreamina-seedance-2-0",
    upstream_model="dreamina-seedance-2-0-260128",
    quota=818125,
    other_ratio=1.0,
    submit_time=100,
    created_at=100,
    updated_at=100,
    data={"id": "cgt-20260717171624-cr2n9"},
)


async def test_a_fresh_task_is_not_started_and_already_names_the_upstream_id(tmp_path: Path) -> None:
    """NOT_START, 0 %, no result_url, and `data` holds the upstream's id alone: in UTC+8."""
    async with lab(tmp_path) as here:
        task_id = await here.accepted()
        reply = await here.get(f"/v1/video/generations/{task_id}")

    upstream_id = reply.json["data"]["data"]["id"]
    assert re.fullmatch(r"cgt-20260508183638-[0-9a-z]{5}", upstream_id)
    assert reply.body.decode() == (
        '{"code":"success","message":"","data":{"id":1,"created_at":1778236598,"updated_at":1778236598,'
        f'"task_id":"{task_id}","platform":"45","user_id":1,"group":"default","channel_id":12,"quota":875000,'
        '"action":"generate","status":"NOT_START","fail_reason":"","submit_time":1778236598,"start_time":0,'
        '"finish_time":0,"progress":"0%","properties":{"input":"","upstream_model_name":'
        '"dreamina-seedance-2-0-260128","origin_model_name":"dreamina-seedance-2-0"},'
        f'"data":{{"id":"{upstream_id}"}}}}}}'
    )


async def test_the_api_pages_example_comes_out_with_its_numbers(tmp_path: Path) -> None:
    """5 s of 720p with seed 42 ends after about 98 s with 108900 tokens, and the upstream's object says so."""
    async with lab(tmp_path) as here:
        task_id = await here.accepted()
        view = await here.finished(task_id)

    upstream_id = view["data"]["id"]
    url = view["result_url"]
    took = view["data"]["updated_at"] - view["data"]["created_at"]
    assert (view["status"], view["progress"], view["fail_reason"]) == ("SUCCESS", "100%", "")
    assert 80 <= took <= 115
    assert re.match(
        re.escape(f"{here.url}/tos/{upstream_id}.mp4?X-Tos-Algorithm=TOS4-HMAC-SHA256&")
        + r".*&X-Tos-Expires=86400&X-Tos-SignedHeaders=host&X-Tos-Signature=[0-9a-f]{64}$",
        url,
    )
    assert view["data"] == {
        "id": upstream_id,
        "model": "dreamina-seedance-2-0-260128",
        "status": "succeeded",
        "content": {"video_url": url},
        "usage": {"completion_tokens": 108900, "total_tokens": 108900},
        "created_at": int(START),
        "updated_at": int(START) + took,
        "seed": 42,
        "resolution": "720p",
        "ratio": "16:9",
        "duration": 5,
        "framespersecond": 24,
        "service_tier": "default",
        "execution_expires_after": 172800,
        "generate_audio": True,
        "draft": False,
        "priority": 0,
    }


async def test_the_poller_sees_the_upstream_late(tmp_path: Path) -> None:
    """A round begins 15 s after the last one ended; the upstream ran since second 5 at the latest."""
    async with lab(tmp_path) as here:
        task_id = await here.accepted()
        await here.clock.advance(14.9)
        before = await here.task(task_id)
        await here.clock.advance(0.2)
        after = await here.task(task_id)

    assert (before["status"], after["status"]) == ("NOT_START", "IN_PROGRESS")
    assert (after["progress"], after["start_time"], after["finish_time"]) == ("50%", int(START) + 15, 0)
    assert "result_url" not in after


async def test_the_poller_is_serial_a_second_per_unfinished_task(tmp_path: Path) -> None:
    """The third task of a round is seen two seconds after the first, oldest first."""
    async with lab(tmp_path) as here:
        tasks = [await here.accepted() for _ in range(3)]
        await here.clock.advance(17.5)
        starts = [(await here.task(task))["start_time"] - int(START) for task in tasks]

    assert starts == [15, 16, 17]


async def test_speed_divides_both_clocks_and_leaves_timestamps_alone(tmp_path: Path) -> None:
    """At speed 20 the same task takes a twentieth, in real Unix seconds."""
    async with lab(tmp_path, speed=20.0) as here:
        task_id = await here.accepted()
        await here.clock.advance(0.76)
        running = await here.task(task_id)
        await here.clock.advance(6.0)
        done = await here.task(task_id)

    assert (running["status"], done["status"]) == ("IN_PROGRESS", "SUCCESS")
    assert done["data"]["created_at"] == int(START)
    assert 3 <= done["data"]["updated_at"] - int(START) <= 7


async def test_a_queued_task_is_shown_at_ten_percent(tmp_path: Path) -> None:
    """While the upstream queues (here ten times as long), the row says QUEUED 10 % and has no start time."""
    async with lab(tmp_path, faults=["slow:10"]) as here:
        task_id = await here.accepted()
        await here.clock.advance(15.1)
        view = await here.task(task_id)

    assert (view["status"], view["progress"], view["start_time"]) == ("QUEUED", "10%", 0)
    assert view["data"]["status"] == "queued"
    assert sorted(view["data"]) == [
        *("created_at", "execution_expires_after", "id", "model", "service_tier", "status", "updated_at")
    ]


async def test_at_most_ten_tasks_render_at_once(tmp_path: Path) -> None:
    """The eleventh stays queued upstream until a place is free."""
    async with lab(tmp_path) as here:
        tasks = [await here.accepted() for _ in range(11)]
        await here.clock.advance(30)
        seen = [(await here.task(task))["data"]["status"] for task in tasks]
        last = await here.finished(tasks[-1])

    assert (seen, last["status"]) == (["running"] * 10 + ["queued"], "SUCCESS")


@pytest.mark.parametrize(
    ("answer", "status", "progress"),
    [
        ({"status": "queued"}, "QUEUED", "10%"),
        ({"status": "pending"}, "QUEUED", "10%"),
        ({"status": "running"}, "IN_PROGRESS", "50%"),
        ({"status": "processing"}, "IN_PROGRESS", "50%"),
        ({"status": "succeeded"}, "SUCCESS", "100%"),
        ({"status": "failed"}, "FAILURE", "100%"),
        ({"status": "expired"}, "IN_PROGRESS", "30%"),
        ({"status": "cancelled"}, "IN_PROGRESS", "30%"),
        ({"status": "martian"}, "IN_PROGRESS", "30%"),
        ({"error": {"code": "InternalServiceError"}}, "IN_PROGRESS", "30%"),
    ],
)
async def test_every_answer_of_the_upstream_has_its_status(answer: JsonObject, status: str, progress: str) -> None:
    """The table of the adaptor: what it does not know counts as running at 30 %, with the answer kept as it came."""
    row = polled(ROW, answer, now=200)

    assert (row.status, row.progress, row.data, row.updated_at) == (status, progress, answer, 200)


async def test_progress_may_go_backwards_and_times_are_set_once() -> None:
    """50 % → 30 % → 50 %: the start time stays the first one."""
    rows = [ROW]
    answers: list[JsonObject] = [{"status": "running"}, {"error": {}}, {"status": "running"}]
    for moment, answer in enumerate(answers):
        rows.append(polled(rows[-1], answer, now=200 + moment))

    assert [row.progress for row in rows] == ["0%", "50%", "30%", "50%"]
    assert [row.start_time for row in rows] == [0, 200, 200, 200]


async def test_a_row_that_did_not_change_keeps_its_update_time() -> None:
    """The same answer twice is written once."""
    once = polled(ROW, {"status": "running"}, now=200)

    assert polled(once, {"status": "running"}, now=300) == once


async def test_a_failed_tasks_result_url_is_its_failure(tmp_path: Path) -> None:
    """`result_url` repeats `fail_reason`; the code stands in the upstream's error alone; no usage, no content."""
    async with lab(tmp_path, faults=["moderation"]) as here:
        task_id = await here.accepted()
        view = await here.finished(task_id)

    assert (view["status"], view["progress"]) == ("FAILURE", "100%")
    assert re.fullmatch(
        r"The request failed because the output video may contain sensitive information\. Request id: 02[0-9a-f]{51}",
        view["fail_reason"],
    )
    assert view["result_url"] == view["fail_reason"] == view["data"]["error"]["message"]
    assert view["data"]["error"]["code"] == "OutputVideoSensitiveContentDetected"
    assert list(view["data"]) == [
        "id",
        "model",
        "status",
        "error",
        "created_at",
        "updated_at",
        "service_tier",
        "execution_expires_after",
        "generate_audio",
        "draft",
        "priority",
    ]


async def test_an_expired_task_runs_at_thirty_percent_until_the_sweep(tmp_path: Path) -> None:
    """The gateway hides `expired`; after 1440 minutes it fails the task in Chinese and keeps the upstream's object."""
    async with lab(tmp_path, faults=["expired"]) as here:
        task_id = await here.accepted()
        await here.clock.advance(130)
        hidden = await here.task(task_id)
        await here.clock.advance(86_400 - 130 - 20)
        still = await here.task(task_id)
        await here.clock.advance(60)
        gone = await here.task(task_id)

    assert (hidden["status"], hidden["progress"], hidden["data"]["status"]) == ("IN_PROGRESS", "30%", "expired")
    assert still["status"] == "IN_PROGRESS"
    assert (gone["status"], gone["fail_reason"], gone["result_url"]) == (
        "FAILURE",
        "任务超时（1440分钟）",
        "任务超时（1440分钟）",
    )
    assert gone["data"]["status"] == "expired"


async def test_the_upstreams_own_time_runs_out(tmp_path: Path) -> None:
    """A task that would take longer than execution_expires_after expires at that second."""
    async with lab(tmp_path, faults=["slow:100"]) as here:
        task_id = await here.accepted(metadata={"execution_expires_after": 3600})
        await here.clock.advance(3620)
        view = await here.task(task_id)

    assert (view["progress"], view["data"]["status"]) == ("30%", "expired")
    assert view["data"]["updated_at"] - view["data"]["created_at"] == 3600


async def test_the_openai_view_completes_before_it_is_complete(tmp_path: Path) -> None:
    """NOT_START is `unknown`; `completed_at` is the row's last update from the first second on."""
    async with lab(tmp_path) as here:
        task_id = await here.accepted()
        fresh = await here.get(f"/v1/videos/{task_id}")
        await here.clock.advance(15.1)
        running = await here.get(f"/v1/videos/{task_id}")
        done = await here.finished(task_id)
        completed = await here.get(f"/v1/videos/{task_id}")

    head = f'{{"id":"{task_id}","task_id":"{task_id}","object":"video","model":"dreamina-seedance-2-0",'
    assert fresh.body.decode() == head + (
        '"status":"unknown","progress":0,"created_at":1778236598,"completed_at":1778236598,"metadata":{"url":""}}'
    )
    assert running.body.decode() == head + (
        '"status":"in_progress","progress":50,"created_at":1778236598,"completed_at":1778236613,"metadata":{"url":""}}'
    )
    assert (completed.json["status"], completed.json["progress"]) == ("completed", 100)
    assert completed.json["metadata"]["url"] == done["result_url"]


async def test_the_openai_view_tells_the_upstreams_failure_but_not_the_gateways() -> None:
    """`error` stands there only where the upstream said `failed`."""
    failed = polled(ROW, {"status": "failed", "error": {"code": "C", "message": "M"}}, now=200)

    assert openai_view(failed)["error"] == {"message": "M", "code": "C"}
    assert "error" not in openai_view(swept(ROW, now=200))
    assert task_view(failed)["result_url"] == "M"


async def test_an_automatic_length_is_chosen_and_told(tmp_path: Path) -> None:
    """-1 becomes seconds between 4 and 15, the same for the same seed."""
    async with lab(tmp_path) as here:
        views = [await here.finished(await here.accepted(duration=None, metadata={"duration": -1})) for _ in range(2)]

    lengths = {view["data"]["duration"] for view in views}
    assert len(lengths) == 1
    assert 4 <= lengths.pop() <= 15


async def test_frames_stand_in_place_of_duration(tmp_path: Path) -> None:
    """A request by frames is answered by frames, and billed by them."""
    async with lab(tmp_path) as here:
        view = await here.finished(await here.accepted(metadata={"frames": 29}))

    assert (view["data"]["frames"], "duration" in view["data"]) == (29, False)
    assert view["data"]["usage"]["total_tokens"] == 1280 * 720 * 29 // 1024
    assert [film.frames for film in here.media.films] == [29]
