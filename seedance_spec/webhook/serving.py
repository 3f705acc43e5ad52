"""Serving an aiohttp application to the open internet: limits of head, idleness and shutdown. No route may enter."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from aiohttp import web
from typing_extensions import override

from seedance_spec.webhook.connections import Connections, affordable_connections
from seedance_spec.webhook.door import Door, bound

IDLE_SECONDS = 5.0
"""How long a connection may stay without a whole request head (webhooks.md §1 finding 6)."""

_LINGER_SECONDS = 0.5
_SHUTDOWN_SECONDS = 2.0
_MAX_HEAD_BYTES = 8190
_RETRY_AFTER_SECONDS = 5
BARE_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Server": "seedance-spec"}

# aiohttp's own log would print what strangers send, tokens among it.
_silent = logging.getLogger("seedance_spec.webhook.silent")
_silent.disabled = True

_Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Served(Protocol):
    """What can be served: `app` is asked for once; `close` makes durable what is on its way."""

    def app(self) -> web.Application: ...

    async def close(self) -> None: ...


@asynccontextmanager
async def serving(
    receiver: Served,
    host: str,
    port: int,
    *,
    idle_seconds: float = IDLE_SECONDS,
    most_connections: int | None = None,
    sock: socket.socket | None = None,
) -> AsyncIterator[str]:
    """Serve on `host:port` (port 0: one that the system chooses) and yield the base URL, without a final slash.

    `sock` is a listening socket that somebody else has made, to be used in place of `host:port`; it is closed at the
    end. `most_connections` are held open at once, None for what the limit of descriptors affords: beyond them whoever
    has been without a whole request for the longest time makes room for a newcomer.

    Raises OSError where the address cannot be had. At the end what was received is made durable before this returns.
    """
    connections = Connections(affordable_connections() if most_connections is None else most_connections)
    runner = web.AppRunner(receiver.app(), shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    server = runner.server
    assert server is not None, "the runner was set up"
    server.request_handler = partial(_answer, server.request_handler, connections)
    try:
        sockets = [sock] if sock else await bound(host, port)
        door = Door(sockets, connections, speak=partial(_speaker, server, idle_seconds))
        door.open()
        try:
            yield _base_url(sockets[0].getsockname())
        finally:
            await door.close()
    finally:
        await runner.cleanup()
        connections.hang_up()
        await receiver.close()


class _Speaker(web.RequestHandler):
    """Speaks HTTP on one connection. What it cannot make sense of is answered as barely as all the rest."""

    __slots__ = ()

    @override
    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """No word of what was wrong: it would repeat what the stranger sent. A mistake of ours says: come again."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        return bare(503 if status >= 500 else status)


def _speaker(server: web.Server, idle_seconds: float) -> _Speaker:
    return _Speaker(
        server,
        loop=asyncio.get_running_loop(),
        access_log=_silent,
        logger=_silent,
        keepalive_timeout=idle_seconds,
        auto_decompress=False,
        lingering_time=_LINGER_SECONDS,
        max_line_size=_MAX_HEAD_BYTES,
        max_field_size=_MAX_HEAD_BYTES,
    )


async def _answer(handle: _Handle, connections: Connections, request: web.BaseRequest) -> web.StreamResponse:
    """The application's answer. Meanwhile the connection counts as at work: nobody who waits for us is hung up on."""
    connection = connections.of(request.protocol)
    if connection is None:
        return await handle(request)
    connection.begin(request.content.is_eof)
    try:
        return await handle(request)
    except web.HTTPException as refusal:
        # The library's own, from before any of our code: it would repeat what the stranger sent.
        return bare(refusal.status)
    finally:
        connection.done()


def bare(status: int) -> web.Response:
    """An answer without a word: nothing of the request, of the server or of its troubles is in it."""
    response = web.Response(status=status, headers=BARE_HEADERS)
    if status == 503:
        response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    if status >= 400:
        response.force_close()
    return response


def _base_url(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    host, port = address[0], address[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
