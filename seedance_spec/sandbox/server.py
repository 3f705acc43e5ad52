"""The sandbox's HTTP face: task routes, the headers of every reply, the 404. Decides nothing about tasks or money."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from seedance_spec.sandbox.account_routes import account_routes
from seedance_spec.sandbox.answers import Answer, no_such_route, no_such_task, request_id, shape_b
from seedance_spec.sandbox.control_routes import control_routes
from seedance_spec.sandbox.delivery import Delivery
from seedance_spec.sandbox.fault_effects import LoseReply, SayHtml
from seedance_spec.sandbox.gateway_life import openai_view, task_view
from seedance_spec.sandbox.gateway_service import Reply
from seedance_spec.sandbox.http_words import REQUEST_ID, Handler, caller, keyed, say_json
from seedance_spec.sandbox.object_store import addressed
from seedance_spec.sandbox.service import Sandbox
from seedance_spec.sandbox.wire import Json, JsonObject, go_json

VERSION = "v0.0.0-sandbox"


def make_app(sandbox: Sandbox) -> web.Application:
    """The application over a sandbox; whoever runs it starts and stops the sandbox."""
    app = web.Application(middlewares=[_unknown_routes(sandbox)], client_max_size=sandbox.limits.body_bytes)
    app.on_response_prepare.append(_headers)
    delivery = Delivery(sandbox)
    for routes in (
        _task_routes(sandbox, delivery),
        account_routes(sandbox),
        delivery.routes(),
        control_routes(sandbox),
    ):
        app.add_routes(routes)
    return app


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)
    if request.path.startswith(("/v1/", "/api/")):
        response.headers["X-Oneapi-Request-Id"] = request[REQUEST_ID]
        response.headers["X-New-Api-Version"] = VERSION
        response.headers["Access-Control-Allow-Origin"] = "*"


def _unknown_routes(sandbox: Sandbox) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = request_id(sandbox.clock.now(), sandbox.dice)
        sandbox.touch()
        try:
            return await handler(request)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            return say_json(no_such_route(request.method, request.path))

    return middleware


def _task_routes(sandbox: Sandbox, delivery: Delivery) -> list[web.RouteDef]:
    async def submit(request: web.Request) -> web.StreamResponse:
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            sandbox.state.count("posts")
            sandbox.state.count("refused")
            return say_json(shape_b(413, "read_request_body_failed", "request body too large"))
        body, why = _parsed(raw)
        return await _replied(request, sandbox.gateway.submit(caller(request), body, why))

    def look(view: Callable[[str], JsonObject | None]) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            task_id = request.match_info["task_id"]
            sandbox.state.count_get(task_id)
            seen = view(task_id)
            if seen is None:
                return say_json(no_such_task())
            return say_json(Answer(status=200, body=addressed(seen, sandbox.address)))

        return keyed(sandbox, handler)

    def task(task_id: str) -> JsonObject | None:
        row = sandbox.state.row(task_id)
        return None if row is None else {"code": "success", "message": "", "data": task_view(row)}

    def video(task_id: str) -> JsonObject | None:
        row = sandbox.state.row(task_id)
        return None if row is None else openai_view(row)

    return [
        web.post("/v1/video/generations", submit),
        web.post("/v1/videos", submit),
        web.get("/v1/video/generations/{task_id}", look(task), allow_head=False),
        web.get("/v1/videos/{task_id}", look(video), allow_head=False),
        web.get("/v1/videos/{task_id}/content", keyed(sandbox, delivery.content), allow_head=False),
    ]


def _parsed(raw: bytes) -> tuple[Json, str]:
    """The JSON value, and why it is none."""
    try:
        return json.loads(raw), ""
    except ValueError:
        return None, "invalid JSON request body"


async def _replied(request: web.Request, reply: Reply) -> web.StreamResponse:
    if reply.lost is not None:
        await _lose(request, reply.lost)
    if isinstance(reply.answer, SayHtml):
        title = reply.answer.title
        page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
        return web.Response(status=reply.answer.status, text=page, content_type="text/html")
    response = say_json(reply.answer)
    if reply.ratios is not None:
        response.headers["X-New-Api-Other-Ratios"] = go_json(dict(reply.ratios))
    return response


async def _lose(request: web.Request, lost: LoseReply) -> None:
    if lost.hold:
        # Nobody is answered any more: the client's patience or the end of the process ends the wait.
        await asyncio.Event().wait()
    if request.transport is not None:
        request.transport.abort()
