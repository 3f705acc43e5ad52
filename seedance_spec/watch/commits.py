"""What git says of the project: the commit, and which files differ from it. It only asks, and changes no index."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from itertools import pairwise
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


_UNSETTLED = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG")
"""What stands in git's folder while it is in the middle of something: the commits it makes then are on the way."""

_WANDERS = ("checkout:", "reset:")
"""Moves of the head, by git's own log of them, by which nobody commits anything: it only stands elsewhere."""

_MOVES = 16


class GitCommits:
    """The repository around a project. Raises GitFault where there is none.

    `look` tells as `head` the newest commit that was made (or pulled) since the first look, or the head of that look:
    a branch that is only checked out is no commit.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._git = shutil.which("git") or ""
        if not self._git:
            raise GitFault("git is not installed")
        self._prefix = self._asked("rev-parse", "--show-prefix").strip()
        self._head: str | None = None
        self._counted = ""
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
        tracked = frozenset(_followed(self._asked("ls-files", "-s", "-v", "-z", "--", ".").split("\0")))
        settled = not any((self.folder / name).exists() for name in _UNSETTLED)
        return Commit(
            head=self._counting(head) if settled else self._counted, dirty=dirty, tracked=tracked, settled=settled
        )

    def _counting(self, head: str) -> str:
        if self._head is None or (head != self._head and not self._has_wandered(head)):
            self._counted = head
        self._head = head
        return self._counted

    def _has_wandered(self, head: str) -> bool:
        """Whether the head's last move was no commit. A repository that keeps no log of moves only commits."""
        try:
            listed = self._asked("log", "--walk-reflogs", f"-{_MOVES}", "--format=%H %gs", "HEAD", "--")
        except GitFault:
            return False
        moves = [tuple(line.partition(" ")[::2]) for line in listed.splitlines()]
        for (after, said), (before, _) in pairwise(moves):
            if after == head != before:
                return said.startswith(_WANDERS)
        return False

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


def _followed(entries: Iterable[str]) -> Iterator[str]:
    """The paths whose text git compares with the commit: of a file that it was told to pass over, and of what a link
    points to, it does not know the text.
    """
    for entry in entries:
        about, _, path = entry.partition("\t")
        tag, mode = about[:1], about[2:8]
        if path and tag == "H" and mode.startswith("100"):
            yield path
