"""A receiver at work on real HTTP, over a real journal that can be watched, held up and broken."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import aiohttp

from seedance_spec.attempts.ports import Poke
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.inbox import Delivery
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.webhook.capability import callback_path, derive_key
from seedance_spec.webhook.receiver import Receiver
from seedance_spec.webhook.serving import serving
from tests.support.attempts import NOW

KEY = derive_key("a key of the team's own")
KEY_BEFORE = derive_key("the key before this one")
STRANGERS_KEY = derive_key("the key of somebody else")
ARK = b'{"id": "cgt-1", "status": "succeeded"}'


@dataclass(slots=True)
class Inbox:
    """A real journal that counts its commits, and can be held up or broken."""

    journal: SqliteJournal
    commits: list[int] = field(default_factory=list)
    open: Event = field(default_factory=Event)
    broken: bool = False

    def receive_all(self, batch: Sequence[Delivery]) -> Sequence[int]:
        assert self.open.wait(10)
        if self.broken:
            raise JournalFault("the disk is full")
        self.commits.append(len(batch))
        return self.journal.receive_all(batch)


@dataclass(slots=True)
class Post:
    """A receiver at work: where it listens, what it woke, and what a second connection saw in the file then."""

    url: str
    inbox: Inbox
    path: Path
    client: aiohttp.ClientSession
    woken: list[str] = field(default_factory=list)
    durable_when_woken: list[int] = field(default_factory=list)
    now: float = NOW
    open_after: int = 0
    unwilling: bool = False
    rang: asyncio.Event = field(default_factory=asyncio.Event)

    def clock(self) -> float:
        """Asked once per callback that may come in; the inbox opens once so many have."""
        self.open_after -= 1
        if self.open_after == 0:
            asyncio.get_running_loop().call_later(0.02, self.inbox.open.set)
        return self.now

    async def send(self, attempt_id: str, body: bytes = ARK, *, key: bytes = KEY) -> int:
        async with self.client.post(self.url + callback_path(attempt_id, key), data=body) as answer:
            return answer.status

    def wake(self, attempt_id: str) -> None:
        if self.unwilling:
            raise RuntimeError("nobody is there")
        self.woken.append(attempt_id)
        self.rang.set()
        self.durable_when_woken.append(self.count())

    def count(self) -> int:
        with closing(sqlite3.connect(self.path)) as db:
            (count,) = db.execute("SELECT count(*) FROM inbox").fetchone()
        return int(count)

    def pokes(self) -> Sequence[Poke]:
        return self.inbox.journal.pokes(after=0)


@asynccontextmanager
async def a_post(
    folder: Path, *, body_seconds: float = 5.0, commit_seconds: float = 5.0, idle_seconds: float = 5.0
) -> AsyncIterator[Post]:
    path = folder / "journal.db"
    with closing(SqliteJournal(path)) as journal:
        inbox = Inbox(journal=journal)
        inbox.open.set()
        async with aiohttp.ClientSession() as client:
            post = Post(url="", inbox=inbox, path=path, client=client)
            receiver = Receiver(
                inbox,
                keys=[KEY_BEFORE, KEY],
                now=post.clock,
                wake=post.wake,
                body_seconds=body_seconds,
                commit_seconds=commit_seconds,
            )
            async with serving(receiver, "127.0.0.1", 0, idle_seconds=idle_seconds) as post.url:
                yield post


async def raw(url: str, *sent: bytes) -> str:
    """Send bytes as they are, part by part; the first line of the answer, empty where the other side just hangs up."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in sent:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            return (await reader.readline()).decode("latin-1").strip()
    except ConnectionResetError:
        return ""
    finally:
        writer.close()
