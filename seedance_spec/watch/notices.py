"""What a watch says beside the events of its renderings: as values, as lines and as JSON. Pure: time is handed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, assert_never

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.event_document import EventDocument
from seedance_spec.plan.figures import exact_usd, moment, plural, usd
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.style import Ink, Style, printable

WATCH_FORMAT: Literal["seedance-spec/watch/1"] = "seedance-spec/watch/1"

_Format: TypeAlias = Literal["seedance-spec/watch/1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that concerns the whole watch, at this Unix time."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching(Notice):
    """It begins. `consent` is when a change is paid for; `cap_usd` what the session may spend, None for no cap."""

    profile: str | None
    sandbox: bool
    consent: str
    cap_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked(Notice):
    """A look is over: what is begun by it, and what is held back with why; money as it stands before that.

    `errors` and `warnings` are complaints about the specs. `usd` is what `begins` may come to.
    """

    begins: tuple[str, ...] = ()
    holds: Mapping[str, str] = field(default_factory=dict)
    errors: int = 0
    warnings: int = 0
    refused: str = ""
    usd: float = 0.0
    spent_usd: float = 0.0
    reserved_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded(Notice):
    """A shot's older version is paid for: it is kept as a take, and the newer one comes after it."""

    shot_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble(Notice):
    """Something went wrong that may pass: the next save tries again."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Notice):
    """The watch is over; `running` are shots that go on at the gateway, or in the `sandbox`, under the `profile`."""

    running: tuple[str, ...]
    sandbox: bool
    spent_usd: float
    exit_code: int
    profile: str | None = None


WatchNotice: TypeAlias = Watching | Looked | Superseded | Trouble | Left


class WatchingDocument(TypedDict):
    """The first line. `consent`: `save`, `key` or `commit`; `cap_usd` null where nothing caps the session."""

    format: _Format
    event: Literal["watching"]
    at: float
    profile: str | None
    sandbox: bool
    consent: str
    cap_usd: float | None


class HeldDocument(TypedDict):
    """A shot that is not rendered yet, and why."""

    shot: str
    why: str


class LookedDocument(TypedDict):
    """After each look at the specs: the shots that are begun and those held back. `usd` is what is begun at its upper
    end, `spent_usd` what the session has spent, `reserved_usd` what was under way before; `refused` null where the caps
    let it pass.
    """

    format: _Format
    event: Literal["looked"]
    at: float
    begins: list[str]
    holds: list[HeldDocument]
    errors: int
    warnings: int
    refused: str | None
    usd: float
    spent_usd: float
    reserved_usd: float


class SupersededDocument(TypedDict):
    """The older version of this shot is paid for and kept as a take; the newer one is rendered after it."""

    format: _Format
    event: Literal["superseded"]
    at: float
    shot: str


class TroubleDocument(TypedDict):
    """Something that may pass."""

    format: _Format
    event: Literal["trouble"]
    at: float
    message: str


class LeftDocument(TypedDict):
    """The last line. `running` goes on at the gateway: `collect` brings it home."""

    format: _Format
    event: Literal["left"]
    at: float
    running: list[str]
    spent_usd: float
    exit_code: int


WatchDocument: TypeAlias = (
    WatchingDocument | LookedDocument | SupersededDocument | TroubleDocument | LeftDocument | EventDocument
)


def notice_document(notice: WatchNotice) -> JsonObject:
    """What `watch --json` prints for this, on one line."""
    return json_object(_document(notice))


def watch_schema() -> JsonObject:
    return schema_of(WatchDocument, title="seedance-spec watch --json, one line")


def notice_line(notice: WatchNotice, style: Style) -> str:
    """The notice on one line, for logs; empty where there is nothing to say."""
    ink, symbol, words = _said(notice)
    return f"{style.paint(Ink.QUIET, moment(notice.at))} {style.paint(ink, symbol)} {words}" if words else ""


def _said(notice: WatchNotice) -> tuple[Ink, str, str]:
    match notice:
        case Watching():
            return Ink.FREE, "·", " · ".join(_beginning(notice))
        case Looked():
            return (Ink.WRONG if notice.errors or notice.refused else Ink.FREE), "·", "; ".join(_found(notice))
        case Superseded():
            words = f"{notice.shot_id}: the older version is paid for and is kept as a take; the newer one comes next"
            return Ink.CHANGED, "·", words
        case Trouble():
            return Ink.WRONG, "x", printable(notice.message)
        case Left():
            return Ink.FREE, "·", _farewell(notice)
        case _:
            assert_never(notice)


_CONSENTS = {"save": "a save renders", "key": "a key renders", "commit": "a commit renders"}


def _beginning(notice: Watching) -> Iterator[str]:
    yield "watching specs/"
    if notice.sandbox:
        yield "sandbox"
    if notice.profile:
        yield f"profile {printable(notice.profile)}"
    yield _CONSENTS[notice.consent]
    if notice.cap_usd is not None:
        yield f"at most {usd(notice.cap_usd)}"


def _found(notice: Looked) -> Iterator[str]:
    if notice.errors:
        yield f"{plural(notice.errors, 'error')}: what stands there waits until it is mended"
    if notice.begins:
        most = f", at most {exact_usd(notice.usd)}" if notice.usd else ""
        yield f"rendering {_named(notice.begins)}{most}"
    if notice.refused:
        yield f"refused: {notice.refused}"
    alike: dict[str, list[str]] = {}
    for shot_id, why in notice.holds.items():
        alike.setdefault(why, []).append(shot_id)
    yield from (f"{_named(shots)}: {why}" for why, shots in alike.items())
    if not (notice.errors or notice.begins or notice.holds or notice.refused):
        yield "nothing to render"


def _named(shots: Sequence[str]) -> str:
    return ", ".join(shots) if len(shots) <= 3 else f"{', '.join(shots[:2])} and {len(shots) - 2} more"


def _farewell(notice: Left) -> str:
    spent = f"; this session: {usd(notice.spent_usd)}" if notice.spent_usd else ""
    if not notice.running:
        return f"watch is over{spent}"
    verb = "goes" if len(notice.running) == 1 else "go"
    sandbox = " --sandbox" if notice.sandbox else ""
    profile = f" --profile {notice.profile}" if notice.profile else ""
    command = f"`seedance-spec collect{sandbox}{profile}`"
    return f"{_named(notice.running)} {verb} on at the gateway: {command} brings the clips{spent}"


def _document(notice: WatchNotice) -> WatchDocument:
    match notice:
        case Watching():
            return {
                "format": WATCH_FORMAT,
                "event": "watching",
                "at": notice.at,
                "profile": notice.profile,
                "sandbox": notice.sandbox,
                "consent": notice.consent,
                "cap_usd": notice.cap_usd,
            }
        case Looked():
            return _looked(notice)
        case Superseded():
            return {"format": WATCH_FORMAT, "event": "superseded", "at": notice.at, "shot": notice.shot_id}
        case Trouble():
            return {"format": WATCH_FORMAT, "event": "trouble", "at": notice.at, "message": notice.message}
        case Left():
            return {
                "format": WATCH_FORMAT,
                "event": "left",
                "at": notice.at,
                "running": list(notice.running),
                "spent_usd": round(notice.spent_usd, 4),
                "exit_code": notice.exit_code,
            }
        case _:
            assert_never(notice)


def _looked(notice: Looked) -> LookedDocument:
    return {
        "format": WATCH_FORMAT,
        "event": "looked",
        "at": notice.at,
        "begins": list(notice.begins),
        "holds": [{"shot": shot_id, "why": why} for shot_id, why in notice.holds.items()],
        "errors": notice.errors,
        "warnings": notice.warnings,
        "refused": notice.refused or None,
        "usd": round(notice.usd, 4),
        "spent_usd": round(notice.spent_usd, 4),
        "reserved_usd": round(notice.reserved_usd, 4),
    }
