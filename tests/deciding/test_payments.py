"""Which change pays, and that nothing pays twice: followers, takes, --retry-failed, --retake, pick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_spec.lockfile.facts import LabelFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Shot
from seedance_spec.plan.change import Action
from seedance_spec.plan.decide import Options, Presence, decide, label_moves
from seedance_spec.realm import Realm
from tests.support.deciding import (
    NOON,
    a_failure,
    a_rendering,
    a_scene,
    a_shot,
    a_span,
    an_attempt,
    only,
    rows,
)
from tests.support.facts import a_hash

SHOT = a_shot("film/moon")
TWIN = a_shot("film/twin", line=20)


def test_of_two_shots_with_one_request_the_first_pays() -> None:
    """The second follows the first, costs nothing, and its label moves without an attempt."""
    plan = a_scene(SHOT, TWIN).plan()
    assert rows(plan) == [("film/moon", 1, Action.NEW), ("film/twin", 1, Action.IN_FLIGHT)]
    assert [change.follows for change in plan.changes] == [None, "film/moon"]
    assert [change.shot_id for change in plan.paid] == ["film/moon"]
    assert plan.total_usd == pytest.approx(0.7623)
    assert [move.shot for move in label_moves(plan, NOON)] == ["film/twin"]


def test_a_twin_that_wants_more_takes_pays_only_for_those() -> None:
    """Each (request, take) has one payer."""
    plan = a_scene(SHOT, replace(TWIN, takes=2)).plan()
    assert [(change.shot_id, change.take) for change in plan.paid] == [("film/moon", 1), ("film/twin", 2)]


def test_a_twin_of_a_finished_shot_is_put_in_place_for_free() -> None:
    """A new shot with a request that is rendered already is restored from the store."""
    scene = a_scene(SHOT, TWIN, facts=[a_rendering(SHOT)], stored=["a1"], shown={"film/moon": "a1"})
    plan = scene.plan()
    assert rows(plan) == [("film/moon", 1, Action.UNCHANGED), ("film/twin", 1, Action.RESTORE)]
    assert plan.changes[1].causes[0].text == "asks for a picture that is rendered already"


def test_raising_takes_buys_only_the_new_ones() -> None:
    """takes: 3 where take 1 is there buys 2 and 3, because of `takes` at its line."""
    shot = replace(SHOT, takes=3)
    plan = a_scene(shot, facts=[a_rendering(shot)], stored=["a1"], shown={"film/moon": "a1"}).plan()
    assert [change.take for change in plan.paid] == [2, 3]
    assert [(cause.field, cause.after, cause.span) for cause in plan.paid[0].causes] == [("takes", 3, a_span(3, 20))]


def test_lowering_takes_drops_nothing_and_pays_nothing() -> None:
    """A take beyond the wanted ones is kept and not spoken of."""
    facts = [a_rendering(SHOT), a_rendering(SHOT, "a2", take=2)]
    plan = a_scene(SHOT, facts=facts, stored=["a1", "a2"], shown={"film/moon": "a1"}).plan()
    assert rows(plan) == [("film/moon", 1, Action.UNCHANGED)]


def test_an_unwanted_take_that_is_under_way_is_brought_home() -> None:
    """What was paid for is seen through although nobody wants that number any more."""
    facts = [a_rendering(SHOT), an_attempt(SHOT, "a2", take=2), a_rendering(SHOT, "a3", take=3)]
    plan = a_scene(SHOT, facts=facts, stored=["a1"], shown={"film/moon": "a1"}).plan()
    assert rows(plan)[1:] == [("film/moon", 2, Action.IN_FLIGHT), ("film/moon", 3, Action.MISSING)]


def test_a_failed_take_is_bought_again_only_when_asked() -> None:
    """--retry-failed passes over exactly the failed attempt and says why."""
    scene = a_scene(SHOT, facts=[a_failure(SHOT)])
    assert only(scene.plan()).action is Action.FAILED
    again = only(scene.plan(retry_failed=True))
    assert (again.action, again.pays, again.take, again.passes_over) == (Action.RERENDER, True, 1, "a1")
    assert [cause.field for cause in again.causes] == ["attempt"]


def test_retry_failed_never_passes_over_an_unknown_submit() -> None:
    """Money that may be out is never paid over, whatever the flags."""
    scene = a_scene(SHOT, facts=[an_attempt(SHOT, status=Status.UNKNOWN)])
    assert not scene.plan(retry_failed=True, retake=["film/moon"]).paid


def test_a_retake_of_a_present_take_is_one_more_take() -> None:
    """--retake buys the next free number, and the take that is there stays as it is."""
    scene = a_scene(SHOT, facts=[a_rendering(SHOT)], stored=["a1"], shown={"film/moon": "a1"})
    plan = scene.plan(retake=["film/moon"])
    assert rows(plan) == [("film/moon", 1, Action.UNCHANGED), ("film/moon", 2, Action.NEW)]
    assert plan.changes[1].causes[0].field == "take"
    assert plan.changes[1].passes_over is None


def test_a_retake_of_a_missing_take_buys_the_same_number_again() -> None:
    """Children keep their hash: a lost take is bought under its own number, over the attempt that made it."""
    change = only(a_scene(SHOT, facts=[a_rendering(SHOT)]).plan(retake=["film/moon"]))
    assert (change.action, change.take, change.passes_over, change.pays) == (Action.RERENDER, 1, "a1", True)


def test_what_a_retake_gives_up_is_not_fetched_beside_it() -> None:
    """The attempt that is passed over has no row of its own, although its link may live."""
    scene = a_scene(SHOT, facts=[a_rendering(SHOT)])
    options = Options(retake=frozenset({"film/moon"}), now=NOON + 100.0)
    plan, _ = decide(scene.film, Facts.of(*scene.facts), Presence(), realm=scene.realm, options=options)
    assert rows(plan) == [("film/moon", 1, Action.RERENDER)]


def test_a_retake_while_something_runs_buys_nothing_more() -> None:
    """The same command after an interruption goes on with what it bought, and does not buy another."""
    facts = [a_rendering(SHOT), an_attempt(SHOT, "a2", take=2)]
    scene = a_scene(SHOT, facts=facts, stored=["a1"], shown={"film/moon": "a1"})
    assert not scene.plan(retake=["film/moon"]).paid


def test_a_retake_of_a_missing_take_waits_for_a_second_attempt_at_it() -> None:
    """Two clones tried it: one clip is lost, but the other attempt may still bring one, and may have been paid for."""
    facts = [a_rendering(SHOT), an_attempt(SHOT, "a2", Status.UNKNOWN, task_id=None)]
    assert not a_scene(SHOT, facts=facts).plan(retake=["film/moon"]).paid


def test_a_retake_uses_the_number_of_an_extra_take_that_failed() -> None:
    """No hole is left behind a failed extra take, and a plan without --retake does not speak of it."""
    facts = [a_rendering(SHOT), a_failure(SHOT, "a2", take=2)]
    scene = a_scene(SHOT, facts=facts, stored=["a1"], shown={"film/moon": "a1"})
    assert rows(scene.plan()) == [("film/moon", 1, Action.UNCHANGED)]
    (again,) = scene.plan(retake=["film/moon"]).paid
    assert (again.take, again.passes_over) == (2, "a2")


def test_a_retake_of_a_new_shot_buys_it_once() -> None:
    """Nothing is there to be taken again: the ordinary purchase is all."""
    assert [change.take for change in a_scene(SHOT).plan(retake=["film/moon"]).paid] == [1]


def test_a_pick_beyond_takes_is_fine_while_that_take_exists() -> None:
    """pick: 2 with takes: 1 shows take 2 of the present request."""
    shot = replace(SHOT, pick=2)
    facts = [a_rendering(shot), a_rendering(shot, "a2", take=2)]
    plan = a_scene(shot, facts=facts, stored=["a1", "a2"], shown={"film/moon": "a2"}).plan()
    assert [(change.take, change.chosen, change.action) for change in plan.changes] == [
        (1, False, Action.UNCHANGED),
        (2, True, Action.UNCHANGED),
    ]


def test_a_spare_can_be_picked_by_its_attempt_id() -> None:
    """Of two attempts at one take, the picked one is shown instead of the face."""
    shot = replace(SHOT, pick="a2")
    scene = a_scene(
        shot, facts=[a_rendering(shot), a_rendering(shot, "a2")], stored=["a1", "a2"], shown={"film/moon": "a1"}
    )
    change = only(scene.plan())
    assert (change.action, change.attempt and change.attempt.attempt_id) == (Action.RESTORE, "a2")
    assert [(cause.field, cause.before, cause.after) for cause in change.causes] == [("pick", "a1", "a2")]


@pytest.mark.parametrize(
    ("pick", "message", "hint"),
    [
        (3, "pick 3 is beyond takes 1, and this request has no take 3", "it has take 1; takes: 3 would buy what lacks"),
        ("zz", 'pick names an attempt that is not on record: "zz"', "it has take 1"),
        ("other", 'pick names an attempt at another request: "other"', "it has take 1"),
        ("bad", 'pick names an attempt without a clip: "bad" is failed', "it has take 1"),
    ],
)
def test_a_pick_that_cannot_be_had_is_an_error_at_its_line(pick: int | str, message: str, hint: str) -> None:
    """The complaint stands before any payment, with what there is."""
    shot = replace(SHOT, pick=pick)
    other = a_rendering(a_shot("film/other", prompt="else"), "other")
    facts = [a_rendering(shot), other, a_failure(shot, "bad", take=2)]
    (complaint,) = a_scene(shot, facts=facts, stored=["a1", "other"]).complaints()
    assert (complaint.code, complaint.message, complaint.hint, complaint.span) == (
        "pick-missing",
        message,
        hint,
        a_span(3, 30),
    )


def test_two_shots_for_one_file_are_an_error() -> None:
    """Output paths that differ by letter case only are one file on some machines."""
    (complaint,) = a_scene(SHOT, a_shot("film/MOON", line=20, prompt="other")).complaints()
    assert (complaint.code, complaint.span) == ("output-collision", a_span(20, 3))
    assert complaint.hint == "rename one of them; film/moon is at specs/film.yaml:3:3"


def test_a_newer_record_forbids_to_pay_and_is_still_planned() -> None:
    """A hash version that this tool does not know is an error beside a whole plan."""
    newer = LabelFact(shot="x", profile=None, content_hash=a_hash("x", version=2), when=1)
    plan, (complaint,) = a_scene(SHOT, facts=[newer]).decide()
    assert complaint.code == "newer-hash-version"
    assert "film/moon" in [change.shot_id for change in plan.changes]


def test_the_sandboxs_clips_have_a_folder_of_their_own() -> None:
    """The output of a sandbox change lies under renders/sandbox/."""
    scene = replace(a_scene(SHOT), realm=Realm.SANDBOX)
    assert only(scene.plan()).output == "renders/sandbox/film/moon.mp4"


def test_changes_come_in_the_order_of_the_film_and_drops_last() -> None:
    """Rows follow the specs, not the alphabet."""
    shots: list[Shot] = [a_shot(name, prompt=name) for name in ("z/one", "a/two")]
    gone = a_rendering(a_shot("m/gone", prompt="gone"))
    plan = a_scene(*shots, facts=[gone]).plan()
    assert [change.shot_id for change in plan.changes] == ["z/one", "a/two", "m/gone"]


def test_a_clip_bought_again_by_a_run_that_was_killed_is_named_and_not_bought_a_third_time() -> None:
    """The missing take was not written off yet when the machine died: meanwhile nothing is bought, not on --retake
    either; once the new clip is here, the line that shows it is said.
    """
    lost = a_rendering(SHOT, "a1")
    under_way = a_scene(SHOT, facts=[lost, an_attempt(SHOT, "a2")])
    here = a_scene(SHOT, facts=[lost, a_rendering(SHOT, "a2")], stored=["a2"])

    assert (under_way.plan().paid, under_way.plan(retake=["film/moon"]).paid) == ((), ())
    assert rows(under_way.plan()) == [("film/moon", 1, Action.MISSING), ("film/moon", 1, Action.IN_FLIGHT)]
    (change,) = here.plan().changes
    assert (change.action, "`pick: a2` shows them" in change.causes[0].text) == (Action.MISSING, True)
