"""A receiver in a process of its own, to be flooded, starved and killed: `python -m tests.hostile.served FOLDER`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Self

from seedance_spec.cli import main as program
from seedance_spec.journal.inbox import evidence
from seedance_spec.webhook import receiver, serving
from seedance_spec.webhook.connections import Connections
from seedance_spec.webhook.group_commit import GroupCommit
from seedance_spec.webhook.standing_place import RECORDS_FILE
from tests.hostile.wire import KEY_TEXT, attempt, exchange, post_for, statuses

REPOSITORY = Path(__file__).parents[2]
SECONDS_TO_END = 30.0


class Served:
    """`seedance-spec serve` from outside, with its state in `folder`. What it says on stderr is kept there.

    `words` are those of this module; `changed` names changes of the product (CHANGES), a seeded bug among them.
    """

    def __init__(self, folder: Path, *words: str, changed: str = "") -> None:
        self.folder = folder
        self.port = 0
        self.honest: set[str] = set()
        self._words = [*words, *(["--changed", *changed.split()] if changed else [])]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._stderr.open("a", encoding="utf-8") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.hostile.served", str(self.folder), *self._words],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY), "SEEDANCE_CALLBACK_KEY": KEY_TEXT},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.errors
        self.port = int(json.loads(line)["url"].rpartition(":")[2])
        return self

    def __exit__(self, *_: object) -> None:
        if self._running.poll() is None:
            self.stop()

    def strike(self) -> None:
        """SIGKILL, without waiting for anything."""
        self._running.kill()

    def reap(self) -> None:
        self._running.communicate(timeout=SECONDS_TO_END)

    def stop(self) -> None:
        """End it as an operator would."""
        self._running.send_signal(signal.SIGTERM)
        self._running.communicate(timeout=SECONDS_TO_END)
        assert self._running.returncode == 0, (self._running.returncode, self.errors)

    def answers(self) -> bool:
        """Whether an honest callback is stored; its attempt is one of `honest`."""
        self.honest.add(sender := attempt(0))
        sent = post_for(sender, b"{}", headers="Connection: close\r\n")
        return statuses(asyncio.run(exchange(self.port, sent, seconds=10))) == [200]

    @property
    def errors(self) -> str:
        return self._stderr.read_text(encoding="utf-8", errors="replace")

    @property
    def memory(self) -> int:
        """Bytes of the process that are in memory now."""
        pages = Path(f"/proc/{self._running.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * resource.getpagesize()

    @property
    def processor_seconds(self) -> float:
        """Seconds of processor time that the process has used."""
        fields = Path(f"/proc/{self._running.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kept(self) -> list[tuple[str, str | None]]:
        """Attempt and upstream id of every callback in the file."""
        with closing(connect(self.folder / RECORDS_FILE)) as db:
            rows = db.execute("SELECT attempt, body FROM events WHERE outcome IS NULL ORDER BY seq").fetchall()
        return [(attempt_id, evidence(body)[0]) for attempt_id, body in rows]

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "it was not started"
        return self._process

    @property
    def _stderr(self) -> Path:
        return self.folder / "stderr.txt"


# ── in the process itself ───────────────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    """`seedance-spec serve` on a free port, on one core, with few descriptors or with a change as the words say."""
    args = _arguments()
    if args.core is not None:
        os.sched_setaffinity(0, {args.core})
    if args.descriptors:
        resource.setrlimit(resource.RLIMIT_NOFILE, (args.descriptors, args.descriptors))
    for each in args.changed:
        CHANGES[each]()
    sys.argv[1:] = ["serve", "--state", str(args.folder), "--listen", "127.0.0.1:0", "--json"]
    program()


def _acknowledge_too_early() -> None:
    """The seeded bug: 200 is said when the callback is on its way to the disk, not when it is there."""
    durably = GroupCommit.store
    on_their_way = set()

    async def store(self: GroupCommit, attempt_id: str, body: bytes, *, at: float, within: float) -> None:
        storing = asyncio.ensure_future(durably(self, attempt_id, body, at=at, within=within))
        on_their_way.add(storing)
        storing.add_done_callback(on_their_way.discard)
        await asyncio.sleep(0)

    GroupCommit.store = store  # type: ignore[method-assign] # the bug


def _store_nothing() -> None:
    """The same handler without any disk, to compare with: what is to be stored is stored at once, nowhere."""

    async def store(self: GroupCommit, attempt_id: str, body: bytes, *, at: float, within: float) -> None:
        return

    GroupCommit.store = store  # type: ignore[method-assign] # the comparison


def _hang_up_on_nobody() -> None:
    """The seeded bug: newcomers are turned away as long as the limit is reached, however quiet those inside are."""

    def make_room(self: Connections) -> bool:
        return False

    Connections.make_room = make_room  # type: ignore[method-assign] # the bug


def _allow_more_than_there_is() -> None:
    """No limit of connections but that of descriptors."""
    vars(serving)["affordable_connections"] = lambda: 1_000_000


def _wait_for_ever() -> None:
    """Idle connections are never closed for their idleness, so that only the limit of connections is at work."""
    speaker = serving._speaker
    vars(serving)["_speaker"] = lambda runner, _: speaker(runner, 3600.0)


def _believe_anybody() -> None:
    """The seeded bug: whose capability it is does not matter."""

    def attempt_of(path_token: str, _: Sequence[bytes]) -> str | None:
        return path_token.partition(".")[0] or None

    vars(receiver)["attempt_of"] = attempt_of


CHANGES = {
    "believe-anybody": _believe_anybody,
    "ack-before-commit": _acknowledge_too_early,
    "no-disk": _store_nothing,
    "hang-up-on-nobody": _hang_up_on_nobody,
    "short-of-descriptors": _allow_more_than_there_is,
    "patient": _wait_for_ever,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--core", type=int)
    parser.add_argument("--descriptors", type=int)
    parser.add_argument("--changed", nargs="*", choices=list(CHANGES), default=[])
    return parser.parse_args()


if __name__ == "__main__":
    main()
