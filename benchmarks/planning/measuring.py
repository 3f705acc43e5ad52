"""One run of one program, as the system saw it; and what many runs come to."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

_SCALE = """\
import os, sys
_, _, used = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(used.ru_maxrss, file=sys.stderr)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is run and where. `before` makes ready for each run, unmeasured."""

    words: Sequence[str]
    cwd: Path
    before: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Measured:
    """Wall and processor time in milliseconds, and the most memory in MiB, of every run so far."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    memory: float = 0.0
    printed: str = ""

    @property
    def usual(self) -> float:
        return median(self.wall)

    @property
    def work(self) -> float:
        """What it costs without waiting for others: the median of processor time."""
        return median(self.processor)

    def run(self, command: Command) -> None:
        """Raises CalledProcessError where the program fails: a failed run measures nothing."""
        command.before()
        begun = time.perf_counter()
        running = subprocess.Popen(  # noqa: S603 - the benchmark's own programs
            command.words, cwd=command.cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert running.stdout is not None
        self.printed = running.stdout.read()
        running.stdout.close()
        _, status, used = os.wait4(running.pid, 0)
        self.wall.append((time.perf_counter() - begun) * 1000)
        self.processor.append((used.ru_utime + used.ru_stime) * 1000)
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            raise subprocess.CalledProcessError(running.returncode, list(command.words))

    def weigh(self, command: Command) -> None:
        """The most memory of one more run. A small process starts it: a child's figure never falls below that of the
        process that it is forked from.
        """
        command.before()
        words = [sys.executable, "-S", "-c", _SCALE, *command.words]
        scale = subprocess.run(words, cwd=command.cwd, check=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603 - as above
        self.memory = int(scale.stderr.split()[-1]) / 1024


def in_turn(commands: dict[str, Command], rounds: int) -> dict[str, Measured]:
    """Every command once per round, so that whatever else the machine does meets them all alike."""
    found = {name: Measured() for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].run(command)
    for name, command in commands.items():
        found[name].weigh(command)
    return found
