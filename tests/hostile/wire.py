"""The sender's side of the wire: requests as bytes, made beforehand, and connections that send them one by one."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count

from seedance_spec.attempts.attempt_id import mint
from seedance_spec.realm import Realm
from seedance_spec.webhook.capability import callback_path, derive_key

KEY_TEXT = "a key for hostile days, longer than any guess"
KEY = derive_key(KEY_TEXT)
STRANGERS_KEY = derive_key("the key of somebody who is not ours at all")

PROJECT = "cd" * 16
PER_ATTEMPT = 60
"""Callbacks that a load sends for one attempt: fewer than are kept of one."""


def attempt(nth: int, *, minted_at: float | None = None) -> str:
    """The id of the n-th attempt of a load, made just now."""
    return mint(
        realm=Realm.PAID,
        project_id=PROJECT,
        run="0011aabb",
        content_hash="v1:" + "0" * 64,
        take=1,
        now=time.time() if minted_at is None else minted_at,
        random=nth.to_bytes(10, "big"),
    )


def ark_body(upstream_id: str, status: str = "succeeded") -> bytes:
    """What the upstream sends: about 1.5 kB, most of it a signed link."""
    link = f"https://ark-content.example/{upstream_id}/video.mp4?X-Tos-Algorithm=TOS4-HMAC-SHA256&X-Tos-Signature="
    return json.dumps(
        {
            "id": upstream_id,
            "model": "dreamina-seedance-2-0-260128",
            "status": status,
            "content": {"video_url": link + "0123456789abcdef" * 70},
            "usage": {"completion_tokens": 108900, "total_tokens": 108900},
            "created_at": 1778236598,
            "updated_at": 1778236696,
            "seed": 58944,
            "resolution": "720p",
            "ratio": "16:9",
            "duration": 5,
            "framespersecond": 24,
        }
    ).encode()


def post(path: str, body: bytes, *, headers: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: receiver\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def post_for(attempt_id: str, body: bytes, *, key: bytes = KEY, headers: str = "") -> bytes:
    return post(callback_path(attempt_id, key), body, headers=headers)


@dataclass(slots=True)
class Load:
    """Callbacks without end, each told apart by its upstream id; what was answered with 200 is in `acknowledged`.

    `reached` is called once, when `least` are acknowledged.
    """

    name: str
    least: int
    reached: Callable[[], None]
    acknowledged: set[str] = field(default_factory=set)

    def requests(self) -> Iterator[tuple[str, bytes]]:
        for nth in count():
            path = callback_path(attempt(nth), KEY)
            for each in range(PER_ATTEMPT):
                upstream_id = f"cgt-{self.name}-{nth}-{each}"
                yield upstream_id, post(path, ark_body(upstream_id))

    def answered(self, upstream_id: str, status: int) -> None:
        if status == 200:
            self.acknowledged.add(upstream_id)
            if len(self.acknowledged) == self.least:
                self.reached()


class _Sender(asyncio.Protocol):
    """One keep-alive connection: sends a request, waits for its answer, sends the next, until the other side is gone.

    Answers are small and come whole; the receiver's have no body.
    """

    def __init__(self, requests: Iterator[tuple[str, bytes]], load: Load) -> None:
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._sent = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._load.answered(self._sent, int(data[9:12]))
        self._next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_result(None)

    def _next(self) -> None:
        assert self._transport is not None
        self._sent, request = next(self._requests)
        self._transport.write(request)


async def flood(port: int, load: Load, *, connections: int, seconds: float) -> None:
    """Send at full speed until the other side is gone. Raises TimeoutError where it is not, after so many seconds."""
    loop = asyncio.get_running_loop()
    requests = load.requests()
    made = [
        await loop.create_connection(lambda: _Sender(requests, load), "127.0.0.1", port) for _ in range(connections)
    ]
    async with asyncio.timeout(seconds):
        await asyncio.gather(*(sender.gone for _, sender in made))


async def exchange(port: int, *sent: bytes, seconds: float, silence: float | None = None) -> bytes:
    """What comes back for bytes sent as they are on a connection of their own, until the other side hangs up.

    It is waited for as many `seconds`, and between two of its parts as long as `silence`.
    """
    answer = b""
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                for part in sent:
                    writer.write(part)
                    await writer.drain()
                while block := await asyncio.wait_for(reader.read(65_536), silence):
                    answer += block
            finally:
                writer.close()
    return answer


def statuses(answer: bytes) -> list[int]:
    """Those of every answer on a connection; an interim `100 Continue` is none."""
    return [int(each) for each in re.findall(rb"HTTP/1\.[01] ([2-5]\d\d) ", answer)]
