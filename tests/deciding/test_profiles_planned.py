"""One lockfile for all profiles: labels, folders and takes of one never disturb another."""

from __future__ import annotations

from dataclasses import replace

from seedance_spec.content_hash import content_hash
from seedance_spec.lockfile.facts import Label, LabelFact, Status
from seedance_spec.model.given import Given
from seedance_spec.plan.change import Action
from seedance_spec.plan.decide import label_moves
from tests.support.deciding import NOON, an_attempt
from tests.support.editing import a_plan, a_spec, read, rendered

FILES = {
    "reel.yaml": a_spec(
        "moon: { prompt: A }",
        "sun: { prompt: B, metadata: { resolution: 480p } }",
        above="profiles: { draft: { metadata: { resolution: 480p } } }",
    )
}
FINAL, DRAFT = read(FILES), read(FILES, Given(profile="draft"))


def test_clips_of_a_profile_have_a_folder_of_their_own() -> None:
    """`renders/draft/…` beside `renders/…`."""
    plan = a_plan(DRAFT, ())

    assert plan.profile == "draft"
    assert [change.output for change in plan.changes] == ["renders/draft/reel/moon.mp4", "renders/draft/reel/sun.mp4"]


def test_a_plan_of_one_profile_drops_nothing_of_another() -> None:
    """A label that another profile wrote is none of this plan's business, even if its shot is gone."""
    gone = read({"reel.yaml": FILES["reel.yaml"].replace("sun:", "sea:")}, Given(profile="draft"))
    plan = a_plan(gone, rendered(FINAL))

    assert [(change.shot_id, change.action) for change in plan.changes] == [
        ("reel/moon", Action.NEW),
        ("reel/sea", Action.RESTORE),
    ]
    own = a_plan(gone, rendered(DRAFT))
    assert [(c.shot_id, c.action) for c in own.changes if c.action is not Action.RESTORE] == [
        ("reel/sea", Action.RENAMED)
    ]


def test_a_shot_that_an_overlay_does_not_change_is_paid_for_once() -> None:
    """The same request is the same clip: under the other profile it is only shown."""
    plan = a_plan(DRAFT, rendered(FINAL))

    assert {change.shot_id: change.action for change in plan.changes} == {
        "reel/moon": Action.NEW,
        "reel/sun": Action.RESTORE,
    }
    sun = content_hash(DRAFT.shots["reel/sun"].request)
    assert label_moves(plan, NOON) == (LabelFact(shot="reel/sun", profile="draft", content_hash=sun, when=NOON),)


def test_an_edit_is_compared_with_the_same_profiles_request() -> None:
    """The draft's last request is what the next draft differs from, not the final's."""
    files = {"reel.yaml": FILES["reel.yaml"].replace("prompt: A", "prompt: C")}
    facts = (*rendered(FINAL), *(replace(each, attempt_id=f"d-{each.attempt_id}") for each in rendered(DRAFT)))
    plan = a_plan(read(files, Given(profile="draft")), facts)

    (change,) = plan.paid
    assert [(cause.field, cause.before, cause.after) for cause in change.causes] == [("prompt", "A", "C")]


def test_what_another_profile_has_under_way_is_seen_through_and_said_so() -> None:
    """An attempt of the final is no stray of a draft's plan: it is named with its profile, and kept."""
    moon = FINAL.shots["reel/moon"]
    under_way = an_attempt(moon, "f1", Status.SUBMITTED, label=Label(shot="reel/moon", profile="final"))
    (stray,) = [change for change in a_plan(DRAFT, (under_way,)).changes if change.shot is None]

    assert (stray.action, stray.causes[1].text) == (
        Action.IN_FLIGHT,
        "it was bought under the profile final; it is kept",
    )
