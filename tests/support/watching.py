"""A watch under the eyes of a test: the real process with its JSON lines, and a desk that is played by hand."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.support.moments import until
from tests.support.reel import Finished, Reel
from tests.support.whole import environment


class Watched:
    """A running `watch --json`: what it said so far, and how to wait until it says more."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self.said: list[str] = []
        self._readers = [threading.Thread(target=self._read_out), threading.Thread(target=self._read_err)]
        for each in self._readers:
            each.start()

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def _read_err(self) -> None:
        assert self.process.stderr is not None
        self.said += self.process.stderr

    def told(self, event: str, **fields: object) -> list[dict[str, Any]]:
        """The lines of this kind with these fields, so far."""
        return [
            line
            for line in list(self.lines)
            if line["event"] == event and all(line.get(name) == value for name, value in fields.items())
        ]

    def hear(self, event: str, *, times: int = 1, **fields: object) -> None:
        """Wait until it has told this so many times."""

        def heard() -> bool:
            assert self.process.poll() is None, "".join(self.said)
            return len(self.told(event, **fields)) >= times

        until(heard, f"{event} {fields} × {times} in {self.lines}")

    def after(self, act: Callable[[], object], event: str, **fields: object) -> dict[str, Any]:
        """Do this, and wait for one more line of this kind: that line."""
        before = len(self.told(event, **fields))
        act()
        self.hear(event, times=before + 1, **fields)
        return self.told(event, **fields)[before]

    def end(self) -> None:
        """Wait for its end, and let go of its streams."""
        self.process.wait(timeout=60)
        for each in self._readers:
            each.join(timeout=60)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def stop(self, number: signal.Signals = signal.SIGINT) -> Finished:
        self.process.send_signal(number)
        self.end()
        return Finished(self.process.returncode, "", "".join(self.said))


@contextmanager
def watching(reel: Reel, *words: str, speed: str = "400") -> Iterator[Watched]:
    """`watch --sandbox --json` of a reel, until the block is left."""
    watched = Watched(reel.start("watch", "--sandbox", "--json", "--speed", speed, *words))
    try:
        watched.hear("watching")
        yield watched
    finally:
        if watched.process.poll() is None:
            watched.process.kill()
        watched.end()


def saved_by_rename(path: Path, text: str) -> None:
    """Save as careful editors do: write beside it, then rename over it."""
    beside = path.with_name(f".{path.name}.swp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


class Terminal:
    """The program on a terminal of 24 × 80: what it was sent so far, and keys to press."""

    def __init__(self, reel: Reel, *words: str) -> None:
        self._controller, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (24, 80))
        self.process = subprocess.Popen(
            reel.command(*words),
            cwd=reel.root,
            env=environment({"TERM": "xterm", "NO_COLOR": "1", **reel.environment}),
            stdin=terminal,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
        )
        os.close(terminal)
        self._sent = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # Linux says EIO when the other side of a terminal is gone
            while block := os.read(self._controller, 65536):
                self._sent += block

    @property
    def sent(self) -> str:
        return self._sent.decode("utf-8", errors="replace")

    def see(self, words: str) -> None:
        """Wait until these words were sent."""
        until(lambda: words in self.sent, f"{words!r} on the screen: {self.sent[-2000:]!r}")

    def type(self, text: str) -> None:
        os.write(self._controller, text.encode())

    def end(self) -> int:
        """Wait for its end: the exit code."""
        code = self.process.wait(timeout=60)
        self._reader.join(timeout=60)
        os.close(self._controller)
        return code
