"""Clips that a run lends to the upstream: only by their capability, only while a shot in flight needs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.clips.store import Store
from seedance_spec.hearing.ways import reading_of
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.webhook.capability import callback_path
from seedance_spec.webhook.input_route import InputRoute
from seedance_spec.webhook.lent_clips import Lender, LentClips
from seedance_spec.webhook.receiver import Receiver
from seedance_spec.webhook.serving import serving
from tests.support.attempts import NOW, an_attempt_id
from tests.support.clips import CLIP, OTHER, digest, stocked
from tests.support.receiving import KEY, STRANGERS_KEY, a_post

pytestmark = pytest.mark.anyio

SIZE = len(CLIP)


@dataclass(slots=True)
class Counter:
    """A receiver that lends. `opened` are the digests that the disk was asked for."""

    url: str
    lent: LentClips
    client: aiohttp.ClientSession
    opened: list[str] = field(default_factory=list)

    def lend(self, attempt_id: str = an_attempt_id(), clip: bytes = CLIP) -> str:
        return Lender(self.lent, self.url).lend(attempt_id, digest(clip))

    async def ask(self, url: str, *, method: str = "GET", **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.request(method, url, headers=named) as answer:
            return answer.status, await answer.read(), answer.headers


async def everything(url: str, request: str) -> str:
    """What comes back for a request as it is, until the other side hangs up."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request.encode())
    try:
        async with asyncio.timeout(5):
            return (await reader.read()).decode("latin-1")
    finally:
        writer.close()


@asynccontextmanager
async def a_counter(folder: Path) -> AsyncIterator[Counter]:
    """The store holds two clips and a frame; nothing is lent yet."""
    reading, lent = reading_of(stocked(folder)), LentClips(KEY)
    with closing(SqliteJournal(folder / "journal.db")) as journal:
        async with aiohttp.ClientSession() as client:
            counter = Counter(url="", lent=lent, client=client)

            def opened(sha256: str) -> AbstractContextManager[int]:
                counter.opened.append(sha256)
                return reading(sha256)

            inputs = InputRoute(lent, opened)
            receiver = Receiver(journal, keys=[KEY], now=lambda: NOW, wake=lambda _: None, inputs=inputs)
            async with serving(receiver, "127.0.0.1", 0) as counter.url:
                yield counter


async def test_a_lent_clip_is_served_whole(tmp_path: Path) -> None:
    """Its bytes, their number and what they are; nobody may keep a copy in between."""
    async with a_counter(tmp_path) as counter:
        status, body, headers = await counter.ask(counter.lend())

    assert (status, body) == (200, CLIP)
    said = ("Content-Type", "Content-Length", "Accept-Ranges", "Cache-Control")
    assert [headers[name] for name in said] == ["video/mp4", str(SIZE), "bytes", "no-store"]


async def test_head_says_as_much_without_the_bytes(tmp_path: Path) -> None:
    """Whoever looks first learns type and length."""
    async with a_counter(tmp_path) as counter:
        path = counter.lend().removeprefix(counter.url)
        said = await everything(counter.url, f"HEAD {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")

    head, _, body = said.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert {f"Content-Length: {SIZE}", "Content-Type: video/mp4"} <= set(head.split("\r\n"))
    assert body == ""


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, SIZE),
        ("bytes=-7", SIZE - 7, SIZE),
        (f"bytes=5-{SIZE * 2}", 5, SIZE),
        (f"bytes=-{SIZE * 2}", 0, SIZE),
    ],
)
async def test_a_range_is_served_as_such(tmp_path: Path, asked: str, start: int, stop: int) -> None:
    """A download that broke off is resumed."""
    async with a_counter(tmp_path) as counter:
        status, body, headers = await counter.ask(counter.lend(), Range=asked)

    assert body == CLIP[start:stop]
    if stop - start < SIZE:
        assert (status, headers["Content-Range"]) == (206, f"bytes {start}-{stop - 1}/{SIZE}")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=9-2", "bytes=x"])
async def test_what_is_no_single_range_gets_all(tmp_path: Path, asked: str) -> None:
    """As RFC 9110 allows."""
    async with a_counter(tmp_path) as counter:
        status, body, _ = await counter.ask(counter.lend(), Range=asked)

    assert (status, body) == (200, CLIP)


async def test_a_range_behind_the_end_is_refused_with_the_length(tmp_path: Path) -> None:
    """416, and how long the clip is."""
    async with a_counter(tmp_path) as counter:
        status, body, headers = await counter.ask(counter.lend(), Range=f"bytes={SIZE}-")

    assert (status, body, headers["Content-Range"]) == (416, b"", f"bytes */{SIZE}")


