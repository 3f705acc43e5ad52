"""Words on the command line that cannot be meant are refused with the way out, before anything is done."""

from __future__ import annotations

import pytest

from tests.support.reel import Reel


@pytest.mark.parametrize("word", ["reel/moom", "moon"])
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_retake_of_a_shot_that_does_not_exist_is_refused(three_shots: Reel, verb: str, word: str) -> None:
    """Exit 64 and the shot that was meant; a wish is never passed over in silence."""
    refused = three_shots.run(verb, "--sandbox", "--retake", word)
    assert refused.code == 64
    assert "did you mean reel/moon?" in refused.err


def test_a_fault_that_does_not_exist_is_refused(three_shots: Reel) -> None:
    """Exit 64 with what the sandbox says, whether it must be started or runs already."""
    first = three_shots.apply("--fault", "modration")
    assert (first.code, "modration" in first.err) == (64, True)
    assert three_shots.apply("--fault", "moderation:prompt~jump").code == 4
    again = three_shots.apply("--fault", "modration")
    assert (again.code, "modration" in again.err) == (64, True)
