"""Runs are at work side by side; whoever deletes or moves stored bytes is alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_spec.journal.at_work import alone, at_work
from seedance_spec.journal.faults import JournalBusy


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / ".seedance" / "at-work.flock"


def test_runs_are_at_work_side_by_side(lock: Path) -> None:
    """The second neither waits nor is refused."""
    with at_work(lock), at_work(lock):
        pass


def test_nobody_deletes_bytes_while_a_run_is_at_work(lock: Path) -> None:
    """Refused as busy (exit 6); free again once the run has ended."""
    with at_work(lock), pytest.raises(JournalBusy, match="another seedance-spec is at work"), alone(lock):
        pass

    with alone(lock):
        pass


def test_no_run_begins_while_bytes_are_deleted(lock: Path) -> None:
    """Refused as busy (exit 6), before anything is sent."""
    with alone(lock), pytest.raises(JournalBusy, match="prune or verify is at work"), at_work(lock):
        pass
