"""Speaking with a standing receiver on real HTTP: every answer it has, and every way in which there is none."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.webhook.capability import callback_path
from seedance_spec.webhook.feed_protocol import CallbackEvent, ClaimEvent, FeedPage, Outcome, Said
from seedance_spec.webhook.receiver_port import Away, Unwelcome
from seedance_spec.webhook.shared_receiver import LONGEST_ANSWER, SharedReceiver, knock
from tests.support.attempts import PROJECT, an_attempt_id
from tests.support.moments import until
from tests.support.receiving import KEY, STRANGERS_KEY
from tests.support.standing import SUBMITTED, a_shared_claim, a_stand, a_wish, granted, held
from tests.support.team import free_port

OURS = project_prefix(PROJECT)


@pytest.mark.anyio
async def test_claims_and_outcomes_go_out_and_come_back(tmp_path: Path) -> None:
    """Granted, held by another, reported, looked up; one that the receiver does not have is none."""
    async with a_stand(tmp_path) as stand, SharedReceiver(stand.url, KEY) as receiver:
        wish, later = a_wish(1), a_wish(2)

        assert await receiver.claim(wish) == granted(wish)
        assert await receiver.claim(later) == held(wish)
        known = a_shared_claim(wish, outcome=Outcome.SUBMITTED, task_id="task_1")
        assert await receiver.report(wish.attempt_id, SUBMITTED) == known
        assert await receiver.claim_of(wish.attempt_id) == known
        assert await receiver.claim_of(later.attempt_id) is None
        assert await receiver.report(later.attempt_id, Said(outcome=Outcome.UNKNOWN)) is None


@pytest.mark.anyio
async def test_the_feed_is_read_from_a_cursor_on(tmp_path: Path) -> None:
    """Callbacks and outcomes in their order; then nothing, with the same cursor."""
    async with a_stand(tmp_path) as stand, SharedReceiver(stand.url, KEY) as receiver:
        wish = a_wish(1)
        await stand.call_back(1)
        await receiver.claim(wish)
        await receiver.report(wish.attempt_id, SUBMITTED)

        page = await receiver.events(OURS, after=0, epoch=None, wait=0)

        assert isinstance(page, FeedPage)
        assert [type(event) for event in page.events] == [CallbackEvent, ClaimEvent]
        after = await receiver.events(OURS, after=page.next, epoch=page.epoch, wait=0)
        assert after == FeedPage(epoch=page.epoch, next=page.next)


@pytest.mark.anyio
async def test_a_question_that_waits_is_answered_when_something_comes(tmp_path: Path) -> None:
    """The answer to a long poll is the callback that came meanwhile."""
    async with a_stand(tmp_path) as stand, SharedReceiver(stand.url, KEY) as receiver:
        asking = asyncio.create_task(receiver.events(OURS, after=0, epoch=None, wait=20))
        await asyncio.to_thread(until, lambda: len(stand.bell) == 1, "the question")

        await stand.call_back(1)

        page = await asking
        assert isinstance(page, FeedPage)
        assert [event.attempt_id for event in page.events] == [an_attempt_id(1)]


@pytest.mark.anyio
async def test_a_receiver_that_has_another_key_is_told_from_one_that_has_no_claim(tmp_path: Path) -> None:
    """Both are an empty 404 on the wire; only the first is unwelcome."""
    async with a_stand(tmp_path) as stand, SharedReceiver(stand.url, STRANGERS_KEY) as receiver:
        wish = a_wish(1)

        told = [
            await receiver.claim(wish),
            await receiver.claim_of(wish.attempt_id),
            await receiver.report(wish.attempt_id, SUBMITTED),
            await receiver.events(OURS, after=0, epoch=None, wait=0),
        ]

        assert [type(each) for each in told] == [Unwelcome] * 4
        assert stand.records.calls == []


@pytest.mark.anyio
async def test_a_disk_that_fails_is_a_receiver_that_is_away(tmp_path: Path) -> None:
    """503 with its Retry-After; nothing is granted."""
    async with a_stand(tmp_path) as stand, SharedReceiver(stand.url, KEY) as receiver:
        stand.records.broken = True

        assert await receiver.claim(a_wish(1)) == Away(reason="HTTP 503", retry_after=5.0)


@pytest.mark.anyio
async def test_nobody_there_is_away() -> None:
    """No connection: away, with the reason and no token in it."""
    async with SharedReceiver(f"http://127.0.0.1:{free_port()}", KEY) as receiver:
        told = await receiver.claim(a_wish(1))

        assert isinstance(told, Away)
        assert told.reason == "no connection"
        assert isinstance(await receiver.healthz(), Away)


@asynccontextmanager
async def _speaking(answer: web.Response) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that says the same to everything; its URL, and the paths that were asked for."""
    asked: list[str] = []

    async def say(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", say)
    runner = web.AppRunner(app)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listening).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
    finally:
        await runner.cleanup()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (web.Response(status=200, text="<html>hello</html>"), Unwelcome),
        (web.Response(status=200, text='{"granted": "yes"}'), Unwelcome),
        (web.Response(status=401), Unwelcome),
        (web.Response(status=400, text='{"error": "take: missing"}'), Unwelcome),
        (web.Response(status=502, text="bad gateway"), Away),
        (web.Response(status=200, body=b" " * (LONGEST_ANSWER + 1)), Away),
        (web.Response(status=200, headers={"Content-Encoding": "gzip"}, body=b"no gzip"), Unwelcome),
    ],
    ids=["html", "nonsense", "401", "400", "502", "endless", "packed"],
)
async def test_what_is_no_answer_grants_nothing(answer: web.Response, kind: type[Away | Unwelcome]) -> None:
    """Whatever a stranger's server says to a claim: away or unwelcome."""
    async with _speaking(answer) as (url, _), SharedReceiver(url, KEY) as receiver:
        assert isinstance(await receiver.claim(a_wish(1)), kind)


@pytest.mark.anyio
async def test_no_redirect_takes_the_token_elsewhere() -> None:
    """A 307 to another server is not followed: that one is never asked."""
    async with (
        _speaking(web.Response(status=200)) as (elsewhere, asked),
        _speaking(web.Response(status=307, headers={"Location": f"{elsewhere}/v1/claims"})) as (url, _),
        SharedReceiver(url, KEY) as receiver,
    ):
        assert await receiver.claim(a_wish(1)) == Away(reason="HTTP 307")
        assert asked == []


@pytest.mark.anyio
async def test_knocking_calls_as_the_upstream_would(tmp_path: Path) -> None:
    """None where the callback was taken; else why not: another key, nobody there."""
    async with a_stand(tmp_path) as stand:
        attempt_id = an_attempt_id(1)

        assert await knock(stand.url + callback_path(attempt_id, KEY)) is None
        assert await knock(stand.url + callback_path(attempt_id, STRANGERS_KEY)) == "HTTP 404"
        assert stand.heard == [attempt_id]
    assert await knock(f"http://127.0.0.1:{free_port()}{callback_path(attempt_id, KEY)}") == "no connection"


def test_no_token_is_shown() -> None:
    """A receiver's repr is its host."""
    assert repr(SharedReceiver("https://hooks.example.test/base", KEY)) == "SharedReceiver(hooks.example.test)"
