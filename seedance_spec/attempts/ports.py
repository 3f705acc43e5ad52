"""What the conductor is handed: clock, gateway, journal, as protocols, and the values they exchange. Pure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact


class Mark(StrEnum):
    """How far a POST came. Each is durable before the next step is taken (D3)."""

    CLAIMED = "claimed"
    CONNECTING = "connecting"
    BYTES_OUT = "bytes-out"
    ANSWERED = "answered"


class Scope(StrEnum):
    """What a refusal stops: one shot, every shot of that model, or every further submit."""

    SHOT = "shot"
    MODEL = "model"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverSent:
    """No byte of the request left this machine: retry freely."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The gateway or the upstream said no, nothing is charged.

    `code` is our stable class (`no-money`, `bad-key`, `gateway-account`, `model-refused`, `rate-limited`,
    `invalid-request`, `moderation`, `too-large`, `no-channel`, …), `message` theirs, redacted. `retry_after` in seconds
    where the answer gave one; `retry` tells whether the same request may be sent again by itself (429).
    """

    code: str
    message: str
    status: int
    scope: Scope = Scope.SHOT
    retry: bool = False
    retry_after: float | None = None
    upstream_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The gateway answered with a task id. `created_at` is its time, Unix seconds, where given."""

    task_id: str
    created_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Bytes were out and the outcome is not known: it may have been paid for. Never sent again by itself."""

    reason: str


SubmitOutcome: TypeAlias = NeverSent | Refused | Accepted | Unknown


class TaskState(StrEnum):
    """What the gateway's GET says, folded to what matters. `odd` is a status that nobody documented: wait on."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ODD = "odd"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task as GET shows it. Times are Unix seconds, `progress` 0 … 100, `result_url` only a real URL of a success."""

    task_id: str
    state: TaskState
    status: str
    progress: int | None = None
    fail_reason: str = ""
    result_url: str | None = None
    last_frame_url: str | None = None
    submit_time: int | None = None
    start_time: int | None = None
    finish_time: int | None = None
    upstream_id: str | None = None
    upstream_status: str | None = None
    upstream_updated_at: int | None = None
    error_class: str | None = None
    error_code: str | None = None
    model_served: str | None = None
    seed: int | None = None
    service_tier: str | None = None
    resolution: str | None = None
    ratio: str | None = None
    duration: int | None = None
    frames: int | None = None
    frames_per_second: int | None = None
    tokens: int | None = None
    quota: int | None = None
    execution_expires_after: int | None = None
    gateway_gave_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAbsent:
    """The gateway does not know this id (400 task_not_exist): a race, or a lost row. Never a reason to buy again."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLater:
    """GET failed for now: network, 5xx, 429, HTML. `retry_after` in seconds where given."""

    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRefused:
    """GET is refused with this key (401, 403): stop asking and say so."""

    reason: str


TaskAnswer: TypeAlias = TaskView | TaskAbsent | AskLater | AskRefused


class ContentFault(Exception):  # noqa: N818 - a fault in the glossary's sense, not an error of the program
    """The bytes cannot be had from here. `dead` tells that the link has expired for good; else try again later."""

    def __init__(self, reason: str, *, dead: bool = False, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.dead = dead
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """An open download. `length` is the total number of bytes of the whole clip, None when not said; `offset` is where
    `blocks` really starts (0 when a Range was not honoured).
    """

    blocks: AsyncIterator[bytes]
    length: int | None
    offset: int


class Gateway(Protocol):
    """The three calls of the API, as values. Only `gateway.client` speaks HTTP."""

    async def submit(self, body: JsonObject, *, mark: Callable[[Mark], Awaitable[None]]) -> SubmitOutcome:
        """POST once: no retries, no redirects. `mark` is awaited, and must be durable, before the step it names."""

    async def task(self, task_id: str) -> TaskAnswer: ...

    def content(self, task_id: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        """GET /v1/videos/{task_id}/content. Raises ContentFault."""

    def link(self, url: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        """GET an upstream link (result_url …): allowed hosts, no key, no redirects. Raises ContentFault."""


class Lending(Protocol):
    """A receiver of our own that hands stored clips to the upstream, each as long as a shot in flight needs it."""

    def lend(self, attempt_id: str, sha256: str) -> str:
        """The URL of a stored clip, for the attempt that starts from it: the same one every time."""

    def end(self, attempt_id: str) -> None:
        """The attempt needs nothing any more."""


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds."""

    async def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to pay for one take: (content hash, take) under an attempt id."""

    content_hash: str
    take: int
    attempt_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One attempt as the journal holds it: the fact as far as it is known, the mark its POST reached, whether its clip
    is stored, and why it was released (refused or never sent: then it is no fact and blocks nobody).
    """

    fact: AttemptFact
    mark: Mark
    released: str | None
    owner: str
    """Who holds the POST: `pid-starttime` of the process; a dead owner with the bytes out leaves `unknown`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poke:
    """One callback as it came: sequence number in the inbox, attempt id, when (Unix seconds) and what parsed of it.

    `body` is its bytes, whose links are secrets for a day.
    """

    seq: int
    attempt_id: str
    received_at: float
    upstream_id: str | None
    upstream_status: str | None
    body: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a feed was read: a sequence number that counts within an epoch of the receiver's file."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """A callback as a feed gives it; `seq` is the feed's own number of it, `at` Unix seconds."""

    seq: int
    attempt_id: str
    body: bytes = field(repr=False)
    at: float


