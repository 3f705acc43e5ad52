"""The JSON beside a shown clip: what it says of the shot, and which bytes it stands for. Values and text only."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from seedance_spec.json_types import Json, JsonObject

_RECORD = "shown"
LONGEST_SIDECAR = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One shown file as it was when it was written: a later change of size or time means that it may be another."""

    sha256: str
    bytes: int
    mtime_ns: int

    def looks_like(self, found: os.stat_result) -> bool:
        return (self.bytes, self.mtime_ns) == (found.st_size, found.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a sidecar says was shown: the clip, and the last frame where the shot has one."""

    clip: Shown
    last_frame: Shown | None = None


def sidecar_text(said: JsonObject, record: Record) -> str:
    """`said` in its own order, then the record under `shown`."""
    shown = {"clip": _as_json(record.clip)}
    if record.last_frame is not None:
        shown["last_frame"] = _as_json(record.last_frame)
    return json.dumps({**said, _RECORD: shown}, ensure_ascii=False, indent=2, default=_plain) + "\n"


def record_of(text: bytes) -> Record | None:
    """The record of a sidecar, None where the text is not one of ours."""
    try:
        shown = json.loads(text)[_RECORD]
        frame = shown.get("last_frame")
        return Record(clip=_shown(shown["clip"]), last_frame=None if frame is None else _shown(frame))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _plain(value: Json) -> Json:
    """Frozen mappings and sequences as the ones that the json module knows."""
    return dict(value) if isinstance(value, Mapping) else list(cast("Sequence[Json]", value))


def _as_json(shown: Shown) -> dict[str, str | int]:
    return {"sha256": shown.sha256, "bytes": shown.bytes, "mtime_ns": shown.mtime_ns}


def _shown(said: dict[str, object]) -> Shown:
    digest, size, mtime = said["sha256"], said["bytes"], said["mtime_ns"]
    if not (isinstance(digest, str) and isinstance(size, int) and isinstance(mtime, int)):
        raise TypeError("a shown file has a digest, a size and a time")
    return Shown(sha256=digest, bytes=size, mtime_ns=mtime)
