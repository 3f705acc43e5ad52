"""Fetching bytes: /content, ranges, and links of the upstream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from seedance_spec.attempts.ports import ContentFault
from seedance_spec.gateway.client import BLOCK, EasyRouter, _Pinned
from tests.support.speaking import (
    DROP_AFTER_READING,
    KEY,
    Act,
    gateway,
    reply,
    scripted_server,
    truncated,
)

pytestmark = pytest.mark.anyio

CLIP = bytes(range(256)) * 16
WHOLE = reply(200, CLIP, content_type="video/mp4")


async def take_all(blocks: AsyncIterator[bytes], into: bytearray) -> None:
    async for block in blocks:
        into += block


def part(start: int, *, total: str = str(len(CLIP))) -> Act:
    return reply(206, CLIP[start:], content_range=f"bytes {start}-{len(CLIP) - 1}/{total}", content_type="video/mp4")


async def test_content_is_streamed_with_its_length() -> None:
    """The whole clip comes from the documented path, with the key."""
    async with gateway(WHOLE) as (client, server), client.content("task_a") as content:
        assert (content.offset, content.length) == (0, len(CLIP))
        assert b"".join([block async for block in content.blocks]) == CLIP
    (heard,) = server.heard
    assert (heard.target, heard.headers["authorization"]) == ("/v1/videos/task_a/content", f"Bearer {KEY}")
    assert "range" not in heard.headers


async def test_blocks_are_about_a_mebibyte() -> None:
    """A large clip comes in few large blocks."""
    clip = b"x" * (3 * BLOCK + 5)
    async with gateway(reply(200, clip)) as (client, _), client.content("task_a") as content:
        sizes = [len(block) async for block in content.blocks]
    assert sum(sizes) == len(clip)
    assert all(BLOCK <= size < 2 * BLOCK for size in sizes[:-1])


async def test_a_range_that_is_honoured_goes_on_where_it_was() -> None:
    """A 206 starts at its own offset and tells the whole clip's length."""
    async with gateway(part(1000)) as (client, server), client.content("task_a", offset=1000) as content:
        assert (content.offset, content.length) == (1000, len(CLIP))
        assert b"".join([block async for block in content.blocks]) == CLIP[1000:]
    assert server.heard[0].headers["range"] == "bytes=1000-"


async def test_a_range_that_is_not_honoured_starts_over() -> None:
    """A 200 to a ranged GET starts at 0, and says so."""
    async with gateway(WHOLE) as (client, _), client.content("task_a", offset=1000) as content:
        assert (content.offset, content.length) == (0, len(CLIP))


async def test_a_part_that_starts_earlier_is_told_as_it_is() -> None:
    """The answer's own Content-Range decides, and its length may be missing."""
    async with gateway(part(500, total="*")) as (client, _), client.content("task_a", offset=1000) as content:
        assert (content.offset, content.length) == (500, None)


@pytest.mark.parametrize(
    "act",
    [
        reply(206, CLIP[2000:], content_range=f"bytes 2000-4095/{len(CLIP)}"),
        reply(206, CLIP[1000:]),
        reply(206, CLIP[1000:], content_range="bytes nonsense"),
        reply(206, CLIP[1000:], content_range=f"bytes 1000-4095/{len(CLIP)}", content_encoding="gzip"),
    ],
    ids=["gap", "unsaid", "nonsense", "encoded"],
)
async def test_a_part_that_cannot_be_placed_is_refused(act: Act) -> None:
    """Bytes whose place is not known never reach a clip."""
    async with gateway(act) as (client, _):
        with pytest.raises(ContentFault, match="where its bytes belong") as caught:
            async with client.content("task_a", offset=1000):
                pass
    assert not caught.value.dead


async def test_a_cut_download_hands_out_what_came() -> None:
    """The 60 s cut of /content loses no byte that arrived: the rest is resumed."""
    arrived = bytearray()
    async with gateway(truncated(WHOLE, drop=96)) as (client, _), client.content("task_a") as content:
        with pytest.raises(ContentFault, match="broke off"):
            await take_all(content.blocks, arrived)
    assert arrived == CLIP[:-96]


@pytest.mark.parametrize(
    ("act", "dead"),
    [
        (reply(400, b'{"error":{"message":"Task is not completed yet, current status: IN_PROGRESS"}}'), False),
        (reply(404, b'{"error":{"message":"Task not found","type":"invalid_request_error"}}'), True),
        (reply(502, b'{"error":{"message":"Upstream service returned status 403","type":"server_error"}}'), True),
        (reply(502, b"<html>Bad Gateway</html>"), False),
        (reply(200, b"<html>portal</html>", content_type="text/html"), False),
        (reply(302, b"", Location="https://example.com/x"), False),
        (DROP_AFTER_READING, False),
    ],
    ids=["running", "unknown", "expired", "proxy", "portal", "redirect", "drop"],
)
async def test_content_that_cannot_be_had_says_whether_it_ever_can(act: Act, dead: bool) -> None:  # noqa: FBT001 - a table's column
    """Each way to get no bytes is a fault, dead only where the link has expired for good."""
    async with gateway(act, WHOLE) as (client, server):
        with pytest.raises(ContentFault) as caught:
            async with client.content("task_a"):
                pass
    assert (caught.value.dead, len(server.heard)) == (dead, 1)


