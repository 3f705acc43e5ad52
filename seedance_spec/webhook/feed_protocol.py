"""The words that a standing receiver and its projects exchange: claims, events, pages, as values and as JSON. Pure."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias, TypeVar, assert_never

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from seedance_spec.json_types import Json, JsonObject

VERSION = 1
LONGEST_WAIT = 30.0
"""Seconds that a feed request may wait for an event."""

MOST_EVENTS = 100
MOST_PAGE_BYTES = 1 << 20
"""What one page holds at the most: events, and bytes of callback bodies (one event is always given)."""


class Outcome(StrEnum):
    """What is known at the receiver of a claimed POST. `refused` and `never-sent` free the claim."""

    OPEN = "open"
    UNKNOWN = "unknown"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    NEVER_SENT = "never-sent"


FREED = frozenset({Outcome.REFUSED, Outcome.NEVER_SENT})


class ProtocolFault(Exception):  # noqa: N818 - a fault in the glossary's sense, not an error of the program
    """The other side said something that is not of this protocol. The message repeats nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """The wish to pay for (content hash, take) under an attempt id; `after` names a holder that may be passed over."""

    attempt_id: str
    content_hash: str
    take: int
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedClaim:
    """A claim as the receiver holds it. `claimed_at` is Unix seconds; `called_back`: a callback of the attempt came."""

    attempt_id: str
    content_hash: str
    take: int
    claimed_at: float
    outcome: Outcome
    task_id: str | None = None
    called_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`granted`: the claim is the asker's own; else it is the holder's."""

    granted: bool
    claim: SharedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What became of a claimed POST, as its submitter reports it."""

    outcome: Outcome
    task_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackEvent:
    """A callback as it came. `at` is Unix seconds; `body` holds links that are secrets for a day."""

    seq: int
    attempt_id: str
    at: float
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEvent:
    """A submitter reported an outcome."""

    seq: int
    attempt_id: str
    at: float
    outcome: Outcome
    task_id: str | None = None


FeedEvent: TypeAlias = CallbackEvent | ClaimEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """Events in the order of their sequence numbers; `next` is the cursor to go on from, valid within `epoch`."""

    epoch: str
    next: int
    events: tuple[FeedEvent, ...] = ()


# ── as JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def request_json(request: ClaimRequest) -> JsonObject:
    return {
        "attempt": request.attempt_id,
        "content_hash": request.content_hash,
        "take": request.take,
        "after": request.after,
    }


def claim_json(claim: SharedClaim) -> JsonObject:
    return {
        "attempt": claim.attempt_id,
        "content_hash": claim.content_hash,
        "take": claim.take,
        "claimed_at": claim.claimed_at,
        "outcome": claim.outcome.value,
        "task_id": claim.task_id,
        "called_back": claim.called_back,
    }


def answer_json(answer: Answer) -> JsonObject:
    return {"granted": answer.granted, "claim": claim_json(answer.claim)}


def said_json(said: Said) -> JsonObject:
    return {"outcome": said.outcome.value, "task_id": said.task_id}


def page_json(page: FeedPage) -> JsonObject:
    return {"version": VERSION, "epoch": page.epoch, "next": page.next, "events": [_event_json(e) for e in page.events]}


def _event_json(event: FeedEvent) -> Json:
    match event:
        case CallbackEvent():
            kind: JsonObject = {"kind": "callback", "body": b64encode(event.body).decode("ascii")}
        case ClaimEvent():
            kind = {"kind": "claim", "outcome": event.outcome.value, "task_id": event.task_id}
        case _:
            assert_never(event)
    return {"seq": event.seq, "attempt": event.attempt_id, "at": event.at, **kind}


# ── from JSON: what does not fit raises ProtocolFault ───────────────────────────────────────────────────────────────

