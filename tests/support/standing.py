"""A standing receiver at work on real HTTP over its real file, and what its owners ask it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import aiohttp

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.inbox import Delivery
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.webhook.bell import MOST_WAITERS, Bell
from seedance_spec.webhook.capability import callback_path, owner_token
from seedance_spec.webhook.feed_protocol import (
    Answer,
    ClaimRequest,
    FeedPage,
    Outcome,
    Said,
    SharedClaim,
    answer_json,
    claim_json,
    page_json,
    request_json,
    said_json,
)
from seedance_spec.webhook.serving import serving
from seedance_spec.webhook.standing import StandingReceiver
from seedance_spec.webhook.standing_place import RECORDS_FILE
from tests.support.attempts import NOW, PROJECT, an_attempt_id
from tests.support.facts import a_hash
from tests.support.receiving import ARK, KEY, KEY_BEFORE

OURS, THEIRS, A_THIRD = PROJECT, "cd" * 16, "ef" * 16
"""Project ids."""

_Result = TypeVar("_Result")


def token_of(project_id: str = OURS, *, key: bytes = KEY) -> str:
    return owner_token(project_prefix(project_id), key)


def a_wish(nth: int = 1, *, shot: str = "moon-walk", take: int = 1, after: int = 0, **minted: Any) -> ClaimRequest:
    """The n-th attempt's request for a take of a shot; `after` is another attempt's number, 0 for none."""

    def named(number: int) -> str:
        return an_attempt_id(number, content_hash=a_hash(shot), take=take, **minted)

    return ClaimRequest(
        attempt_id=named(nth), content_hash=a_hash(shot), take=take, after=named(after) if after else None
    )


def a_shared_claim(wish: ClaimRequest, **overrides: Any) -> SharedClaim:
    fields: dict[str, Any] = {
        "attempt_id": wish.attempt_id,
        "content_hash": wish.content_hash,
        "take": wish.take,
        "claimed_at": NOW,
        "outcome": Outcome.OPEN,
    }
    return SharedClaim(**{**fields, **overrides})


def granted(wish: ClaimRequest, **overrides: Any) -> Answer:
    return Answer(granted=True, claim=a_shared_claim(wish, **overrides))


def held(wish: ClaimRequest, **overrides: Any) -> Answer:
    """The answer to somebody else, while this wish's attempt has the claim."""
    return Answer(granted=False, claim=a_shared_claim(wish, **overrides))


SUBMITTED = Said(outcome=Outcome.SUBMITTED, task_id="task_1")


@dataclass(slots=True)
class Records:
    """The real file; every call is noted, and the disk can be held up or broken."""

    file: ReceiverFile
    calls: list[str] = field(default_factory=list)
    open: Event = field(default_factory=Event)
    broken: bool = False

    def receive_all(self, batch: Sequence[Delivery]) -> Sequence[int]:
        return self._asked("receive", partial(self.file.receive_all, batch))

    def events(self, project: str, *, after: int, epoch: str | None) -> FeedPage:
        return self._asked("events", partial(self.file.events, project, after=after, epoch=epoch))

    def claim(self, request: ClaimRequest, *, at: float) -> Answer:
        return self._asked("claim", partial(self.file.claim, request, at=at))

    def report(self, attempt_id: str, said: Said, *, at: float) -> SharedClaim | None:
        return self._asked("report", partial(self.file.report, attempt_id, said, at=at))

    def claim_of(self, attempt_id: str) -> SharedClaim | None:
        return self._asked("claim of", partial(self.file.claim_of, attempt_id))

    def _asked(self, name: str, call: Callable[[], _Result]) -> _Result:
        self.calls.append(name)
        assert self.open.wait(10)
        if self.broken:
            raise JournalFault("the disk is full")
        return call()


@dataclass(slots=True)
class Stand:
    """A standing receiver at work. What it answers comes as (status, JSON); None for an empty body."""

    url: str
    records: Records
    client: aiohttp.ClientSession
    bell: Bell
    path: Path
    heard: list[str] = field(default_factory=list)
    now: float = NOW

    async def call_back(self, nth: int = 1, body: bytes = ARK, **minted: Any) -> int:
        path = callback_path(an_attempt_id(nth, **minted), KEY)
        async with self.client.post(self.url + path, data=body) as answer:
            return answer.status

    async def feed(self, query: str = "", *, token: str | None = None) -> tuple[int, Any]:
        return await self.ask("GET", f"/v1/events{query}", token=token)

    async def claim(self, wish: ClaimRequest, *, token: str | None = None) -> tuple[int, Any]:
        return await self.ask("POST", "/v1/claims", request_json(wish), token=token)

    async def report(self, wish: ClaimRequest, said: Said, *, token: str | None = None) -> tuple[int, Any]:
        return await self.ask("POST", f"/v1/claims/{wish.attempt_id}/outcome", said_json(said), token=token)

    async def claim_of(self, wish: ClaimRequest, *, token: str | None = None) -> tuple[int, Any]:
        return await self.ask("GET", f"/v1/claims/{wish.attempt_id}", token=token)

    async def ask(self, method: str, path: str, body: object = b"", *, token: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token_of() if token is None else token}"}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.client.request(method, self.url + path, data=data, headers=headers) as answer:
            said = await answer.read()
            return answer.status, json.loads(said) if said else None


def shown(value: Answer | SharedClaim | FeedPage) -> Any:
    """The value as its JSON reads."""
    match value:
        case Answer():
            return answer_json(value)
        case SharedClaim():
            return claim_json(value)
        case FeedPage():
            return page_json(value)


@asynccontextmanager
async def a_stand(
    folder: Path,
    *,
    most_waiters: int = MOST_WAITERS,
    commit_seconds: float = 5.0,
    look_seconds: float = 5.0,
    longest_wait: float = 30.0,
    max_bytes: int = 1 << 30,
) -> AsyncIterator[Stand]:
    path = folder / RECORDS_FILE
    with closing(ReceiverFile(path, max_bytes=max_bytes)) as file:
        records = Records(file=file)
        records.open.set()
        async with aiohttp.ClientSession() as client:
            bell = Bell(most=most_waiters)
            stand = Stand(url="", records=records, client=client, bell=bell, path=path)
            receiver = StandingReceiver(
                records,
                keys=[KEY, KEY_BEFORE],
                now=lambda: stand.now,
                heard=stand.heard.append,
                bell=bell,
                commit_seconds=commit_seconds,
                look_seconds=look_seconds,
                longest_wait=longest_wait,
            )
            async with serving(receiver, "127.0.0.1", 0) as stand.url:
                yield stand
