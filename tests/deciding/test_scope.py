"""Part of a plan: what is left out is neither dropped nor forgotten, and the guards still see the whole project."""

from __future__ import annotations

from seedance_spec.model.shot import Film, Project
from seedance_spec.plan.brake import USUAL_BRAKE, empty_project, pulled
from seedance_spec.plan.change import Action
from seedance_spec.plan.style import PLAIN
from seedance_spec.plan.text import plan_text
from tests.support.deciding import Scene, a_rendering, a_scene, a_shot, rows
from tests.support.editing import a_spec, read
from tests.support.saving import selected


def test_what_is_left_out_stays_known_and_is_not_dropped() -> None:
    """A shot outside of the selection has its row there; one that really left the specs is dropped when selected."""
    gone = a_rendering(a_shot("film/gone", prompt="gone"), "go")
    scene = a_scene(a_shot("film/moon"), a_shot("film/storm", prompt="s"), facts=[gone], stored=["go"])

    plan = selected(scene, "moon")

    assert rows(plan) == [("film/moon", 1, Action.NEW)]
    assert [change.shot_id for change in plan.outside] == ["film/storm", "film/gone"]
    assert plan.left_out == 2
    assert rows(selected(scene, "state:dropped")) == [("film/gone", 1, Action.DROPPED)]


def test_of_shots_with_one_request_a_selected_one_pays() -> None:
    """The first shot of a request pays for all; where it is left out, the first selected one does, once."""
    scene = a_scene(a_shot("film/a"), a_shot("film/b"), a_shot("film/c"))

    plan = selected(scene, "b", "c")

    assert [(change.shot_id, change.pays, change.follows) for change in plan.changes] == [
        ("film/b", True, None),
        ("film/c", False, "film/b"),
    ]


def test_a_child_without_its_parent_is_blocked_and_with_it_goes() -> None:
    """A parent that is neither rendered nor selected blocks its child at once; `+child` takes it along."""
    film = read(
        {"reel.yaml": a_spec("moon: { prompt: A }", "exit: { prompt: B, inputs: [{ shot: moon, frame: last }] }")}
    )
    scene = Scene(film=film)

    alone, together = selected(scene, "exit"), selected(scene, "+exit")

    assert rows(alone) == [("reel/exit", 1, Action.BLOCKED)]
    assert "--select '+reel/exit' takes its parents along" in alone.changes[0].causes[-1].text
    assert rows(together) == [("reel/moon", 1, Action.NEW), ("reel/exit", 1, Action.NEW)]


def test_the_brake_reckons_with_the_whole_project() -> None:
    """Six edited shots of twenty are no mass change because only they were selected; six of six are."""
    old = [a_shot(f"film/s{number}", prompt=f"old {number}") for number in range(20)]
    new = [a_shot(f"film/s{number}", prompt=f"new {number}") for number in range(6)]
    facts = [a_rendering(shot, shot.id) for shot in old]
    stored = [shot.id for shot in old]
    large = a_scene(*new, *old[6:], facts=facts, stored=stored)
    small = a_scene(*new, facts=facts[:6], stored=stored[:6])

    assert pulled(selected(large, "state:changed"), USUAL_BRAKE) is None
    assert pulled(selected(small, "state:changed"), USUAL_BRAKE) is not None


def test_dropping_some_shots_is_not_an_empty_project() -> None:
    """A selection of what was dropped has no shot in it, and the project has."""
    gone = a_rendering(a_shot("film/gone", prompt="gone"), "go")
    some = a_scene(a_shot("film/moon"), facts=[gone], stored=["go"])
    none = Scene(film=Film(project=Project(name="teaser-q4"), shots={}), facts=(gone,))

    assert empty_project(selected(some, "state:dropped")) is None
    assert empty_project(selected(none, "gone")) is not None


def test_the_plan_says_what_to_type_and_that_it_is_a_part() -> None:
    """The next step keeps the selection: without it, an apply would buy more than was looked at."""
    text = plan_text(selected(a_scene(a_shot("film/a"), a_shot("film/b", prompt="b")), "a*"), width=80, style=PLAIN)

    assert "Note: 1 shot of the project left out: nothing is done about them" in text
    assert "Next: seedance-spec apply --select 'a*'" in text
