"""Two programs in one project: whoever wins, every take is one POST, and the dead keep nobody waiting."""

from __future__ import annotations

import signal

from seedance_spec.attempts.ports import Mark
from tests.support.films import small_film
from tests.support.moments import finished, heard, marks, until
from tests.support.reel import Reel

ROUNDS = 10


def test_two_applies_started_at_the_same_instant_pay_once(reel: Reel) -> None:
    """Ten times, the first with no sandbox running yet: two POSTs for two takes, and both runs end well."""
    for number in range(1, ROUNDS + 1):
        reel.write(
            "pair.yaml", small_film(one=f"The first cat of round {number}", two=f"The second cat of round {number}")
        )
        words = ("apply", "--sandbox", "--yes", "--speed", "400")

        ended = [finished(each) for each in (reel.start(*words), reel.start(*words))]

        assert [each.code for each in ended] == [0, 0], [each.err for each in ended]
        assert reel.posts == 2 * number
    assert {reel.clip(f"pair/{shot}").exists() for shot in ("one", "two")} == {True}


def test_the_one_that_watches_takes_over_from_the_one_that_is_killed(three_shots: Reel) -> None:
    """Killed while the tasks render: the other run, which only followed, sees them through; still three POSTs."""
    first = three_shots.start("apply", "--sandbox", "--yes", "--speed", "60", "--fault", "slow:10")
    until(lambda: marks(three_shots) == [Mark.ANSWERED] * 3, "three answers on record")
    second = three_shots.start("apply", "--sandbox", "--yes")
    heard(second, "3 in flight")

    first.send_signal(signal.SIGKILL)

    assert finished(first).code == -signal.SIGKILL
    assert finished(second).code == 0
    assert three_shots.posts == 3
    assert all(three_shots.clip(f"reel/{shot}").exists() for shot in ("moon", "jump", "exit"))


def test_readers_never_wait(three_shots: Reel) -> None:
    """While an apply works, `plan` and `status` answer from what is on record, and change nothing."""
    working = three_shots.start("apply", "--sandbox", "--yes", "--speed", "60", "--fault", "slow:10")
    until(lambda: marks(three_shots) == [Mark.ANSWERED] * 3, "three answers on record")

    assert set(three_shots.actions().values()) == {"in-flight"}
    assert three_shots.run("status", "--sandbox").code in {0, 8}

    assert working.poll() is None
    working.send_signal(signal.SIGTERM)
    assert finished(working).code == 143
