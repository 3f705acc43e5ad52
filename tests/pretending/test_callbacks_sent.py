"""The upstream calls for itself: its own body and id on every change, no signature, three tries for the last word."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_spec.sandbox.pace import Limits
from tests.support.pretending import Receiver, receiver
from tests.support.pretending_lab import Lab, eventually, lab

pytestmark = pytest.mark.anyio


async def hooked(here: Lab, at: Receiver) -> str:
    return await here.accepted(metadata={"callback_url": at.url})


async def pass_time(here: Lab, seconds: float) -> None:
    """In steps, so that deliveries on loopback keep up with virtual time."""
    for _ in range(int(seconds)):
        await here.clock.advance(1.0)


async def test_every_change_is_told_in_order_with_the_body_of_get(tmp_path: Path) -> None:
    """queued, running, succeeded; the last body is the very object that GET shows; no `task_…` in any of them."""
    async with receiver() as at, lab(tmp_path) as here:
        task_id = await hooked(here, at)
        await eventually(lambda: len(at.came) == 1)
        view = await here.finished(task_id)
        await eventually(lambda: len(at.came) == 3)

    assert at.statuses == ["queued", "running", "succeeded"]
    assert at.came[-1][1] == view["data"]
    assert {body["id"] for _, body in at.came} == {view["data"]["id"]}
    assert task_id not in str(at.came)


async def test_nothing_signs_a_callback(tmp_path: Path) -> None:
    """JSON, an agent of its own, and no header that could prove anything."""
    async with receiver() as at, lab(tmp_path) as here:
        await hooked(here, at)
        await eventually(lambda: len(at.came) == 1)

    assert {name.lower() for name in at.came[0][0]} == {
        "host",
        "content-type",
        "user-agent",
        "accept",
        "accept-encoding",
        "content-length",
    }
    assert at.came[0][0]["User-Agent"].startswith("Ark-Callback/")


async def test_the_first_callback_does_not_wait_for_the_poller(tmp_path: Path) -> None:
    """`queued` and `running` are out while the gateway still says NOT_START."""
    async with receiver() as at, lab(tmp_path) as here:
        task_id = await hooked(here, at)
        await here.clock.advance(6)
        await eventually(lambda: len(at.came) == 2)
        view = await here.task(task_id)

    assert (at.statuses, view["status"]) == (["queued", "running"], "NOT_START")


@pytest.mark.parametrize(("fault", "last"), [(None, "succeeded"), ("moderation", "failed")])
async def test_the_last_word_is_tried_three_times(tmp_path: Path, fault: str | None, last: str) -> None:
    """Succeeded and failed come up to three times, at 0, 5 and 30 s; then never again."""
    async with (
        receiver(answers=[200, 200, 500, 503, 404]) as at,
        lab(tmp_path, faults=[fault] if fault else []) as here,
    ):
        await here.finished(await hooked(here, at))
        await pass_time(here, 4)
        after_four = len(at.came)
        await pass_time(here, 60)
        await eventually(lambda: here.sandbox.stats()["callbacks_lost"] == 1)
        await pass_time(here, 600)

    assert at.statuses == ["queued", "running", last, last, last]
    assert after_four in (3, 4)
    assert at.answers == []


async def test_a_second_try_that_is_acknowledged_is_the_last(tmp_path: Path) -> None:
    """After a 2xx there is no third."""
    async with receiver(answers=[200, 200, 500, 202]) as at, lab(tmp_path) as here:
        await here.finished(await hooked(here, at))
        await pass_time(here, 100)
        await eventually(lambda: here.sandbox.stats()["callbacks_acked"] == 3)

    assert at.statuses == ["queued", "running", "succeeded", "succeeded"]


@pytest.mark.parametrize("answers", [[500, 404, 200], [307, 307, 200]], ids=["errors", "redirects"])
async def test_queued_and_running_are_said_once(tmp_path: Path, answers: list[int]) -> None:
    """No retry for what will be outdated anyway; a redirect is no success and is not followed."""
    async with receiver(answers=answers) as at, lab(tmp_path) as here:
        await here.finished(await hooked(here, at))
        await pass_time(here, 60)
        await eventually(lambda: here.sandbox.stats()["callbacks_lost"] == 2)

    assert at.statuses == ["queued", "running", "succeeded"]


async def test_an_expired_task_is_told_once(tmp_path: Path) -> None:
    """Expired is told, without tries, while the gateway shows 30 %."""
    async with receiver(answers=[200, 200, 500]) as at, lab(tmp_path, faults=["expired"]) as here:
        task_id = await hooked(here, at)
        await pass_time(here, 200)
        await eventually(lambda: len(at.came) == 3)
        view = await here.task(task_id)

    assert (at.statuses, view["progress"]) == (["queued", "running", "expired"], "30%")


async def test_a_slow_receiver_counts_as_silent(tmp_path: Path) -> None:
    """An answer after the upstream's patience is none: the last word is tried again."""
    limits = Limits(ack_seconds=0.05)
    async with receiver(delay=0.15) as at, lab(tmp_path, limits=limits) as here:
        await here.finished(await hooked(here, at))
        await eventually(lambda: here.sandbox.stats()["callbacks_sent"] == 3)
        await eventually(lambda: here.sandbox.stats()["callbacks_lost"] == 2)
        while here.sandbox.stats()["callbacks_lost"] != 3:
            await here.clock.advance(1.0)

    assert at.statuses == ["queued", "running", "succeeded", "succeeded", "succeeded"]


async def test_a_receiver_that_is_not_there_costs_nothing(tmp_path: Path) -> None:
    """A refused connection is a lost callback; the task succeeds all the same."""
    async with receiver() as at:
        gone = at.url
    async with lab(tmp_path) as here:
        view = await here.finished(await here.accepted(metadata={"callback_url": gone}))
        await pass_time(here, 60)
        await eventually(lambda: here.sandbox.stats()["callbacks_lost"] == 3)

    assert (view["status"], here.sandbox.misfortune.texts()) == ("SUCCESS", [])


async def test_callbacks_that_are_due_survive_a_restart(tmp_path: Path) -> None:
    """A new process delivers what the old one still had to say, counting the tries that were made."""
    async with receiver(answers=[200, 200, 500]) as at:
        async with lab(tmp_path) as here:
            await hooked(here, at)
            while len(at.came) < 3:
                await here.clock.advance(1.0)
            now = here.clock.now()
        async with lab(tmp_path, now=now) as here:
            await pass_time(here, 8)
            await eventually(lambda: here.sandbox.stats()["callbacks_acked"] == 3)

    assert at.statuses == ["queued", "running", "succeeded", "succeeded"]
