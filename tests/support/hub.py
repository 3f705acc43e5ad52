"""A standing receiver as clients meet it, on a virtual clock: real records behind a network that fails on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.webhook.feed_protocol import Answer, ClaimRequest, FeedPage, Said, SharedClaim
from seedance_spec.webhook.receiver_port import Away, Unwelcome
from tests.support.virtual import VirtualClock

T = TypeVar("T")

_BETWEEN_LOOKS = 0.5


@dataclass(slots=True)
class Hub:
    """A standing receiver: `ReceiverFile` as `Claims` and `Feed` of a client on a virtual clock.

    `away` tells whether it cannot be reached now; `lost` is how many answers (not questions) are lost on their way,
    by the name of the call; `stranger`: it knows none of our keys; one that is not `patient` answers at once, though
    it was asked to wait. A question and an answer are so many seconds `on_the_way`, a `slow` answer
    (by the name of the call) longer; `garbles` what it says to claims. `questions` are the calls that were made,
    `asked` those that came.
    """

    clock: VirtualClock
    file: ReceiverFile
    away: Callable[[], bool] = lambda: False
    lost: dict[str, int] = field(default_factory=dict)
    stranger: bool = False
    patient: bool = True
    on_the_way: float = 0.05
    slow: dict[str, float] = field(default_factory=dict)
    garbles: Callable[[Answer], Answer] = lambda answer: answer
    questions: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def claim(self, request: ClaimRequest) -> Answer | Away | Unwelcome:
        told = await self._answered("claim", lambda: self.file.claim(request, at=self.clock.now()))
        return self.garbles(told) if isinstance(told, Answer) else told

    async def report(self, attempt_id: str, said: Said) -> SharedClaim | Away | Unwelcome | None:
        return await self._answered("report", lambda: self.file.report(attempt_id, said, at=self.clock.now()))

    async def claim_of(self, attempt_id: str) -> SharedClaim | Away | Unwelcome | None:
        return await self._answered("claim_of", lambda: self.file.claim_of(attempt_id))

    async def events(self, project: str, *, after: int, epoch: str | None, wait: float) -> FeedPage | Away | Unwelcome:
        until = self.clock.now() + wait
        while True:
            page = await self._answered("events", lambda: self.file.events(project, after=after, epoch=epoch))
            is_over = self.clock.now() >= until or not self.patient
            if not isinstance(page, FeedPage) or page.events or is_over:
                return page
            await self.clock.sleep(_BETWEEN_LOOKS)

    async def _answered(self, call: str, work: Callable[[], T]) -> T | Away | Unwelcome:
        self.questions.append(call)
        await self.clock.sleep(self.on_the_way)
        if self.away():
            return Away(reason="no answer (ConnectError)")
        if self.stranger:
            return Unwelcome(reason="it does not know this project's callback key")
        self.asked.append(call)
        answer = work()
        await self.clock.sleep(self.on_the_way + self.slow.get(call, 0.0))
        if self.lost.get(call, 0):
            self.lost[call] -= 1
            return Away(reason="no answer (ReadError)")
        return answer
