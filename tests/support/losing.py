"""A gateway that takes every POST and loses its answer; what it knows it says by GET, billing log and callback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from seedance_spec.attempts.attempt_id import read_attempt_id
from seedance_spec.attempts.fingerprint import fingerprint
from seedance_spec.attempts.ports import (
    AskLater,
    Content,
    ContentFault,
    Journal,
    Mark,
    SubmitOutcome,
    TaskAbsent,
    TaskAnswer,
    TaskState,
    TaskView,
    Unknown,
)
from seedance_spec.gateway.billing_log import LogAnswer, LogClosed, LogKind, LogRow
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.sandbox.clips import ClipRequest, render_clip
from tests.support.virtual import VirtualClock

SETTLED_AFTER = 110.0
LINK = "https://tos.example.test/clip.mp4"
FRAMES = 9


@cache
def a_clip(width: int = 640, height: int = 640) -> bytes:
    """A real clip of 9 frames in the size of 480p 1:1."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "clip.mp4"
        asked = ClipRequest(
            width=width, height=height, frames=FRAMES, title="Lost", parameters=(), task_id="t", seed=1, audio=False
        )
        render_clip(asked, out)
        return out.read_bytes()


@dataclass(slots=True)
class LosingGateway:
    """`Gateway` and `BillingLog` on a virtual clock. The n-th POST makes `task_n`, settled after 110 s.

    `log` says what the log answers instead of its rows. `asked` holds the times of the looks at the log, `links` what
    was fetched by link.
    """

    clock: VirtualClock
    log: LogAnswer | None = None
    clip: bytes = b""
    bodies: list[JsonObject] = field(default_factory=list)
    born: dict[str, float] = field(default_factory=dict)
    asked: list[float] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    on_submit: Callable[[int], None] = lambda _: None

    async def submit(self, body: JsonObject, *, mark: Callable[[Mark], Awaitable[None]]) -> SubmitOutcome:
        await mark(Mark.CONNECTING)
        await mark(Mark.BYTES_OUT)
        self.bodies.append(body)
        self.born[f"task_{len(self.bodies)}"] = self.clock.now()
        self.on_submit(len(self.bodies))
        await self.clock.sleep(0.3)
        return Unknown(reason="the connection was closed")

    async def task(self, task_id: str) -> TaskAnswer:
        if task_id not in self.born:
            return TaskAbsent(message="task_not_exist")
        born = self.born[task_id]
        metadata = self.bodies[int(task_id.removeprefix("task_")) - 1]["metadata"]
        assert isinstance(metadata, Mapping)
        expiry = metadata["execution_expires_after"]
        assert isinstance(expiry, int)
        done = self.clock.now() >= born + SETTLED_AFTER
        return TaskView(
            task_id=task_id,
            state=TaskState.SUCCEEDED if done else TaskState.RUNNING,
            status="SUCCESS" if done else "IN_PROGRESS",
            submit_time=int(born),
            upstream_id=f"cgt-{task_id}",
            model_served="dreamina-seedance-2-0-260128",
            execution_expires_after=expiry,
        )

    async def billing_log(self) -> LogAnswer:
        self.asked.append(self.clock.now())
        if self.log is not None:
            return self.log
        settled = [(task, at + SETTLED_AFTER) for task, at in self.born.items()]
        return tuple(
            LogRow(kind=LogKind.REFUND, at=int(at), model="dreamina-seedance-2-0", task_id=task)
            for task, at in settled
            if self.clock.now() >= at
        )

    def content(self, task_id: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        assert task_id in self.born
        return self._bytes(offset)

    def link(self, url: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        self.links.append(url)
        return self._bytes(offset)

    @asynccontextmanager
    async def _bytes(self, offset: int) -> AsyncIterator[Content]:
        data = self.clip or a_clip()
        if data == b"dead":
            raise ContentFault("the link is dead", dead=True)

        async def blocks() -> AsyncIterator[bytes]:
            yield data[offset:]

        yield Content(blocks=blocks(), length=len(data), offset=offset)


CLOSED = LogClosed(reason="404")
BUSY = AskLater(reason="HTTP 429", retry_after=400.0)


def call_back(journal: Journal, fact: AttemptFact, status: str, *, at: float, url: str | None = LINK) -> None:
    """The upstream calls on the attempt's capability."""
    assert read_attempt_id(fact.attempt_id) is not None
    said = {
        "id": "cgt-1",
        "model": "dreamina-seedance-2-0-260128",
        "status": status,
        "content": {"video_url": url},
        "seed": 42,
        "usage": {"total_tokens": 38_800},
        "updated_at": int(at),
        "execution_expires_after": fingerprint(fact.attempt_id),
    }
    journal.receive(fact.attempt_id, json.dumps(said).encode(), at=at)
