"""What is seen of the gateway: its free routes are asked, each for a few seconds. No POST may enter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from seedance_spec.doctor.finding import Trouble
from seedance_spec.doctor.gateway import GatewaySight
from seedance_spec.gateway.account import AccountRoute
from seedance_spec.gateway.client import EasyRouter
from seedance_spec.secret import Secret

ANSWER_SECONDS = 5.0

T = TypeVar("T")


async def see_gateway(
    base_url: str, key: Secret, *, source: str, now: Callable[[], float], seconds: float = ANSWER_SECONDS
) -> GatewaySight | Trouble:
    """All routes at once. `now` gives Unix seconds; an answer that takes longer than `seconds` is none."""
    try:
        gateway = EasyRouter(base_url=base_url, key=key)
    except ValueError as error:
        return Trouble(str(error))
    async with gateway:
        asked_at = now()
        (no_task, answered_at), models, limit, spent, log = await asyncio.gather(
            _timed(within(seconds, gateway.account(AccountRoute.NO_TASK)), now),
            within(seconds, gateway.account(AccountRoute.MODELS)),
            within(seconds, gateway.account(AccountRoute.LIMIT)),
            within(seconds, gateway.account(AccountRoute.SPENT)),
            within(seconds, gateway.billing_log()),
        )
    return GatewaySight(
        url=base_url,
        source=source,
        asked_at=asked_at,
        answered_at=answered_at,
        no_task=no_task,
        models=models,
        limit=limit,
        spent=spent,
        log=log,
    )


async def _timed(answer: Awaitable[T], now: Callable[[], float]) -> tuple[T, float]:
    given = await answer
    return given, now()


async def within(seconds: float, answer: Awaitable[T]) -> T | Trouble:
    """The answer, or that it did not come in time."""
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except TimeoutError:
        return Trouble(f"no answer within {seconds:g} s")
