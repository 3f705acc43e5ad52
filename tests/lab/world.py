"""Real processes for the rows: one sandbox that stays, and a fresh project for each case. No fault may enter."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeAlias

from seedance_spec.attempts.ports import JournalRow
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace
from tests.support.whole import environment

SPEED = 400
TAKES = 3
PATIENCE = 90.0
"""Seconds that a run of the program may take before it counts as hung; on an idle machine it takes two."""

SPECS = """\
version: 1
defaults:
  model: dreamina-seedance-2-0
  duration: 4
  metadata: { resolution: 480p, ratio: 1:1, generate_audio: false }
shots:
  moon: { prompt: A cat walking on the moon }
  jump: { prompt: Make the cat jump }
  exit: { prompt: The cat walks out of frame }
"""
SHOTS = ("reel/moon", "reel/jump", "reel/exit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a run of the program ended; `code` is negative for the signal that killed it, None where it hung."""

    code: int | None
    out: str
    err: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL

    @property
    def blames_itself(self) -> bool:
        """Whether it ended by an exception that nobody had words for."""
        return "Traceback (most recent call last)" in self.err or "This is a fault of seedance-spec" in self.err


Launch: TypeAlias = Callable[[tuple[str, ...], Path, Mapping[str, str]], Ran]
"""Runs the program with these words in this folder, with these variables on top of a clean environment."""


def a_process(words: tuple[str, ...], root: Path, env: Mapping[str, str]) -> Ran:
    """The program as a person starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "seedance_spec", *words],
        cwd=root,
        env={**environment(), "PYTHONDONTWRITEBYTECODE": "1", **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Ran(code=None, out=out, err=err)
    return Ran(code=process.returncode, out=out, err=err)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task at the gateway; one that failed was refunded, and is not charged for."""

    id: str
    charged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A project of three shots, and what the sandbox had counted before it."""

    root: Path
    launch: Launch
    rows_before: int
    posts_before: int

    @property
    def workplace(self) -> Workplace:
        return Workplace(root=self.root, realm=Realm.SANDBOX)

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> Ran:
        """Run the program in this project to its end."""
        return self.launch(words, self.root, env or {})

    def apply(self, *, env: Mapping[str, str] | None = None) -> Ran:
        return self.run("apply", "--sandbox", "--yes", env=env)

    def journal_rows(self) -> tuple[JournalRow, ...]:
        """What the journal holds, read from a copy: looking must not tidy up what a kill left."""
        journal = self.workplace.journal
        copy = self.root / ".peek"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for name in ("journal.db", "journal.db-wal"):
            if (journal.parent / name).exists():
                shutil.copyfile(journal.parent / name, copy / name)
        if not (copy / "journal.db").exists():
            return ()
        opened = SqliteJournal(copy / "journal.db")
        try:
            return tuple(opened.rows())
        finally:
            opened.close()

    def leave(self) -> None:
        shutil.rmtree(self.root)


class World:
    """The sandbox of one worker and the projects that use it."""

    def __init__(
        self, scratch: Path, *, speed: int = SPEED, billing_log: bool = True, launch: Launch = a_process
    ) -> None:
        self.scratch = scratch
        self._launch = launch
        self._state = scratch / "sandbox"
        self._numbers = count(1)
        scratch.mkdir(parents=True, exist_ok=True)
        (self._state / "endpoint.json").unlink(missing_ok=True)
        words = [str(self._state), str(speed), "on" if billing_log else "off"]
        with (scratch / "sandbox.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.lab.sandbox", *words],
                cwd=Path(__file__).parents[2],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._endpoint = self._started()

    @property
    def port(self) -> int:
        return int(self._endpoint["url"].rpartition(":")[2])

    def film(self, *, url: str | None = None) -> Film:
        """A fresh project; `url` is where it finds the sandbox, if not at its own address."""
        root = self.scratch / f"film-{next(self._numbers)}"
        shutil.rmtree(root, ignore_errors=True)
        (root / "specs").mkdir(parents=True)
        (root / "specs" / "reel.yaml").write_text(SPECS, encoding="utf-8")
        (root / ".seedance-sandbox").mkdir()
        endpoint = {**self._endpoint, **({"url": url} if url else {})}
        (root / ".seedance-sandbox" / "endpoint.json").write_text(json.dumps(endpoint), encoding="utf-8")
        rows, posts = self._counted()
        return Film(root=root, launch=self._launch, rows_before=rows, posts_before=posts)

    def warm(self) -> None:
        """Run once without a fault: the clips are drawn then, which costs seconds, and no later run waits for them."""
        film = self.film()
        ran = film.apply()
        assert ran.code == 0, ran.err
        film.leave()

    def posts(self, film: Film) -> int:
        """How many POSTs reached the gateway since the project was made."""
        return self._counted()[1] - film.posts_before

    def landed(self, film: Film) -> dict[str, list[Task]]:
        """The tasks that each attempt's POSTs made, as the sandbox knows: by the callback URL's capability."""
        made: dict[str, list[Task]] = {}
        with self._database() as db:
            rows = db.execute("SELECT row FROM rows WHERE id > ? ORDER BY id", (film.rows_before,)).fetchall()
            for (text,) in rows:
                row = json.loads(text)
                (work,) = db.execute("SELECT work FROM works WHERE upstream_id = ?", (row["upstream_id"],)).fetchone()
                attempt = str(json.loads(work)["callback_url"]).rpartition("/")[2].partition(".")[0]
                made.setdefault(attempt, []).append(Task(id=row["task_id"], charged=row["status"] != "FAILURE"))
        return made

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _counted(self) -> tuple[int, int]:
        with self._database() as db:
            (rows,) = db.execute("SELECT coalesce(max(id), 0) FROM rows").fetchone()
            found = db.execute("SELECT n FROM counts WHERE name = 'posts'").fetchone()
        return int(rows), int(found[0]) if found else 0

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(f"{(self._state / 'sandbox.db').absolute().as_uri()}?mode=ro", uri=True, timeout=30)
        try:
            yield db
        finally:
            db.close()

    def _started(self) -> dict[str, str]:
        given_up = time.monotonic() + PATIENCE
        path = self._state / "endpoint.json"
        while not path.exists():
            if self._process.poll() is not None or time.monotonic() > given_up:
                raise AssertionError("the sandbox did not start")
            time.sleep(0.01)
        endpoint: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return endpoint
