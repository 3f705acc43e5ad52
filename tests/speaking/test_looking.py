"""Asking for a task over real connections."""

from __future__ import annotations

import pytest

from seedance_spec.attempts.ports import AskLater, AskRefused, TaskAbsent, TaskState, TaskView
from seedance_spec.gateway.client import EasyRouter
from tests.support.speaking import DROP_AFTER_READING, KEY, gateway, recorded, reply, unused_url

pytestmark = pytest.mark.anyio

TASK_ID = "task_jEctEHDF1vefS2L3HND2JnzXPslnAYby"
DONE = reply(200, recorded("task-success.json"))
WHITELIST_BUG = reply(403, b'{"error":{"message":"This token has no access to model ","type":"new_api_error"}}')


async def test_a_task_is_asked_for_by_its_id_with_the_key() -> None:
    """GET goes to the documented path, and its answer is the task."""
    async with gateway(DONE) as (client, server):
        answer = await client.task(TASK_ID)
    (heard,) = server.heard
    assert (heard.method, heard.target) == ("GET", f"/v1/video/generations/{TASK_ID}")
    assert (heard.headers["authorization"], heard.headers["accept-encoding"]) == (f"Bearer {KEY}", "identity")
    assert isinstance(answer, TaskView)
    assert answer.state is TaskState.SUCCEEDED


async def test_looks_share_a_connection() -> None:
    """Polling keeps its connection: a stale one costs a look and no money."""
    async with gateway(DONE, DONE) as (client, server):
        await client.task(TASK_ID)
        await client.task(TASK_ID)
    assert server.connections == 1


async def test_a_restricted_key_gets_the_openai_view() -> None:
    """Where the whitelist bug refuses the task, its flat view answers instead."""
    view = reply(200, f'{{"id":"{TASK_ID}","status":"completed","progress":100}}'.encode())
    async with gateway(WHITELIST_BUG, view) as (client, server):
        answer = await client.task(TASK_ID)
    assert answer == TaskView(task_id=TASK_ID, state=TaskState.SUCCEEDED, status="completed", progress=100)
    assert [heard.target for heard in server.heard] == [f"/v1/video/generations/{TASK_ID}", f"/v1/videos/{TASK_ID}"]


async def test_an_unknown_id_with_a_restricted_key_is_absent() -> None:
    """The same bug hides a missing task; its flat view tells the truth."""
    absent = reply(400, b'{"code":"task_not_exist","message":"task_not_exist","data":null}')
    async with gateway(WHITELIST_BUG, absent) as (client, _):
        assert isinstance(await client.task(TASK_ID), TaskAbsent)


async def test_a_key_that_may_see_neither_is_refused() -> None:
    """Two refusals are a refusal."""
    async with gateway(WHITELIST_BUG, WHITELIST_BUG) as (client, _):
        assert isinstance(await client.task(TASK_ID), AskRefused)


async def test_a_bad_key_is_refused_at_once() -> None:
    """A 401 has no second way."""
    async with gateway(reply(401, b'{"error":{"message":"Invalid token"}}'), DONE) as (client, server):
        assert isinstance(await client.task(TASK_ID), AskRefused)
    assert len(server.heard) == 1


async def test_a_line_that_breaks_is_asked_later() -> None:
    """No network trouble is ever a verdict."""
    async with gateway(DROP_AFTER_READING) as (client, _):
        assert isinstance(await client.task(TASK_ID), AskLater)
    async with EasyRouter(base_url=await unused_url(), key=KEY) as client:
        assert isinstance(await client.task(TASK_ID), AskLater)


async def test_a_redirected_look_keeps_the_key_at_home() -> None:
    """A redirect is not followed, so no other host ever sees the key."""
    async with gateway(reply(302, b"", Location="/elsewhere"), DONE) as (client, server):
        assert isinstance(await client.task(TASK_ID), AskLater)
    assert len(server.heard) == 1


async def test_no_cookie_is_kept() -> None:
    """What a gateway sets in one answer is not told to it in the next."""
    async with gateway(reply(200, b"{}", Set_Cookie="session=1"), DONE) as (client, server):
        await client.task(TASK_ID)
        await client.task(TASK_ID)
    assert [heard.headers.get("cookie") for heard in server.heard] == [None, None]


async def test_a_base_path_stands_in_front() -> None:
    """A gateway behind a path is reached there, with or without slash or /v1 at the end."""
    async with gateway(DONE, DONE, DONE) as (_, server):
        for tail in ("/easy", "/easy/", "/easy/v1"):
            async with EasyRouter(base_url=server.url + tail, key=KEY) as client:
                await client.task(TASK_ID)
    assert {heard.target for heard in server.heard} == {f"/easy/v1/video/generations/{TASK_ID}"}


async def test_an_id_cannot_leave_its_place() -> None:
    """An id with a slash stays one segment of the path."""
    async with gateway(DONE) as (client, server):
        await client.task("a/../b?c")
    assert server.heard[0].target == "/v1/video/generations/a%2F..%2Fb%3Fc"
