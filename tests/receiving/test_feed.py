"""The pull feed on real HTTP: for whoever owns a project, woken at once, resumed from a cursor, and for nobody else."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.webhook.feed_protocol import CallbackEvent, ClaimEvent, FeedPage, Outcome
from tests.support.attempts import NOW, an_attempt_id
from tests.support.receiving import ARK, KEY_BEFORE, STRANGERS_KEY, raw
from tests.support.standing import A_THIRD, OURS, SUBMITTED, THEIRS, Stand, a_stand, a_wish, shown, token_of

pytestmark = pytest.mark.anyio


async def _until(stand: Stand, waiters: int) -> None:
    async def look() -> bool:
        await asyncio.sleep(0.005)
        return len(stand.bell) == waiters

    async with asyncio.timeout(10):
        while not await look():
            pass


# ── the owner ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_owner_reads_callbacks_and_outcomes_in_one_sequence(tmp_path: Path) -> None:
    """The page is the protocol's own: epoch, cursor, events with their bodies in base64."""
    async with a_stand(tmp_path) as stand:
        await stand.claim(a_wish(2))
        await stand.call_back()
        await stand.report(a_wish(2), SUBMITTED)

        status, page = await stand.feed()
        epoch = stand.records.file.epoch

    callback = CallbackEvent(seq=1, attempt_id=an_attempt_id(), at=NOW, body=ARK)
    outcome = ClaimEvent(seq=2, attempt_id=a_wish(2).attempt_id, at=NOW, outcome=Outcome.SUBMITTED, task_id="task_1")
    assert (status, page) == (200, shown(FeedPage(epoch=epoch, next=2, events=(callback, outcome))))
    assert page["events"][0]["body"] == b64encode(ARK).decode()


async def test_a_reader_goes_on_from_its_cursor(tmp_path: Path) -> None:
    """`after` and `epoch` resume where the last page ended; another epoch begins again."""
    async with a_stand(tmp_path) as stand:
        await stand.call_back(1)
        await stand.call_back(2)
        epoch = stand.records.file.epoch

        pages = [(await stand.feed(f"?after={cursor}"))[1] for cursor in (f"1&epoch={epoch}", "1&epoch=0abc", "2")]

    assert [[event["seq"] for event in page["events"]] for page in pages] == [[2], [1, 2], []]
    assert [page["next"] for page in pages] == [2, 2, 2]


async def test_a_token_made_with_the_key_before_still_reads(tmp_path: Path) -> None:
    """While a key is being replaced, nobody is locked out."""
    async with a_stand(tmp_path) as stand:
        assert (await stand.feed(token=token_of(key=KEY_BEFORE)))[0] == 200


@pytest.mark.parametrize("news", ["callback", "outcome"])
async def test_a_waiter_is_woken_by_what_comes(tmp_path: Path, news: str) -> None:
    """A long poll returns when an event of its project is there, without a look at the disk in between."""
    async with a_stand(tmp_path) as stand:
        await stand.claim(a_wish(2))
        waiting = asyncio.create_task(stand.feed("?wait=30"))
        await _until(stand, 1)
        await (stand.call_back() if news == "callback" else stand.report(a_wish(2), SUBMITTED))
        _, page = await asyncio.wait_for(waiting, 5)

    kinds = [event["kind"] for event in page["events"]]
    assert kinds == ["callback" if news == "callback" else "claim"]
    assert len(stand.bell) == 0


async def test_an_event_of_another_project_wakes_nobody_else(tmp_path: Path) -> None:
    """Whoever waits for one project sleeps through another's callbacks, and reads an empty page at the end."""
    async with a_stand(tmp_path) as stand:
        waiting = asyncio.create_task(stand.feed("?wait=0.1"))
        await _until(stand, 1)
        await stand.call_back(project_id=THEIRS)
        status, page = await waiting

    assert (status, page["events"], page["next"]) == (200, [], 0)


async def test_what_another_process_writes_is_seen_soon(tmp_path: Path) -> None:
    """A waiter looks now and then by itself, once a second: the file may have other writers."""
    async with a_stand(tmp_path, look_seconds=0.02) as stand:
        waiting = asyncio.create_task(stand.feed("?wait=30"))
        await _until(stand, 1)
        with closing(ReceiverFile(stand.path)) as other:
            other.receive_all([(an_attempt_id(), ARK, NOW)])
        _, page = await asyncio.wait_for(waiting, 5)

    assert [event["seq"] for event in page["events"]] == [1]


async def test_more_than_so_many_waiters_are_asked_to_come_again(tmp_path: Path) -> None:
    """Beyond the bound a feed is 503 with Retry-After; whoever waits already is not disturbed."""
    async with a_stand(tmp_path, most_waiters=2) as stand:
        waiting = [asyncio.create_task(stand.feed("?wait=30")) for _ in range(2)]
        await _until(stand, 2)
        url, headers = f"{stand.url}/v1/events", {"Authorization": f"Bearer {token_of()}"}
        async with stand.client.get(url, headers=headers) as refused:
            assert (refused.status, refused.headers["Retry-After"], await refused.read()) == (503, "5", b"")
        await stand.call_back()
        pages = [page for _, page in await asyncio.gather(*waiting)]

    assert [len(page["events"]) for page in pages] == [1, 1]


