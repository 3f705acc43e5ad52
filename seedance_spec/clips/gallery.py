"""Everything below renders/, as it was shown and as it lies there. Nothing is written here, and no link is followed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.folders import folder, open_plain, plain_file
from seedance_spec.clips.layout import RENDERS, last_frame_path, names_of, sidecar_path
from seedance_spec.clips.part import digest_of
from seedance_spec.clips.shown import record_at
from seedance_spec.clips.sidecar import Record, Shown
from seedance_spec.realm import Realm

_SANDBOX = "sandbox"
_DEEPEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """One clip's path under the project folder. `record` is what its sidecar says was shown, None where no sidecar of
    ours is beside it; `bytes` is its size with that of its last frame, 0 where it is not here.
    """

    path: str
    record: Record | None
    bytes: int
    is_here: bool


def gallery(root: Path, realm: Realm) -> Iterator[ShownFile]:
    """Every file of one realm below renders/ that is a clip, or has a sidecar, or is none of ours; sorted."""
    start = (RENDERS,) if realm is Realm.PAID else (RENDERS, _SANDBOX)
    yield from _within(root, start, realm)


def check_shown(root: Path, file: ShownFile, tick: Callable[[int], None]) -> bool:
    """Whether the clip and its last frame are still what was shown. Reads them all; `tick` hears of each piece."""
    if file.record is None:
        return False
    *folders, name = file.path.split("/")
    with suppress(OSError, StoreFault), folder(root, folders) as held:
        frame = file.record.last_frame
        wanted = [(name, file.record.clip), *([(last_frame_path(name), frame)] if frame is not None else [])]
        return all(_is(held, each, shown, tick) for each, shown in wanted)
    return False


def _is(held: int, name: str, shown: Shown, tick: Callable[[int], None]) -> bool:
    descriptor = open_plain(held, name, os.O_RDONLY)

    def read(offset: int, count: int) -> bytes:
        block = os.pread(descriptor, count, offset)
        tick(len(block))
        return block

    try:
        return digest_of(read) == shown.sha256
    finally:
        os.close(descriptor)


def _within(root: Path, names: tuple[str, ...], realm: Realm) -> Iterator[ShownFile]:
    folders: list[str] = []
    with suppress(OSError, StoreFault), folder(root, names) as held:
        with os.scandir(held) as entries:
            is_folder = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        files = [name for name in is_folder if not is_folder[name]]
        folders = sorted(name for name in is_folder if is_folder[name])
        yield from (_file(held, "/".join((*names, name)), name) for name in _clips_and_strangers(held, files))
    for name in folders:
        is_the_others = names == (RENDERS,) and name == _SANDBOX and realm is Realm.PAID
        if not is_the_others and len(names) < _DEEPEST:
            yield from _within(root, (*names, name), realm)


def _clips_and_strangers(held: int, files: list[str]) -> list[str]:
    """Names of clips, those of missing clips whose sidecars are here too, and files that are none of ours."""
    clips = {name for name in files if name.endswith(".mp4")}
    clips |= {clip for name in files if (clip := _clip_of(name)) and record_at(held, clip) is not None}
    ours = {other for clip in clips for other in (clip, sidecar_path(clip), last_frame_path(clip))}
    return sorted(clips | {name for name in files if name not in ours and name != ".gitignore"})


def _clip_of(name: str) -> str:
    """The clip that a sidecar is for; empty for what is no sidecar's name."""
    return f"{name.removesuffix('.json')}.mp4" if name.endswith(".json") else ""


def _file(held: int, path: str, name: str) -> ShownFile:
    is_clip = name.endswith(".mp4") and _could_be_ours(path)
    record = record_at(held, name) if is_clip else None
    seen = plain_file(held, name)
    size = seen.st_size if seen is not None else 0
    frame = plain_file(held, last_frame_path(name)) if record is not None and record.last_frame is not None else None
    return ShownFile(
        path=path, record=record, bytes=size + (frame.st_size if frame is not None else 0), is_here=seen is not None
    )


def _could_be_ours(path: str) -> bool:
    try:
        names_of(path)
    except ValueError:
        return False
    return True
