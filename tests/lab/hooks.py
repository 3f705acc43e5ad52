"""Faults at the program's own calls, without a program beyond pip: each call is counted where Python makes it. Coarser
than faults.c, which also sees what SQLite does below a commit.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

VARIABLE = "LAB_HOOK"

DISK = (
    "write",
    "pwrite",
    "fsync",
    "ftruncate",
    "posix_fallocate",
    "copy_file_range",
    "rename",
    "replace",
    "link",
    "unlink",
    "mkdir",
    "open",
)
"""Names in `os`; they count under these names."""

COMMIT, CONNECT, SEND, POST = "commit", "connect", "send", "post"
CALLS = (*DISK, COMMIT, CONNECT, SEND, POST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """At the `at`-th call of that name: SIGKILL, or an errno (by its name), then at every later one where it `lasts`.

    `counts` is a file that gets the number of calls by name when the program ends by itself; `said` is made when it
    strikes.
    """

    call: str = ""
    at: int = 0
    error: str | None = None
    lasts: bool = False
    counts: str | None = None
    said: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {VARIABLE: json.dumps(asdict(self))}


class Hooked:
    """Wraps the calls of this process, for good."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._counts: Counter[str] = Counter()
        for name in DISK:
            self._wrap(os, name, name)
        self._wrap(socket.socket, "connect", CONNECT)
        self._wrap_send()
        self._wrap_sqlite()

    def finish(self) -> None:
        if self._hook.counts is not None:
            Path(self._hook.counts).write_text(json.dumps(self._counts), encoding="utf-8")

    def _tick(self, name: str) -> None:
        self._counts[name] += 1
        hook, n = self._hook, self._counts[name]
        if name != hook.call or n < hook.at or (n > hook.at and not hook.lasts):
            return
        if hook.said is not None:
            Path(hook.said).touch()
        if hook.error is None:
            os.kill(os.getpid(), signal.SIGKILL)
        raise _refusal(name, hook.error or "EIO")

    def _wrap(self, owner: Any, name: str, counted_as: str) -> None:
        original: Callable[..., Any] = getattr(owner, name)

        def hooked(*arguments: Any, **named: Any) -> Any:
            # What goes to the terminal is no affair of a disk.
            if not (counted_as == "write" and arguments[0] in {1, 2}):
                self._tick(counted_as)
            return original(*arguments, **named)

        setattr(owner, name, hooked)

    def _wrap_send(self) -> None:
        original = socket.socket.send

        def hooked(of: socket.socket, data: bytes, *flags: int) -> int:
            start = bytes(data[:5])
            if start != b"\0":  # a loop that wakes itself up sends nothing out
                self._tick(POST if start == b"POST " else SEND)
            return original(of, data, *flags)

        socket.socket.send = hooked  # type: ignore[method-assign, assignment]  # the point of a hook

    def _wrap_sqlite(self) -> None:
        tick, connect = self._tick, sqlite3.connect

        class Counted(sqlite3.Connection):
            def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
                if sql == "COMMIT":
                    tick(COMMIT)
                return super().execute(sql, *arguments)

        def hooked(*arguments: Any, **named: Any) -> sqlite3.Connection:
            return connect(*arguments, factory=Counted, **named)

        sqlite3.connect = hooked  # type: ignore[assignment]  # the point of a hook


def hook_of_environment() -> Hook | None:
    told = os.environ.get(VARIABLE)
    return None if told is None else Hook(**json.loads(told))


def _refusal(name: str, error: str) -> Exception:
    number = getattr(errno, error)
    if name != COMMIT:
        return OSError(number, os.strerror(number))
    fault = sqlite3.OperationalError("database or disk is full")
    fault.sqlite_errorcode = sqlite3.SQLITE_FULL
    return fault
