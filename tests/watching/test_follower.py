"""What a watch notices: real files and the system's own words, and what is left where the system says nothing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from seedance_spec.watch.follower import Follower
from tests.support.watching import saved_by_rename

PATIENCE = 60.0
"""Seconds after which a word that does not come is a failure: a guard, not a measure."""


def no_words(*_: Path, **__: object) -> AsyncIterator[object]:
    """A system that has no watch left to give."""
    raise OSError(28, "inotify watch limit reached")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "specs" / "ep1").mkdir(parents=True)
    (tmp_path / "refs").mkdir()
    for name in ("specs/film.yaml", "specs/ep1/intro.yaml", "refs/hill.png", "specs/notes.txt"):
        (tmp_path / name).write_text("1", encoding="utf-8")
    return tmp_path


def noticed(root: Path, *acts: Callable[[], object], **ways: object) -> None:
    """Follow, do each of these, and wait after each until it was noticed."""

    async def play() -> None:
        touched = asyncio.Event()
        follower = Follower(root, touched.set, **{"sweep_seconds": 0.01, **ways})  # type: ignore[arg-type] # a test's words
        follower.attend(frozenset({"refs/hill.png"}))
        following = asyncio.create_task(follower.follow())
        try:
            await _until_heard(root / "specs" / "film.yaml", touched)
            for act in acts:
                touched.clear()
                act()
                await asyncio.wait_for(touched.wait(), PATIENCE)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    asyncio.run(play())


def _lengthen(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "0", encoding="utf-8")


async def _until_heard(path: Path, touched: asyncio.Event) -> None:
    """Save until one save is noticed: the system takes a moment to follow a folder."""
    async with asyncio.timeout(PATIENCE):
        while not touched.is_set():
            _lengthen(path)
            with suppress(TimeoutError):
                await asyncio.wait_for(touched.wait(), 0.1)


@pytest.mark.parametrize("ways", [{"sweep_seconds": 3600.0}, {"words": no_words}], ids=["by word", "by sweep"])
def test_saves_of_every_kind_are_noticed(root: Path, ways: dict[str, object]) -> None:
    """By rename, in place, a new file, a removed one, an input that is replaced or gone: by the system's word alone,
    and where it gives none (the limit of inotify watches is reached) by the sweep alone.
    """
    film, night, hill = root / "specs" / "film.yaml", root / "specs" / "ep1" / "night.yaml", root / "refs" / "hill.png"

    noticed(
        root,
        lambda: saved_by_rename(film, "22"),
        lambda: film.write_text("333", encoding="utf-8"),
        lambda: night.write_text("1", encoding="utf-8"),
        night.unlink,
        lambda: saved_by_rename(hill, "22"),
        hill.unlink,
        **ways,
    )


def test_specs_that_are_removed_and_made_again_are_followed_again(root: Path) -> None:
    """The folder is another one; saves in it are noticed as before."""
    specs = root / "specs"

    def made_again() -> None:
        specs.mkdir()
        (specs / "film.yaml").write_text("new", encoding="utf-8")

    noticed(root, lambda: shutil.rmtree(specs), made_again, lambda: saved_by_rename(specs / "film.yaml", "newer"))


def test_what_no_spec_is_made_of_is_passed_over(root: Path) -> None:
    """An editor's own files, notes and other images wake nobody."""
    calls: list[int] = []
    called = asyncio.Event()

    def touched() -> None:
        calls.append(1)
        called.set()

    follower = Follower(root, touched, sweep_seconds=0.05)
    follower.attend(frozenset({"refs/hill.png"}))

    async def play() -> None:
        following = asyncio.create_task(follower.follow())
        for name in ("specs/notes.txt", "specs/.film.yaml.swp", "refs/other.png"):
            (root / name).write_text("22", encoding="utf-8")
        saved_by_rename(root / "specs" / "film.yaml", "a word that does come")
        await called.wait()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    asyncio.run(asyncio.wait_for(play(), PATIENCE))

    assert calls == [1]
