"""What `apply --frozen` makes of every row: what is here is shown, everything else is named, and nobody is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_spec.cli.carry import exit_codes
from seedance_spec.lockfile.facts import Status
from seedance_spec.plan.change import Action
from seedance_spec.realm import Realm
from seedance_spec.restoring import restore
from seedance_spec.workplace import Workplace
from tests.support.deciding import a_failure, a_rendering, a_scene, a_shot, an_attempt

pytestmark = pytest.mark.anyio


async def test_every_row_ends_without_a_gateway(tmp_path: Path) -> None:
    """New and changed shots, a following twin, a lost clip, one in flight, one unknown and one failed."""
    names = ("new", "edited", "lost", "flying", "unknown", "failed")
    shots = {name: a_shot(f"film/{name}", prompt=name) for name in names}
    scene = a_scene(
        *shots.values(),
        a_shot("film/twin", prompt="new"),
        facts=[
            a_rendering(a_shot("film/edited", prompt="old"), "old"),
            a_rendering(shots["lost"], "lo"),
            an_attempt(shots["flying"], "fl"),
            an_attempt(shots["unknown"], "un", Status.UNKNOWN),
            a_failure(shots["failed"], "fa"),
        ],
        stored=["old"],
    )

    endings = await restore(scene.plan(), Workplace(root=tmp_path, realm=Realm.PAID), tell=lambda _: None)

    assert {ending.change.shot_id.removeprefix("film/"): (ending.end.value, ending.code) for ending in endings} == {
        "new": ("not-submitted", "frozen"),
        "twin": ("not-submitted", "frozen"),
        "edited": ("not-submitted", "frozen"),
        "lost": ("missing", ""),
        "flying": ("running", ""),
        "unknown": ("unknown", ""),
        "failed": ("failed", ""),
    }
    assert sorted(set(exit_codes(endings))) == [4, 7, 8, 9]


async def test_a_clip_that_left_the_store_is_said_and_costs_its_row_alone(tmp_path: Path) -> None:
    """The plan saw its bytes, and they went away since then: a fault of that row, never an exception of the run."""
    shot = a_shot("film/moon")
    scene = a_scene(shot, facts=[a_rendering(shot, "a1")], stored=["a1"])
    plan = scene.plan()

    (ending,) = await restore(plan, Workplace(root=tmp_path, realm=Realm.PAID), tell=lambda _: None)

    assert plan.changes[0].action is Action.RESTORE
    assert (ending.end.value, ending.code) == ("fault", "disk")
