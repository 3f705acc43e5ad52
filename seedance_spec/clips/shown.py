"""What renders/ shows, judged by sidecars, sizes and times. Nothing is written here, and no link is followed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.folders import folder, open_plain, plain_file
from seedance_spec.clips.layout import names_of, sidecar_path
from seedance_spec.clips.part import digest_of
from seedance_spec.clips.sidecar import LONGEST_SIDECAR, Record, Shown, record_of


def published(root: Path, outputs: Iterable[str]) -> Mapping[str, str | None]:
    """What renders/ shows at each of `outputs`: the SHA-256 of the clip, None where none of ours is there.

    Size and time as the sidecar recorded them are trusted; a file of another time is read, one of another size is not
    the clip any more.
    """
    shown: dict[str, str | None] = dict.fromkeys(outputs)
    by_folder: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for output in shown:
        with suppress(StoreFault):
            folders, name = placed(output)
            by_folder.setdefault(folders, []).append((output, name))
    for folders, places in by_folder.items():
        with suppress(OSError, StoreFault), folder(root, folders) as held:
            for output, name in places:
                shown[output] = _shown_at(held, name)
    return shown


def placed(output: str) -> tuple[tuple[str, ...], str]:
    """The folders and the name of a clip's path. Raises StoreFault for a path that leads elsewhere."""
    try:
        *folders, name = names_of(output)
    except ValueError as error:
        raise StoreFault(str(error)) from error
    return tuple(folders), name


def record_at(held: int, name: str) -> Record | None:
    """What the sidecar of the clip `name` in the folder `held` records."""
    sidecar = sidecar_path(name)
    found = plain_file(held, sidecar)
    if found is None or found.st_size > LONGEST_SIDECAR:
        return None
    descriptor = open_plain(held, sidecar, os.O_RDONLY)
    try:
        return record_of(os.pread(descriptor, found.st_size + 1, 0))
    finally:
        os.close(descriptor)


def holds(held: int, name: str, shown: Shown) -> bool:
    """Whether the file is what was shown; one that was merely touched or copied is read to find out."""
    found = plain_file(held, name)
    if found is None or found.st_size != shown.bytes:
        return False
    if shown.looks_like(found):
        return True
    descriptor = open_plain(held, name, os.O_RDONLY)
    try:
        return digest_of(lambda offset, count: os.pread(descriptor, count, offset)) == shown.sha256
    finally:
        os.close(descriptor)


def _shown_at(held: int, name: str) -> str | None:
    with suppress(OSError, StoreFault):
        record = record_at(held, name)
        if record is not None and holds(held, name, record.clip):
            return record.clip.sha256
    return None
