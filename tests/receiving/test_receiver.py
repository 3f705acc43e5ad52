"""The receiver on real HTTP: a capability before anything, durable before 200, bare answers to everybody else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from seedance_spec.attempts.ports import Poke
from seedance_spec.webhook.capability import callback_path
from tests.support.attempts import NOW, an_attempt_id
from tests.support.receiving import ARK, KEY, KEY_BEFORE, STRANGERS_KEY, a_post, raw

pytestmark = pytest.mark.anyio

HOUR = 3600.0
MAX_BODY = 64 * 1024


# ── whoever has the capability ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_callback_is_durable_before_it_is_answered(tmp_path: Path) -> None:
    """Another connection sees it in the file when the attempt is woken, and its evidence is read."""
    async with a_post(tmp_path) as post:
        assert await post.send(an_attempt_id()) == 200

        assert (post.woken, post.durable_when_woken) == ([an_attempt_id()], [1])
        (poke,) = post.pokes()
        assert poke == Poke(
            seq=1, attempt_id=an_attempt_id(), received_at=NOW, upstream_id="cgt-1", upstream_status="succeeded"
        )


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff garbage", b"[" * 60_000, b'{"status": NaN}', b"x" * MAX_BODY], ids=range(5)
)
async def test_any_body_is_a_poke(tmp_path: Path, body: bytes) -> None:
    """Nonsense with a valid capability is stored and wakes, up to 64 KiB of it."""
    async with a_post(tmp_path) as post:
        assert await post.send(an_attempt_id(), body) == 200

        assert [(poke.attempt_id, poke.upstream_id) for poke in post.pokes()] == [(an_attempt_id(), None)]
        assert post.woken == [an_attempt_id()]


async def test_the_same_url_takes_every_state_in_any_order_and_number(tmp_path: Path) -> None:
    """Not single-use: late, early and repeated callbacks are all kept, in the order of their coming."""
    states = ["succeeded", "queued", "running", "succeeded", "queued"]
    async with a_post(tmp_path) as post:
        for state in states:
            assert await post.send(an_attempt_id(), b'{"status": "%s"}' % state.encode()) == 200

        assert [poke.upstream_status for poke in post.pokes()] == states


async def test_thirty_callbacks_at_once_share_commits(tmp_path: Path) -> None:
    """What comes while a commit runs goes into the next one: all are durable, with far fewer fsyncs than callbacks."""
    attempts = [an_attempt_id(nth) for nth in range(1, 31)]
    async with a_post(tmp_path) as post:
        post.inbox.open.clear()
        post.open_after = 30

        assert await asyncio.gather(*map(post.send, attempts)) == [200] * 30
        assert sorted(poke.attempt_id for poke in post.pokes()) == sorted(attempts)
        assert (sum(post.inbox.commits), len(post.inbox.commits) < 10) == (30, True)
        assert sorted(post.woken) == sorted(attempts)


async def test_a_key_that_was_replaced_still_counts(tmp_path: Path) -> None:
    """URLs given out under the key before are recognised."""
    async with a_post(tmp_path) as post:
        assert await post.send(an_attempt_id(), key=KEY_BEFORE) == 200


# ── whoever has not ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_wrong_capability_is_answered_by_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """404, an empty body, no row, nobody woken."""
    async with a_post(tmp_path) as post:
        path = callback_path(an_attempt_id(), STRANGERS_KEY)
        async with post.client.post(post.url + path, data=ARK) as answer:
            assert (answer.status, await answer.read()) == (404, b"")

        assert (post.pokes(), post.woken, post.inbox.commits) == ((), [], [])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/"),
        ("GET", callback_path(an_attempt_id(), KEY)),
        ("PUT", callback_path(an_attempt_id(), KEY)),
        ("POST", callback_path(an_attempt_id(), KEY) + "/"),
        ("POST", callback_path(an_attempt_id(), KEY)[:-1]),
        ("POST", "/v1/callback/"),
        ("POST", "/v1/callback/%2e%2e"),
        ("POST", "/v1/callback/%00"),
        ("POST", "/healthz"),
        ("POST", "/v1/events"),
    ],
)
async def test_everything_else_is_the_same_empty_404(tmp_path: Path, method: str, path: str) -> None:
    """Nothing tells a stranger what exists here."""
    async with a_post(tmp_path) as post, post.client.request(method, post.url + path) as answer:
        assert (answer.status, await answer.read()) == (404, b"")
        assert answer.headers["Server"] == "seedance-spec"


async def test_a_wrong_capability_is_refused_before_its_body_is_sent(tmp_path: Path) -> None:
    """The answer comes while the body is still missing: nothing of it is waited for, let alone parsed."""
    async with a_post(tmp_path) as post:
        head = "POST /v1/callback/{}.{} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n".format("a" * 56, "b" * 32)

        assert await raw(post.url, head.encode()) == "HTTP/1.1 404 Not Found"


async def test_an_attempt_long_dead_is_gone(tmp_path: Path) -> None:
    """After 96 hours a sender hears 410 and stops; nothing is stored."""
    async with a_post(tmp_path) as post:
        post.now = NOW + 97 * HOUR

        assert await post.send(an_attempt_id()) == 410
        assert post.pokes() == ()


async def test_health_is_told_to_anybody(tmp_path: Path) -> None:
    """GET /healthz says ok."""
    async with a_post(tmp_path) as post, post.client.get(post.url + "/healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok\n")
