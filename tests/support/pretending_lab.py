"""The sandbox in virtual time: the same routes over real HTTP on loopback, with a clock that a test moves."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from aiohttp import web

from seedance_spec.sandbox.clip_values import ClipRequest, VideoFacts
from seedance_spec.sandbox.equipment import Equipment
from seedance_spec.sandbox.faults import parse_fault
from seedance_spec.sandbox.media import MediaFault
from seedance_spec.sandbox.pace import Limits, Pace
from seedance_spec.sandbox.serve import DEFAULT_KEY
from seedance_spec.sandbox.server import make_app
from seedance_spec.sandbox.service import Sandbox
from tests.support.pretending import request

START = 1_778_236_598.0
"""2026-05-08 10:36:38 UTC, the submit time of the API page's example."""


class VirtualClock:
    """Time that stands until it is told to pass."""

    def __init__(self, now: float = START) -> None:
        self._now = now
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + max(seconds, 1e-6), next(self._order), wake))
        await wake

    async def advance(self, seconds: float) -> None:
        """Let time pass: every sleeper wakes at its own moment, in order, and does what it has to."""
        target = self._now + seconds
        await breathe()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, wake = heapq.heappop(self._sleepers)
            self._now = max(self._now, due)
            if not wake.done():
                wake.set_result(None)
            await breathe()
        self._now = target
        await breathe()


async def breathe() -> None:
    """Let everything that can go on without time go on."""
    for _ in range(12):
        await asyncio.sleep(0)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for real input and output on loopback, which virtual time does not move."""
    given_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < given_up, "it did not come about"
        await asyncio.sleep(0.001)


class PaperMedia:
    """Media whose pictures are words: `image 1280x720`, `video 1280x720 5.0`. Fast, and every byte is known."""

    def __init__(self, *, clip: bytes = b"clip " * 40) -> None:
        self.clip = clip
        self.films: list[ClipRequest] = []

    async def render(self, film: ClipRequest, out: Path) -> None:
        self._draw(film, out)

    async def last_frame(self, clip: Path) -> bytes:
        return b"last frame of " + clip.name.encode()

    async def first_frame(self, video: bytes) -> bytes:
        return b"first frame of " + video

    async def image_size(self, image: bytes) -> tuple[int, int]:
        _, size = self._read(image, "image")
        return size

    async def video_facts(self, video: bytes) -> VideoFacts:
        seconds, (width, height) = self._read(video, "video")
        return VideoFacts(width=width, height=height, seconds=seconds, frames=round(seconds * 24))

    async def sample(self, name: str) -> bytes:
        samples = {"cat.jpg": b"image 1280x720", "cat-original.mp4": b"video 1280x720 5.0"}
        if name not in samples:
            raise MediaFault(name, bad_bytes=True)
        return samples[name]

    async def close(self) -> None:
        return

    def _draw(self, film: ClipRequest, out: Path) -> None:
        self.films.append(film)
        out.write_bytes(self.clip)

    def _read(self, data: bytes, kind: str) -> tuple[float, tuple[int, int]]:
        words = data.decode(errors="replace").split()
        if len(words) < 2 or words[0] != kind:
            raise MediaFault("unreadable", bad_bytes=True)
        width, height = words[1].split("x")
        return float(words[2]) if len(words) > 2 else 0.0, (int(width), int(height))


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A reply in full."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A sandbox in this process: real HTTP on loopback, virtual time, paper media."""

    sandbox: Sandbox
    clock: VirtualClock
    media: PaperMedia
    session: aiohttp.ClientSession
    url: str

    async def call(
        self, method: str, path: str, *, key: str = DEFAULT_KEY, raw: bytes | None = None, **more: Any
    ) -> Got:
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        async with self.session.request(method, self.url + path, data=raw, headers=headers, **more) as reply:
            return Got(status=reply.status, headers=reply.headers, body=await reply.read())

    async def get(self, path: str, **more: Any) -> Got:
        return await self.call("GET", path, **more)

    async def submit(self, body: Mapping[str, Any], **more: Any) -> Got:
        return await self.call("POST", "/v1/video/generations", json=body, **more)

    async def accepted(self, **changes: Any) -> str:
        """Submit a plain request and return its task id."""
        reply = await self.submit(request(**changes))
        assert reply.status == 200, reply.body.decode()
        return str(reply.json["task_id"])

    async def task(self, task_id: str) -> dict[str, Any]:
        """The gateway's view of a task."""
        return dict((await self.get(f"/v1/video/generations/{task_id}")).json["data"])

    async def finished(self, task_id: str) -> dict[str, Any]:
        """Let time pass until the gateway calls the task final; its view then."""
        for _ in range(400):
            view = await self.task(task_id)
            if view["status"] in ("SUCCESS", "FAILURE"):
                return view
            await self.clock.advance(5.0)
        raise AssertionError("the task did not end")


def _unheard(_line: str) -> None:
    return


@asynccontextmanager
async def lab(
    folder: Path,
    *,
    faults: Sequence[str] = (),
    dollars: float | None = None,
    billing_log: bool = True,
    limits: Limits = Limits(),  # noqa: B008 - a frozen value
    clip: bytes = b"clip " * 40,
    now: float = START,
    speed: float = 1.0,
) -> AsyncIterator[Lab]:
    """A sandbox over `folder`, at speed 1 in virtual time; a second one over the same folder is a restart."""
    clock, media = VirtualClock(now), PaperMedia(clip=clip)
    equipment = Equipment(
        folder=folder,
        clock=clock,
        dice=Random(7),
        media=media,
        pace=Pace(speed=speed),
        limits=limits,
        say=_unheard,
    )
    sandbox = Sandbox(
        equipment, faults=[parse_fault(text) for text in faults], dollars=dollars, billing_log=billing_log
    )
    runner = web.AppRunner(make_app(sandbox), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = int(runner.addresses[0][1])
    url = f"http://127.0.0.1:{port}"
    poller = sandbox.start(url, port)
    try:
        async with aiohttp.ClientSession() as session:
            yield Lab(sandbox=sandbox, clock=clock, media=media, session=session, url=url)
    finally:
        assert not poller.done()
        await runner.cleanup()
        await sandbox.stop()
