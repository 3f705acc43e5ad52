"""Words for everything that can be met: each hint has its sentence, each stage its ending."""

from __future__ import annotations

import pytest

from seedance_spec.attempts.endings import _ENDS, End, end_of
from seedance_spec.attempts.hints import SENTENCES, hint_text
from seedance_spec.attempts.stages import Hint, Stage


def test_every_hint_has_a_sentence() -> None:
    """A new hint without words fails here, not in front of somebody."""
    assert set(SENTENCES) == set(Hint)
    assert all("{said}" not in hint_text(hint, "why") for hint in Hint)


def test_every_stage_has_an_ending() -> None:
    """A lane may end wherever its attempt stands."""
    assert set(_ENDS) == set(Stage)


@pytest.mark.parametrize(
    ("stage", "code", "stopping", "end"),
    [
        (Stage.SUCCEEDED, "missing", False, End.MISSING),
        (Stage.SUCCEEDED, "missing", True, End.RUNNING),
        (Stage.SUCCEEDED, "disk", False, End.FAULT),
        (Stage.SUBMITTED, "task-absent", False, End.UNKNOWN),
        (Stage.SUBMITTED, "", True, End.RUNNING),
        (Stage.UNKNOWN, "", True, End.UNKNOWN),
        (Stage.STORED, "", True, End.RENDERED),
        (Stage.GONE, "missing", True, End.MISSING),
    ],
)
def test_the_last_trouble_and_a_stop_decide_between_endings(
    stage: Stage,
    code: str,
    stopping: bool,  # noqa: FBT001 - a table's column
    end: End,
) -> None:
    """A disk that refuses is no missing clip, and what a stop left running is not lost."""
    assert end_of(stage, code, stopping=stopping) is end
