"""What an apply says while it runs, as values, as one line each and as JSON. Pure: whoever emits them has the clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, assert_never

from seedance_spec.plan.figures import clock, moment, size
from seedance_spec.plan.style import Ink, Style, printable


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotEvent:
    """Something happened to one take of one shot at this Unix time."""

    shot_id: str
    take: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitting(ShotEvent):
    """The POST is about to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted(ShotEvent):
    """The gateway took it: from here on it is paid for."""

    task_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(ShotEvent):
    """The gateway was asked. `status` in its words (`QUEUED`, `IN_PROGRESS`), `elapsed` seconds since the submit."""

    status: str
    elapsed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloading(ShotEvent):
    """Bytes of the clip that are here; `total` where the server said."""

    done: int
    total: int | None


class Came(StrEnum):
    """How a clip came to be here: rendered by the gateway, or for free: fetched by its link, put back from the store,
    or shown under its shot's new name.
    """

    RENDERED = "rendered"
    FETCHED = "fetched"
    PUT_BACK = "put back"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered(ShotEvent):
    """The clip is stored and, if chosen, published: `path` under the project folder, empty for a take not shown.

    `came` is how it came here. `seconds` since the submit, 0 for a clip that came for free; tokens and dollars where
    the gateway billed them.
    """

    path: str
    seconds: float
    tokens: int | None = None
    usd: float | None = None
    came: Came = Came.RENDERED


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotFailed(ShotEvent):
    """`code` is our stable class, `message` theirs, `advice` the API page's for it, empty where it has none."""

    code: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotUnknown(ShotEvent):
    """The bytes were out and no answer is known: it may have been paid for and is not sent again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotBlocked(ShotEvent):
    """It starts from `parent`, whose clip did not come: nothing was sent for it."""

    parent: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A sentence for the user, about one take or about the whole run."""

    message: str
    at: float
    shot_id: str | None = None
    take: int | None = None


TakeEvent: TypeAlias = (
    Submitting | Submitted | Waiting | Downloading | Rendered | ShotFailed | ShotUnknown | ShotBlocked
)
Event: TypeAlias = TakeEvent | Told


_STATUS_WORDS = {
    "NOT_START": "queued",
    "SUBMITTED": "queued",
    "QUEUED": "queued",
    "IN_PROGRESS": "rendering",
    "SUCCESS": "finished",
    "FAILURE": "failed",
}


def event_line(event: Event, style: Style) -> str:
    """One event on one line, for logs: time (UTC), symbol, shot, what happened."""
    time = style.paint(Ink.QUIET, moment(event.at))
    ink, symbol, words = _said(event)
    if event.shot_id is None:
        return f"{time} {style.paint(ink, symbol)} {words}"
    return f"{time} {style.paint(ink, symbol)} {style.paint(Ink.STRONG, take_name(event.shot_id, event.take))} {words}"


def take_name(shot_id: str, take: int | None) -> str:
    """The shot's id, with the take's number where it is not the first: `moon-walk take 2`."""
    return shot_id if take in {None, 1} else f"{shot_id} take {take}"


def _said(event: Event) -> tuple[Ink, str, str]:
    match event:
        case Submitting():
            return Ink.RUNNING, "…", "submitting"
        case Submitted():
            return Ink.RUNNING, "…", f"submitted {event.task_id}"
        case Waiting():
            return Ink.QUIET, "…", f"{status_words(event.status)} {clock(event.elapsed)}"
        case Downloading():
            return Ink.RUNNING, "…", f"downloading {transfer(event.done, event.total)}"
        case Rendered():
            return Ink.NEW, "✓", _rendered_words(event)
        case ShotFailed():
            return Ink.WRONG, "x", f"failed: {failure_words(event.code, event.message, event.advice)}"
        case ShotUnknown():
            return Ink.RISK, "?", f"unknown: {printable(event.reason)}; not sent again"
        case ShotBlocked():
            return Ink.RISK, "!", f"blocked: {printable(event.reason)}; nothing was sent"
        case Told():
            return Ink.FREE, "·", printable(event.message)
        case _:
            assert_never(event)


def _rendered_words(event: Rendered) -> str:
    after = f" in {clock(event.seconds)}" if event.seconds else ""
    where = f" → {event.path}" if event.path else f"; kept in the store, `pick: {event.take}` shows it"
    return f"{event.came.value}{after}{where}"


def failure_words(code: str, message: str, advice: str) -> str:
    """`moderation: what they said → what to do`."""
    said = f"{code}: {printable(message)}" if message else code
    return f"{said} → {printable(advice)}" if advice else said


def status_words(status: str) -> str:
    """The gateway's status in a person's word; one that nobody documented in its own, in lower case."""
    return _STATUS_WORDS.get(status.upper()) or printable(status).replace("_", " ").lower()


def transfer(done: int, total: int | None) -> str:
    return size(done) if total is None else f"{size(done)} of {size(total)}"
