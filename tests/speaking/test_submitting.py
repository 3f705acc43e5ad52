"""One POST, over real connections: its marks, its one connection, and what becomes of it when the line breaks."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from seedance_spec.attempts.ports import Accepted, Mark, NeverSent, Refused, Scope, Unknown
from seedance_spec.gateway.client import POST_TIMEOUT, EasyRouter
from tests.support.speaking import (
    DROP_AFTER_READING,
    DROP_BEFORE_READING,
    KEY,
    STALL,
    Act,
    MarkLog,
    failing_mark,
    gateway,
    no_mark,
    recorded,
    reply,
    scripted_server,
    truncated,
    unused_url,
)

pytestmark = pytest.mark.anyio

BODY = {"model": "dreamina-seedance-2-0", "prompt": "一只猫"}
YES = reply(200, recorded("submit-accepted.json"))
TASK = Accepted(task_id="task_xxxxxxxxxxxxx", created_at=1730000000)


async def test_a_submit_is_one_post_with_key_and_json() -> None:
    """The gateway hears one POST with the body's bytes, the key, and no wish for compression."""
    async with gateway(YES) as (client, server):
        assert await client.submit(BODY, mark=no_mark) == TASK
    (heard,) = server.heard
    assert (heard.method, heard.target, json.loads(heard.body)) == ("POST", "/v1/video/generations", BODY)
    assert {name: heard.headers.get(name) for name in ("authorization", "content-type", "accept-encoding")} == {
        "authorization": f"Bearer {KEY}",
        "content-type": "application/json",
        "accept-encoding": "identity",
    }
    assert (heard.headers["content-length"], heard.headers.get("transfer-encoding")) == (str(len(heard.body)), None)


async def test_each_mark_comes_before_its_step() -> None:
    """Connecting is marked before there is a connection, bytes-out before the server has a single byte."""
    async with gateway(YES) as (client, server):
        log = MarkLog(look=lambda: (server.connections, server.bytes_in))
        await client.submit(BODY, mark=log)
    assert log.marks[0] == (Mark.CONNECTING, (0, 0))
    assert [(mark, seen[1]) for mark, seen in log.marks if isinstance(seen, tuple)] == [
        (Mark.CONNECTING, 0),
        (Mark.BYTES_OUT, 0),
    ]


async def test_the_mark_is_awaited_before_the_first_byte() -> None:
    """While the journal still writes `bytes-out`, nothing reaches the server."""
    async with gateway(YES) as (client, server):
        held, go = asyncio.Event(), asyncio.Event()

        async def mark(reached: Mark) -> None:
            if reached is Mark.BYTES_OUT:
                held.set()
                await go.wait()

        submit = asyncio.create_task(client.submit(BODY, mark=mark))
        await held.wait()
        await asyncio.sleep(0.01)
        assert server.bytes_in == 0
        go.set()
        assert await submit == TASK


async def test_every_post_has_a_fresh_connection() -> None:
    """A POST never meets a stale connection, whose reset could not be told from a lost answer."""
    async with gateway(YES, YES) as (client, server):
        log = MarkLog()
        await client.submit(BODY, mark=log)
        await client.submit(BODY, mark=log)
    assert [heard.connection for heard in server.heard] == [1, 2]
    assert [heard.headers["connection"] for heard in server.heard] == ["close", "close"]
    assert [mark for mark, _ in log.marks] == [Mark.CONNECTING, Mark.BYTES_OUT] * 2


async def test_a_refused_port_is_never_sent() -> None:
    """Without a listener no byte leaves, and the mark says so."""
    log = MarkLog()
    async with EasyRouter(base_url=await unused_url(), key=KEY) as client:
        outcome = await client.submit(BODY, mark=log)
    assert isinstance(outcome, NeverSent)
    assert [mark for mark, _ in log.marks] == [Mark.CONNECTING]


@pytest.mark.parametrize(
    "act", [reply(407), reply(502), DROP_AFTER_READING], ids=["wants-a-password", "bad-gateway", "drop"]
)
async def test_a_proxy_that_opens_no_way_is_never_sent(act: Act) -> None:
    """A tunnel that does not open carries no byte of the request, and the proxy never sees the key."""
    log = MarkLog()
    async with (
        scripted_server(act) as proxy,
        EasyRouter(base_url="https://gateway.example", key=KEY, proxy_for=lambda _: proxy.url) as client,
    ):
        outcome = await client.submit(BODY, mark=log)
    assert isinstance(outcome, NeverSent)
    assert [mark for mark, _ in log.marks] == [Mark.CONNECTING]
    (heard,) = proxy.heard
    assert (heard.method, heard.target, heard.body) == ("CONNECT", "gateway.example:443", b"")
    assert KEY not in repr(heard)


