"""Names move for free and are said once: renames, drops, reverts."""

from __future__ import annotations

from dataclasses import replace

from seedance_spec.content_hash import content_hash
from seedance_spec.lockfile.facts import Fact, LabelFact
from seedance_spec.plan.change import Action
from seedance_spec.plan.decide import label_moves
from tests.support.deciding import NOON, Scene, a_label, a_rendering, a_scene, a_shot, an_attempt, rows

OLD = a_shot("film/old-name")
NEW = a_shot("film/new-name")
HASH = content_hash(OLD.request)


def _applied(scene: Scene, now: int = NOON + 1) -> Scene:
    return replace(scene, facts=(*scene.facts, *label_moves(scene.plan(), now)))


def test_a_renamed_shot_keeps_its_takes() -> None:
    """The hash is known under a label that the specs no longer have: renamed, free, with both names."""
    scene = a_scene(NEW, facts=[a_rendering(OLD)], stored=["a1"], shown={"film/old-name": "a1"})
    (change,) = scene.plan().changes
    assert (change.action, change.pays, change.previous_id) == (Action.RENAMED, False, "film/old-name")
    assert label_moves(scene.plan(), NOON + 1) == (
        LabelFact(shot="film/new-name", profile=None, content_hash=HASH, when=NOON + 1),
        LabelFact(shot="film/old-name", profile=None, content_hash=None, when=NOON + 1),
    )


def test_a_rename_is_said_once() -> None:
    """Once the label facts stand, the shot is like any other."""
    scene = _applied(a_scene(NEW, facts=[a_rendering(OLD)], stored=["a1"], shown={"film/new-name": "a1"}))
    assert rows(scene.plan()) == [("film/new-name", 1, Action.UNCHANGED)]


def test_a_renamed_shot_that_is_missing_is_fetched_under_its_new_name() -> None:
    """Missing bytes come first; the label moves all the same."""
    (change,) = a_scene(NEW, facts=[a_rendering(OLD)]).plan().changes
    assert (change.action, change.previous_id) == (Action.MISSING, "film/old-name")
    assert [cause.field for cause in change.causes] == ["clip", "shot"]


def test_a_shot_renamed_while_it_renders_is_followed() -> None:
    """An attempt under way under the old name is this shot's attempt, and nothing is bought."""
    (change,) = a_scene(NEW, facts=[an_attempt(OLD)]).plan().changes
    assert (change.action, change.previous_id) == (Action.IN_FLIGHT, "film/old-name")


def test_a_lost_name_is_taken_over_by_one_shot_only() -> None:
    """Of two new shots with the lost one's request, the first is the renamed one; the other is a copy."""
    copy = a_shot("film/copy", line=20)
    scene = a_scene(NEW, copy, facts=[a_rendering(OLD)], stored=["a1"], shown={"film/old-name": "a1"})
    assert rows(scene.plan()) == [("film/new-name", 1, Action.RENAMED), ("film/copy", 1, Action.RESTORE)]


def test_a_shot_that_was_renamed_and_changed_is_new_and_dropped() -> None:
    """Nothing tells that they are one: the new request is bought, the old label is dropped."""
    plan = a_scene(a_shot("film/new-name", prompt="else"), facts=[a_rendering(OLD)], stored=["a1"]).plan()
    assert rows(plan) == [("film/new-name", 1, Action.NEW), ("film/old-name", 1, Action.DROPPED)]


def test_two_shots_that_swap_their_requests_are_restored() -> None:
    """Both labels are still in the specs: nothing was renamed, and both clips are put in place."""
    a, b = a_shot("film/a", prompt="one"), a_shot("film/b", prompt="two")
    swapped = (replace(a, request=b.request), replace(b, request=a.request))
    scene = a_scene(
        *swapped,
        facts=[a_rendering(a), a_rendering(b, "b1")],
        stored=["a1", "b1"],
        shown={"film/a": "a1", "film/b": "b1"},
    )
    plan = scene.plan()
    assert [change.action for change in plan.changes] == [Action.RESTORE, Action.RESTORE]
    assert [[cause.field for cause in change.causes] for change in plan.changes] == [["prompt"], ["prompt"]]


def test_a_dropped_shot_is_said_once() -> None:
    """A label that left the specs is dropped; once its label fact stands it is not spoken of again."""
    scene = a_scene(facts=[a_rendering(OLD)])
    (change,) = scene.plan().changes
    assert (change.action, change.shot, change.output) == (Action.DROPPED, None, "renders/film/old-name.mp4")
    assert _applied(scene).plan().changes == ()


def test_a_dropped_label_that_no_spec_could_have_written_has_no_output() -> None:
    """A lockfile is written by others too: a label that leads out of renders/ names no path."""
    (change,) = a_scene(facts=[a_rendering(a_shot("../../etc/passwd"))]).plan().changes
    assert (change.action, change.output) == (Action.DROPPED, None)


def test_a_dropped_shot_that_comes_back_is_free() -> None:
    """Its takes were kept."""
    facts: list[Fact] = [a_rendering(OLD), a_label("film/old-name", None)]
    (change,) = a_scene(OLD, facts=facts, stored=["a1"]).plan().changes
    assert (change.action, change.causes[0].text) == (Action.RESTORE, "back in the specs; its takes were kept")


def test_a_revert_is_remembered_in_every_clone() -> None:
    """After a revert the label means the old request again: the next edit is compared with that one."""
    edited = a_shot("film/old-name", prompt="edited")
    facts = [a_rendering(OLD), a_rendering(edited, "a2", submitted_at=NOON + 5)]
    reverted = _applied(a_scene(OLD, facts=facts, stored=["a1", "a2"], shown={"film/old-name": "a2"}), now=NOON + 9)
    third = replace(reverted, film=a_scene(a_shot("film/old-name", prompt="third")).film)
    (cause,) = third.plan().changes[0].causes
    assert (cause.before, cause.after) == (OLD.request.prompt, "third")


def test_a_clock_that_is_behind_still_moves_a_label() -> None:
    """A label fact is later than what it overrules, whatever other machines' clocks said."""
    scene = a_scene(
        NEW, facts=[a_rendering(OLD, submitted_at=NOON + 5000)], stored=["a1"], shown={"film/new-name": "a1"}
    )
    assert rows(_applied(scene, now=NOON).plan()) == [("film/new-name", 1, Action.UNCHANGED)]


def test_a_label_that_stays_writes_nothing() -> None:
    """A plan without moves has no label facts to write."""
    scene = a_scene(OLD, facts=[a_rendering(OLD)], stored=["a1"], shown={"film/old-name": "a1"})
    assert label_moves(scene.plan(), NOON) == ()
