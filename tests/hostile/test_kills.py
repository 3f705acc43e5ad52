"""SIGKILL under flood, the short form of `make hostile ROWS=kill`: what was acknowledged is there."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.rows.kill import killed_under_flood
from tests.hostile.served import Served


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """Three kills with a thousand acknowledged callbacks each, in one file: none of them is lost, and it serves on."""
    lost = []
    for nth in range(3):
        acknowledged, missing = killed_under_flood(Served(tmp_path), name=f"kill{nth}", least=1_000)
        lost.append((acknowledged >= 1_000, missing))

    assert lost == [(True, 0)] * 3
    with Served(tmp_path) as served:
        assert served.answers()


def test_the_check_would_see_an_acknowledgement_that_comes_too_early(tmp_path: Path) -> None:
    """The same with 200 said before the commit: callbacks are found lost."""
    _, lost = killed_under_flood(Served(tmp_path, changed="ack-before-commit"), name="bug", least=1_000)

    assert lost > 0
