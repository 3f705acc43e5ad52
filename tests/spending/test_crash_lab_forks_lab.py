"""The crash laboratory's forks are the program: what they ask of the system is what a fresh process asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.bench import Bench
from tests.lab.preload import Preload, Strike
from tests.lab.world import a_process

STEADY = ("write", "fsync", "ftruncate", "fallocate", "copy", "rename", "link", "unlink", "mkdir")
"""Calls that do not hang on how often the gateway was asked."""

pytestmark = pytest.mark.lab


@pytest.fixture
def preload(tmp_path: Path) -> Preload:
    return Preload.built(tmp_path / "preload")


@pytest.fixture
def bench(tmp_path: Path, preload: Preload) -> Iterator[Bench]:
    bench = Bench(tmp_path, preload=preload.library)
    yield bench
    bench.close()


def _calls(bench: Bench, preload: Preload, *, fresh: bool) -> dict[str, int]:
    film = bench.world.film(launch=a_process if fresh else None)
    ran = film.apply(env=preload.counting(film.root))
    assert ran.code == 0, ran.err
    counts = preload.counts()
    return {name: counts[name] for name in STEADY}


def test_a_fork_makes_the_calls_of_a_fresh_process(bench: Bench, preload: Preload) -> None:
    """Start and end of the interpreter aside, there is no call on the disk in one that is not in the other."""
    assert _calls(bench, preload, fresh=False) == _calls(bench, preload, fresh=True)


def test_a_fork_is_struck_where_it_was_told(bench: Bench, preload: Preload) -> None:
    """Killed at its second rename, it is dead by SIGKILL, and the next fork is whole and counts from nothing."""
    film = bench.world.film()

    ran = film.apply(env=preload.striking(film.root, Strike(call="rename", at=2)))

    assert ran.killed
    assert (preload.struck(film.root) or "").startswith("rename 2 ")
    assert film.apply().code == 0
    assert _calls(bench, preload, fresh=False)["link"] == 1
