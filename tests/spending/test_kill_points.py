"""kill -9 at the program's own calls: real processes, the real sandbox; then the same command again, and the bill."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.lab.hooks import CALLS, COMMIT, POST, SEND
from tests.lab.short import ShortLab, broken, sampled, short_lab

WHILE_BYTES_ARE_OUT = ((SEND, 2), (SEND, 3))
"""The bodies of the second and third POST: one has gone out whole."""

DOUBLE_KILLS = 4


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShortLab]:
    with short_lab(tmp_path_factory.mktemp("kill")) as lab:
        yield lab


def test_a_kill_at_any_call_costs_no_second_charge_no_clip_and_no_repair(lab: ShortLab) -> None:
    """The first and the last call of every kind, and more while POSTs are out: every clip is there, each paid once."""
    points = dict.fromkeys([*sampled(lab.counts, CALLS, 2), *sampled(lab.counts, (COMMIT,), 12), *WHILE_BYTES_ARE_OUT])
    assert len(points) >= 36

    outcomes = [lab.killed_at(point) for point in points]

    assert broken(outcomes) == []
    assert any(outcome.unknown_left for outcome in outcomes)
    assert sum(outcome.double_charges + outcome.lost_results + outcome.repairs for outcome in outcomes) == 0
    assert sum(outcome.posts_over_one for outcome in outcomes) == 0


def test_a_kill_between_the_bytes_and_the_answer_leaves_an_unknown_that_can_be_closed(lab: ShortLab) -> None:
    """Killed with the first POST's bytes going out, that attempt is unknown: it is never sent again, and is closed."""
    outcome = lab.killed_at((POST, 1))

    assert not outcome.failed, outcome.note
    assert outcome.unknown_left == sum(outcome.closed.values()) >= 1


def test_a_second_kill_during_recovery_changes_nothing(lab: ShortLab) -> None:
    """Killed twice, anywhere: the third run ends it."""
    dice = Random(4)
    points = sampled(lab.counts, (COMMIT, SEND, "fsync", "rename"), 8)

    outcomes = [lab.killed_at(*dice.sample(points, 2)) for _ in range(DOUBLE_KILLS)]

    assert broken(outcomes) == []


def test_five_kills_in_a_row_at_different_moments_change_nothing(lab: ShortLab) -> None:
    """As many accepted POSTs as takes, and all clips, after five runs that were killed."""
    outcome = lab.killed_at(("mkdir", 20), (COMMIT, 9), (POST, 2), (SEND, 3), ("rename", 2))

    assert not outcome.failed, outcome.note
