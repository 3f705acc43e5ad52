"""How far one POST came, told once per mark and before the step that it names (D3). No HTTP library may enter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from seedance_spec.attempts.ports import Mark


class Marks:
    """Awaits the caller's `mark` at most once per mark.

    `failure` is what the caller's `mark` raised: then the step must not be taken, and the exception is the caller's
    own (a full disk, say), no fault of the network.
    """

    def __init__(self, mark: Callable[[Mark], Awaitable[None]]) -> None:
        self._mark = mark
        self._reached: set[Mark] = set()
        self.failure: BaseException | None = None

    @property
    def bytes_out(self) -> bool:
        return Mark.BYTES_OUT in self._reached

    async def reach(self, mark: Mark) -> None:
        if mark in self._reached:
            return
        try:
            await self._mark(mark)
        except BaseException as failure:
            self.failure = failure
            raise
        self._reached.add(mark)
