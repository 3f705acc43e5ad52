"""Whatever the sandbox knows it knows again after a restart: tasks go on, counters stand, nothing happens twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pretending import receiver
from tests.support.pretending_lab import START, lab

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("moment", [0.0, 2.0, 16.0, 60.0, 200.0])
async def test_a_task_goes_on_where_the_old_process_ended(tmp_path: Path, moment: float) -> None:
    """Fresh, queued, running, half-way or done: the same task id succeeds, is charged once and told of once."""
    async with receiver() as at:
        async with lab(tmp_path) as here:
            task_id = await here.accepted(metadata={"callback_url": at.url})
            for _ in range(int(moment)):
                await here.clock.advance(1.0)
        async with lab(tmp_path, now=START + moment) as here:
            view = await here.finished(task_id)
            for _ in range(5):
                await here.clock.advance(1.0)
            balance = here.sandbox.state.balance()
            download = await here.get(f"/v1/videos/{task_id}/content")

    assert (view["status"], balance, download.status) == ("SUCCESS", 50_000_000 - 381_150, 200)
    assert at.statuses.count("succeeded") == 1
    assert set(at.statuses) == {"queued", "running", "succeeded"}


async def test_what_became_due_while_it_was_down_happens_at_once(tmp_path: Path) -> None:
    """A day later the upstream finishes the task; the gateway's sweep came first, as its clock ran on too."""
    async with lab(tmp_path) as here:
        task_id = await here.accepted()
        await here.clock.advance(16)
    async with lab(tmp_path, now=START + 90_000) as here:
        await here.clock.advance(16)
        view = await here.task(task_id)

    assert (view["status"], view["fail_reason"]) == ("FAILURE", "任务超时（1440分钟）")


async def test_a_clip_is_rendered_once(tmp_path: Path) -> None:
    """Bytes that were durable before the restart are not made again."""
    async with lab(tmp_path, clip=b"first") as here:
        task_id = await here.accepted()
        await here.clock.advance(30)
    async with lab(tmp_path, clip=b"second", now=START + 30) as here:
        await here.finished(task_id)
        download = await here.get(f"/v1/videos/{task_id}/content")

    assert (download.body, here.media.films) == (b"first", [])


async def test_links_outlive_the_process_at_its_new_address(tmp_path: Path) -> None:
    """The same object and signature, reachable where the new process listens."""
    async with lab(tmp_path) as here:
        old = (await here.finished(await here.accepted()))["result_url"]
        old_url, now = here.url, here.clock.now()
    async with lab(tmp_path, now=now) as here:
        new = old.replace(old_url, here.url)
        async with here.session.get(new) as reply:
            status = reply.status

    assert (status, old != new) == (200, True)


async def test_counters_are_kept(tmp_path: Path) -> None:
    """POSTs, GETs per task and the rest go on counting."""
    async with lab(tmp_path) as here:
        task_id = await here.accepted()
        await here.task(task_id)
    async with lab(tmp_path) as here:
        await here.task(task_id)
        await here.accepted()
        stats = here.sandbox.stats()

    assert (stats["posts"], stats["accepted"], stats["refused"], stats["tasks"], stats["gets"]) == (2, 2, 0, 2, 2)
    assert stats["gets_by_task"] == {task_id: 2}


async def test_what_was_decided_about_a_task_stays_decided(tmp_path: Path) -> None:
    """Faults live with the process, but the task that one struck fails in the next process too."""
    async with lab(tmp_path, faults=["moderation"]) as here:
        task_id = await here.accepted()
    async with lab(tmp_path) as here:
        doomed = await here.finished(task_id)
        other = await here.finished(await here.accepted())

    assert (doomed["status"], other["status"]) == ("FAILURE", "SUCCESS")
