"""A network that resets, stalls, slices, truncates and repeats: never a second POST, and all clips when it is calm."""

from __future__ import annotations

from pathlib import Path

from tests.lab.rows.chaos import ChaosRow
from tests.lab.short import broken

SEEDS = 6


def test_whatever_the_network_does_no_take_is_paid_twice(tmp_path: Path) -> None:
    """Six seeds of the long form's thousand."""
    row = ChaosRow(tmp_path)
    try:
        outcomes = [row.run(str(seed)) for seed in range(SEEDS)]
    finally:
        row.close()

    assert broken(outcomes) == []
    assert sum(outcome.double_charges + outcome.posts_over_one for outcome in outcomes) == 0
    assert sum(outcome.struck for outcome in outcomes) >= SEEDS - 1
