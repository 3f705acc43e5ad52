"""What the machine's sights mean: the program, the media extra, the disk. Pure: the sights are handed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from seedance_spec.doctor.finding import Check, Finding, Group
from seedance_spec.plan.figures import size

PROGRAM = Check(Group.MACHINE, "program")
MEDIA = Check(Group.MACHINE, "media")
DISK = Check(Group.MACHINE, "disk")

FULL_BYTES = 64_000_000
"""Less than this holds no clip: 15 s of 1080p are 20 to 50 MB."""

NARROW_BYTES = 2_000_000_000
SLOW_FSYNC_SECONDS = 0.5

_DISTANT = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "fuse.sshfs", "fuse.s3fs", "fuse.rclone"})
_FLEETING = frozenset({"tmpfs", "ramfs"})
_CONTAINED = frozenset({"overlay", "aufs"})
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramSight:
    """Versions as their makers write them."""

    version: str
    python: str
    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSight:
    """The versions of PyAV and Pillow; None where one is missing or cannot be loaded."""

    av: str | None
    pillow: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskSight:
    """The folder that keeps the store and the journal, and a trial of it: a file written, locked, fsynced, renamed.

    `folder` is how it is shown. `fault` is what the system refused on the way; `kind` is the file system's type where
    the system tells it.
    """

    folder: str
    free: int | None = None
    kind: str | None = None
    fsync_seconds: float | None = None
    fault: str = ""


def program_finding(seen: ProgramSight) -> Finding:
    return PROGRAM.ok(f"seedance-spec {seen.version} · Python {seen.python} · {seen.system}")


def media_finding(seen: MediaSight, *, sandbox: bool) -> Finding:
    """Without the extra a paid render still works; what is lost is the sandbox's clips, and the look into clips."""
    missing = [name for name, version in (("PyAV", seen.av), ("Pillow", seen.pillow)) if version is None]
    if not missing:
        return MEDIA.ok(f"PyAV {seen.av}, Pillow {seen.pillow}: clips are drawn and looked into")
    way_out = "pip install 'seedance-spec[media]'"
    lacking = f"{' and '.join(missing)} cannot be loaded"
    if sandbox:
        return MEDIA.fail(f"{lacking}: the sandbox cannot draw clips", way_out)
    return MEDIA.warn(f"{lacking}: no sandbox, and clips are checked by their boxes alone", way_out)


def disk_finding(seen: DiskSight) -> Finding:
    if seen.fault:
        return DISK.fail(
            f"{seen.folder} cannot keep what is paid for: {seen.fault}", "nothing can be rendered until this is mended"
        )
    said = " · ".join(_told(seen))
    if seen.free is not None and seen.free < FULL_BYTES:
        return DISK.fail(said, "make room: no clip fits")
    if seen.kind in _FLEETING:
        return DISK.warn(said, "it lives in memory: a restart loses paid clips; keep the project on a disk")
    if seen.kind in _DISTANT:
        return DISK.warn(said, "locks and fsync may not hold over a network: keep the project on a local disk")
    if seen.free is not None and seen.free < NARROW_BYTES:
        return DISK.warn(said, "make room: this holds a few dozen clips")
    if seen.fsync_seconds is not None and seen.fsync_seconds > SLOW_FSYNC_SECONDS:
        return DISK.warn(said, "every submit waits for several of these: something else keeps this disk busy")
    return DISK.ok(said)


def _told(seen: DiskSight) -> Iterator[str]:
    room = "" if seen.free is None else f"{_room(seen.free)} free"
    kind = "" if seen.kind is None else f"on {seen.kind}"
    if room or kind:
        yield " ".join(filter(None, (room, kind)))
    if seen.kind in _CONTAINED:
        yield "it lives as long as its container"
    if seen.fsync_seconds is not None:
        yield f"a write is durable in {_milliseconds(seen.fsync_seconds)}"


def _room(free: int) -> str:
    return size(free) if free < 1_000_000_000 else f"{free / 1_000_000_000:.0f} GB"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.001 else "less than 1 ms"


def file_system_of(mounts: str, path: str) -> str | None:
    """The type of the file system that holds an absolute path, by the text of /proc/self/mountinfo; None for no such.

    Of several mounts on one place the last one is seen.
    """
    found: tuple[int, str] | None = None
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if not separator or len(fields) < 5 or not kinds:
            continue
        place = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), fields[4])
        inside = path == place or path.startswith(place.rstrip("/") + "/")
        if inside and (found is None or len(place) >= found[0]):
            found = (len(place), kinds[0])
    return None if found is None else found[1]
