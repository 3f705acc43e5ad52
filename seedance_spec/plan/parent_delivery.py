"""How a parent's clip or frame reaches the gateway: the ways, and which one is taken. Pure: nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import assert_never

from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import Part, Request, ShotSource
from seedance_spec.plan.fuse import LINK_SECONDS

LINK_MARGIN = 3600
"""Seconds that a link must still live at the POST: the upstream fetches an input only when the task's turn has come."""


class Way(StrEnum):
    """`fresh-link`: the gateway's own link, asked anew right before the POST. `capability`: the run's own receiver
    lends the stored clip. `stored-frame` and `cut-frame` travel inline. `nothing`: there is no way.
    """

    FRESH_LINK = "fresh-link"
    CAPABILITY = "capability"
    STORED_FRAME = "stored-frame"
    CUT_FRAME = "cut-frame"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """How a run meets the world: whether the upstream can fetch from a receiver of its own, and the pace (the sandbox's
    speed; 1 for a real gateway).
    """

    lends: bool = False
    time_scale: float = 1.0


LENDS_NOTHING = Connected()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What this process can do: the bytes that are here (SHA-256), whether the upstream can fetch from it (`lends`) and
    whether it can cut a frame out of a clip (`cuts`, the media extra). `now` is Unix seconds; links live `time_scale`
    times shorter than in real life.
    """

    now: float
    here: frozenset[str] = frozenset()
    lends: bool = False
    cuts: bool = True
    time_scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentTake:
    """A parent's take, as far as its delivery goes. `awaited`: the run renders it or brings its clip, so that its links
    live and its bytes are here once it is wanted. `returns_frame`: the gateway was asked for its last frame.
    `finished_at` is Unix seconds, or the submit where that is all that is known. `spare` is another attempt at the same
    take whose clip is here, where the take's own is not: it is paid for, and only the author may choose it.
    """

    awaited: bool = False
    task_id: str | None = None
    clip: str | None = None
    last_frame: str | None = None
    finished_at: int | None = None
    returns_frame: bool = False
    spare: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The way that is taken for one input. `sha256` names the stored bytes that travel, None where they are not here
    yet; `until` is when the link dies, Unix seconds, None where it is not made yet. `why` there is no way, and what to
    do about it (`way_out`), only with `nothing`.
    """

    way: Way
    part: Part
    sha256: str | None = None
    until: float | None = None
    why: str = ""
    way_out: str = ""


def take_of(fact: AttemptFact) -> ParentTake:
    """A take that is on record, whatever became of it."""
    said, delivery = verdict(fact), fact.request.get("delivery")
    asked = delivery.get("return_last_frame") is True if isinstance(delivery, Mapping) else False
    return ParentTake(
        task_id=fact.task_id,
        clip=said.output,
        last_frame=said.last_frame,
        finished_at=fact.submitted_at if said.finished_at is None else said.finished_at,
        returns_frame=asked or said.last_frame is not None,
    )


def take_to_come(request: Request) -> ParentTake:
    """A take that the run is going to render."""
    return ParentTake(awaited=True, returns_frame=request.return_last_frame)


def delivery_of(source: ShotSource, take: ParentTake, reach: Reach) -> Delivery:
    """The best way that works: the gateway's own link for a clip while it lives, else lent from here; frames inline."""
    match source.part:
        case Part.VIDEO:
            return _clip(source, take, reach)
        case Part.LAST_FRAME if take.last_frame is not None and take.last_frame in reach.here:
            return Delivery(way=Way.STORED_FRAME, part=source.part, sha256=take.last_frame)
        case Part.LAST_FRAME if take.awaited and take.returns_frame:
            return Delivery(way=Way.STORED_FRAME, part=source.part)
        case Part.FIRST_FRAME | Part.LAST_FRAME:
            return _cut(source, take, reach)
        case _:
            assert_never(source.part)


def link_lives(take: ParentTake, reach: Reach) -> bool:
    """Whether the gateway's link to the take can still be handed on."""
    until = _until(take, reach)
    return until is not None and until - LINK_MARGIN / reach.time_scale > reach.now


def delivery_words(delivery: Delivery) -> str:
    """The way in words, for a line beside the input. No URL is in it."""
    part = _PARTS[delivery.part]
    match delivery.way:
        case Way.FRESH_LINK if delivery.until is not None:
            moment = datetime.fromtimestamp(delivery.until, UTC).strftime("%Y-%m-%d %H:%M UTC")
            return f"a link to its {part}, asked of the gateway right before the POST (lives until {moment})"
        case Way.FRESH_LINK:
            return f"a link to its {part}, asked of the gateway right before the POST"
        case Way.CAPABILITY:
            return f"its stored {part}, lent by this run's own receiver as long as the shot is in flight"
        case Way.STORED_FRAME:
            return f"its {part} as the gateway gave it, inline"
        case Way.CUT_FRAME:
            return f"its {part}, cut out of its stored clip, inline"
        case Way.NOTHING:
            return f"cannot be sent: {delivery.why}; {delivery.way_out}"
        case _:
            assert_never(delivery.way)


_PARTS = {Part.VIDEO: "clip", Part.FIRST_FRAME: "first frame", Part.LAST_FRAME: "last frame"}


def _clip(source: ShotSource, take: ParentTake, reach: Reach) -> Delivery:
    if take.awaited or link_lives(take, reach):
        return Delivery(way=Way.FRESH_LINK, part=source.part, sha256=take.clip, until=_until(take, reach))
    is_here = take.clip is not None and take.clip in reach.here
    if is_here and reach.lends:
        return Delivery(way=Way.CAPABILITY, part=source.part, sha256=take.clip)
    if is_here:
        way_out = "`--public-url URL` lets apply lend the stored clip; or write a URL of it in its place"
        return _nothing(source, f"{_no_link(take)}, and the gateway cannot fetch it from here", way_out)
    return _nothing(source, f"{_no_link(take)}, and its clip is not here", _bring_back(source, take))


def _cut(source: ShotSource, take: ParentTake, reach: Reach) -> Delivery:
    is_here = take.awaited or (take.clip is not None and take.clip in reach.here)
    if is_here and reach.cuts:
        return Delivery(way=Way.CUT_FRAME, part=source.part, sha256=take.clip)
    if source.part is Part.LAST_FRAME and take.returns_frame and link_lives(take, reach):
        return Delivery(way=Way.FRESH_LINK, part=source.part, until=_until(take, reach))
    if is_here:
        way_out = "pip install 'seedance-spec[media]', or write the path of the frame in its place"
        return _nothing(source, "a frame cannot be cut out of its clip without the media extra", way_out)
    return _nothing(source, "its clip is not here to cut the frame from", _bring_back(source, take))


def _until(take: ParentTake, reach: Reach) -> float | None:
    if take.task_id is None or take.finished_at is None:
        return None
    return take.finished_at + LINK_SECONDS / reach.time_scale


def _no_link(take: ParentTake) -> str:
    if take.task_id is None:
        return "the gateway's task of it is not known, so there is no link to its clip"
    return "the gateway's link to its clip is dead or about to die (links live for a day)"


def _bring_back(source: ShotSource, take: ParentTake) -> str:
    if take.spare is not None:
        return f"its spare is here: `pick: {take.spare}` in {source.shot} starts from that, and costs nothing"
    return f"put its clip back under renders/, buy it again (--retake {source.shot}), or write a URL in its place"


def _nothing(source: ShotSource, why: str, way_out: str) -> Delivery:
    return Delivery(way=Way.NOTHING, part=source.part, why=why, way_out=way_out)
