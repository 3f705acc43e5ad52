"""`GET` and `HEAD /v1/input/{attempt}.{mac}`: the bytes of a lent clip. Nothing may be listed or guessed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from aiohttp import web

from seedance_spec.webhook.lent_clips import LentClips
from seedance_spec.webhook.serving import BARE_HEADERS, bare

_BLOCK = 1 << 18

Reading = Callable[[str], AbstractContextManager[int]]
"""Opens stored bytes by their SHA-256, as a descriptor. Raises OSError where they are not here."""


class InputRoute:
    """Serves what is lent; anything else is an empty 404, before any disk is touched."""

    def __init__(self, lent: LentClips, reading: Reading) -> None:
        self._lent = lent
        self._reading = reading

    async def serve(self, request: web.Request) -> web.StreamResponse:
        sha256 = self._lent.clip_of(request.match_info["token"])
        if sha256 is None:
            return bare(404)
        with ExitStack() as stack:
            try:
                descriptor = stack.enter_context(self._reading(sha256))
            except OSError:
                return bare(404)
            return await _answered(request, descriptor, tag=f'"{sha256}"')


async def _answered(request: web.Request, descriptor: int, *, tag: str) -> web.StreamResponse:
    size = os.fstat(descriptor).st_size
    start, stop = _range(request, size, tag)
    if start >= size:
        refusal = bare(416)
        refusal.headers["Content-Range"] = f"bytes */{size}"
        return refusal
    is_part = (start, stop) != (0, size)
    response = web.StreamResponse(status=206 if is_part else 200, headers=BARE_HEADERS)
    response.headers.update({"Content-Type": "video/mp4", "Accept-Ranges": "bytes", "ETag": tag})
    if is_part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.content_length = stop - start
    await response.prepare(request)
    if request.method != "HEAD":
        await _send(response, descriptor, start, stop)
    await response.write_eof()
    return response


async def _send(response: web.StreamResponse, descriptor: int, start: int, stop: int) -> None:
    at = start
    while at < stop:
        block = await _block(descriptor, min(_BLOCK, stop - at), at)
        if not block:
            raise ConnectionError("the clip ended before its length")
        await response.write(block)
        at += len(block)


async def _block(descriptor: int, count: int, at: int) -> bytes:
    """Read beside the loop; whoever ends the answer meanwhile waits, so that the file is not closed under its hands."""
    reading = asyncio.ensure_future(asyncio.to_thread(os.pread, descriptor, count, at))
    try:
        return await asyncio.shield(reading)
    finally:
        if not reading.done():
            await asyncio.wait([reading])


def _range(request: web.Request, size: int, tag: str) -> tuple[int, int]:
    """First byte and the one after the last. What is no single range, or is of other bytes, gets all of them."""
    try:
        asked = request.http_range
    except ValueError:
        return 0, size
    if request.headers.get("If-Range", tag) != tag or asked.start is None:
        return 0, size
    start = max(size + asked.start, 0) if asked.start < 0 else asked.start
    return start, size if asked.stop is None else min(asked.stop, size)