class Journal(Protocol):
    """The machine-local truth of what is under way. Every call is durable when it returns."""

    def claim(self, fact: AttemptFact, *, owner: str, after: str | None = None) -> JournalRow | None:
        """Claim (fact.content_hash, fact.take) for a new attempt: None when it was free and is ours now, else the row
        that holds it. `after` names an attempt that may be passed over (failed or missing, on the user's word).
        """

    def adopt(self, fact: AttemptFact, *, owner: str, may_take: Callable[[str], bool]) -> JournalRow:
        """Take an attempt over, to see it through: its row as it then stands, with `owner` set to ours where the one
        before may be taken from (`may_take(old owner)`), else to the one that keeps it.

        An attempt that the journal does not know (the lockfile does) gets a row, marked answered, and the claim of its
        take unless another attempt holds that; a known one is folded with `fact`.
        """

    def mark(self, attempt_id: str, mark: Mark) -> None: ...

    def record(self, fact: AttemptFact) -> None:
        """Fold a fact into the attempt's row (facts only move forward)."""

    def release(self, attempt_id: str, *, reason: str, seen: Mark | None = None) -> None:
        """The POST was refused or never sent: the claim is free again and the attempt is no fact."""

    def rows(self) -> Sequence[JournalRow]: ...

    def row(self, attempt_id: str) -> JournalRow | None: ...

    def receive(self, attempt_id: str, body: bytes, *, at: float) -> int:
        """Put a callback into the inbox; its sequence number."""

    def pokes(self, *, after: int) -> Sequence[Poke]: ...

    def cursor(self, feed: str, project: str) -> Cursor | None:
        """How far this project's feed at that receiver was read; None where it never was."""

    def take_in(self, feed: str, project: str, callbacks: Sequence[Fed], *, since: Cursor | None, upto: Cursor) -> None:
        """Put what a feed gave into the inbox and move its cursor from `since` to `upto`, in one step.

        What the cursor is past already is in: a page may be taken in again, and by several processes.
        """

    def owe(self, attempt_id: str) -> None:
        """Remember that the shared receiver must be told what became of this attempt's POST."""

    def owed(self) -> Sequence[str]:
        """The attempts whose outcome the shared receiver is not known to have, oldest first."""

    def told(self, attempt_id: str) -> None:
        """The shared receiver has acknowledged the outcome."""
