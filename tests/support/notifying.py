"""Whoever is told when to collect: GitHub's dispatch, imitated on loopback; and a notifier over a real file."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from seedance_spec.journal.notice_file import NoticeFile
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.secret import Secret
from seedance_spec.webhook.feed_protocol import ClaimRequest, Said
from seedance_spec.webhook.notice import Notice, Pace
from seedance_spec.webhook.notifier import Heralds, Means, Notifier
from seedance_spec.webhook.notify_sender import Sender
from seedance_spec.webhook.notify_words import GitHub, Target
from tests.support.attempts import NOW, an_attempt_id

TOKEN = "a-token-of-one-repository"
REPOSITORY = "studio/film"
DISPATCH = f"/repos/{REPOSITORY}/dispatches"
PACE = Pace(quiet=30.0, deadline=900.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def payload(self) -> Any:
        """What a workflow sees as `github.event.client_payload`."""
        return self.json["client_payload"]


@dataclass(slots=True)
class Forge:
    """An endpoint that takes every POST: `refusals` are statuses that it answers first, one each; a status of 0 hangs
    up without an answer. `heard` is all that came, `taken` what it answered with 204.
    """

    url: str = ""
    refusals: list[int] = field(default_factory=list)
    retry_after: str = ""
    location: str = ""
    heard: list[Told] = field(default_factory=list)
    taken: list[Told] = field(default_factory=list)

    def status_for(self, told: Told) -> int:
        self.heard.append(told)
        if self.refusals:
            return self.refusals.pop(0)
        self.taken.append(told)
        return 204


@contextmanager
def a_forge(*refusals: int, port: int = 0, berth: socket.socket | None = None) -> Iterator[Forge]:
    """It listens at the port, or at a `berth`: a socket that is bound already, and that nobody else can take."""
    forge = Forge(refusals=list(refusals))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = forge.status_for(Told(path=self.path, headers=headers, body=body))
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            for name, value in (("Retry-After", forge.retry_after), ("Location", forge.location)):
                if value:
                    self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler, bind_and_activate=berth is None) as server:
        if berth is not None:
            server.socket.close()
            server.socket = berth
            server.server_port = berth.getsockname()[1]
            server.server_activate()
        forge.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield forge
        finally:
            server.shutdown()
            thread.join()


def github(forge: Forge, name: str = f"github:{REPOSITORY}", *, projects: frozenset[str] = frozenset()) -> Target:
    repository = name.removeprefix("github:")
    return Target(
        name=name, provider=GitHub(repository=repository, token=Secret(TOKEN), api=forge.url), projects=projects
    )


@dataclass(slots=True)
class Tower:
    """A receiver's file and the notifier over it. Time is what a test says: seconds after NOW."""

    file: ReceiverFile
    notices: NoticeFile
    targets: tuple[Target, ...]
    pace: Pace
    seconds: float
    now: float = NOW
    minted: int = 0
    arrived: list[Notice] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    notifier: Notifier = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A notifier as a new process has it: it knows only what the file holds."""
        sender = Sender(proxy_for=lambda _: None, now=lambda: self.now, seconds=self.seconds)
        means = Means(now=lambda: self.now, new_id=self._new_id, send=sender)
        heralds = Heralds(arrived=self.arrived.append, missed=lambda _, reason: self.missed.append(reason))
        self.notifier = Notifier(self.notices, self.targets, means, pace=self.pace, heralds=heralds)

    def called_back(self, nth: int, status: str, *, at: float = 0.0, **minted: Any) -> None:
        body = json.dumps({"id": f"cgt-{nth}", "status": status, "content": {"video_url": "https://t/x?sig=1"}})
        self.file.receive_all([(an_attempt_id(nth, **minted), body.encode(), NOW + at)])

    def reported(self, nth: int, said: Said, *, at: float = 0.0, **minted: Any) -> None:
        """Claimed by its submitter, and told what came of it."""
        attempt_id = an_attempt_id(nth, **minted)
        content_hash, take = minted.get("content_hash", "v1:of another shot"), nth
        self.file.claim(ClaimRequest(attempt_id=attempt_id, content_hash=content_hash, take=take), at=NOW + at)
        self.file.report(attempt_id, said, at=NOW + at)

    def _new_id(self) -> str:
        self.minted += 1
        return f"msg_{self.minted}"

    async def at(self, seconds: float) -> float | None:
        """Let the notifier do what there is to do; in how many seconds after NOW it looks again."""
        self.now = NOW + seconds
        until = await self.notifier.round()
        return None if until is None else until - NOW


@asynccontextmanager
async def a_tower(folder: Path, *targets: Target, pace: Pace = PACE, seconds: float = 5.0) -> AsyncIterator[Tower]:
    path = folder / "receiver.db"
    with closing(ReceiverFile(path)) as file, closing(NoticeFile(path)) as notices:
        yield Tower(file=file, notices=notices, targets=targets, pace=pace, seconds=seconds)
