"""What only the sandbox has: counters, faults at run time, assets. No route of the real gateway stands here."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping

from aiohttp import web

from seedance_spec.sandbox.faults import Fault, parse_fault
from seedance_spec.sandbox.media import MediaFault
from seedance_spec.sandbox.service import Sandbox
from seedance_spec.sandbox.wire import Json, plain_json

CONTROL_HEADER = "X-Sandbox-Control"


def control_routes(sandbox: Sandbox) -> list[web.RouteDef]:
    async def stats(_request: web.Request) -> web.StreamResponse:
        return _plain(200, sandbox.stats())

    async def show(_request: web.Request) -> web.StreamResponse:
        return _plain(200, {"faults": sandbox.misfortune.texts()})

    async def switch(request: web.Request) -> web.StreamResponse:
        if not hmac.compare_digest(request.headers.get(CONTROL_HEADER, ""), sandbox.control):
            return _plain(403, {"error": f"{CONTROL_HEADER} must be the `control` of endpoint.json"})
        try:
            wish = json.loads(await request.read())
            faults, replace = _wish(wish)
        except ValueError as fault:
            return _plain(400, {"error": str(fault)})
        sandbox.misfortune.put(faults, replace=replace)
        return _plain(200, {"faults": sandbox.misfortune.texts()})

    async def asset(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        try:
            data = await sandbox.asset(name)
        except MediaFault as fault:
            return _plain(503, {"error": fault.message})
        if data is None:
            return _plain(404, {"error": f"there is no asset {name}"})
        return web.Response(body=data, content_type="video/mp4" if name.endswith(".mp4") else "image/jpeg")

    return [
        web.get("/sandbox/stats", stats, allow_head=False),
        web.get("/sandbox/faults", show, allow_head=False),
        web.post("/sandbox/faults", switch),
        web.get("/assets/{name}", asset),
    ]


def _wish(wish: Json) -> tuple[list[Fault], bool]:
    """`{"faults": [text, …], "replace": bool}`. Raises ValueError."""
    match wish:
        case {"faults": list(texts)}:
            return [parse_fault(str(text)) for text in texts], _replaces(wish)
        case _:
            raise ValueError('expected {"faults": ["name:…", …], "replace": true or false}')


def _replaces(wish: Json) -> bool:
    return isinstance(wish, Mapping) and wish.get("replace") is True


def _plain(status: int, body: Json) -> web.Response:
    return web.Response(status=status, text=plain_json(body), content_type="application/json")
