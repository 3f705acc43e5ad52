"""The webhook receiver: check the capability, store the callback durably, answer. It believes no body and no header."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from seedance_spec.webhook.capability import CALLBACK_PREFIX, INPUT_PREFIX, attempt_of, is_long_dead
from seedance_spec.webhook.group_commit import GroupCommit, Inbox, NotDurable
from seedance_spec.webhook.input_route import InputRoute
from seedance_spec.webhook.serving import bare

MAX_BODY = 64 * 1024
BODY_SECONDS = 5.0
COMMIT_SECONDS = 3.0
"""The upstream waits for 5 s in all."""

_log = logging.getLogger(__name__)

# aiohttp's own log would print what strangers send, tokens among it.
_silent = logging.getLogger("seedance_spec.webhook.silent")
_silent.disabled = True

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Receiver:
    """`POST /v1/callback/{attempt}.{mac}`, `GET /healthz`, and what `inputs` lends; anything else is an empty 404.

    `keys`: the capabilities of any of them count. `now` gives Unix seconds. `wake` is called on the event loop with
    the attempt id, after its callback is durable. `inputs` serves clips that are lent to the upstream, None for a
    receiver that lends nothing. Serve a receiver once; it stores nothing after that.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        keys: Sequence[bytes],
        now: Callable[[], float],
        wake: Callable[[str], None],
        inputs: InputRoute | None = None,
        body_seconds: float = BODY_SECONDS,
        commit_seconds: float = COMMIT_SECONDS,
    ) -> None:
        self._commit = GroupCommit(inbox, wake=wake)
        self._keys = tuple(keys)
        self._now = now
        self._inputs = inputs
        self._body_seconds = body_seconds
        self._commit_seconds = commit_seconds
        self._mistakes: set[str] = set()

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._plain], client_max_size=MAX_BODY, logger=_silent)
        app.router.add_post(f"{CALLBACK_PREFIX}{{token}}", self._callback)
        app.router.add_get("/healthz", self._healthz)
        if self._inputs is not None:
            app.router.add_get(f"{INPUT_PREFIX}{{token}}", self._inputs.serve)
        return app

    async def close(self) -> None:
        await self._commit.close()

    @web.middleware
    async def _plain(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Every answer is bare: nothing of the request, of the server or of its troubles is in it."""
        try:
            return await handler(request)
        except web.HTTPRequestEntityTooLarge:
            return bare(413)
        except web.HTTPException:
            return bare(404)
        except ConnectionError:
            raise
        except Exception as error:
            # A mistake of ours must not cost the callback: its sender tries again. Each kind is logged once, since a
            # stranger may be able to repeat it at will.
            name = type(error).__name__
            if name not in self._mistakes:
                _log.error("a request could not be answered: %s", name)
            self._mistakes.add(name)
            return bare(503)

    async def _healthz(self, _: web.Request) -> web.Response:
        answer = bare(200)
        answer.text = "ok\n"
        return answer

    async def _callback(self, request: web.Request) -> web.Response:
        attempt_id = attempt_of(request.match_info["token"], self._keys)
        if attempt_id is None:
            return bare(404)
        now = self._now()
        if is_long_dead(attempt_id, now):
            return bare(410)
        try:
            async with asyncio.timeout(self._body_seconds):
                body = await request.read()
        except TimeoutError:
            return bare(408)
        try:
            await self._commit.store(attempt_id, body, at=now, within=self._commit_seconds)
        except NotDurable:
            return bare(503)
        return bare(200)
