"""The receiver in bad weather: too large, too slow, broken, malformed; never a false 200, never a word too many."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from seedance_spec.webhook.capability import callback_path
from tests.support.attempts import an_attempt_id
from tests.support.receiving import ARK, KEY, STRANGERS_KEY, a_post, raw

pytestmark = pytest.mark.anyio

MAX_BODY = 64 * 1024


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_beyond_64_kib_is_refused(tmp_path: Path, chunked: bool) -> None:  # noqa: FBT001 - a row of a table
    """413 whether its length is announced or not, and nothing is stored."""

    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b"x" * 1024

    async with a_post(tmp_path) as post:
        body = blocks() if chunked else b"x" * (MAX_BODY + 1)
        async with post.client.post(post.url + callback_path(an_attempt_id(), KEY), data=body) as answer:
            assert (answer.status, await answer.read()) == (413, b"")

        assert post.pokes() == ()


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(bytes(10_000_000))], ids=["garbage", "bomb"])
async def test_a_compressed_body_is_kept_as_it_came(tmp_path: Path, body: bytes) -> None:
    """Nothing is unpacked for a stranger: a bomb stays small, and what cannot be unpacked is a poke too."""
    async with a_post(tmp_path) as post:
        path, headers = callback_path(an_attempt_id(), KEY), {"Content-Encoding": "gzip"}
        async with post.client.post(post.url + path, data=body, headers=headers) as answer:
            assert answer.status == 200

        with post.inbox.journal._database.reading() as db:
            assert db.execute("SELECT body FROM inbox").fetchall() == [(body,)]


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    """408 after the deadline, and nothing is stored."""
    async with a_post(tmp_path, body_seconds=0.02) as post:
        path = callback_path(an_attempt_id(), KEY)
        head = f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345"

        assert await raw(post.url, head.encode()) == "HTTP/1.1 408 Request Timeout"
        assert post.pokes() == ()


@pytest.mark.parametrize("sent", [b"", b"POST /v1/callb", b"POST / HTTP/1.1\r\nHost: h\r\nX-Slow"])
async def test_a_head_that_does_not_come_is_hung_up_on(tmp_path: Path, sent: bytes) -> None:
    """A connection that stays without a whole request is closed without a word."""
    async with a_post(tmp_path, idle_seconds=0.02) as post:
        assert await raw(post.url, sent) == ""


async def test_a_broken_inbox_is_never_answered_with_200(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """503 with Retry-After while nothing can be stored, one line in the log, and 200 again when it can."""
    async with a_post(tmp_path) as post:
        post.inbox.broken = True
        path = callback_path(an_attempt_id(), KEY)
        for _ in range(3):
            async with post.client.post(post.url + path, data=ARK) as answer:
                assert (answer.status, answer.headers["Retry-After"], await answer.read()) == (503, "5", b"")

        post.inbox.broken = False
        assert await post.send(an_attempt_id()) == 200
        assert caplog.messages == ["callbacks cannot be stored: the disk is full"]
        assert len(post.woken) == 1


async def test_a_commit_that_takes_too_long_is_503_and_still_wakes(tmp_path: Path) -> None:
    """A sender is not kept beyond the deadline; what is stored after it counts all the same."""
    async with a_post(tmp_path, commit_seconds=0.01) as post:
        post.inbox.open.clear()
        assert await post.send(an_attempt_id()) == 503
        assert post.woken == []

        post.inbox.open.set()
        async with asyncio.timeout(5):
            await post.rang.wait()

        assert post.durable_when_woken == [1]


async def test_what_was_taken_in_is_durable_when_serving_ends(tmp_path: Path) -> None:
    """A callback whose commit was still running when the receiver stopped is in the file."""
    async with a_post(tmp_path, commit_seconds=0.01) as post:
        post.inbox.open.clear()
        assert await post.send(an_attempt_id()) == 503
        asyncio.get_running_loop().call_later(0.02, post.inbox.open.set)

    assert post.count() == 1


async def test_a_wake_that_fails_costs_no_callback(tmp_path: Path) -> None:
    """Whoever is to be woken may be broken: the callback is stored and answered."""
    async with a_post(tmp_path) as post:
        post.unwilling = True

        assert await post.send(an_attempt_id()) == 200
        assert len(post.pokes()) == 1


async def test_a_mistake_of_ours_is_503_and_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody foresaw shows no traceback to anybody; the sender is asked to come again."""
    async with a_post(tmp_path) as post:
        post.now = "not a time"  # type: ignore[assignment] # the mistake

        assert [await post.send(an_attempt_id()) for _ in range(3)] == [503, 503, 503]
        assert caplog.messages == ["a request could not be answered: TypeError"]


async def test_no_token_and_no_traceback_is_ever_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Good, forged, malformed and broken requests leave nothing of theirs in the log."""
    caplog.set_level(logging.DEBUG)
    async with a_post(tmp_path, body_seconds=0.05) as post:
        token = callback_path(an_attempt_id(), KEY)
        await post.send(an_attempt_id())
        await post.send(an_attempt_id(), key=STRANGERS_KEY)
        await raw(post.url, f"NONSENSE {token} HTTP/9.9\r\n\r\n".encode())
        await raw(post.url, f"POST {token} HTTP/1.1\r\nHost: h\r\nX: {'x' * 9000}\r\n\r\n".encode())
        chunked = f"POST {token} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert " 408 " in await raw(post.url, chunked.encode(), b"ZZ\r\n")
        assert " 400 " in await raw(post.url, chunked.encode() + b"ZZ\r\n")

    assert an_attempt_id() not in caplog.text
    assert "Traceback" not in caplog.text
