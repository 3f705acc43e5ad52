"""A thousand histories in virtual time: crashes, lost answers, lies and edits; nothing is paid twice, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.simulation.seed import simulate

SEEDS, SHARES = 1000, 20


@pytest.mark.parametrize("share", range(SHARES))
def test_no_history_pays_twice_or_loses_what_was_paid(share: int, tmp_path: Path) -> None:
    """Every promise holds for each seed of this share. `make crash-lab CASE=simulation:SEED` tells a seed's history."""
    for seed in range(share, SEEDS, SHARES):
        verdict = simulate(seed, tmp_path)
        assert verdict.broken == (), f"seed {seed}\n{verdict.history}"


def test_a_seed_always_tells_the_same_history(tmp_path: Path) -> None:
    """The same number gives the same posts, the same virtual hours and the same end: a failing seed can be replayed."""
    assert [simulate(seed, tmp_path) for seed in (3, 50)] == [simulate(seed, tmp_path) for seed in (3, 50)]


def test_histories_are_eventful(tmp_path: Path) -> None:
    """The dice bring what the promises are about: lost answers, takes bought again on the user's word, salvage."""
    verdicts = [simulate(seed, tmp_path) for seed in range(40)]

    assert sum(verdict.unknown for verdict in verdicts) >= 10
    assert sum(verdict.posts - verdict.paid for verdict in verdicts) >= 10
    assert {"resolve", "billing log"} <= {word for verdict in verdicts for word in verdict.closed}


@pytest.mark.parametrize("seed", [138, 331, 2359, 2660])
def test_a_history_that_once_broke_a_promise_holds(seed: int, tmp_path: Path) -> None:
    """A kill between journal and lockfile leaves the lockfile behind for one apply only; a lost row ends loudly."""
    verdict = simulate(seed, tmp_path)

    assert verdict.broken == (), verdict.history
