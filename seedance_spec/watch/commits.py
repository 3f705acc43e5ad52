"""What git says of the project: the commit, and which files differ from it. It only asks, and changes no index."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Protocol

from seedance_spec.watch.sheet import Commit

_SECONDS = 20


class Commits(Protocol):
    """Whoever knows commits."""

    def look(self) -> Commit: ...


class _NoCommits:
    def look(self) -> Commit:
        return Commit()


NO_COMMITS: Commits = _NoCommits()
"""For a watch that waits for none."""


class GitFault(Exception):  # noqa: N818 - a fault in the glossary's sense, not an error of the program
    """Git cannot tell: it is not installed, or this is not a work tree."""


class GitCommits:
    """The repository around a project. Raises GitFault where there is none."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._git = shutil.which("git") or ""
        if not self._git:
            raise GitFault("git is not installed")
        self._prefix = self._asked("rev-parse", "--show-prefix").strip()
        self.folder = Path(self._asked("rev-parse", "--absolute-git-dir").strip())

    def look(self) -> Commit:
        """Raises GitFault. A repository without a commit has the head ""."""
        try:
            head = self._asked("rev-parse", "--verify", "--quiet", "HEAD").strip()
        except GitFault:
            head = ""
        listed = self._asked("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--", ".")
        paths = (entry[3:] for entry in listed.split("\0") if entry)
        dirty = frozenset(path.removeprefix(self._prefix) for path in paths)
        return Commit(head=head, dirty=dirty)

    def _asked(self, *words: str) -> str:
        try:
            # Without optional locks: a status that refreshed the index would be a change to follow.
            done = subprocess.run(  # noqa: S603 - git itself, with words of ours
                [self._git, "--no-optional-locks", "-C", str(self._root), *words],
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitFault(f"git cannot be asked: {type(error).__name__}") from error
        if done.returncode:
            raise GitFault(done.stderr.strip().splitlines()[0] if done.stderr.strip() else "git refuses")
        return done.stdout
