"""The life of a task upstream: its clock, its states and the object it shows. Pure: no I/O may enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from random import Random
from typing import TypeAlias

from seedance_spec.sandbox.ark_rules import Order
from seedance_spec.sandbox.ark_tables import AUTO, DURATIONS, FPS, MODELS, SIZES, tokens
from seedance_spec.sandbox.wire import Json, JsonObject

Signer: TypeAlias = Callable[[str, float], str]
"""Gives the signed URL of a stored object: its name and when it was made (Unix seconds)."""

CHINA = timezone(timedelta(hours=8))
_RENDER_SECONDS, _RENDER_BASE = 75.0, 18.0
_FULL_WORK = 1280 * 720 * 121
INPUT_CHECK_SECONDS = 4.0


class WorkStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"


FINAL = (WorkStatus.SUCCEEDED, WorkStatus.FAILED, WorkStatus.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One task upstream as it is stored. Times are Unix seconds; `*_seconds` are nominal, before the speed.

    `doom` names the fault that ends it, `muted` means that no callback is sent for it.
    """

    upstream_id: str
    model: str
    prompt: str
    resolution: str
    ratio: str
    duration: int
    frames: int | None
    seed: int
    generate_audio: bool
    watermark: bool
    return_last_frame: bool
    execution_expires_after: int
    priority: int
    callback_url: str | None
    created_at: float
    updated_at: float
    queue_seconds: float
    slowness: float
    jitter: float
    doom: str | None = None
    muted: bool = False
    status: str = WorkStatus.QUEUED
    started_at: float | None = None
    total_tokens: int | None = None
    error_code: str | None = None
    error_message: str | None = None

    @property
    def final(self) -> bool:
        return self.status in FINAL

    @property
    def served(self) -> str:
        return MODELS[self.model].served

    @property
    def frame_count(self) -> int:
        return self.frames or FPS * self.duration + 1

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels; only once the ratio is settled."""
        return SIZES[self.resolution][self.ratio]

    @property
    def run_seconds(self) -> float:
        """Nominal rendering time: 98 s in all for 5 s of 720p, growing with pixels and frames."""
        width, height = self.size
        share = width * height * self.frame_count / _FULL_WORK
        return (_RENDER_BASE + _RENDER_SECONDS * share) * MODELS[self.model].pace * self.jitter * self.slowness


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What faults decided about a task when it was created."""

    doom: str | None = None
    slowness: float = 1.0
    muted: bool = False


def new_work(order: Order, *, now: float, dice: Random, fate: Fate) -> Work:
    """The task that an order becomes. `dice` gives the id, the seed where none was asked for, and the jitter."""
    seed = order.seed if order.seed is not None else dice.randrange(2**31)
    timing = Random(seed)  # noqa: S311 - the same seed takes the same time, which tests and people can rely on
    return Work(
        upstream_id=new_upstream_id(now, dice),
        model=order.model,
        prompt=order.prompt,
        resolution=order.resolution,
        ratio=order.ratio,
        duration=timing.choice(DURATIONS) if order.duration == AUTO else order.duration,
        frames=order.frames,
        seed=seed,
        generate_audio=order.generate_audio,
        watermark=order.watermark,
        return_last_frame=order.return_last_frame,
        execution_expires_after=order.execution_expires_after,
        priority=order.priority,
        callback_url=order.callback_url,
        created_at=now,
        updated_at=now,
        queue_seconds=timing.uniform(1.5, 4.5) * fate.slowness,
        slowness=fate.slowness,
        jitter=timing.uniform(0.9, 1.1),
        doom=fate.doom,
        muted=fate.muted,
    )


def new_upstream_id(now: float, dice: Random) -> str:
    """`cgt-YYYYMMDDhhmmss-xxxxx`, the time in UTC+8."""
    letters = "".join(dice.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=5))
    return f"cgt-{datetime.fromtimestamp(now, CHINA):%Y%m%d%H%M%S}-{letters}"


def request_note(now: float, dice: Random) -> str:
    """The tail of the upstream's error sentences: `Request id: 0217…`."""
    return f"Request id: 02{int(now * 1000):013d}{'0' * 20}ffff{dice.getrandbits(56):014x}"


def started(work: Work, *, now: float) -> Work:
    return replace(work, status=WorkStatus.RUNNING, started_at=now, updated_at=now)


def framed(work: Work, *, ratio: str) -> Work:
    """The task once its ratio is known (adaptive becomes a real one)."""
    return replace(work, ratio=ratio)


def succeeded(work: Work, *, now: float, input_seconds: int) -> Work:
    width, height = work.size
    used = tokens(
        width=width, height=height, frames=work.frame_count, seconds=work.duration, input_seconds=input_seconds
    )
    return replace(work, status=WorkStatus.SUCCEEDED, updated_at=now, total_tokens=used)


def failed(work: Work, *, now: float, code: str, message: str) -> Work:
    return replace(work, status=WorkStatus.FAILED, updated_at=now, error_code=code, error_message=message)


def expired(work: Work, *, now: float) -> Work:
    return replace(work, status=WorkStatus.EXPIRED, updated_at=now)


def task_object(work: Work, *, sign: Signer) -> JsonObject:
    """What GET upstream answers, and what a callback carries: the fields differ by status."""
    head: dict[str, Json] = {"id": work.upstream_id, "model": work.served, "status": work.status}
    times: dict[str, Json] = {"created_at": int(work.created_at), "updated_at": int(work.updated_at)}
    terms: dict[str, Json] = {"service_tier": "default", "execution_expires_after": work.execution_expires_after}
    manner: dict[str, Json] = {"generate_audio": work.generate_audio, "draft": False, "priority": work.priority}
    match WorkStatus(work.status):
        case WorkStatus.QUEUED | WorkStatus.RUNNING:
            return {**head, **times, **terms}
        case WorkStatus.FAILED:
            error: JsonObject = {"code": work.error_code, "message": work.error_message}
            return {**head, "error": error, **times, **terms, **manner}
        case WorkStatus.EXPIRED:
            return {**head, **times, **terms, **manner}
        case WorkStatus.SUCCEEDED:
            return {**head, **_result(work, sign), **times, **_picture(work), **terms, **manner}


def _result(work: Work, sign: Signer) -> JsonObject:
    content = {"video_url": sign(f"{work.upstream_id}.mp4", work.updated_at)}
    if work.return_last_frame:
        content["last_frame_url"] = sign(f"{work.upstream_id}.png", work.updated_at)
    usage = {"completion_tokens": work.total_tokens, "total_tokens": work.total_tokens}
    return {"content": content, "usage": usage}


def _picture(work: Work) -> JsonObject:
    length: JsonObject = {"frames": work.frames} if work.frames else {"duration": work.duration}
    return {
        "seed": work.seed,
        "resolution": work.resolution,
        "ratio": work.ratio,
        **length,
        "framespersecond": FPS,
    }
