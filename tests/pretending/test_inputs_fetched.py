"""The upstream fetches its inputs itself: what it cannot reach or use fails the task, what it can shapes the clip."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from seedance_spec.sandbox.ark_tables import SIZES, nearest_ratio
from tests.support.pretending_lab import Lab, lab

pytestmark = pytest.mark.anyio

CAT = "http://sandbox.localhost:1/assets/cat.jpg"
FILM = "http://sandbox.localhost/assets/cat-original.mp4"


def image(url: str, role: str | None = None) -> dict[str, Any]:
    item: dict[str, Any] = {"type": "image_url", "image_url": {"url": url}}
    return item if role is None else {**item, "role": role}


def video(url: str) -> dict[str, Any]:
    return {"type": "video_url", "video_url": {"url": url}}


def data_uri(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


@asynccontextmanager
async def web_site(files: dict[str, bytes]) -> AsyncIterator[str]:
    """Somebody's web server on loopback; its address."""

    async def give(call: web.Request) -> web.Response:
        name = call.match_info["name"]
        return web.Response(body=files[name]) if name in files else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{name}", give)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def ended(here: Lab, *content: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    task_id = await here.accepted(metadata={"ratio": "adaptive", "content": list(content), **metadata})
    return await here.finished(task_id)


async def test_pictures_become_thumbnails_and_give_an_adaptive_ratio(tmp_path: Path) -> None:
    """By data URI and by URL; the first one's nearest ratio decides the frame."""
    async with web_site({"wide.png": b"image 2100x1000"}) as site, lab(tmp_path) as here:
        tall = data_uri(b"image 600x800")
        view = await ended(here, image(tall, "reference_image"), image(f"{site}/wide.png", "reference_image"))
        film = here.media.films[0]

    assert (view["data"]["ratio"], film.width, film.height) == ("3:4", 834, 1112)
    assert film.thumbnails == (b"image 600x800", b"image 2100x1000")
    assert film.continues is None


async def test_without_a_picture_adaptive_means_sixteen_to_nine(tmp_path: Path) -> None:
    """Text alone has no ratio of its own; the object tells the real one."""
    async with lab(tmp_path) as here:
        view = await ended(here)

    assert (view["data"]["ratio"], [(film.width, film.height) for film in here.media.films]) == ("16:9", [(1280, 720)])


@pytest.mark.parametrize("ratio", SIZES["720p"])
async def test_every_frame_size_is_nearest_to_its_own_ratio(ratio: str) -> None:
    """The ratio of a clip that is fed back is found again, at every resolution."""
    assert {nearest_ratio(*SIZES[resolution][ratio]) for resolution in SIZES} == {ratio}


async def test_a_video_is_continued_and_billed(tmp_path: Path) -> None:
    """Its bytes reach the renderer, its first frame is the thumbnail, its seconds count in tokens."""
    async with lab(tmp_path) as here:
        view = await ended(here, video(FILM))
        film = here.media.films[0]

    assert film.continues == b"video 1280x720 5.0"
    assert film.thumbnails == (b"first frame of video 1280x720 5.0",)
    assert view["data"]["usage"]["total_tokens"] == 216_900


async def test_an_own_result_can_be_continued_while_its_link_lives(tmp_path: Path) -> None:
    """A finished clip's signed link is an input like any other; without its signature it is not."""
    async with lab(tmp_path, clip=b"video 1280x720 5.0") as here:
        first = await ended(here)
        good = await ended(here, video(first["result_url"]))
        bad = await ended(here, video(first["result_url"].partition("?")[0]))

    assert (good["status"], bad["status"]) == ("SUCCESS", "FAILURE")


