"""Clips leave by two ways: the gateway's proxy with its rules, and the upstream's signed link that dies after a day."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from seedance_spec.sandbox.pace import Limits
from tests.support.pretending_lab import Got, Lab, lab

pytestmark = pytest.mark.anyio

CLIP = bytes(range(256)) * 4


async def follow(here: Lab, url: str, *, method: str = "GET", **headers: str) -> Got:
    """Follow a link without a key."""
    async with here.session.request(method, url, headers=headers) as reply:
        return Got(status=reply.status, headers=reply.headers, body=await reply.read())


async def test_content_is_the_whole_clip_with_the_stores_headers(tmp_path: Path) -> None:
    """200, its type and length, a day of caching; a Range is not heard."""
    async with lab(tmp_path, clip=CLIP) as here:
        task_id = await here.accepted()
        await here.finished(task_id)
        reply = await here.get(f"/v1/videos/{task_id}/content", headers={"Range": "bytes=10-19"})

    assert (reply.status, reply.body) == (200, CLIP)
    assert (reply.headers["Content-Type"], reply.headers["Content-Length"]) == ("video/mp4", "1024")
    assert reply.headers["Cache-Control"] == "public, max-age=86400"
    assert "Content-Range" not in reply.headers
    assert reply.headers["X-Tos-Request-Id"]


async def test_content_refuses_in_the_shape_of_the_proxy(tmp_path: Path) -> None:
    """No key 401, unknown 404, running 400 and failed 400 with the status in the sentence."""
    async with lab(tmp_path, faults=["moderation:prompt~war"]) as here:
        running = await here.accepted()
        failed = await here.accepted(prompt="war")
        replies = [
            await here.get(f"/v1/videos/{running}/content", key="nonsense"),
            await here.get("/v1/videos/task_unknown/content"),
            await here.get(f"/v1/videos/{running}/content"),
        ]
        await here.finished(failed)
        replies.append(await here.get(f"/v1/videos/{failed}/content"))

    not_yet = "Task is not completed yet, current status:"
    assert replies[0].status == 401
    assert [(reply.status, reply.body.decode()) for reply in replies[1:]] == [
        (404, '{"error":{"message":"Task not found","type":"invalid_request_error"}}'),
        (400, f'{{"error":{{"message":"{not_yet} NOT_START","type":"invalid_request_error"}}}}'),
        (400, f'{{"error":{{"message":"{not_yet} FAILURE","type":"invalid_request_error"}}}}'),
    ]


async def test_everything_is_dead_after_a_day(tmp_path: Path) -> None:
    """86400 s after the clip was made the link is 403 and XML, and /content 502; a second before it lives."""
    async with lab(tmp_path, clip=CLIP) as here:
        task_id = await here.accepted()
        view = await here.finished(task_id)
        made = view["data"]["updated_at"]
        await here.clock.advance(made + 86_399 - here.clock.now())
        alive = [await follow(here, view["result_url"]), await here.get(f"/v1/videos/{task_id}/content")]
        await here.clock.advance(2)
        link, content = await follow(here, view["result_url"]), await here.get(f"/v1/videos/{task_id}/content")
        still = await here.task(task_id)

    assert [reply.status for reply in alive] == [200, 200]
    assert (link.status, link.headers["Content-Type"]) == (403, "application/xml; charset=utf-8")
    assert b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in link.body
    assert (content.status, content.body) == (
        502,
        b'{"error":{"message":"Upstream service returned status 403","type":"server_error"}}',
    )
    assert (still["status"], still["result_url"]) == ("SUCCESS", view["result_url"])


async def test_a_links_life_is_divided_by_the_speed(tmp_path: Path) -> None:
    """At speed 100 a day is 864 s."""
    async with lab(tmp_path, speed=100.0) as here:
        task_id = await here.accepted()
        await here.clock.advance(3)
        view = await here.task(task_id)
        await here.clock.advance(880)
        reply = await follow(here, view["result_url"])

    assert (view["status"], reply.status) == ("SUCCESS", 403)


@pytest.mark.parametrize(
    ("wanted", "status", "body", "content_range"),
    [
        ("bytes=0-9", 206, CLIP[:10], "bytes 0-9/1024"),
        ("bytes=1000-", 206, CLIP[1000:], "bytes 1000-1023/1024"),
        ("bytes=-24", 206, CLIP[-24:], "bytes 1000-1023/1024"),
        ("bytes=1000-5000", 206, CLIP[1000:], "bytes 1000-1023/1024"),
        ("bytes=0-", 200, CLIP, None),
        ("bytes=1024-", 416, b"", "bytes */1024"),
        ("bytes=9-1", 416, b"", "bytes */1024"),
        ("lines=1-2", 200, CLIP, None),
    ],
)
async def test_the_store_honours_range(
    tmp_path: Path, wanted: str, status: int, body: bytes, content_range: str | None
) -> None:
    """A download that broke off can go on at the link, unlike at the proxy."""
    async with lab(tmp_path, clip=CLIP) as here:
        view = await here.finished(await here.accepted())
        reply = await follow(here, view["result_url"], Range=wanted)

    assert (reply.status, reply.body, reply.headers.get("Content-Range")) == (status, body, content_range)


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda url: url.partition("?")[0],
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.replace("Expires=86400", "Expires=604800"),
        lambda url: url.replace("/tos/cgt-", "/tos/..%2Fcgt-"),
        lambda url: url.replace(urlsplit(url).path, "/tos/..%2Fsandbox.db"),
    ],
    ids=["unsigned", "forged", "prolonged", "renamed", "traversal"],
)
async def test_a_link_needs_its_own_signature(tmp_path: Path, spoiled: object) -> None:
    """403 and XML for anything but the link that was given."""
    assert callable(spoiled)
    async with lab(tmp_path) as here:
        view = await here.finished(await here.accepted())
        reply = await follow(here, spoiled(view["result_url"]))

    assert (reply.status, b"SignatureDoesNotMatch" in reply.body) == (403, True)


async def test_head_of_a_link_is_refused(tmp_path: Path) -> None:
    """The signature says GET."""
    async with lab(tmp_path) as here:
        view = await here.finished(await here.accepted())
        reply = await follow(here, view["result_url"], method="HEAD")

    assert reply.status == 403


async def test_the_last_frame_is_there_only_where_it_was_asked_for(tmp_path: Path) -> None:
    """return_last_frame gives a signed PNG beside the clip."""
    async with lab(tmp_path) as here:
        view = await here.finished(await here.accepted(metadata={"return_last_frame": True}))
        plain = await here.finished(await here.accepted())
        frame = await follow(here, view["data"]["content"]["last_frame_url"])

    assert (frame.status, frame.headers["Content-Type"]) == (200, "image/png")
    assert frame.body == f"last frame of {view['data']['id']}.mp4".encode()
    assert list(plain["data"]["content"]) == ["video_url"]


async def test_a_slow_download_is_cut_after_the_200(tmp_path: Path) -> None:
    """One deadline covers the whole body: the length alone tells that the rest is missing."""
    clip = b"x" * (48 << 20)
    async with lab(tmp_path, clip=clip, limits=Limits(content_seconds=0.1)) as here:
        task_id = await here.accepted()
        await here.finished(task_id)
        headers = {"Authorization": "Bearer sk-sandbox"}
        async with here.session.get(f"{here.url}/v1/videos/{task_id}/content", headers=headers) as reply:
            await asyncio.sleep(0.3)
            with pytest.raises(aiohttp.ClientPayloadError):
                await reply.read()

    assert (reply.status, reply.headers["Content-Length"]) == (200, str(len(clip)))


async def test_downloads_are_counted(tmp_path: Path) -> None:
    """Clips by the proxy and by the link, each once; refusals do not count."""
    async with lab(tmp_path) as here:
        task_id = await here.accepted()
        await here.get(f"/v1/videos/{task_id}/content")
        view = await here.finished(task_id)
        await here.get(f"/v1/videos/{task_id}/content")
        await follow(here, view["result_url"])
        stats = (await here.get("/sandbox/stats")).json

    assert (stats["downloads"], stats["links"]) == (1, 1)
