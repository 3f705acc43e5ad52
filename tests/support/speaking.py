"""A gateway on loopback that does exactly what a test says, byte by byte, and the client that speaks to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from seedance_spec.attempts.ports import Mark
from seedance_spec.gateway.client import EasyRouter
from seedance_spec.json_types import Json

KEY = "sk-canary"
FIXTURES = Path(__file__).parents[1] / "fixtures" / "api"


def recorded(name: str) -> bytes:
    """A recorded sample of the wire."""
    return (FIXTURES / name).read_bytes()


def recorded_json(name: str) -> Json:
    value: Json = json.loads(recorded(name))
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One request as it arrived. Header names are lower-case; `connection` counts from 1."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What the server does with one request: send `raw`, then perhaps hang up or hold still."""

    raw: bytes = b""
    reads: bool = True
    hangs_up: bool = False
    stalls: bool = False


def reply(status: int = 200, body: bytes = b"", *, length: int | None = None, **headers: str) -> Act:
    """A whole answer. `length` lies about the body's length; `content_type="x"` is the header Content-Type."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Act(raw="\r\n".join([*lines, "", ""]).encode() + body, hangs_up=length is not None)


DROP_BEFORE_READING = Act(reads=False, hangs_up=True)
DROP_AFTER_READING = Act(hangs_up=True)
STALL = Act(stalls=True)


def truncated(answer: Act, *, drop: int) -> Act:
    """The answer without its last `drop` bytes, then the connection is closed."""
    return Act(raw=answer.raw[:-drop], hangs_up=True)


@dataclass(slots=True, kw_only=True)
class ScriptedServer:
    """Performs its acts one by one, whichever connection asks; with none left it hangs up."""

    acts: list[Act]
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    bytes_in: int = 0
    spoken_to: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._act(reader, writer, connection):
                pass
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _act(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> bool:
        if self.acts and not self.acts[0].reads:
            self.acts.pop(0)
            return False
        self.heard.append(await self._hear(reader, connection))
        self.spoken_to.set()
        act = self.acts.pop(0) if self.acts else DROP_AFTER_READING
        writer.write(act.raw)
        await writer.drain()
        if act.stalls:
            await reader.read()
        return not act.hangs_up

    async def _hear(self, reader: asyncio.StreamReader, connection: int) -> Heard:
        head = await reader.readuntil(b"\r\n\r\n")
        self.bytes_in += len(head)
        first, *lines = head.decode().rstrip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.bytes_in += len(body)
        method, target, _ = first.split(" ")
        return Heard(method=method, target=target, headers=headers, body=body, connection=connection)


@asynccontextmanager
async def scripted_server(*acts: Act) -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer(acts=list(acts))
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    async with server:
        scripted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield scripted


@asynccontextmanager
async def gateway(*acts: Act) -> AsyncIterator[tuple[EasyRouter, ScriptedServer]]:
    """A client and the scripted server it speaks to."""
    async with scripted_server(*acts) as server, EasyRouter(base_url=server.url, key=KEY) as client:
        yield client, server


async def unused_url() -> str:
    """A loopback URL that nothing listens on."""
    async with scripted_server() as server:
        return server.url


@dataclass(slots=True, kw_only=True)
class MarkLog:
    """A `mark` that remembers what it was told, and looks at the world each time."""

    look: Callable[[], object] = lambda: None
    marks: list[tuple[Mark, object]] = field(default_factory=list)

    async def __call__(self, mark: Mark) -> None:
        # a journal's fsync takes its time: whoever does not wait for it is found out
        await asyncio.sleep(0)
        self.marks.append((mark, self.look()))


async def no_mark(mark: Mark) -> None:
    """For tests that are not about marks."""


def failing_mark(at: Mark, failure: BaseException) -> Callable[[Mark], Awaitable[None]]:
    """A journal whose disk is full at one mark."""

    async def mark(reached: Mark) -> None:
        if reached is at:
            raise failure

    return mark
