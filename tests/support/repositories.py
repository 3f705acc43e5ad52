"""Real git: a bare origin, and clones of it that commit lockfiles."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.whole import REPOSITORY

LOCK = "specs/seedance.lock"
IDENTITY = ("-c", "user.name=A Team", "-c", "user.email=team@example.test")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *IDENTITY, *words], cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass(slots=True)
class Origin:
    """A bare repository; `folder` is where a project lies in it, `.` for its root."""

    place: Path
    folder: str = "."
    _clones: int = 0

    def found(self, lines: Sequence[str] = ("a 1",)) -> None:
        """One commit on main that holds a lockfile."""
        git(self.place.parent, "init", "-q", "--bare", "-b", "main", str(self.place))
        first = self.place.parent / "first"
        git(self.place.parent, "clone", "-q", str(self.place), str(first))
        git(first, "checkout", "-q", "-B", "main")
        write(first / self.folder, lines)
        git(first, "add", "-A")
        git(first, "commit", "-qm", "Found")
        git(first, "push", "-q", "origin", "main")

    def clone(self, *words: str) -> Path:
        """A project folder in a fresh clone; `words` for git clone."""
        self._clones += 1
        place = self.place.parent / f"clone-{self._clones}"
        git(self.place.parent, "clone", "-q", *words, f"file://{self.place}", str(place))
        return place / self.folder

    def lines(self, branch: str = "main") -> list[str]:
        """The lockfile's lines at the branch's tip, sorted."""
        path = LOCK if self.folder == "." else f"{self.folder}/{LOCK}"
        return sorted(git(self.place, "show", f"{branch}:{path}").splitlines())


def write(folder: Path, lines: Sequence[str]) -> None:
    path = folder / LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def script(name: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    """A script of the action at work in a project folder."""
    return subprocess.Popen(
        ["bash", str(REPOSITORY / "action" / name)],
        cwd=folder,
        env={**os.environ, "BRANCH": "main", "PAUSE": "0", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ran(name: str, folder: Path, **environment: str) -> tuple[int, str]:
    process = script(name, folder, **environment)
    said, _ = process.communicate(timeout=120)
    return process.returncode, said


def a_git_that_fails(folder: Path, word: str) -> str:
    """A PATH on which `git WORD` fails once, then works. What it asks of HEAD never fails."""
    program = shutil.which("git")
    assert program is not None
    place = folder / "failing"
    place.mkdir()
    fails = place / "fails"
    fails.touch()
    condition = f'[ -e "{fails}" ] && [ "$1" = {word} ] && [ "${{3#HEAD:}}" = "$3" ]'
    lines = ["#!/bin/sh", f'if {condition}; then rm "{fails}"; exit 128; fi', f'exec {program} "$@"', ""]
    (place / "git").write_text("\n".join(lines), encoding="utf-8")
    (place / "git").chmod(0o755)
    return f"{place}:{os.environ['PATH']}"
