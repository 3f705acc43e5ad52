"""`python -m benchmarks.watching --saves 40`: from save to POST, measured at the door; prints a line per film size."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles
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


def reactions(shots: int, saves: int) -> list[float]:
    """Seconds from each save to its POST, in a film of so many shots of which one is edited."""
    others = {f"still-{number}": f"A still lake, number {number}" for number in range(1, shots)}
    with TemporaryDirectory() as folder, Door() as door:
        root = Path(folder)
        (root / "specs").mkdir()
        film, still = root / "specs" / "film.yaml", root / "specs" / "still.yaml"
        film.write_text(small_film(moon="A cat on the moon"), encoding="utf-8")
        if others:
            still.write_text(small_film(**others), encoding="utf-8")
        env = environment({"EASYROUTER_API_KEY": "sk-measured", "EASYROUTER_BASE_URL": door.url})
        words = ["watch", "--max-cost", "100000", "--quiet", str(QUIET), "--jobs", "64", "--json"]
        with subprocess.Popen(  # noqa: S603 - this program itself, with words of ours
            [sys.executable, "-m", "seedance_spec", *words],
            cwd=root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as watch:
            try:
                door.until(shots)
                return [_reaction(door, film, number) for number in range(saves)]
            finally:
                watch.send_signal(signal.SIGINT)


def _reaction(door: Door, film: Path, number: int) -> float:
    time.sleep(QUIET)
    before = len(door.posts)
    saved_at = time.monotonic()
    saved_by_rename(film, small_film(moon=f"A cat on moon {number}"))
    door.until(before + 1)
    return door.posts[before] - saved_at


def line(shots: int, seconds: Sequence[float]) -> str:
    late = quantiles(seconds, n=20)[-1]
    figures = {"median": median(seconds), "19 of 20": late, "worst": max(seconds)}
    said = "".join(f"   {name} {value * 1000:6.0f} ms" for name, value in figures.items())
    return f"{shots:5} shots  {len(seconds):4} saves{said}"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.watching", description=__doc__)
    parser.add_argument("--saves", type=int, default=40, help="saves for each film (default %(default)s)")
    parser.add_argument("--shots", type=int, nargs="+", default=[1, 60], help="sizes of films (default 1 60)")
    asked = parser.parse_args(words)
    sys.stdout.write(f"from save to POST, of which {QUIET * 1000:.0f} ms are the quiet period\n\n")
    for shots in asked.shots:
        sys.stdout.write(f"{line(shots, reactions(shots, asked.saves))}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
