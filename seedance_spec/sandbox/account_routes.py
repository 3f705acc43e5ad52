"""What a key may ask about itself: models, usage, billing log, balance. Changes nothing."""

from __future__ import annotations

from collections import deque

from aiohttp import web

from seedance_spec.sandbox.answers import (
    billing_usage,
    model_list,
    no_such_route,
    read_only_refusal,
    said,
    subscription,
    token_log,
    token_usage,
)
from seedance_spec.sandbox.faults import Subject
from seedance_spec.sandbox.http_words import Handler, caller, keyed, say_json
from seedance_spec.sandbox.service import Sandbox

LOG_CALLS, LOG_SECONDS = 20, 1200.0
"""The log's own rate limit: calls per nominal seconds."""


def account_routes(sandbox: Sandbox) -> list[web.RouteDef]:
    state = sandbox.state
    calls: deque[float] = deque()

    async def models(_request: web.Request) -> web.StreamResponse:
        return say_json(model_list())

    async def limits(_request: web.Request) -> web.StreamResponse:
        return say_json(subscription(balance=state.balance(), used=state.used()))

    async def spent(_request: web.Request) -> web.StreamResponse:
        return say_json(billing_usage(used=state.used()))

    async def usage(_request: web.Request) -> web.StreamResponse:
        return say_json(token_usage(balance=state.balance(), used=state.used()))

    async def log(request: web.Request) -> web.StreamResponse:
        now = sandbox.clock.now()
        while calls and calls[0] <= now - sandbox.pace.real(LOG_SECONDS):
            calls.popleft()
        if len(calls) >= LOG_CALLS:
            return web.Response(status=429)
        calls.append(now)
        return say_json(token_log(state.log(caller(request).digest)))

    async def no_log(request: web.Request) -> web.StreamResponse:
        return say_json(no_such_route(request.method, request.path))

    return [
        web.get("/v1/models", keyed(sandbox, models), allow_head=False),
        web.get("/v1/dashboard/billing/subscription", keyed(sandbox, limits), allow_head=False),
        web.get("/v1/dashboard/billing/usage", keyed(sandbox, spent), allow_head=False),
        web.get("/api/usage/token/", _reading(sandbox, usage), allow_head=False),
        web.get("/api/log/token", _reading(sandbox, log) if sandbox.billing_log else no_log, allow_head=False),
    ]


def _reading(sandbox: Sandbox, handler: Handler) -> Handler:
    """The lenient guard of read-only routes, with an error shape of its own."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = caller(request)
        if not who.key:
            return say_json(read_only_refusal(said("Token not provided", who.language)))
        if sandbox.gateway.bad_key(who, Subject()) is not None:
            return say_json(read_only_refusal(said("Invalid token", who.language)))
        return await handler(request)

    return guarded
