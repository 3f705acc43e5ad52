"""What holds for every film, every history and every state of the disk."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_spec.clips.layout import output_path
from seedance_spec.content_hash import content_hash, display_request
from seedance_spec.lockfile.facts import AttemptFact, Fact, Label, LabelFact, Report, Reporter, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import Shot
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.decide import label_moves
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, Scene, a_film, a_shot
from tests.support.facts import digest

LATER = NOON + 1_000_000

some = settings(max_examples=60, deadline=None)
"""Enough to meet every pair of states; no deadline, for the machine may be busy."""

_prompts = st.sampled_from(["cat", "dog", "fox"])
_names = st.sampled_from(["f/a", "f/b", "f/c", "g/d"])
_picks = st.none() | st.integers(1, 3) | st.sampled_from(["x1", "x4"])


@st.composite
def _shots(draw: st.DrawFn) -> list[Shot]:
    names = draw(st.lists(_names, unique=True, max_size=4))
    return [
        a_shot(name, line=10 * place, prompt=draw(_prompts), takes=draw(st.integers(1, 3)), pick=draw(_picks))
        for place, name in enumerate(names, 1)
    ]


@st.composite
def _attempts(draw: st.DrawFn) -> list[AttemptFact]:
    count = draw(st.integers(0, 6))
    return [_attempt(draw, f"x{number}") for number in range(count)]


def _attempt(draw: st.DrawFn, attempt_id: str) -> AttemptFact:
    request = a_shot("f/a", prompt=draw(_prompts)).request
    status = draw(st.sampled_from(Status))
    output = digest(attempt_id) if status in {Status.SUCCEEDED, Status.GONE} else None
    return AttemptFact(
        attempt_id=attempt_id,
        realm=draw(st.sampled_from([Realm.PAID, Realm.PAID, Realm.PAID, Realm.SANDBOX])),
        run="r",
        label=Label(shot=draw(_names)),
        content_hash=content_hash(request),
        take=draw(st.integers(1, 3)),
        status=status,
        task_id=None if status in {Status.UNKNOWN, Status.NOT_LANDED} else f"task_{attempt_id}",
        request=display_request(request) if draw(st.booleans()) else {},
        submitted_at=NOON + draw(st.integers(0, 9)),
        reports={Reporter.GATEWAY: Report(output=output)},
    )


def _moves(draw: st.DrawFn) -> list[LabelFact]:
    hashes = st.none() | _prompts.map(lambda prompt: content_hash(a_shot("f/a", prompt=prompt).request))
    facts = st.builds(LabelFact, shot=_names, profile=st.none(), content_hash=hashes, when=st.integers(NOON, NOON + 9))
    return draw(st.lists(facts, max_size=3))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Any film with any history: attempts in any state, moved labels, some bytes here and some not."""
    shots, attempts = draw(_shots()), draw(_attempts())
    clips = [digest(each.attempt_id) for each in attempts]
    paths = [output_path(shot.id, Realm.PAID) for shot in shots]
    some = st.sampled_from([*clips, digest("strange")]) if clips else st.just(digest("strange"))
    return Scene(
        film=a_film(*shots),
        facts=(*attempts, *_moves(draw)),
        stored=frozenset(draw(st.sets(st.sampled_from(clips)))) if clips else frozenset(),
        published={path: draw(st.none() | some) for path in paths},
    )


def _plan(scene: Scene, *, retry_failed: bool = False, retake: frozenset[str] = frozenset()) -> Plan:
    return scene.decide(retry_failed=retry_failed, retake=retake)[0]


@some
@given(scene=scenes(), retry_failed=st.booleans(), retake=st.frozensets(_names))
def test_every_change_has_a_cause(*, scene: Scene, retry_failed: bool, retake: frozenset[str]) -> None:
    """A row that is not `unchanged` says why."""
    plan = _plan(scene, retry_failed=retry_failed, retake=retake)
    assert all(change.causes for change in plan.changes if change.action is not Action.UNCHANGED)


@some
@given(scenes())
def test_nothing_is_bought_where_an_attempt_stands(scene: Scene) -> None:
    """Without --retry-failed and --retake, a take with any attempt that may have landed is never paid."""
    blocked = {(each.content_hash, each.take) for each in _attempts_of(scene) if each.status is not Status.NOT_LANDED}
    assert not {(change.content_hash, change.take) for change in _plan(scene).paid} & blocked


