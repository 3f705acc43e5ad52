"""Twelve bugs of the kind that cost money or clips: each is seen by a check that is content without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.rows.seeded_bugs import SeededBugsRow
from tests.lab.rows.seeded_bugs_catalogue import BUGS


@pytest.mark.parametrize("bug", BUGS)
def test_a_seeded_bug_is_caught(bug: str, tmp_path: Path) -> None:
    """The check that is named for it fails with the bug in place, and passes once it is out again."""
    outcome = SeededBugsRow(tmp_path).run(bug)

    assert not outcome.failed, outcome.note


def test_there_are_twelve() -> None:
    """The list of webhooks.md §7.3 (T17), whole."""
    assert len(BUGS) == 12
