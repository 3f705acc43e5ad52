"""What the routes share: JSON replies, who calls, the key's guard. No route stands here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from seedance_spec.sandbox.answers import Answer
from seedance_spec.sandbox.faults import Subject
from seedance_spec.sandbox.gateway_service import Caller
from seedance_spec.sandbox.service import Sandbox
from seedance_spec.sandbox.wire import go_json

REQUEST_ID = web.RequestKey("request_id", str)
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def say_json(answer: Answer) -> web.Response:
    return web.Response(
        status=answer.status, text=go_json(answer.body), content_type="application/json", charset="utf-8"
    )


def caller(request: web.Request) -> Caller:
    scheme, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    return Caller(
        key=rest.strip() if scheme.lower() == "bearer" else scheme,
        language=request.headers.get("Accept-Language", ""),
        request_id=request[REQUEST_ID],
        path=request.path,
    )


def keyed(sandbox: Sandbox, handler: Handler) -> Handler:
    """The same route behind the API key."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        refusal = sandbox.gateway.bad_key(caller(request), Subject())
        return say_json(refusal) if refusal is not None else await handler(request)

    return guarded
