"""--fail-fast in virtual time: after the first shot that fails nothing more is submitted, and what runs is followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_spec.attempts.ports import Accepted, Refused, SubmitOutcome
from seedance_spec.plan.events import Told
from tests.support.conducting import Gateway, Studio, ends
from tests.support.deciding import a_film, a_shot

SHOTS = [a_shot(f"film/s{number}", prompt=f"shot {number}") for number in range(4)]

pytestmark = pytest.mark.anyio


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    (tmp_path / "specs").mkdir()
    return Studio(root=tmp_path, film=a_film(*SHOTS), fail_fast=True)


async def test_nothing_is_submitted_after_a_failure_and_what_runs_is_brought_home(studio: Studio) -> None:
    """Two places, the first task fails: its neighbour is rendered, the two that waited were never sent."""
    gateway = Gateway(studio.clock, failing=frozenset({"task_1"}))

    endings = await studio.apply(gateway, jobs=2)

    assert sorted(ends(endings).values()) == ["failed", "not-submitted", "not-submitted", "rendered"]
    assert {ending.code for ending in endings if ending.end == "not-submitted"} == {"fail-fast"}
    assert len(gateway.bodies) == 2
    told = [event.message for event in studio.events if isinstance(event, Told)]
    assert sum("--fail-fast submits nothing after that" in message for message in told) == 1


async def test_without_it_the_others_go_on(studio: Studio) -> None:
    """Keeping on is the default: one failure costs one shot."""
    studio.fail_fast = False
    gateway = Gateway(studio.clock, failing=frozenset({"task_1"}))

    assert sorted(ends(await studio.apply(gateway, jobs=2)).values()) == ["failed", "rendered", "rendered", "rendered"]


async def test_a_refused_shot_is_a_failure_too(studio: Studio) -> None:
    """A request that the gateway does not take ends the submitting as a failed one does."""

    def answer(n: int) -> SubmitOutcome:
        return Refused(code="bad-request", message="no", status=400) if n == 1 else Accepted(task_id=f"task_{n}")

    gateway = Gateway(studio.clock, answer=answer)

    assert set(ends(await studio.apply(gateway, jobs=1)).values()) == {"not-submitted"}
    assert len(gateway.bodies) == 1


async def test_a_failure_of_an_earlier_run_is_none_of_this_one(studio: Studio) -> None:
    """What failed before and is not bought again stops nobody; the rest goes, and leaves no claim behind."""
    await studio.apply(Gateway(studio.clock, failing=frozenset({"task_1"})), jobs=1)
    gateway = Gateway(studio.clock, answer=lambda n: Accepted(task_id=f"more_{n}"))

    assert sorted(ends(await studio.apply(gateway, jobs=1)).values()) == ["failed", "rendered", "rendered", "rendered"]
    assert len(gateway.bodies) == 3