async def test_a_range_of_other_bytes_gets_all_of_these(tmp_path: Path) -> None:
    """If-Range names what the first part belonged to."""
    async with a_counter(tmp_path) as counter:
        url = counter.lend()
        _, _, headers = await counter.ask(url)
        same = await counter.ask(url, Range="bytes=10-", If_Range=headers["ETag"])
        other = await counter.ask(url, Range="bytes=10-", If_Range='"another clip"')

    assert (same[:2], other[:2]) == ((206, CLIP[10:]), (200, CLIP))


async def test_everything_that_is_not_lent_is_an_empty_404_before_any_disk(tmp_path: Path) -> None:
    """A stored clip that nobody needs, a stranger's capability, a callback's, a digest, nonsense: all alike."""
    async with a_counter(tmp_path) as counter:
        url = counter.lend()
        stranger = LentClips(STRANGERS_KEY).lend(an_attempt_id(), digest(CLIP))
        callback = callback_path(an_attempt_id(), KEY).replace("callback", "input")
        other_clip = LentClips(KEY).lend(an_attempt_id(), digest(OTHER))
        other_attempt = LentClips(KEY).lend(an_attempt_id(2), digest(CLIP))
        guesses = [
            stranger,
            callback,
            other_clip,
            other_attempt,
            f"/v1/input/{digest(CLIP)}",
            "/v1/input/..%2f",
            "/v1/input/",
        ]
        answers = [(await counter.ask(counter.url + guess))[:2] for guess in guesses]
        posted = (await counter.ask(url, method="POST"))[:2]

    assert {*answers, posted} == {(404, b"")}
    assert counter.opened == []


async def test_once_the_shot_needs_it_no_more_its_capability_is_dead(tmp_path: Path) -> None:
    """Only that shot's: another one that starts from the same clip still gets it."""
    async with a_counter(tmp_path) as counter:
        first, second = counter.lend(an_attempt_id(1)), counter.lend(an_attempt_id(2))
        counter.lent.end(an_attempt_id(1))
        answers = [(await counter.ask(url))[0] for url in (first, second)]

    assert answers == [404, 200]


async def test_bytes_that_are_gone_are_an_empty_404(tmp_path: Path) -> None:
    """Deleted under a shot in flight: the upstream hears that there is nothing."""
    async with a_counter(tmp_path) as counter:
        url = counter.lend()
        Store(tmp_path / ".seedance" / "store").path(digest(CLIP)).unlink()

        assert (await counter.ask(url))[:2] == (404, b"")


async def test_a_receiver_that_lends_nothing_has_no_such_route(tmp_path: Path) -> None:
    """Whatever its capability is worth elsewhere."""
    path = LentClips(KEY).lend(an_attempt_id(), digest(CLIP))
    async with a_post(tmp_path) as post, post.client.get(post.url + path) as answer:
        assert (answer.status, await answer.read()) == (404, b"")


def test_a_capability_is_the_same_in_every_process_with_the_key() -> None:
    """A run that takes a shot over serves what the one before has told of."""
    one, other = LentClips(KEY), LentClips(KEY)

    path = one.lend(an_attempt_id(), digest(CLIP))

    assert other.clip_of(path.rpartition("/")[2]) is None
    assert other.lend(an_attempt_id(), digest(CLIP)) == path
    assert other.clip_of(path.rpartition("/")[2]) == digest(CLIP)


def test_the_path_is_made_as_it_always_was() -> None:
    """A frozen vector: links that are out must open in a newer version too, and no other kind of capability."""
    path = LentClips(KEY).lend(an_attempt_id(), digest(CLIP))

    assert path == f"/v1/input/{an_attempt_id()}.1ja8B5jvkFdyOISpVAUZ0fURq_8a8fKU"
    assert not path.endswith(callback_path(an_attempt_id(), KEY).rpartition(".")[2])


@given(token=st.one_of(st.text(max_size=120), st.from_regex(r"[a-z2-7]{16,64}\.[A-Za-z0-9_-]{32}", fullmatch=True)))
def test_no_other_token_opens_anything(token: str) -> None:
    """Universally: whatever is asked for, only what was lent is found."""
    lent = LentClips(KEY)
    path = lent.lend(an_attempt_id(), digest(CLIP))

    assert lent.clip_of(token) is None or path.endswith(token)