@pytest.mark.parametrize(
    "act",
    [
        DROP_BEFORE_READING,
        DROP_AFTER_READING,
        Act(raw=b"HTTP/1.1 200 OK\r\nContent-Le", hangs_up=True),
        Act(raw=b"SSH-2.0-OpenSSH\r\n", hangs_up=True),
        truncated(YES, drop=len(recorded("submit-accepted.json")) - 10),
        reply(200, b"<html>portal</html>"),
        reply(200, b'{"status":"queued"}'),
    ],
    ids=["drop-unread", "drop-read", "half-a-head", "no-http", "cut-before-the-id", "html", "no-id"],
)
async def test_a_line_that_breaks_after_bytes_were_out_is_unknown(act: Act) -> None:
    """Whatever breaks behind the first byte, the outcome is unknown and there is no second POST."""
    async with gateway(act, YES) as (client, server):
        assert isinstance(await client.submit(BODY, mark=no_mark), Unknown)
    assert server.connections == 1
    assert len(server.heard) <= 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    """A POST goes to one address once, wherever the answer points."""
    async with gateway(reply(status, b"", Location="/elsewhere"), YES) as (client, server):
        outcome = await client.submit(BODY, mark=no_mark)
    assert outcome == Refused(code="redirected", message=f"HTTP {status}", status=status, scope=Scope.ALL)
    assert [heard.target for heard in server.heard] == ["/v1/video/generations"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 524])
async def test_no_status_is_retried_by_the_library(status: int) -> None:
    """One submit is one POST for every status that libraries like to retry."""
    async with gateway(reply(status), YES) as (client, server):
        await client.submit(BODY, mark=no_mark)
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    "act",
    [
        truncated(YES, drop=60),
        reply(200, recorded("submit-accepted.json"), content_encoding="gzip"),
        reply(200, gzip.compress(recorded("submit-accepted.json"))),
        reply(200, gzip.compress(recorded("submit-accepted.json")), content_encoding="gzip"),
    ],
    ids=["cut-after-the-id", "plain-called-gzip", "gzip-called-plain", "gzip"],
)
async def test_an_answer_hurt_on_the_way_still_gives_its_receipt(act: Act) -> None:
    """A task id that arrived whole is not lost to a cut or to a lying header."""
    async with gateway(act) as (client, _):
        outcome = await client.submit(BODY, mark=no_mark)
    assert isinstance(outcome, Accepted)
    assert outcome.task_id == "task_xxxxxxxxxxxxx"


async def test_a_cut_refusal_is_still_a_refusal() -> None:
    """The status of an error answer counts even where its body breaks off."""
    act = truncated(reply(402, b'{"code":"insufficient_user_quota"}'), drop=20)
    async with gateway(act) as (client, _):
        outcome = await client.submit(BODY, mark=no_mark)
    assert outcome == Refused(code="no-money", message="HTTP 402", status=402, scope=Scope.ALL)


async def test_an_endless_answer_is_read_to_its_limit() -> None:
    """A server that sends for ever fills no memory and is not waited for."""
    endless = Act(raw=reply(200, b" " * (2 << 20), length=1 << 40).raw, stalls=True)
    async with gateway(endless) as (client, _), asyncio.timeout(20):
        assert isinstance(await client.submit(BODY, mark=no_mark), Unknown)


async def test_an_answer_that_stalls_behind_its_receipt_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer has one deadline for all of it; what came until then is read."""
    monkeypatch.setattr("seedance_spec.gateway.client.ANSWER_SECONDS", 0.02)
    async with gateway(Act(raw=YES.raw[:-40], stalls=True)) as (client, _), asyncio.timeout(20):
        assert isinstance(await client.submit(BODY, mark=no_mark), Accepted)


async def test_an_answer_is_waited_for_long_enough() -> None:
    """The gateway has no time limit of its own, so a POST waits two minutes and more (D3)."""
    assert (POST_TIMEOUT.read or 0) >= 120


async def test_a_large_body_arrives_whole() -> None:
    """Inline images of many blocks are one request with one length."""
    body = {"prompt": "x", "image": "data:image/png;base64," + "A" * 1_000_000}
    async with gateway(YES) as (client, server):
        assert await client.submit(body, mark=no_mark) == TASK
    assert json.loads(server.heard[0].body) == body


@pytest.mark.parametrize(("at", "heard"), [(Mark.CONNECTING, 0), (Mark.BYTES_OUT, 0)])
async def test_a_mark_that_cannot_be_kept_stops_the_post(at: Mark, heard: int) -> None:
    """With a full disk the exception is the journal's own, and the server hears nothing."""
    async with gateway(YES) as (client, server):
        with pytest.raises(OSError, match="No space left"):
            await client.submit(BODY, mark=failing_mark(at, OSError(28, "No space left on device")))
    assert (len(server.heard), server.bytes_in) == (heard, 0)


async def test_cancellation_passes_through() -> None:
    """Whoever cancels a submit gets the cancellation, and decides what the marks mean."""
    async with gateway(STALL) as (client, server):
        log = MarkLog()
        submit = asyncio.create_task(client.submit(BODY, mark=log))
        await server.spoken_to.wait()
        submit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await submit
    assert [mark for mark, _ in log.marks] == [Mark.CONNECTING, Mark.BYTES_OUT]


async def test_a_body_that_is_no_json_is_found_before_anything_is_marked() -> None:
    """NaN never reaches a wire, nor a journal."""
    log = MarkLog()
    async with gateway() as (client, server):
        with pytest.raises(ValueError, match="JSON"):
            await client.submit({"duration": float("nan")}, mark=log)
    assert (log.marks, server.connections) == ([], 0)