@some
@given(scene=scenes(), retry_failed=st.booleans(), retake=st.frozensets(_names))
def test_no_word_of_the_user_pays_over_money_that_may_be_out(
    *, scene: Scene, retry_failed: bool, retake: frozenset[str]
) -> None:
    """An attempt that is in flight or unknown blocks its take, and a clip that is here is never bought again."""
    held = {
        (each.content_hash, each.take)
        for each in _attempts_of(scene)
        if each.status in {Status.UNKNOWN, Status.LANDED, Status.SUBMITTED}
    }
    paid = _plan(scene, retry_failed=retry_failed, retake=retake).paid
    assert not {(change.content_hash, change.take) for change in paid} & held
    assert all(not _is_here(scene, change) for change in paid)


@some
@given(scene=scenes(), retry_failed=st.booleans(), retake=st.frozensets(_names))
def test_a_take_is_paid_by_one_row(*, scene: Scene, retry_failed: bool, retake: frozenset[str]) -> None:
    """However many shots want it, one (content hash, take) is bought once; a follower follows a row that pays."""
    plan = _plan(scene, retry_failed=retry_failed, retake=retake)
    paid = [(change.content_hash, change.take) for change in plan.paid]
    payers = {(change.shot_id, change.take) for change in plan.paid}
    assert len(paid) == len(set(paid))
    assert all((change.follows, change.take) in payers for change in plan.changes if change.follows)


@some
@given(scenes())
def test_deciding_twice_gives_the_same(scene: Scene) -> None:
    """A decision is a function of what it looks at, in whatever order the facts come."""
    again = replace(scene, facts=tuple(reversed(scene.facts)))
    assert _plan(scene) == _plan(scene) == _plan(again)


@some
@given(scenes())
def test_an_apply_that_goes_well_leaves_nothing_to_do(scene: Scene) -> None:
    """With everything paid rendered, everything under way finished and all bytes here and shown, all is unchanged."""
    after = _applied(scene)
    left = {change.action for change in _plan(after).changes}
    assert left <= {Action.UNCHANGED, Action.FAILED, Action.MISSING}
    assert not _plan(after).paid
    assert label_moves(_plan(after), LATER + 2) == ()


def _attempts_of(scene: Scene) -> list[AttemptFact]:
    return [each for each in scene.facts if isinstance(each, AttemptFact) and each.realm is Realm.PAID]


def _is_here(scene: Scene, change: Change) -> bool:
    face = Facts.of(*_attempts_of(scene)).face(change.content_hash, change.take)
    return face is not None and verdict(face).output in {*scene.stored, *scene.published.values()}


def _applied(scene: Scene) -> Scene:
    """What a perfect apply leaves: bought takes, finished attempts, moved labels, every clip stored and shown."""
    plan = _plan(scene)
    finished = [_finished(each) for each in _attempts_of(scene)]
    bought = [_bought(change) for change in plan.paid]
    facts: tuple[Fact, ...] = (
        *finished,
        *bought,
        *(each for each in scene.facts if isinstance(each, LabelFact)),
        *label_moves(plan, LATER + 1),
    )
    stored = frozenset(digest(each.attempt_id) for each in (*finished, *bought))
    after = replace(scene, facts=facts, stored=stored)
    return replace(after, published={**after.published, **_shown(after)})


def _shown(scene: Scene) -> dict[str, str | None]:
    chosen = (change for change in _plan(scene).changes if change.chosen and change.attempt is not None)
    return {change.output: verdict(change.attempt).output for change in chosen if change.output and change.attempt}


def _finished(attempt: AttemptFact) -> AttemptFact:
    if attempt.status in {Status.SUBMITTED, Status.LANDED, Status.UNKNOWN}:
        report = Report(output=digest(attempt.attempt_id))
        return replace(attempt, status=Status.SUCCEEDED, reports={Reporter.GATEWAY: report})
    return attempt


def _bought(change: Change) -> AttemptFact:
    assert change.shot is not None
    attempt_id = f"new-{change.content_hash[3:11]}-{change.take}"
    return AttemptFact(
        attempt_id=attempt_id,
        realm=Realm.PAID,
        run="r2",
        label=Label(shot=change.shot_id),
        content_hash=change.content_hash,
        take=change.take,
        status=Status.SUCCEEDED,
        request=display_request(change.shot.request),
        submitted_at=LATER,
        reports={Reporter.GATEWAY: Report(output=digest(attempt_id))},
    )
