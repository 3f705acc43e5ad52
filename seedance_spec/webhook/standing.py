"""The standing receiver: feed and claims for whoever owns a project, beside the callbacks. It believes no body."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from aiohttp import web

from seedance_spec.attempts.attempt_id import AttemptIdParts, hash_prefix, read_attempt_id
from seedance_spec.json_types import JsonObject
from seedance_spec.webhook.bell import Bell, Crowded
from seedance_spec.webhook.capability import project_of
from seedance_spec.webhook.desk import Desk, Unanswered
from seedance_spec.webhook.feed_protocol import (
    LONGEST_WAIT,
    Answer,
    ClaimRequest,
    FeedPage,
    ProtocolFault,
    Said,
    SharedClaim,
    answer_json,
    claim_json,
    page_json,
    read_request,
    read_said,
)
from seedance_spec.webhook.group_commit import Delivery, Inbox
from seedance_spec.webhook.receiver import BODY_SECONDS, COMMIT_SECONDS, Receiver
from seedance_spec.webhook.serving import bare

MOST_CLAIM_BYTES = 8 * 1024
LOOK_SECONDS = 1.0
"""How soon a waiter sees what another process wrote, and how soon one whose client went away is dropped."""

_ANSWER_SECONDS = 10.0
_BEARER = re.compile(r"Bearer (\S{1,200})")
_AFTER = re.compile(r"[0-9]{1,18}")
_WAIT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_EPOCH = re.compile(r"[0-9a-f]{1,64}")


class Records(Inbox, Protocol):
    """What is kept, as `journal.receiver_file` keeps it. Every call may take as long as a disk takes."""

    def events(self, project: str, *, after: int, epoch: str | None) -> FeedPage: ...

    def claim(self, request: ClaimRequest, *, at: float) -> Answer: ...

    def report(self, attempt_id: str, said: Said, *, at: float) -> SharedClaim | None: ...

    def claim_of(self, attempt_id: str) -> SharedClaim | None: ...


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came since the start: callbacks stored, claims granted, claims that another attempt held, outcomes."""

    callbacks: int = 0
    granted: int = 0
    held: int = 0
    outcomes: int = 0