async def test_a_download_may_be_left_in_the_middle() -> None:
    """Leaving early closes the connection and nothing else."""
    async with gateway(reply(200, b"x" * (4 * BLOCK)), WHOLE) as (client, _):
        async with client.content("task_a") as content:
            assert len(await anext(content.blocks)) >= BLOCK
        async with client.content("task_a") as content:
            assert b"".join([block async for block in content.blocks]) == CLIP


async def test_a_link_of_the_upstream_is_fetched_without_the_key() -> None:
    """Another origin never sees the key."""
    async with (
        gateway() as (client, _),
        scripted_server(WHOLE) as storage,
        client.link(f"{storage.url}/clip.mp4?X-Tos-Signature=s") as content,
    ):
        assert b"".join([block async for block in content.blocks]) == CLIP
    (heard,) = storage.heard
    assert heard.target == "/clip.mp4?X-Tos-Signature=s"
    assert "authorization" not in heard.headers


async def test_a_link_to_the_gateway_itself_carries_the_key() -> None:
    """Where the gateway names its own content URL as the result, only the key opens it."""
    async with gateway(WHOLE) as (client, server), client.link(f"{server.url}/v1/videos/task_a/content") as content:
        assert content.length == len(CLIP)
    assert server.heard[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_link_to_something_else_on_the_gateways_host_does_not_carry_the_key() -> None:
    """Only the gateway's own API sees the key; and storage's 404 there means that the link is dead."""
    async with gateway(reply(404, b"<Error>NoSuchKey</Error>")) as (client, server):
        with pytest.raises(ContentFault) as fault:
            async with client.link(f"{server.url}/tos/clip.mp4?X-Tos-Signature=s"):
                pass
    assert fault.value.dead
    assert "authorization" not in server.heard[0].headers


async def test_a_link_is_resumed_by_range() -> None:
    """Object storage honours ranges."""
    async with (
        gateway() as (client, _),
        scripted_server(part(1000)) as storage,
        client.link(f"{storage.url}/clip.mp4", offset=1000) as content,
    ):
        assert content.offset == 1000
    assert storage.heard[0].headers["range"] == "bytes=1000-"


@pytest.mark.parametrize("act", [reply(302, b"", Location="/x"), reply(403, b"<Error/>")], ids=["redirect", "expired"])
async def test_a_link_is_never_followed_elsewhere(act: Act) -> None:
    """A redirect of the storage is a fault, and an expired link is dead."""
    async with gateway() as (client, _), scripted_server(act, WHOLE) as storage:
        with pytest.raises(ContentFault) as caught:
            async with client.link(f"{storage.url}/clip.mp4"):
                pass
    assert (caught.value.dead, len(storage.heard)) == (act.raw.startswith(b"HTTP/1.1 403"), 1)


async def test_a_link_that_is_not_allowed_is_never_opened() -> None:
    """A refused link costs no connection."""
    async with EasyRouter(base_url="https://gateway.example", key=KEY) as client, scripted_server(WHOLE) as storage:
        with pytest.raises(ContentFault, match="points at this machine"):
            async with client.link(f"{storage.url}/clip.mp4"):
                pass
    assert storage.connections == 0


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:169.254.169.254",), ()])
async def test_a_name_that_leads_inside_is_not_connected_to(addresses: tuple[str, ...]) -> None:
    """An allowed name at a private address, or at none, is refused before any connection."""

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        await asyncio.sleep(0)
        return addresses

    async with EasyRouter(
        base_url="https://gateway.example", key=KEY, resolve=resolve, proxy_for=lambda _: None
    ) as client:
        with pytest.raises(ContentFault, match="no public address") as caught:
            async with client.link("https://x.volces.com/clip.mp4?X-Tos-Signature=secret"):
                pass
    assert not caught.value.dead
    assert "secret" not in caught.value.reason


async def test_a_connection_goes_to_the_checked_address_under_the_links_name() -> None:
    """The address is pinned, Host and certificate keep the name, and a dead address is passed over."""
    asked: list[tuple[str, str, object]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.host, request.headers["host"], request.extensions["sni_hostname"]))
        if request.url.host == "8.8.8.8":
            raise httpx.ConnectError("dead")
        return httpx.Response(200, content=CLIP)

    async def resolve(host: str, port: int) -> tuple[str, ...]:
        await asyncio.sleep(0)
        return ("8.8.8.8", "2001:4860:4860::8888")

    pinned = _Pinned(httpx.MockTransport(answer), resolve, allow_loopback=False)
    async with httpx.AsyncClient(transport=pinned) as client:
        assert (await client.get("https://x.volces.com/clip.mp4")).content == CLIP
    assert asked == [
        ("8.8.8.8", "x.volces.com", "x.volces.com"),
        ("2001:4860:4860::8888", "x.volces.com", "x.volces.com"),
    ]