_AttemptId = Annotated[str, Field(pattern=r"^[a-z2-7]{16,64}$")]
_Hash = Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{1,200}$")]
_Take = Annotated[int, Field(strict=True, ge=1, le=0xFFFF)]
_TaskId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$")]
_Seq = Annotated[int, Field(strict=True, ge=0)]
_Time = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Spoken(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


_Model = TypeVar("_Model", bound=_Spoken)


class _Request(_Spoken):
    attempt: _AttemptId
    content_hash: _Hash
    take: _Take
    after: _AttemptId | None = None


class _Claim(_Spoken):
    attempt: _AttemptId
    content_hash: _Hash
    take: _Take
    claimed_at: _Time
    outcome: Outcome
    task_id: _TaskId | None = None
    called_back: bool = False


class _Answer(_Spoken):
    granted: bool
    claim: _Claim


class _Said(_Spoken):
    outcome: Outcome
    task_id: _TaskId | None = None


class _Callback(_Spoken):
    kind: Literal["callback"]
    seq: _Seq
    attempt: _AttemptId
    at: _Time
    body: str


class _ClaimNews(_Spoken):
    kind: Literal["claim"]
    seq: _Seq
    attempt: _AttemptId
    at: _Time
    outcome: Outcome
    task_id: _TaskId | None = None


class _Page(_Spoken):
    version: Literal[1]
    epoch: Annotated[str, Field(pattern=r"^[0-9a-f]{1,64}$")]
    next: _Seq
    events: Sequence[Mapping[str, object]] = ()


_EVENT: TypeAdapter[_Callback | _ClaimNews] = TypeAdapter(
    Annotated[_Callback | _ClaimNews, Field(discriminator="kind")]
)
_KINDS = frozenset({"callback", "claim"})


def read_request(text: bytes) -> ClaimRequest:
    said = _read(_Request, text)
    return ClaimRequest(attempt_id=said.attempt, content_hash=said.content_hash, take=said.take, after=said.after)


def read_claim(text: bytes) -> SharedClaim:
    return _claim(_read(_Claim, text))


def read_answer(text: bytes) -> Answer:
    said = _read(_Answer, text)
    return Answer(granted=said.granted, claim=_claim(said.claim))


def read_said(text: bytes) -> Said:
    """An outcome to be reported. `submitted` names its task; `open` is nothing to report."""
    said = _read(_Said, text)
    if said.outcome is Outcome.OPEN or (said.outcome is Outcome.SUBMITTED) != (said.task_id is not None):
        raise ProtocolFault("an outcome is submitted with a task_id, or unknown, refused or never-sent without one")
    return Said(outcome=said.outcome, task_id=said.task_id)


def read_page(text: bytes) -> FeedPage:
    """A page; events of a kind that is not known here are passed over."""
    page = _read(_Page, text)
    known = [each for each in page.events if each.get("kind") in _KINDS]
    try:
        events = tuple(_event(_EVENT.validate_python(each)) for each in known)
    except ValidationError as error:
        raise ProtocolFault(_where(error)) from None
    return FeedPage(epoch=page.epoch, next=page.next, events=events)


def _event(said: _Callback | _ClaimNews) -> FeedEvent:
    match said:
        case _Callback():
            try:
                body = b64decode(said.body, validate=True)
            except ValueError:
                raise ProtocolFault("events.body is not base64") from None
            return CallbackEvent(seq=said.seq, attempt_id=said.attempt, at=said.at, body=body)
        case _ClaimNews():
            return ClaimEvent(
                seq=said.seq, attempt_id=said.attempt, at=said.at, outcome=said.outcome, task_id=said.task_id
            )


def _claim(said: _Claim) -> SharedClaim:
    return SharedClaim(
        attempt_id=said.attempt,
        content_hash=said.content_hash,
        take=said.take,
        claimed_at=said.claimed_at,
        outcome=said.outcome,
        task_id=said.task_id,
        called_back=said.called_back,
    )


def _read(model: type[_Model], text: bytes) -> _Model:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise ProtocolFault(_where(error)) from None


def _where(error: ValidationError) -> str:
    """Which field is wrong and how, without repeating its value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field_name = ".".join(str(part) for part in first["loc"]) or "the body"
    return f"{field_name}: {first['type']}"
