"""What a standing receiver can be asked, and how asking may fail, for those who follow it from afar. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from seedance_spec.webhook.feed_protocol import Answer, ClaimRequest, FeedPage, Said, SharedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """It cannot be reached or cannot answer for now. `retry_after` in seconds where it said so."""

    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwelcome:
    """It answers, and not to us: another key than ours, or no receiver at all. Asking again does not help."""

    reason: str


class Feed(Protocol):
    async def events(self, project: str, *, after: int, epoch: str | None, wait: float) -> FeedPage | Away | Unwelcome:
        """The events behind a cursor; `wait` is how many seconds the answer may wait for the first one.

        `project` is `attempt_id.project_prefix(…)`.
        """


class Claims(Protocol):
    """Each call may be repeated: the receiver takes it once."""

    async def claim(self, request: ClaimRequest) -> Answer | Away | Unwelcome:
        """Ask for the right to pay for a take. The project is the attempt id's own."""

    async def report(self, attempt_id: str, said: Said) -> SharedClaim | Away | Unwelcome | None:
        """Tell what became of a claimed POST; the claim as it stands now, None where the receiver has none."""

    async def claim_of(self, attempt_id: str) -> SharedClaim | Away | Unwelcome | None: ...
