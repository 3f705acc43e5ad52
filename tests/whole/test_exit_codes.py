"""What the endings of a run mean for the exit, and what a yes is worth when the project moved meanwhile."""

from __future__ import annotations

import pytest

from seedance_spec.attempts.endings import End, Ending
from seedance_spec.cli.apply import _unmoved
from seedance_spec.cli.carry import exit_codes
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError
from seedance_spec.lockfile.fold import Facts
from seedance_spec.pipeline import Decision
from seedance_spec.plan.change import Action, Change
from seedance_spec.plan.decide import Presence
from tests.support.deciding import Scene, a_rendering, a_scene, a_shot

SHOT = a_shot("film/moon")


def _ending(end: End, code: str = "", action: Action = Action.NEW) -> Ending:
    change = Change(shot_id="film/moon", action=action, content_hash="v1:a", take=1, causes=(), span=None)
    return Ending(change=change, end=end, code=code)


@pytest.mark.parametrize(
    ("ending", "codes"),
    [
        (_ending(End.RENDERED), []),
        (_ending(End.MISSING, action=Action.MISSING), []),
        (_ending(End.MISSING), [ExitCode.NEEDS_YOU]),
        (_ending(End.FAILED), [ExitCode.SHOTS_FAILED]),
        (_ending(End.UNKNOWN), [ExitCode.NEEDS_YOU]),
        (_ending(End.NOT_SUBMITTED, "no-money"), [ExitCode.REFUSED]),
        (_ending(End.NOT_SUBMITTED, "no-receiver"), [ExitCode.BUSY]),
        (_ending(End.NOT_SUBMITTED, "released"), [ExitCode.BUSY]),
        (_ending(End.NOT_SUBMITTED, "not-landed"), [ExitCode.BUSY]),
        (_ending(End.NOT_SUBMITTED, "invalid-request"), [ExitCode.SHOTS_FAILED]),
        (_ending(End.FAULT), [ExitCode.UNEXPECTED]),
        (_ending(End.FAULT, "busy"), [ExitCode.BUSY]),
        (_ending(End.RUNNING), [ExitCode.STILL_RUNNING]),
        (_ending(End.LATE), [ExitCode.STILL_RUNNING]),
        (_ending(End.LATE, "bad-key"), [ExitCode.NEEDS_YOU]),
    ],
)
def test_every_ending_has_its_exit_code(ending: Ending, codes: list[int]) -> None:
    """A clip that was missing before is no news; one that this run waited for needs somebody."""
    assert exit_codes([ending]) == codes


def _decision(scene: Scene) -> Decision:
    return Decision(plan=scene.plan(), facts=Facts.of(*scene.facts), presence=Presence(), diagnostics=())


def test_a_yes_counts_for_what_was_shown() -> None:
    """Less to pay than was agreed to goes on; more is stale (exit 7), and nothing is sent."""
    more, less = _decision(a_scene(SHOT)), _decision(a_scene(SHOT, facts=[a_rendering(SHOT)]))
    assert _unmoved(more, less) is less
    with pytest.raises(StopError) as refused:
        _unmoved(less, more)
    assert refused.value.code is ExitCode.STALE
