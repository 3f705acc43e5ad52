"""What must happen for one shot, for everything that can have happened to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_spec.content_hash import content_hash
from seedance_spec.lockfile.facts import AliasFact, AttemptFact, Status
from seedance_spec.model.shot import FileSource, Input, InputKind, Role, UrlSource
from seedance_spec.plan.change import Action, Author, AuthorKind, Cause
from seedance_spec.realm import Realm
from tests.support.deciding import (
    a_failure,
    a_film,
    a_label,
    a_rendering,
    a_scene,
    a_shot,
    a_span,
    an_attempt,
    an_origin,
    only,
    rows,
)
from tests.support.facts import digest

SHOT = a_shot("film/moon")
BEFORE = a_shot("film/moon", prompt="A dog walking on the moon")


def test_a_shot_that_nobody_rendered_is_new_and_priced() -> None:
    """A new shot names its line, its output and its price."""
    change = only(a_scene(SHOT).plan())
    assert (change.action, change.output, change.span) == (Action.NEW, "renders/film/moon.mp4", a_span(3, 3))
    assert change.causes == (Cause(field="shot", after="film/moon", span=a_span(3, 3), text="never rendered"),)
    assert change.estimate is not None
    assert change.estimate.tokens == 108_900


def test_a_changed_word_is_a_re_render_with_its_cause() -> None:
    """The cause is the field, from what to what, at its line; the take that it replaces is named."""
    before = a_rendering(BEFORE)
    change = only(a_scene(SHOT, facts=[before], stored=["a1"], shown={"film/moon": "a1"}).plan())
    assert change.action is Action.RERENDER
    assert change.previous == before
    assert change.causes == (
        Cause(
            field="prompt",
            before=BEFORE.request.prompt,
            after=SHOT.request.prompt,
            span=a_span(4, 13),
            author=Author(kind=AuthorKind.SHOT),
        ),
    )


def test_a_finished_shot_is_unchanged() -> None:
    """What is rendered, stored and shown needs nothing."""
    change = only(a_scene(SHOT, facts=[a_rendering(SHOT)], stored=["a1"], shown={"film/moon": "a1"}).plan())
    assert (change.action, change.pays, change.causes) == (Action.UNCHANGED, False, ())


def test_a_clip_that_only_renders_has_is_present() -> None:
    """Bytes under renders/ count as present although the store has lost them."""
    scene = a_scene(SHOT, facts=[a_rendering(SHOT)], shown={"film/moon": "a1"})
    assert only(scene.plan()).action is Action.UNCHANGED


def test_a_paid_clip_whose_bytes_are_gone_is_missing_and_free() -> None:
    """Missing bytes never lead to a payment by themselves."""
    change = only(a_scene(SHOT, facts=[a_rendering(SHOT)]).plan())
    assert (change.action, change.pays) == (Action.MISSING, False)
    assert [cause.field for cause in change.causes] == ["clip"]


def test_a_missing_take_names_its_spare_that_is_here() -> None:
    """Another clone's clip is the face, and ours is on disk: it was paid for, and picking it shows it for free."""
    both = [a_rendering(SHOT, "a1"), a_rendering(SHOT, "a2"), a_rendering(SHOT, "a3")]
    scene = a_scene(SHOT, facts=both, stored=["a2", "a3"])

    change = only(scene.plan())
    assert (change.action, change.pays) == (Action.MISSING, False)
    said = "its bytes are not here, those of its spare are: `pick: a2` shows them, and is free"
    assert [cause.text for cause in change.causes] == [said]
    picked = only(replace(scene, film=a_film(replace(SHOT, pick="a2"))).plan())
    assert (picked.action, picked.pays) == (Action.RESTORE, False)


def test_a_take_that_was_given_up_on_stays_missing_without_retake() -> None:
    """`gone` is bought again only on the user's word."""
    gone = a_rendering(SHOT, status=Status.GONE)
    assert only(a_scene(SHOT, facts=[gone]).plan()).action is Action.MISSING
    assert only(a_scene(SHOT, facts=[gone]).plan(retake=["film/moon"])).pays


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ({}, "renders/film/moon.mp4 is not there"),
        ({"film/moon": "somebody's"}, "renders/film/moon.mp4 shows other bytes"),
    ],
)
def test_a_removed_or_overwritten_file_is_put_back_for_free(shown: dict[str, str], why: str) -> None:
    """renders/ is restored from the store, and the plan says what was wrong there."""
    change = only(a_scene(SHOT, facts=[a_rendering(SHOT)], stored=["a1"], shown=shown).plan())
    assert (change.action, change.pays, [cause.text for cause in change.causes]) == (Action.RESTORE, False, [why])


def test_a_reverted_prompt_brings_its_old_take_back_for_free() -> None:
    """A request that was rendered before is restored, and the cause says what changed since the last one."""
    facts = [a_rendering(SHOT), a_rendering(BEFORE, "a2", submitted_at=2_000_000_000)]
    change = only(a_scene(SHOT, facts=facts, stored=["a1", "a2"], shown={"film/moon": "a2"}).plan())
    assert (change.action, change.pays, change.attempt) == (Action.RESTORE, False, facts[0])
    assert [(cause.field, cause.before) for cause in change.causes] == [("prompt", BEFORE.request.prompt)]
    assert change.label_after == 2_000_000_000


def test_another_pick_is_shown_for_free() -> None:
    """Picking another take of one request is a restore whose cause is the pick."""
    shot = a_shot("film/moon", takes=2, pick=2)
    facts = [a_rendering(shot), a_rendering(shot, "a2", take=2)]
    plan = a_scene(shot, facts=facts, stored=["a1", "a2"], shown={"film/moon": "a1"}).plan()
    assert rows(plan) == [("film/moon", 1, Action.UNCHANGED), ("film/moon", 2, Action.RESTORE)]
    assert [(cause.field, cause.before, cause.after) for cause in plan.changes[1].causes] == [("pick", 1, 2)]
    assert [change.chosen for change in plan.changes] == [False, True]


