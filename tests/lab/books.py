"""The books of a sandbox, read from its state folder: what it was asked, what it took in, for whom. It changes nothing,
but can end a sandbox.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedance_spec.attempts.fingerprint import fingerprint

_LOOKS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task at the gateway; one that failed was refunded, and is not charged for."""

    id: str
    charged: bool


@dataclass(frozen=True, slots=True)
class Books:
    """Of the sandbox with this state folder."""

    state: Path

    @property
    def are_there(self) -> bool:
        return self._file.exists()

    def endpoint(self) -> dict[str, Any]:
        """Where it answers; {} where it never did."""
        path = self.state / "endpoint.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def counted(self) -> tuple[int, int]:
        """The number of its last row, and of the POSTs that reached it."""
        with self._open() as db:
            (rows,) = db.execute("SELECT coalesce(max(id), 0) FROM rows").fetchone()
            found = db.execute("SELECT n FROM counts WHERE name = 'posts'").fetchone()
        return int(rows), int(found[0]) if found else 0

    def landed(self, *, after: int, attempts: Iterable[str]) -> Iterator[tuple[str, Task]]:
        """Attempt and task of each row after that one: by the capability in the callback URL, or, where nobody could
        listen and none was sent, by the fingerprint of one of these attempts.
        """
        fingerprints = {fingerprint(attempt): attempt for attempt in attempts}
        with self._open() as db:
            for (text,) in db.execute("SELECT row FROM rows WHERE id > ? ORDER BY id", (after,)).fetchall():
                row = json.loads(text)
                (work,) = db.execute("SELECT work FROM works WHERE upstream_id = ?", (row["upstream_id"],)).fetchone()
                sent = json.loads(work)
                called = str(sent["callback_url"] or "").rpartition("/")[2].partition(".")[0]
                attempt = called or fingerprints.get(sent["execution_expires_after"], "")
                yield attempt, Task(id=row["task_id"], charged=row["status"] != "FAILURE")

    def end_sandbox(self, *, unless: int) -> None:
        """Kill it, unless it is that process, and wait until it is gone, or is nobody's child to wait for."""
        pid = int(self.endpoint().get("pid", unless))
        with suppress(ProcessLookupError):
            for _ in range(_LOOKS if pid != unless else 0):
                os.kill(pid, signal.SIGKILL)
                time.sleep(0.01)

    @property
    def _file(self) -> Path:
        return self.state / "sandbox.db"

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
        try:
            yield db
        finally:
            db.close()
