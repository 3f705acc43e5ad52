"""One process's line to the gateway: `attempts.ports.Gateway` the client's own tables over what the world answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

from seedance_spec.attempts.ports import Content, ContentFault, Mark, SubmitOutcome, TaskAnswer
from seedance_spec.gateway.asking import classify_task_answer
from seedance_spec.gateway.billing_log import LogAnswer, classify_log_answer
from seedance_spec.gateway.content_faults import classify_content, classify_link
from seedance_spec.gateway.faults import outcome_of_exception
from seedance_spec.gateway.links import BUILT_IN_LINK_HOSTS, link_refusal
from seedance_spec.gateway.submit_answers import classify_submit_answer
from seedance_spec.json_types import JsonObject
from seedance_spec.sandbox.gateway_life import Status
from seedance_spec.sandbox.upstream import WorkStatus
from tests.lab.simulation.codec import clip_of
from tests.lab.simulation.gateway import Gateway
from tests.lab.simulation.process import Process

ATTEMPT: ContextVar[str] = ContextVar("attempt")
"""The attempt whose body was made last in this task: what a POST on the wire belongs to."""


class Line:
    def __init__(self, gateway: Gateway, process: Process) -> None:
        self._gateway = gateway
        self._skies = gateway.skies
        self._process = process

    async def submit(self, body: JsonObject, *, mark: Callable[[Mark], Awaitable[None]]) -> SubmitOutcome:
        attempt_id = ATTEMPT.get()
        await mark(Mark.CONNECTING)
        await self._travel()
        if self._skies.rolls(self._skies.weather.never_sent):
            return outcome_of_exception(["ConnectError"], bytes_out=False)
        await mark(Mark.BYTES_OUT)
        reply = await self._process.step("send", lambda: self._gateway.send(attempt_id, body))
        self._process.alive()
        if isinstance(reply, str):
            return outcome_of_exception([reply], bytes_out=True)
        return classify_submit_answer(*reply)

    async def task(self, task_id: str) -> TaskAnswer:
        await self._travel()
        return classify_task_answer(*self._gateway.looked_at(task_id), asked=task_id)

    async def billing_log(self) -> LogAnswer:
        await self._travel()
        return classify_log_answer(*self._gateway.told_of_log())

    def content(self, task_id: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        return self._content(task_id, offset)

    def link(self, url: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        return self._link(url, offset)

    @asynccontextmanager
    async def _content(self, task_id: str, offset: int) -> AsyncIterator[Content]:
        await self._travel()
        gateway = self._gateway
        job = gateway.shown(task_id)
        if gateway.key_refused:
            raise classify_content(401, {}, b'{"error":{"message":"Invalid token","type":"new_api_error","code":""}}')
        if job is None:
            raise classify_content(404, {}, b'{"error":{"message":"Task not found","type":"invalid_request_error"}}')
        if job.row.status != Status.SUCCESS:
            message = f"Task is not completed yet, current status: {job.row.status}"
            raise classify_content(400, {}, f'{{"error":{{"message":"{message}","type":"x"}}}}'.encode())
        if self._skies.rolls(self._skies.weather.content_fault):
            raise classify_content(502, {}, b"<html>")
        if not gateway.works_alive(job.row.upstream_id):
            raise classify_content(
                502, {}, b'{"error":{"message":"Upstream service returned status 403","type":"server_error"}}'
            )
        yield self._opened(clip_of(job.row.upstream_id), offset if job.ranges else 0)

    @asynccontextmanager
    async def _link(self, url: str, offset: int) -> AsyncIterator[Content]:
        refusal = link_refusal(url, allowed=BUILT_IN_LINK_HOSTS, allow_loopback=False)
        if refusal is not None:
            raise ContentFault(f"the link is not fetched: {refusal}")
        await self._travel()
        upstream_id = urlsplit(url).path.removeprefix("/").removesuffix(".mp4")
        work = self._gateway.upstream.works.get(upstream_id)
        if work is None or work.status != WorkStatus.SUCCEEDED or not self._gateway.works_alive(upstream_id):
            raise classify_link(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
        if self._skies.rolls(self._skies.weather.content_fault):
            raise classify_link(503, {}, b"")
        yield self._opened(clip_of(upstream_id), offset)

    def _opened(self, clip: bytes, offset: int) -> Content:
        return Content(blocks=self._blocks(clip[offset:]), length=len(clip), offset=offset)

    async def _blocks(self, data: bytes) -> AsyncIterator[bytes]:
        """The whole rest in two blocks; or cut, as the gateway's minute is over or the connection breaks."""
        skies = self._skies
        cut = skies.dice.randrange(len(data) + 1) if skies.rolls(skies.weather.content_cut) else len(data)
        half = cut // 2
        yield data[:half]
        await asyncio.sleep(60.0 if cut < len(data) else 0.2)
        self._process.alive()
        yield data[half:cut]
        if cut < len(data) and skies.dice.random() < 0.5:
            raise ContentFault("the download broke off (ReadError)")

    async def _travel(self) -> None:
        await asyncio.sleep(0.05)
        self._process.alive()
