"""From a save to its POST: a watch, and a loop that applies anew, each before a door that takes the time. No record."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.support.films import small_film
from tests.support.watching import saved_by_rename
from tests.support.whole import environment

QUIET = 0.3
"""The watch's own quiet period: the part of a reaction that is waited for on purpose."""

PATIENCE = 120.0


@dataclass(slots=True)
class Door:
    """A gateway that takes the time of each POST and refuses it: so the next save is never kept waiting."""

    posts: list[float] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        posts = self.posts

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                posts.append(time.monotonic())
                self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(400, {"code": "invalid_request", "message": "only measured", "data": None})

            def do_GET(self) -> None:
                self._answer(404, {})

            def _answer(self, status: int, said: object) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    def until(self, count: int) -> None:
        given_up = time.monotonic() + PATIENCE
        while len(self.posts) < count:
            if time.monotonic() > given_up:
                raise TimeoutError(f"{len(self.posts)} of {count} POSTs came")
            time.sleep(0.001)


SETTLING = 3.0
"""Seconds for the last apply to end before the next save: during it, the loop would be measured at killing it."""

_PAYING = ("--max-cost", "100000", "--json")
_PROGRAM = (sys.executable, "-m", "seedance_spec")


def watch_reactions(shots: int, saves: int) -> list[float]:
    """Seconds from each save to its POST, in a film of so many shots of which one is edited."""
    command = [*_PROGRAM, "watch", "--quiet", str(QUIET), "--jobs", "64", *_PAYING]
    with _working(command, shots) as (door, film):
        return [_reaction(door, film, number, settling=QUIET) for number in range(saves)]


def loop_reactions(saves: int) -> list[float]:
    """The same with a file watcher that runs `apply` at each save, in a film of one shot."""
    apply = " ".join([*_PROGRAM, "apply", "--yes", *_PAYING])
    command = [sys.executable, "-m", "watchfiles", "--filter", "all", "--ignore-paths", "specs/seedance.lock"]
    with _working([*command, apply, "specs"], 1) as (door, film):
        return [_reaction(door, film, number, settling=SETTLING) for number in range(saves)]


@contextmanager
def _working(command: list[str], shots: int) -> Iterator[tuple[Door, Path]]:
    """The program at work on a film of so many shots, once each was POSTed; and the file to save."""
    others = {f"still-{number}": f"A still lake, number {number}" for number in range(1, shots)}
    with TemporaryDirectory() as folder, Door() as door:
        specs = Path(folder) / "specs"
        specs.mkdir()
        film = specs / "film.yaml"
        film.write_text(small_film(moon="A cat on the moon"), encoding="utf-8")
        if others:
            (specs / "still.yaml").write_text(small_film(**others), encoding="utf-8")
        env = environment({"EASYROUTER_API_KEY": "sk-measured", "EASYROUTER_BASE_URL": door.url})
        with subprocess.Popen(  # noqa: S603 - this program itself, with words of ours
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as working:
            try:
                door.until(shots)
                yield door, film
            finally:
                working.send_signal(signal.SIGINT)


def _reaction(door: Door, film: Path, number: int, *, settling: float) -> float:
    time.sleep(settling)
    before = len(door.posts)
    saved_at = time.monotonic()
    saved_by_rename(film, small_film(moon=f"A cat on moon {number}"))
    door.until(before + 1)
    return door.posts[before] - saved_at
