"""Follows the files that a project is made of: the system's word wakes, a regular look guarantees. It reads no spec."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from watchfiles import awatch

SWEEP_SECONDS = 2.0
"""Between two looks at the files themselves: where the system says nothing (network disks, a lost word) that is how
late a save is noticed.
"""

_STEP_MILLISECONDS = 10
_GROUP_MILLISECONDS = 50

Mark: TypeAlias = tuple[int, int, int]
"""What tells one state of a file from the next without reading it: time, size, inode."""


class Follower:
    """Calls `touched` whenever a spec file, the project file, an input or a file of `also` changed, came or went.

    `words` are the system's own, which may fail; the sweep, every so many seconds, does not.
    """

    def __init__(
        self,
        root: Path,
        touched: Callable[[], None],
        *,
        also: tuple[Path, ...] = (),
        words: Callable[..., AsyncIterator[object]] = awatch,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._words = words
        self._sweep_seconds = sweep_seconds
        self._root = root
        self._specs = root / "specs"
        self._touched = touched
        self._also = also
        self._inputs: frozenset[str] = frozenset()
        self._marks = self._look()
        self._moved = asyncio.Event()

    def attend(self, inputs: frozenset[str]) -> None:
        """These local inputs, by their paths in the project, are followed from now on."""
        if inputs == self._inputs:
            return
        left = {str(self._root / each) for each in self._inputs - inputs}
        self._inputs = inputs
        # What is new was just read: only later changes of it are news. What was known may have changed since.
        known = {path: mark for path, mark in self._marks.items() if path not in left}
        self._marks = {**self._look(), **known}
        self._moved.set()

    async def follow(self) -> None:
        """Run until cancelled."""
        while True:
            self._moved.clear()
            tasks = [asyncio.create_task(each) for each in self._wakers()]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in tasks:
                    each.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            self._compare()

    def _wakers(self) -> Iterator[Coroutine[Any, Any, Any]]:
        yield self._moved.wait()
        yield self._sweep()
        if self._specs.is_dir():
            yield self._wake(self._specs, recursive=True)
        around = [folder for folder in self._folders() if folder.is_dir()]
        if around:
            yield self._wake(*around, recursive=False)

    async def _wake(self, *folders: Path, recursive: bool) -> None:
        """Compare at each word of the system. Where it cannot follow, the sweep is left."""
        with suppress(OSError, RuntimeError):
            changes = self._words(
                *folders,
                watch_filter=None,
                step=_STEP_MILLISECONDS,
                debounce=_GROUP_MILLISECONDS,
                recursive=recursive,
                ignore_permission_denied=True,
            )
            async for _ in changes:
                self._compare()
        await asyncio.Event().wait()

    async def _sweep(self) -> None:
        """Until a watched folder is another one than it was: then everything is set up anew."""
        before = self._identities()
        while self._identities() == before:
            await asyncio.sleep(self._sweep_seconds)
            self._compare()

    def _compare(self) -> None:
        marks = self._look()
        if marks != self._marks:
            self._marks = marks
            self._touched()

    def _look(self) -> dict[str, Mark]:
        named = (*(self._root / each for each in self._inputs), *self._also)
        return {str(path): mark for path in (*_specs_in(self._specs), *named) if (mark := _mark(path)) is not None}

    def _folders(self) -> tuple[Path, ...]:
        """The folders of what lies outside specs/."""
        named = (*(self._root / each for each in self._inputs), *self._also)
        return tuple(sorted({each.parent for each in named if not each.is_relative_to(self._specs)}))

    def _identities(self) -> tuple[int | None, ...]:
        return tuple(_inode(folder) for folder in (self._specs, *self._folders()))


def _specs_in(folder: Path) -> Iterator[Path]:
    """Spec files as the reader finds them: no names that begin with a dot, no linked folders."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _specs_in(Path(entry.path))
            elif entry.name.lower().endswith((".yaml", ".yml")):
                yield Path(entry.path)


def _mark(path: Path) -> Mark | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None
