"""Ctrl-C and SIGTERM in the middle: the program ends, all is on record, and the next run goes on from there."""

from __future__ import annotations

import signal
from collections.abc import Sequence

import pytest

from seedance_spec.attempts.ports import Mark
from tests.support.moments import finished, heard, marks, statuses, stopped, until
from tests.support.reel import Reel

SHOTS = ("reel/moon", "reel/jump", "reel/exit")


def _all_there_or_said(reel: Reel) -> None:
    """The next run: every clip, or the one whose answer never came said to need somebody; and no fourth POST."""
    again = reel.apply()
    assert all(reel.clip(shot).exists() for shot in SHOTS if shot != "reel/jump"), again.err
    assert again.code == 0 or (again.code == 8 and "? reel/jump: unknown" in again.err), again.err
    assert reel.clip("reel/jump").exists() is (again.code == 0)
    assert reel.posts == 3


@pytest.mark.parametrize(
    ("signals", "code"),
    [([signal.SIGINT, signal.SIGINT], 130), ([signal.SIGTERM], 143)],
    ids=["ctrl-c twice", "sigterm"],
)
def test_a_stop_while_an_answer_is_due_leaves_the_truth(
    three_shots: Reel, signals: Sequence[signal.Signals], code: int
) -> None:
    """One POST never comes back. A first Ctrl-C waits for it and says so; a second one and SIGTERM do not: what was
    answered is submitted, what was not may be paid and is on record as that.
    """
    running = three_shots.start("apply", "--sandbox", "--yes", "--speed", "60", "--fault", "hang:prompt~jump")
    until(lambda: sorted(marks(three_shots)) == [Mark.ANSWERED, Mark.ANSWERED, Mark.BYTES_OUT], "one answer due")
    for first in signals[:-1]:
        running.send_signal(first)
        heard(running, "1 answer is due")

    ended = stopped(running, signals[-1])

    assert ended.code == code
    assert len(statuses(three_shots)) == 3
    assert {"unknown", "landed"} & set(statuses(three_shots)), statuses(three_shots)
    _all_there_or_said(three_shots)


def test_ctrl_c_while_tasks_render_ends_at_once_and_the_next_run_finishes_them(three_shots: Reel) -> None:
    """No answer is due: exit 130, three tasks on record, three clips in the next run, no further POST."""
    running = three_shots.start("apply", "--sandbox", "--yes", "--speed", "60", "--fault", "slow:5")
    until(lambda: marks(three_shots) == [Mark.ANSWERED] * 3, "three answers on record")

    ended = stopped(running, signal.SIGINT)

    assert ended.code == 130
    assert "3 still running: the same command goes on" in ended.err
    assert statuses(three_shots) == ["submitted"] * 3
    assert three_shots.apply().code == 0
    assert three_shots.posts == 3


def test_a_signal_before_anything_was_sent_leaves_nothing(three_shots: Reel) -> None:
    """Ctrl-C while the plan is still being made: exit 130, no fact, and the next run pays for each take once."""
    running = three_shots.start("apply", "--sandbox", "--yes", "--speed", "400")

    running.send_signal(signal.SIGINT)
    ended = finished(running)

    assert ended.code in {130, -signal.SIGINT}
    assert three_shots.apply().code == 0
    assert three_shots.posts == 3