class StandingReceiver:
    """Callbacks, feed and claims of every project that one of the keys speaks for; to be served once.

    `now` gives Unix seconds. `heard` is told each stored callback's attempt id, in another thread than the loop's.
    """

    def __init__(
        self,
        records: Records,
        *,
        keys: Sequence[bytes],
        now: Callable[[], float],
        heard: Callable[[str], None] = lambda _: None,
        bell: Bell | None = None,
        commit_seconds: float = COMMIT_SECONDS,
        look_seconds: float = LOOK_SECONDS,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self._records = records
        self._keys = tuple(keys)
        self._now = now
        self._heard = heard
        self._bell = Bell() if bell is None else bell
        self._commit_seconds = commit_seconds
        self._look_seconds = look_seconds
        self._longest_wait = longest_wait
        self._claims, self._pages = Desk("claims"), Desk("feeds")
        self._receiver = Receiver(self, keys=keys, now=now, wake=self._wake, commit_seconds=commit_seconds)
        self.tally = Tally()

    def app(self) -> web.Application:
        app = self._receiver.app()
        app.router.add_get("/v1/events", self._for_owner(self._events), allow_head=False)
        app.router.add_post("/v1/claims", self._for_owner(self._claim))
        app.router.add_get("/v1/claims/{attempt}", self._for_owner(self._claim_of), allow_head=False)
        app.router.add_post("/v1/claims/{attempt}/outcome", self._for_owner(self._report))
        app.on_shutdown.append(self._hush)
        return app

    async def close(self) -> None:
        await self._receiver.close()
        for desk in (self._claims, self._pages):
            await asyncio.to_thread(desk.close)

    def receive_all(self, batch: Sequence[Delivery]) -> Sequence[int]:
        """`Inbox`: what it says is the records' word; it counts and passes on."""
        numbers = self._records.receive_all(batch)
        self.tally.callbacks += len(batch)
        for attempt_id, _, _ in batch:
            self._heard(attempt_id)
        return numbers

    def _wake(self, attempt_id: str) -> None:
        parts = read_attempt_id(attempt_id)
        if parts is not None:
            self._bell.ring(parts.project)

    async def _hush(self, _: web.Application) -> None:
        self._bell.close()

    def _for_owner(
        self, handler: Callable[[web.Request, str], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The route for whoever has a project's token; for all others it does not exist, and nothing is looked at."""

        async def answer(request: web.Request) -> web.Response:
            token = _BEARER.fullmatch(request.headers.get("Authorization", ""))
            project = None if token is None else project_of(token[1], self._keys)
            if project is None:
                return bare(404)
            try:
                return await handler(request, project)
            except ProtocolFault as fault:
                return _json({"error": str(fault)}, status=400)
            except TimeoutError:
                return bare(408)
            except (Unanswered, Crowded):
                return bare(503)

        return answer

    # ── feed ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _events(self, request: web.Request, project: str) -> web.Response:
        read = partial(
            self._records.events,
            project,
            after=int(_said(request, "after", _AFTER) or 0),
            epoch=_said(request, "epoch", _EPOCH),
        )
        clock = asyncio.get_running_loop().time
        until = clock() + min(float(_said(request, "wait", _WAIT) or 0), self._longest_wait)
        with self._bell.waiting(project) as waiter:
            while True:
                page = await self._pages.ask(read, within=_ANSWER_SECONDS)
                left = until - clock()
                # Without a transport the client has gone: nobody hears what is answered.
                if page.events or left <= 0 or self._bell.is_closing or request.transport is None:
                    return _json(page_json(page))
                await waiter.wait(min(left, self._look_seconds))

    # ── claims ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _claim(self, request: web.Request, project: str) -> web.Response:
        body = await _body(request)
        if body is None:
            return bare(413)
        asked = read_request(body)
        parts = _parts(asked.attempt_id, project)
        if parts is None:
            return bare(404)
        if (parts.content, parts.take) != (hash_prefix(asked.content_hash), asked.take):
            raise ProtocolFault("attempt: it was made for another content hash or take")
        answer = await self._claims.ask(
            partial(self._records.claim, asked, at=self._now()), within=self._commit_seconds
        )
        if answer.granted:
            self.tally.granted += 1
        else:
            self.tally.held += 1
        return _json(answer_json(answer))

    async def _report(self, request: web.Request, project: str) -> web.Response:
        attempt_id = request.match_info["attempt"]
        if _parts(attempt_id, project) is None:
            return bare(404)
        body = await _body(request)
        if body is None:
            return bare(413)
        report = partial(self._records.report, attempt_id, read_said(body), at=self._now())
        claim = await self._claims.ask(report, within=self._commit_seconds)
        if claim is None:
            return bare(404)
        self.tally.outcomes += 1
        self._bell.ring(project)
        return _json(claim_json(claim))

    async def _claim_of(self, request: web.Request, project: str) -> web.Response:
        attempt_id = request.match_info["attempt"]
        if _parts(attempt_id, project) is None:
            return bare(404)
        claim = await self._pages.ask(partial(self._records.claim_of, attempt_id), within=_ANSWER_SECONDS)
        return bare(404) if claim is None else _json(claim_json(claim))


def _parts(attempt_id: str, project: str) -> AttemptIdParts | None:
    """What the attempt id says where it is one of this project, else None."""
    parts = read_attempt_id(attempt_id)
    return parts if parts is not None and parts.project == project else None


def _said(request: web.Request, name: str, pattern: re.Pattern[str]) -> str | None:
    """A value of the query, None where it is not given. Raises ProtocolFault for one that cannot be meant."""
    value = request.query.get(name)
    if value is not None and not pattern.fullmatch(value):
        raise ProtocolFault(f"{name}: it is not of the form that is expected")
    return value


async def _body(request: web.Request) -> bytes | None:
    """The whole body; None for one that is too long. Raises TimeoutError."""
    async with asyncio.timeout(BODY_SECONDS):
        body = await request.read()
    return body if len(body) <= MOST_CLAIM_BYTES else None


def _json(value: JsonObject, *, status: int = 200) -> web.Response:
    answer = bare(status)
    answer.content_type = "application/json"
    answer.text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return answer
