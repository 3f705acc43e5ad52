"""Who holds a POST: so that the dead are known as dead and a reused process id fools nobody. No file of ours."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path

_OWNER = re.compile(r"(?P<pid>[0-9]+)-(?P<start>[0-9A-Za-z]+)-(?P<boot>[0-9a-z]+)-(?P<space>[0-9]+)(?:-[0-9]+)?")
_PROC = Path("/proc")


class Sight(StrEnum):
    """What can be seen of an owner from here. `elsewhere`: it ran in another container on this machine."""

    ALIVE = "alive"
    DEAD = "dead"
    ELSEWHERE = "elsewhere"


def owner_of_this_process(*, turn: int = 0) -> str:
    """`pid-starttime-boot-namespace` of this process; with `-turn` for each further run that works in it at once: two
    runs of one process keep their hands off each other's attempts as those of two processes do.
    """
    pid = os.getpid()
    suffix = f"-{turn}" if turn else ""
    return f"{pid}-{_start_of(pid) or 0}-{_boot()}-{_pid_namespace()}{suffix}"


def is_alive(owner: str) -> bool:
    """Whether the owner is seen running. One that ran elsewhere is not seen: taking its claim over is safe all the
    same, for a mark on a released attempt fails (`Overtaken`) before a byte is sent.
    """
    return sight(owner) is Sight.ALIVE


def sight(owner: str) -> Sight:
    parts = _OWNER.fullmatch(owner)
    if parts is None or parts["boot"] != _boot():
        return Sight.DEAD
    if int(parts["space"]) != _pid_namespace():
        return Sight.ELSEWHERE
    return Sight.ALIVE if _start_of(int(parts["pid"])) == parts["start"] else Sight.DEAD


def _start_of(pid: int) -> str | None:
    """When a running process was started, in whatever unit the system has; None for one that does not run."""
    if not _PROC.joinpath("self", "stat").exists():
        return _start_by_ps(pid)
    try:
        fields = _PROC.joinpath(str(pid), "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    state, start = fields[0], fields[19]
    return None if state in {b"Z", b"X"} else start.decode("ascii")


def _start_by_ps(pid: int) -> str | None:
    """Where there is no /proc (macOS, BSD): the digits and letters of `ps -o lstart=`."""
    import subprocess

    told = subprocess.run(  # noqa: S603 - a fixed program, and digits for an argument
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False, env={"LC_ALL": "C"}
    )
    return "".join(filter(str.isalnum, told.stdout)) or None


def _boot() -> str:
    try:
        return _PROC.joinpath("sys/kernel/random/boot_id").read_text("ascii").strip().replace("-", "")[:12] or "0"
    except OSError:
        return "0"


def _pid_namespace() -> int:
    try:
        return _PROC.joinpath("self/ns/pid").stat().st_ino
    except OSError:
        return 0