async def test_a_waiter_whose_client_went_away_is_dropped(tmp_path: Path) -> None:
    """Nobody waits for someone who hears no answer."""
    async with a_stand(tmp_path, look_seconds=0.02) as stand:
        head = f"GET /v1/events?wait=30 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token_of()}\r\n\r\n"
        gone = asyncio.create_task(raw(stand.url, head.encode()))
        await _until(stand, 1)
        gone.cancel()
        await _until(stand, 0)


async def test_waiters_do_not_hold_up_the_end(tmp_path: Path) -> None:
    """When serving ends they get an empty page at once."""
    async with a_stand(tmp_path) as stand:
        waiting = asyncio.create_task(stand.feed("?wait=30"))
        await _until(stand, 1)

    status, page = await waiting
    assert (status, page["events"]) == (200, [])


@pytest.mark.parametrize(
    "query", ["?after=-1", "?after=x", "?after=9999999999999999999", "?wait=-1", "?wait=nan", "?wait=1e9", "?epoch=%2e"]
)
async def test_a_cursor_that_cannot_be_meant_is_named(tmp_path: Path, query: str) -> None:
    """The owner hears what is wrong, without an echo; the file is not asked."""
    async with a_stand(tmp_path) as stand:
        status, said = await stand.feed(query)

    name = query[1:].partition("=")[0]
    assert (status, said) == (400, {"error": f"{name}: it is not of the form that is expected"})
    assert stand.records.calls == []


async def test_no_wait_is_longer_than_the_longest(tmp_path: Path) -> None:
    """A wish for more than thirty seconds is taken for thirty rather than refused."""
    async with a_stand(tmp_path, longest_wait=0.05) as stand:
        status, page = await asyncio.wait_for(stand.feed("?wait=86400"), 10)

    assert (status, page["events"]) == (200, [])


async def test_a_disk_that_fails_is_503_and_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever asks again and again does not fill the log, and is answered when the disk is back."""
    async with a_stand(tmp_path) as stand:
        stand.records.broken = True
        assert [await stand.feed() for _ in range(3)] == [(503, None)] * 3
        assert caplog.messages == ["feeds cannot be answered: the disk is full"]

        stand.records.broken = False
        assert (await stand.feed())[0] == 200


# ── everybody else ──────────────────────────────────────────────────────────────────────────────────────────────────

ROUTES = [
    ("GET", "/v1/events"),
    ("GET", "/v1/events?wait=30"),
    ("POST", "/v1/claims"),
    ("GET", f"/v1/claims/{a_wish().attempt_id}"),
    ("POST", f"/v1/claims/{a_wish().attempt_id}/outcome"),
]
WRONG = {
    "none": "",
    "a stranger's": f"Bearer {token_of(key=STRANGERS_KEY)}",
    "for another project": f"Bearer {project_prefix(THEIRS)}{token_of()[16:]}",
    "cut short": f"Bearer {token_of()[:-1]}",
    "the bare project": f"Bearer {project_prefix(OURS)}",
    "basic": f"Basic {token_of()}",
    "without a scheme": token_of(),
    "twice": f"Bearer {token_of()} {token_of()}",
    "long": f"Bearer {'x' * 4000}",
}


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("header", WRONG.values(), ids=WRONG)
async def test_without_a_projects_token_there_is_nothing_here(
    tmp_path: Path, method: str, path: str, header: str
) -> None:
    """An empty 404, the same as for a path that does not exist, before anything is looked at."""
    async with a_stand(tmp_path) as stand:
        headers = {"Authorization": header} if header else {}
        async with stand.client.request(method, stand.url + path, data=b"{", headers=headers) as answer:
            assert (answer.status, await answer.read()) == (404, b"")
        async with stand.client.request(method, f"{stand.url}/nothing", headers=headers) as nothing:
            telling = {"Date"}
            assert {n: v for n, v in answer.headers.items() if n not in telling} == {
                n: v for n, v in nothing.headers.items() if n not in telling
            }

        assert stand.records.calls == []


async def test_a_token_reads_its_own_project_and_no_other(tmp_path: Path) -> None:
    """Three projects on one receiver: each owner sees its own events, and nothing tells that there are others."""
    projects = (OURS, THEIRS, A_THIRD)
    async with a_stand(tmp_path) as stand:
        for nth, project in enumerate(projects, 1):
            await stand.call_back(nth, project_id=project)
            await stand.call_back(nth + 10, project_id=project)
        pages = [(await stand.feed(token=token_of(project)))[1] for project in projects]

    seen = [[event["attempt"] for event in page["events"]] for page in pages]
    assert seen == [
        [an_attempt_id(nth, project_id=project), an_attempt_id(nth + 10, project_id=project)]
        for nth, project in enumerate(projects, 1)
    ]
