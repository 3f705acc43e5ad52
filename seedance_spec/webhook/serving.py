"""Serving an aiohttp application to the open internet: limits of head, idleness and shutdown. No route may enter."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from seedance_spec.webhook.receiver import Receiver

IDLE_SECONDS = 5.0
"""How long a connection may stay without a whole request head (webhooks.md §1 finding 6)."""

_LINGER_SECONDS = 0.5
_SHUTDOWN_SECONDS = 2.0
_MAX_HEAD_BYTES = 8190

# aiohttp's own log would print what strangers send, tokens among it.
_silent = logging.getLogger("seedance_spec.webhook.silent")
_silent.disabled = True


@asynccontextmanager
async def serving(
    receiver: Receiver, host: str, port: int, *, idle_seconds: float = IDLE_SECONDS
) -> AsyncIterator[str]:
    """Serve on `host:port` (port 0: one that the system chooses) and yield the base URL, without a final slash.

    Raises OSError where the address cannot be had. At the end what was received is made durable before this returns.
    """
    runner = web.AppRunner(
        receiver.app(),
        access_log=None,
        logger=_silent,
        keepalive_timeout=idle_seconds,
        auto_decompress=False,
        lingering_time=_LINGER_SECONDS,
        max_line_size=_MAX_HEAD_BYTES,
        max_field_size=_MAX_HEAD_BYTES,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield _base_url(runner.addresses[0])
    finally:
        await runner.cleanup()
        await receiver.close()


def _base_url(address: tuple[str, int] | tuple[str, int, int, int]) -> str:
    host, port = address[0], address[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
