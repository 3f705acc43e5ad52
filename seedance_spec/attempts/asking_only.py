"""A gateway that can be asked and fetched from, and never paid: what `collect` is handed. No POST may enter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from seedance_spec.attempts.ports import Content, Gateway, Mark, Refused, Scope, SubmitOutcome, TaskAnswer
from seedance_spec.json_types import JsonObject

_NEVER = Refused(code="never-pays", message="this command never submits; apply does", status=0, scope=Scope.ALL)


class AskingOnly:
    """`ports.Gateway` whose `submit` reaches nobody: the last of the reasons why collecting cannot pay."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def submit(self, body: JsonObject, *, mark: Callable[[Mark], Awaitable[None]]) -> SubmitOutcome:
        del body, mark
        return _NEVER

    async def task(self, task_id: str) -> TaskAnswer:
        return await self._gateway.task(task_id)

    def content(self, task_id: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        return self._gateway.content(task_id, offset=offset)

    def link(self, url: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        return self._gateway.link(url, offset=offset)
