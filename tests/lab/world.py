"""Real processes for the rows: one sandbox that stays, and a fresh project for each case. No fault may enter."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeAlias

from seedance_spec.attempts.ports import JournalRow
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace
from tests.lab.books import Books, Task
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
    except BaseException:
        process.kill()
        raise
    return Ran(code=process.returncode, out=out, err=err)


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A project of three shots, and what the sandbox, which is process `sandbox`, had counted before it."""

    root: Path
    launch: Launch
    sandbox: int
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

    @property
    def own_books(self) -> Books:
        """Of the sandbox that a run started for itself, because a fault had kept it from finding the world's."""
        return Books(self.root / ".seedance-sandbox")

    def leave(self) -> None:
        if self.own_books.are_there:
            self.own_books.end_sandbox(unless=self.sandbox)
        shutil.rmtree(self.root)


class World:
    """The sandbox of one worker and the projects that use it. `clips` is where clips are kept that were drawn once."""

    def __init__(
        self,
        scratch: Path,
        *,
        speed: int = SPEED,
        billing_log: bool = True,
        launch: Launch = a_process,
        clips: Path | None = None,
    ) -> None:
        self.scratch = scratch
        self._launch = launch
        self._books = Books(scratch / "sandbox")
        self._numbers = count(1)
        scratch.mkdir(parents=True, exist_ok=True)
        (self._books.state / "endpoint.json").unlink(missing_ok=True)
        words = [str(self._books.state), str(clips or scratch / "clips"), str(speed), "on" if billing_log else "off"]
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

    def film(self, *, url: str | None = None, launch: Launch | None = None) -> Film:
        """A fresh project; `url` is where it finds the sandbox, if not at its own address; `launch` as the world's."""
        root = self.scratch / f"film-{next(self._numbers)}"
        shutil.rmtree(root, ignore_errors=True)
        (root / "specs").mkdir(parents=True)
        (root / "specs" / "reel.yaml").write_text(SPECS, encoding="utf-8")
        (root / ".seedance-sandbox").mkdir()
        endpoint = {**self._endpoint, **({"url": url} if url else {})}
        (root / ".seedance-sandbox" / "endpoint.json").write_text(json.dumps(endpoint), encoding="utf-8")
        rows, posts = self._books.counted()
        return Film(
            root=root,
            launch=launch or self._launch,
            sandbox=self._process.pid,
            rows_before=rows,
            posts_before=posts,
        )

    def warm(self) -> None:
        """Run once without a fault: the clips are drawn then, which costs seconds, and no later run waits for them."""
        film = self.film()
        ran = film.apply()
        assert ran.code == 0, ran.err
        film.leave()

    def posts(self, film: Film) -> int:
        """How many POSTs reached the gateway since the project was made."""
        own = film.own_books.counted()[1] if film.own_books.are_there else 0
        return self._books.counted()[1] - film.posts_before + own

    def landed(self, film: Film) -> dict[str, list[Task]]:
        """The tasks that each attempt's POSTs made, as the sandbox knows."""
        made: dict[str, list[Task]] = {}
        attempts = [row.fact.attempt_id for row in film.journal_rows()]
        own = film.own_books.landed(after=0, attempts=attempts) if film.own_books.are_there else ()
        for attempt, task in (*self._books.landed(after=film.rows_before, attempts=attempts), *own):
            made.setdefault(attempt, []).append(task)
        return made

    def close(self) -> None:
        for state in self.scratch.glob("film-*/.seedance-sandbox"):
            if Books(state).are_there:
                Books(state).end_sandbox(unless=self._process.pid)
        self._process.terminate()
        self._process.wait()

    def _started(self) -> dict[str, str]:
        given_up = time.monotonic() + PATIENCE
        while not (endpoint := self._books.endpoint()):
            if self._process.poll() is not None or time.monotonic() > given_up:
                raise AssertionError("the sandbox did not start")
            time.sleep(0.01)
        return endpoint
