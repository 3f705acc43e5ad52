"""The takes of one shot, on record and to be bought; the picture is a file under golden/."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from seedance_spec.lockfile.facts import Label, Report, Reporter, Status
from seedance_spec.plan.status_rows import State
from seedance_spec.plan.style import COLOUR, PLAIN, Style, cells
from seedance_spec.plan.takes import ShotTakes, shots_on_record
from seedance_spec.plan.takes_document import takes_document, takes_schema
from seedance_spec.plan.takes_text import takes_text
from tests.deciding.test_decide_properties import scenes, some
from tests.support.deciding import NOON, Scene, a_failure, a_label, a_rendering, a_scene, a_shot, an_attempt
from tests.support.explaining import takes_of, world_of
from tests.support.facts import digest

GOLDEN = Path(__file__).parent / "golden"
SHOT = "film/moon-walk"
VALID = Draft202012Validator(takes_schema())


def _seeded(attempt_id: str, seed: int, **overrides: Any) -> Any:
    """A rendering whose seed the gateway told."""
    report = Report(
        seed=seed, tokens=108_900, finished_at=NOON + 98, output=digest(attempt_id), bytes=4_200_000, frames=121
    )
    return a_rendering(a_shot(takes=4), attempt_id, reports={Reporter.GATEWAY: report}, **overrides)


def a_long_history() -> Scene:
    """Four takes wanted: one kept, one shown that has a spare, one failed, one never tried; and an older request."""
    shot = a_shot(takes=4, pick=2)
    older = a_shot(prompt="A dog walking on the moon", resolution="480p")
    facts = [
        _seeded("first", 33_608),
        _seeded("second", 4711, take=2),
        _seeded("second-by-another-clone", 99, take=2),
        a_failure(shot, "third", take=3),
        a_rendering(older, "dog", submitted_at=NOON - 86_400),
        an_attempt(older, "lost", Status.GONE, take=2, submitted_at=NOON - 86_000),
    ]
    return a_scene(
        shot, facts=facts, stored=["first", "second", "second-by-another-clone", "dog"], shown={SHOT: "second"}
    )


def _states(takes: ShotTakes) -> list[tuple[bool, int, str | None, State]]:
    return [
        (asked.present, row.row.take, row.row.attempt_id, row.row.state) for asked in takes.asked for row in asked.takes
    ]


@pytest.mark.parametrize(
    ("name", "width", "style"), [("takes-80", 80, PLAIN), ("takes-80-colour", 80, COLOUR), ("takes-140", 140, PLAIN)]
)
def test_takes_read_as_they_should(name: str, width: int, style: Style) -> None:
    """Seeds, costs, files, spares, failures, the older request and the line to edit: the whole text is golden."""
    text = takes_text(takes_of(a_long_history(), SHOT), width=width, style=style)

    assert text + "\n" == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_the_present_request_comes_first_and_nothing_paid_is_left_out() -> None:
    """Every attempt that the label ever had is a row, and a wanted take that nobody tried is one too."""
    assert _states(takes_of(a_long_history(), SHOT)) == [
        (True, 1, "first", State.RENDERED),
        (True, 2, "second", State.RENDERED),
        (True, 2, "second-by-another-clone", State.RENDERED),
        (True, 3, "third", State.FAILED),
        (True, 4, None, State.NOT_SUBMITTED),
        (False, 1, "dog", State.RENDERED),
        (False, 2, "lost", State.MISSING),
    ]


def test_the_choice_names_the_place_of_the_pick() -> None:
    """Where `pick` is written, its value is what to edit."""
    choice = takes_of(a_long_history(), SHOT).choice

    assert choice is not None
    assert (choice.take, choice.written, str(choice.span)) == (2, True, "specs/film.yaml:3:30")


def test_without_a_pick_the_shots_key_is_the_place_to_add_one() -> None:
    """Take 1 is shown, and the line to add is said as soon as there is another take."""
    shot = a_shot(takes=2)
    bare = replace(shot, origins={name: each for name, each in shot.origins.items() if name != "pick"})
    scene = a_scene(bare, facts=[a_rendering(bare, "one"), a_rendering(bare, "two", take=2)], stored=["one", "two"])
    text = takes_text(takes_of(scene, SHOT), width=100, style=PLAIN)

    assert "Chosen: take 1 · no pick is written, so take 1" in text
    assert "Edit:   add `pick: 2` to the shot at specs/film.yaml:3:3 to show that take" in text


def test_a_spare_is_picked_by_its_attempt_id() -> None:
    """Two clones bought take 1: the other one can be shown too, and its id is told in full."""
    shot = a_shot()
    scene = a_scene(shot, facts=[a_rendering(shot, "a" * 56), a_rendering(shot, "b" * 56)], stored=["a" * 56, "b" * 56])
    takes = takes_of(scene, SHOT)

    assert [(row.spare, row.chosen) for row in takes.rows] == [(False, True), (True, False)]
    assert f"`pick: {'b' * 56}`" in takes_text(takes, width=160, style=PLAIN)


def test_a_shot_that_the_specs_lost_still_tells_its_takes() -> None:
    """Its label is on record: everything that was paid for is shown, and nothing is offered to be chosen."""
    lost = a_shot("film/old")
    scene = a_scene(a_shot(), facts=[a_rendering(lost, "old"), a_label("film/old", None)], stored=["old"])
    takes = takes_of(scene, "film/old")

    assert "film/old" in shots_on_record(scene.film, world_of(scene).facts)
    assert (takes.choice, _states(takes)) == (None, [(False, 1, "old", State.RENDERED)])
    assert "no longer in the specs; its takes are kept" in takes_text(takes, width=100, style=PLAIN)


def test_takes_of_another_profile_are_told_with_its_name() -> None:
    """A draft that was bought is no less on record because the film is read without the profile now."""
    draft = a_shot(model="dreamina-seedance-2-0-fast")
    scene = a_scene(a_shot(), facts=[a_rendering(draft, "d", label=Label(shot=SHOT, profile="draft"))], stored=["d"])
    takes = takes_of(scene, SHOT)

    assert [(asked.present, asked.profiles) for asked in takes.asked] == [(True, ()), (False, ("draft",))]
    assert "profile draft" in takes_text(takes, width=100, style=PLAIN)


def test_what_a_renamed_shot_had_before_is_found_under_its_hash() -> None:
    """The take was bought under another name: it is the present request's all the same."""
    scene = a_scene(a_shot(), facts=[a_rendering(replace(a_shot(), id="film/before"), "kept")], stored=["kept"])

    assert _states(takes_of(scene, SHOT)) == [(True, 1, "kept", State.RENDERED)]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_of_the_takes_is_wider_than_the_terminal(width: int) -> None:
    """From 60 cells upwards everything fits."""
    lines = takes_text(takes_of(a_long_history(), SHOT), width=width, style=COLOUR).splitlines()
    assert [line for line in lines if cells(line) > width] == []


@some
@given(scenes())
def test_every_attempt_of_a_label_is_told_once_and_by_the_schema(scene: Scene) -> None:
    """Whatever happened: no attempt of the label is missing, none is told twice, and the document is valid."""
    world = world_of(scene)
    for shot_id in shots_on_record(scene.film, world.facts):
        takes = takes_of(scene, shot_id)
        told = [row.attempt.attempt_id for row in takes.rows if row.attempt is not None]
        own = {each.attempt_id for each in world.facts.attempts.values() if each.label.shot == shot_id}
        assert len(told) == len(set(told))
        assert own <= set(told)
        assert sum(row.chosen for row in takes.rows) <= 1
        VALID.validate(json.loads(json.dumps(takes_document(takes))))
        assert takes_text(takes, width=80, style=PLAIN)
