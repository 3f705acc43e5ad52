"""Bytes on their way out: the gateway's proxy with its one deadline, and the upstream's store with its Range."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from aiohttp import web

from seedance_spec.sandbox.answers import content_error
from seedance_spec.sandbox.faults import Subject
from seedance_spec.sandbox.gateway_life import Row, Status
from seedance_spec.sandbox.http_words import say_json
from seedance_spec.sandbox.object_store import Verdict, denial, parse_link
from seedance_spec.sandbox.service import Sandbox

_BLOCK = 64 << 10
_TYPES = {".mp4": "video/mp4", ".png": "image/png", ".jpg": "image/jpeg"}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The bytes wanted of a file: first, and one past the last."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start


def span_of(header: str | None, size: int) -> Span | None:
    """What a Range header asks of `size` bytes: all where it says nothing useful, None where it asks for nothing."""
    found = _RANGE.fullmatch(header or "")
    if found is None or found.groups() == ("", ""):
        return Span(start=0, stop=size)
    first, last = found.groups()
    if not first:
        return Span(start=max(0, size - int(last)), stop=size) if int(last) else None
    stop = min(int(last) + 1, size) if last else size
    return Span(start=int(first), stop=stop) if int(first) < stop else None


class Delivery:
    """Both ways to a clip."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/tos/{name}", self.stored)]

    async def content(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/videos/{id}/content: 200 with everything, or one of the proxy's refusals. Knows no Range."""
        row = self._sandbox.state.row(request.match_info["task_id"])
        if row is None:
            return say_json(content_error(404, "invalid_request_error", "Task not found"))
        if row.status != Status.SUCCESS:
            message = f"Task is not completed yet, current status: {row.status}"
            return say_json(content_error(400, "invalid_request_error", message))
        name, query = parse_link(row.result_url)
        if self._sandbox.verdict(name, query, self._subject(row)) is not Verdict.OPEN:
            return say_json(content_error(502, "server_error", "Upstream service returned status 403"))
        clip = self._sandbox.store.path(name)
        if not clip.is_file():
            return say_json(content_error(502, "server_error", "Upstream service returned status 404"))
        self._sandbox.state.count("downloads")
        response = web.StreamResponse(headers=_file_headers(clip, self._sandbox.upstream.note()))
        response.headers["Cache-Control"] = "public, max-age=86400"
        whole = Span(start=0, stop=clip.stat().st_size)
        try:
            async with asyncio.timeout(self._sandbox.limits.content_seconds):
                return await _stream(request, response, clip, whole)
        except TimeoutError:
            # The 200 is out: only the length tells that the rest is missing.
            if request.transport is not None:
                request.transport.abort()
            return response

    async def stored(self, request: web.Request) -> web.StreamResponse:
        """GET of a signed link: 200, 206 with Range, 403 and XML where the link may not be followed."""
        name = request.match_info["name"]
        # The signature says GET, so a HEAD is a forgery.
        signed = request.method == "GET"
        verdict = self._sandbox.verdict(name, request.query, Subject()) if signed else Verdict.UNSIGNED
        if verdict is not Verdict.OPEN:
            return web.Response(status=403, text=denial(verdict, name), content_type="application/xml")
        path = self._sandbox.store.path(name)
        if not path.is_file():
            return web.Response(status=404, text=denial(Verdict.EXPIRED, name), content_type="application/xml")
        size = path.stat().st_size
        wanted = request.headers.get("Range")
        span = span_of(wanted, size)
        if span is None:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
        self._sandbox.state.count("links")
        response = web.StreamResponse(headers=_file_headers(path, self._sandbox.upstream.note()))
        if wanted is not None and span.length < size:
            response.set_status(206)
            response.headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
        return await _stream(request, response, path, span)

    def _subject(self, row: Row) -> Subject:
        work = self._sandbox.state.work(row.upstream_id)
        return Subject(prompt=work.prompt if work else None, model=row.origin_model)


def _file_headers(path: Path, note: str) -> dict[str, str]:
    facts = path.stat()
    modified = datetime.fromtimestamp(facts.st_mtime, UTC)
    tag = hashlib.sha256(f"{path.name} {facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()[:32]
    return {
        "Content-Type": _TYPES.get(path.suffix, "application/octet-stream"),
        "Accept-Ranges": "bytes",
        "ETag": f'"{tag}"',
        "Last-Modified": format_datetime(modified, usegmt=True),
        "X-Tos-Request-Id": note.rpartition(" ")[2],
    }


async def _stream(request: web.Request, response: web.StreamResponse, path: Path, span: Span) -> web.StreamResponse:
    response.content_length = span.length
    await response.prepare(request)
    with path.open("rb") as file:
        file.seek(span.start)
        left = span.length
        while left and (block := file.read(min(_BLOCK, left))):
            await response.write(block)
            left -= len(block)
    await response.write_eof()
    return response
