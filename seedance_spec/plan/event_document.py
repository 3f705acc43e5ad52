"""One event as one JSON line, versioned, with its schema. Pure: nothing that writes may enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, assert_never

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.events import (
    Downloading,
    Event,
    Rendered,
    ShotBlocked,
    ShotEvent,
    ShotFailed,
    ShotUnknown,
    Submitted,
    Submitting,
    Told,
    Waiting,
)
from seedance_spec.plan.json_schema import json_object, schema_of

EVENT_FORMAT: Literal["seedance-spec/event/1"] = "seedance-spec/event/1"

_Format: TypeAlias = Literal["seedance-spec/event/1"]


class _Shot(TypedDict):
    """`at` is Unix seconds."""

    format: _Format
    at: float
    shot: str
    take: int


class SubmittingDocument(_Shot):
    """A POST is about to be sent."""

    event: Literal["submitting"]


class SubmittedDocument(_Shot):
    """The gateway answered with a task id: it is paid for, unless it fails."""

    event: Literal["submitted"]
    task_id: str


class WaitingDocument(_Shot):
    """The gateway was asked: `status` in its words, `elapsed` seconds since the submit."""

    event: Literal["waiting"]
    status: str
    elapsed: float


class DownloadingDocument(_Shot):
    """Bytes of the clip that are here; `total` null where the server did not say."""

    event: Literal["downloading"]
    done: int
    total: int | None


class RenderedDocument(_Shot):
    """The clip is here. `path` under the project folder, empty for a take that renders/ does not show; `seconds` since
    the submit, 0 for a clip that came for free. `came` is how: fetched by its link, put back from the store, or shown
    under its shot's new name.
    """

    event: Literal["rendered"]
    path: str
    seconds: float
    tokens: int | None
    usd: float | None
    came: Literal["rendered", "fetched", "put back", "renamed"]


class FailedDocument(_Shot):
    """`code` is a stable class, `message` the gateway's words, `advice` what to do."""

    event: Literal["failed"]
    code: str
    message: str
    advice: str


class UnknownDocument(_Shot):
    """It may have been paid for, and is never sent again by itself."""

    event: Literal["unknown"]
    reason: str


class BlockedDocument(_Shot):
    """Nothing was sent: the clip that it starts from did not come. `parent` is that shot."""

    event: Literal["blocked"]
    parent: str
    reason: str


class ToldDocument(TypedDict):
    """A sentence for people, about one take or about the whole run."""

    format: _Format
    event: Literal["told"]
    at: float
    shot: str | None
    take: int | None
    message: str


class EndDocument(TypedDict):
    """How one take ended in this run; `code` and `message` say why it is not rendered, null where nothing is to say."""

    shot: str
    take: int
    end: str
    task_id: str | None
    code: str | None
    message: str | None


class FinishedDocument(TypedDict):
    """The last line. `exit_code` is the one that wins, `codes` are all that apply; `usd` is what this run's takes were
    billed, by the tool's prices.
    """

    format: _Format
    event: Literal["finished"]
    at: float
    exit_code: int
    codes: list[int]
    usd: float
    takes: list[EndDocument]


EventDocument: TypeAlias = (
    SubmittingDocument
    | SubmittedDocument
    | WaitingDocument
    | DownloadingDocument
    | RenderedDocument
    | FailedDocument
    | UnknownDocument
    | BlockedDocument
    | ToldDocument
    | FinishedDocument
)


def event_document(event: Event) -> JsonObject:
    """What `--json` prints for this event, one line each; `event_schema` describes it."""
    return json_object(_document(event))


def finished_document(
    *, at: float, exit_code: int, codes: Sequence[int], usd: float, takes: Sequence[EndDocument]
) -> JsonObject:
    """The line that closes every stream, also of a run that had nothing to do."""
    document: FinishedDocument = {
        "format": EVENT_FORMAT,
        "event": "finished",
        "at": at,
        "exit_code": exit_code,
        "codes": list(codes),
        "usd": round(usd, 4),
        "takes": list(takes),
    }
    return json_object(document)


def event_schema() -> JsonObject:
    return schema_of(EventDocument, title="seedance-spec apply --json, one line")


def _document(event: Event) -> EventDocument:
    match event:
        case Submitting():
            return {**_shot(event), "event": "submitting"}
        case Submitted():
            return {**_shot(event), "event": "submitted", "task_id": event.task_id}
        case Waiting():
            return {**_shot(event), "event": "waiting", "status": event.status, "elapsed": event.elapsed}
        case Downloading():
            return {**_shot(event), "event": "downloading", "done": event.done, "total": event.total}
        case Rendered():
            return _rendered(event)
        case ShotFailed():
            return _failed(event)
        case ShotUnknown():
            return {**_shot(event), "event": "unknown", "reason": event.reason}
        case ShotBlocked():
            return {**_shot(event), "event": "blocked", "parent": event.parent, "reason": event.reason}
        case Told():
            return _told(event)
        case _:
            assert_never(event)


def _shot(event: ShotEvent) -> _Shot:
    return {"format": EVENT_FORMAT, "at": event.at, "shot": event.shot_id, "take": event.take}


def _failed(event: ShotFailed) -> FailedDocument:
    return {
        **_shot(event),
        "event": "failed",
        "code": event.code,
        "message": event.message,
        "advice": event.advice,
    }


def _rendered(event: Rendered) -> RenderedDocument:
    return {
        **_shot(event),
        "event": "rendered",
        "path": event.path,
        "seconds": event.seconds,
        "tokens": event.tokens,
        "usd": event.usd,
        "came": event.came.value,
    }


def _told(event: Told) -> ToldDocument:
    return {
        "format": EVENT_FORMAT,
        "event": "told",
        "at": event.at,
        "shot": event.shot_id,
        "take": event.take,
        "message": event.message,
    }