@pytest.mark.parametrize(
    ("fact", "action"),
    [
        (an_attempt(SHOT, status=Status.SUBMITTED), Action.IN_FLIGHT),
        (an_attempt(SHOT, status=Status.LANDED, task_id=None), Action.UNKNOWN),
        (an_attempt(SHOT, status=Status.UNKNOWN, task_id=None), Action.UNKNOWN),
        (a_failure(SHOT), Action.FAILED),
        (an_attempt(SHOT, status=Status.NOT_LANDED, task_id=None), Action.NEW),
    ],
)
def test_an_attempt_that_is_not_finished_decides_the_row(fact: AttemptFact, action: Action) -> None:
    """Only a POST that never landed leaves its take free to be bought."""
    change = only(a_scene(SHOT, facts=[fact]).plan())
    assert (change.action, change.pays) == (action, action is Action.NEW)
    assert change.causes


def test_an_unknown_submit_shows_the_money_at_risk() -> None:
    """The row of an unknown attempt carries its estimate, outside the total."""
    plan = a_scene(SHOT, facts=[an_attempt(SHOT, status=Status.UNKNOWN)]).plan()
    assert only(plan).estimate is not None
    assert plan.total_usd == 0


def test_a_failure_is_told_with_class_and_code() -> None:
    """The cause of a failed row is what the gateway said."""
    change = only(a_scene(SHOT, facts=[a_failure(SHOT)]).plan())
    assert [cause.text for cause in change.causes] == [
        "failed: moderation (OutputVideoSensitiveContentDetected): blocked"
    ]


def test_facts_of_the_other_realm_do_not_count() -> None:
    """What the sandbox rendered says nothing about paid takes."""
    scene = a_scene(SHOT, facts=[a_rendering(SHOT, realm=Realm.SANDBOX)], stored=["a1"])
    assert only(scene.plan()).action is Action.NEW
    assert only(replace(scene, realm=Realm.SANDBOX).plan()).action is Action.RESTORE


def test_an_alias_keeps_old_takes() -> None:
    """A take under another hash that stands for this one is this one's take."""
    old = a_rendering(SHOT, content_hash="v0:old".replace("v0", "v1"))
    alias = AliasFact(content_hash=content_hash(SHOT.request), stands_for="v1:old")
    scene = a_scene(SHOT, facts=[old, alias], stored=["a1"], shown={"film/moon": "a1"})
    assert only(scene.plan()).action is Action.UNCHANGED


def test_a_changed_input_is_named_by_the_authors_own_index() -> None:
    """Canonical order is not the author's: the cause names the place where it was written."""
    last = Input(kind=InputKind.IMAGE, source=UrlSource(url="https://h/last.png"), role=Role.LAST_FRAME)
    first = Input(
        kind=InputKind.IMAGE,
        source=FileSource(path="refs/cat.jpg", sha256=digest("new"), bytes=1, media_type="image/jpeg"),
        role=Role.FIRST_FRAME,
    )
    old_first = replace(first, source=UrlSource(url="https://h/first.png"))
    shot = a_shot("film/moon", inputs=(last, first))
    shot = replace(shot, origins={**shot.origins, "inputs[1]": an_origin(40, 9)})
    before = a_rendering(a_shot("film/moon", inputs=(old_first, last)))
    (cause,) = only(a_scene(shot, facts=[before]).plan()).causes
    assert (cause.field, cause.span, cause.text) == ("inputs[1]", a_span(40, 9), "refs/cat.jpg")


def test_an_input_that_was_taken_away_is_a_cause() -> None:
    """An input that is no longer written is shown as it was."""
    image = Input(kind=InputKind.IMAGE, source=UrlSource(url="https://h/cat.png"))
    (cause,) = only(a_scene(SHOT, facts=[a_rendering(a_shot("film/moon", inputs=(image,)))]).plan()).causes
    assert (cause.field, cause.after, cause.text) == ("inputs[0]", None, "taken away")


def test_changed_delivery_is_a_note_and_no_change() -> None:
    """A delivery field applies to future renders: it is noted and pays nothing."""
    shot = a_shot("film/moon", service_tier="priority")
    scene = a_scene(shot, facts=[a_rendering(SHOT)], stored=["a1"], shown={"film/moon": "a1"})
    change = only(scene.plan())
    assert change.action is Action.UNCHANGED
    assert [(note.field, note.before, note.after) for note in change.note] == [("service_tier", None, "priority")]


def test_an_attempt_at_an_earlier_request_is_seen_through() -> None:
    """A prompt changed while its first version renders: that attempt keeps a row, and what comes of it is kept."""
    running = an_attempt(BEFORE)
    plan = a_scene(SHOT, facts=[running]).plan()
    assert rows(plan) == [("film/moon", 1, Action.RERENDER), ("film/moon", 1, Action.IN_FLIGHT)]
    assert (plan.changes[1].shot, plan.changes[1].attempt, plan.changes[1].chosen) == (None, running, False)


def test_a_shot_that_comes_back_with_another_request_is_new() -> None:
    """A label that was dropped and asks for something else has no take to replace."""
    change = only(a_scene(SHOT, facts=[a_rendering(BEFORE), a_label("film/moon", None, 2_000_000_000)]).plan())
    assert (change.action, change.causes[0].text) == (
        Action.NEW,
        "back in the specs, and asks for another picture",
    )