@pytest.mark.parametrize("name", ["cat.jpg", "cat-original.mp4"])
async def test_own_assets_are_served_and_kept(tmp_path: Path, name: str) -> None:
    """Drawn on first use, the same bytes afterwards, also for whoever asks by HTTP."""
    async with lab(tmp_path) as here:
        first, second = await here.get(f"/assets/{name}"), await here.get(f"/assets/{name}")
        unknown = await here.get("/assets/dog.jpg")
        outside = await here.get("/assets/..%2Fsandbox.db")

    assert (first.status, first.body) == (200, second.body)
    assert (tmp_path / "assets" / name).read_bytes() == first.body
    assert (unknown.status, outside.status) == (404, 404)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/cat.jpg",
        "http://sandbox.localhost/assets/dog.jpg",
        "http://sandbox.localhost/sandbox.db",
        "http://[bad/cat.jpg",
        "asset://unknown",
    ],
)
async def test_an_input_that_cannot_be_reached_fails_the_task(tmp_path: Path, url: str) -> None:
    """The submit is accepted, the task fails soon after it began, and the sentence names the place."""
    async with lab(tmp_path) as here:
        view = await ended(here, image(url))

    error = view["data"]["error"]
    assert (view["status"], error["code"]) == ("FAILURE", "InvalidParameter")
    assert error["message"].startswith("The parameter `content[0].image_url` specified in the request is not valid: ")
    assert "could not be accessed" in error["message"] or "does not exist" in error["message"]
    assert view["data"]["updated_at"] - view["data"]["created_at"] <= 10
    assert here.media.films == []


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (image(data_uri(b"a poem")), "could not be decoded"),
        (image(data_uri(b"image 299x400")), "a side outside 300 to 6000 pixels"),
        (image(data_uri(b"image 1000x390")), "the ratio of 1000×390 is outside 0.4 to 2.5"),
        (video("site/poem.txt"), "could not be decoded"),
        (video("site/small.mp4"), "too few or too many pixels"),
        (video("site/short.mp4"), "its length of 1.0 seconds is not between 2 and 15"),
        (video("site/missing.mp4"), "could not be accessed"),
        ({"type": "audio_url", "audio_url": {"url": "site/poem.txt"}}, "expected wav or mp3"),
    ],
)
async def test_an_input_that_cannot_be_used_fails_the_task(tmp_path: Path, item: dict[str, Any], why: str) -> None:
    """Bytes, sides, ratio, pixels and length are judged when the file is there."""
    files = {"poem.txt": b"a poem", "small.mp4": b"video 640x480 5.0", "short.mp4": b"video 1280x720 1.0"}
    async with web_site(files) as site, lab(tmp_path) as here:
        kind = item["type"]
        url = item[kind]["url"].replace("site", site, 1)
        content = [{**item, kind: {"url": url}}]
        if kind == "audio_url":
            content.insert(0, image(CAT, "reference_image"))
            content[1]["role"] = "reference_audio"
        view = await ended(here, *content)

    assert (view["status"], view["data"]["error"]["code"]) == ("FAILURE", "InvalidParameter")
    assert why in view["fail_reason"]


async def test_videos_together_may_last_fifteen_seconds(tmp_path: Path) -> None:
    """Three of six seconds are too much."""
    async with web_site({"six.mp4": b"video 1280x720 6.0"}) as site, lab(tmp_path) as here:
        view = await ended(here, *[video(f"{site}/six.mp4")] * 3)

    assert "total length of videos must not exceed 15 seconds" in view["fail_reason"]


async def test_the_slate_gets_the_shots_words(tmp_path: Path) -> None:
    """Prompt, parameters, seed, sound and length are handed to the renderer as they were asked for."""
    async with lab(tmp_path) as here:
        view = await ended(here, generate_audio=False)
        film = here.media.films[0]

    assert (film.title, film.frames, film.seed, film.audio) == ("A cat walking on the moon", 121, 42, False)
    assert film.task_id == view["data"]["id"]
    assert dict(film.parameters) == {
        "model": "dreamina-seedance-2-0",
        "resolution": "720p · 1280×720",
        "ratio": "16:9",
        "duration": "5 s",
        "seed": "42",
        "audio": "off",
    }
