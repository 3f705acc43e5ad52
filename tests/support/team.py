"""A team as real processes: a gateway that is paid, a standing receiver, a git origin, and clones that come and go."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from seedance_spec.attempts.attempt_id import mint, project_prefix
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import ClaimRequest, SharedClaim
from seedance_spec.webhook.standing_place import RECORDS_FILE
from tests.support.attempts import a_claim
from tests.support.facts import a_hash
from tests.support.films import small_film
from tests.support.moments import until
from tests.support.reel import Reel
from tests.support.whole import REPOSITORY

KEY_TEXT = "a key of the team's own, of 40 characters"
SPEED = "400"
APPLY = ("apply", "--yes", "--poll-interval", "0.3")


@dataclass(slots=True)
class Standing:
    """A `serve` of its own folder and port, which may die and come back under the same URL."""

    state: Path
    port: int
    process: subprocess.Popen[str] | None = None
    words: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = ["serve", "--listen", f"127.0.0.1:{self.port}", "--state", str(self.state), "--json", *self.words]
        self.process = _started(
            "-m", "seedance_spec", *words, env={"SEEDANCE_CALLBACK_KEY": KEY_TEXT, **self.environment}
        )

    def kill(self) -> None:
        if self.process is not None:
            kill(self.process)
        self.process = None

    def claims(self, project_id: str) -> list[SharedClaim]:
        """Every claim of a project that it holds or held."""
        with closing(sqlite3.connect(self.state / RECORDS_FILE)) as db:
            ids = db.execute("SELECT attempt FROM claims WHERE project = ?", (project_prefix(project_id),)).fetchall()
        with closing(ReceiverFile(self.state / RECORDS_FILE)) as file:
            return [claim for (each,) in ids if (claim := file.claim_of(each)) is not None]

    def held_by_project(self) -> list[int]:
        """How many claims each project holds or held, fewest first."""
        with closing(sqlite3.connect(self.state / RECORDS_FILE)) as db:
            counted = db.execute("SELECT COUNT(*) FROM claims GROUP BY project").fetchall()
        return sorted(number for (number,) in counted)


@dataclass(slots=True)
class Gateway:
    """A sandbox that clones take for a gateway to be paid."""

    state: Path
    clips: Path
    billing_log: bool = True
    faults: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.state.mkdir(parents=True)
        log = "on" if self.billing_log else "off"
        words = ["-m", "tests.lab.sandbox", str(self.state), str(self.clips), SPEED, log, *self.faults]
        self.process = _started(*words, env={}, waits=False)
        until((self.state / "endpoint.json").exists, "the gateway")

    def kill(self) -> None:
        if self.process is not None:
            kill(self.process)

    @property
    def url(self) -> str:
        return str(json.loads((self.state / "endpoint.json").read_text())["url"])

    @property
    def posts(self) -> int:
        return self.stats["posts"]

    @property
    def stats(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.url}/sandbox/stats", timeout=10) as answer:
            counted: dict[str, int] = json.load(answer)
        return counted


@dataclass(slots=True)
class Team:
    """One project: its origin, its clones, and the gateway and the receiver that they use. `posts` counts its own."""

    folder: Path
    standing: Standing
    gateway: Gateway
    _clones: int = 0
    _posts_before: int = 0

    @property
    def origin(self) -> Path:
        return self.folder / "origin"

    @property
    def posts(self) -> int:
        return self.gateway.posts - self._posts_before

    def found(self, prompt: str, **more: str) -> None:
        """Make the project of one shot or of some, with the id by which its clones know each other, and commit it."""
        self._posts_before = self.gateway.posts
        self.write(prompt, **more)
        made = Reel(self.origin).run("init")
        assert made.code == 0, made.err
        _git(self.origin, "init", "-q", "-b", "main")
        self.commit()

    def write(self, prompt: str, **more: str) -> None:
        Reel(self.origin).write("reel.yaml", small_film(moon=prompt, **more))

    def commit(self) -> None:
        _git(self.origin, "add", "-A")
        _git(self.origin, "commit", "-q", "-m", "Write the film")

    def clone(self, *, of: Path | None = None) -> Reel:
        """A fresh clone, as a CI runner makes it; `of` another repository than the origin."""
        self._clones += 1
        place = self.folder / f"clone-{self._clones}"
        _git(self.folder, "clone", "-q", str(of or self.origin), str(place))
        environment = {
            "EASYROUTER_BASE_URL": self.gateway.url,
            "EASYROUTER_API_KEY": "sk-sandbox",
            "SEEDANCE_RECEIVER": self.standing.url,
            "SEEDANCE_CALLBACK_KEY": KEY_TEXT,
        }
        return Reel(place, environment=environment)

    def kill_once(self, runner: Reel, so: Callable[[], bool]) -> None:
        """Let a runner apply, kill it -9 once it is so, and delete its whole folder."""
        process = runner.start(*APPLY)
        until(so, "the moment to die")
        kill(process)
        shutil.rmtree(runner.root)

    def claims(self) -> list[SharedClaim]:
        return self.standing.claims(self.project_id)

    def claim_in_vain(self, *, since: float) -> AttemptFact:
        """An attempt of a runner that is gone, claimed so many seconds ago; nobody knows what became of it."""
        now = time.time() - since
        content_hash = a_hash("moon-walk")
        attempt_id = mint(
            realm=Realm.PAID,
            project_id=self.project_id,
            run="0011aabb",
            content_hash=content_hash,
            take=1,
            now=now,
            random=bytes(range(10)),
        )
        with closing(ReceiverFile(self.standing.state / RECORDS_FILE)) as file:
            file.claim(ClaimRequest(attempt_id=attempt_id, content_hash=content_hash, take=1), at=now)
        return replace(a_claim(1), attempt_id=attempt_id, content_hash=content_hash, realm=Realm.PAID)

    @property
    def project_id(self) -> str:
        lines = map(json.loads, (self.origin / "specs" / "seedance.lock").read_text("utf-8").splitlines())
        return next(str(fact["key"]) for fact in lines if fact["kind"] == "project")


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def _started(*words: str, env: Mapping[str, str], waits: bool = True) -> subprocess.Popen[str]:
    """A Python program; with `waits`, once it has said its first line."""
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=REPOSITORY,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    if waits:
        assert process.stdout.readline(), f"it did not start: {words}"
    return process


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=A Team", "-c", "user.email=team@example.test")
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
