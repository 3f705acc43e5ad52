"""Which stored bytes may go: never what is shown, started from, under way or among the newest; no plan pays for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from seedance_spec.content_hash import content_hash, display_request
from seedance_spec.lockfile.facts import AttemptFact, Label, Report, Reporter, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Film, Input, InputKind, Part, Role, Shot, ShotSource
from seedance_spec.plan.change import Action
from seedance_spec.plan.pruning import Kept, Pruning, Stock, pruning_of
from seedance_spec.plan.pruning_views import pruning_document, pruning_schema, pruning_text
from seedance_spec.plan.style import PLAIN, cells
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, a_film, a_rendering, a_scene, a_shot, an_attempt, rows
from tests.support.facts import digest, some

DAY = 24 * 3600
MOON = a_shot("film/moon")


def _takes(shot: Shot, number: int, *, prefix: str = "t", **overrides: object) -> list[AttemptFact]:
    """Takes 1 … n of one shot, each finished an hour after the one before."""
    return [_take(shot, f"{prefix}{take}", take=take, at=take * 3600, **overrides) for take in range(1, number + 1)]


def _take(shot: Shot, attempt_id: str, *, at: int = 0, **overrides: object) -> AttemptFact:
    report = Report(finished_at=NOON + at, output=digest(attempt_id), bytes=1000)
    return a_rendering(shot, attempt_id, reports={Reporter.GATEWAY: report}, **overrides)


def _prune(
    *films: Film,
    facts: Iterable[AttemptFact],
    stored: Iterable[str],
    shown: Iterable[str] = (),
    keep: int = 0,
    now: float = NOON + 10 * DAY,
    sizes: Mapping[str, int] | None = None,
) -> Pruning:
    """`stored` and `shown` name clips by attempt id; each takes a thousand bytes."""
    stock = Stock(
        sizes={**{digest(each): 1000 for each in stored}, **(sizes or {})},
        shown=frozenset(digest(each) for each in shown),
    )
    return pruning_of(films, Facts.of(*facts), stock, realm=Realm.PAID, keep=keep, now=now)


def _going(pruning: Pruning) -> set[str]:
    return {each.attempt_id for each in pruning.going}


def _from(parent: Shot, take: int | str = 1) -> tuple[Input, ...]:
    source = ShotSource(content_hash=content_hash(parent.request), take=take, part=Part.LAST_FRAME, shot=parent.id)
    return (Input(kind=InputKind.IMAGE, source=source, role=Role.FIRST_FRAME),)


@pytest.mark.parametrize(
    ("pick", "keep", "going"),
    [
        (None, 0, {"t2", "t3", "t4"}),
        (3, 0, {"t1", "t2", "t4"}),
        ("t2", 0, {"t1", "t3", "t4"}),
        (3, 1, {"t1", "t2"}),
        (3, 2, {"t1"}),
        (3, 9, set()),
    ],
)
def test_the_picked_take_and_the_newest_stay(pick: int | str | None, keep: int, going: set[str]) -> None:
    """Of four takes: the picked one always, and as many of the newest as were asked for."""
    shot = replace(MOON, takes=4, pick=pick)
    pruning = _prune(a_film(shot), facts=_takes(shot, 4), stored=["t1", "t2", "t3", "t4"], keep=keep)

    assert _going(pruning) == going
    assert pruning.kept.get(Kept.SHOWN) == 1
    assert pruning.bytes == 1000 * len(going)


def test_what_another_profile_picks_stays() -> None:
    """The specs under every profile are looked at: takes 1 and 3 are shown somewhere."""
    under_draft = replace(a_film(replace(MOON, takes=4, pick=3, profile="draft")), profile="draft")

    pruning = _prune(a_film(MOON), under_draft, facts=_takes(MOON, 4), stored=["t1", "t2", "t3", "t4"])

    assert _going(pruning) == {"t2", "t4"}


def test_the_newest_are_counted_for_each_shot_and_profile() -> None:
    """What was bought for a draft is not crowded out by what was bought for the film."""
    draft = _take(MOON, "d1", take=9, label=Label(shot=MOON.id, profile="draft"))
    pruning = _prune(a_film(MOON), facts=[*_takes(MOON, 4), draft], stored=["t1", "t2", "t3", "t4", "d1"], keep=1)

    assert _going(pruning) == {"t2", "t3"}


def test_whatever_renders_shows_stays() -> None:
    """A take that a sidecar names is in use, even where the specs show another by now."""
    pruning = _prune(a_film(MOON), facts=_takes(MOON, 3), stored=["t1", "t2", "t3"], shown=["t3"])

    assert _going(pruning) == {"t2"}


def test_what_a_shot_starts_from_stays() -> None:
    """A child names take 2 of its parent, and is not rendered yet."""
    child = a_shot("film/child", prompt="child", inputs=_from(MOON, 2))
    pruning = _prune(a_film(MOON, child), facts=_takes(MOON, 3), stored=["t1", "t2", "t3"])

    assert (_going(pruning), pruning.kept) == ({"t3"}, {Kept.SHOWN: 1, Kept.CHILD: 1})


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.LANDED, Status.SUBMITTED])
def test_what_a_task_under_way_starts_from_stays(status: Status) -> None:
    """Its shot may be gone from the specs: the request on record says what it starts from."""
    child = a_shot("film/gone", prompt="child", inputs=_from(MOON, 3))
    under_way = an_attempt(child, "c1", status, request=display_request(child.request))
    pruning = _prune(a_film(MOON), facts=[*_takes(MOON, 3), under_way], stored=["t1", "t2", "t3"])

    assert (_going(pruning), pruning.kept) == ({"t2"}, {Kept.SHOWN: 1, Kept.UNDER_WAY: 1})


def test_what_a_kept_clip_was_made_from_stays() -> None:
    """The child that is shown was made from take 2, and that from a clip of an older shot."""
    child = a_shot("film/child", prompt="child")
    older = _take(a_shot("film/older", prompt="older"), "o1")
    takes = _takes(MOON, 3)
    takes[1] = replace(takes[1], made_from=(digest("o1"),))
    made = _take(child, "c1", made_from=(digest("t2"),))

    pruning = _prune(a_film(MOON, child), facts=[*takes, made, older], stored=["t1", "t2", "t3", "c1", "o1"])

    assert (_going(pruning), pruning.kept) == ({"t3"}, {Kept.SHOWN: 2, Kept.ANCESTOR: 2})


def test_a_last_frame_goes_and_stays_with_its_clip() -> None:
    """Two digests of one take, and a digest that two takes share stays while one of them does."""
    report = Report(finished_at=NOON, output=digest("t2"), last_frame=digest("frame"))
    shared = Report(finished_at=NOON, output=digest("t1"))
    facts = [
        _take(MOON, "t1"),
        a_rendering(MOON, "t2", take=2, reports={Reporter.GATEWAY: report}),
        a_rendering(MOON, "t3", take=3, reports={Reporter.GATEWAY: shared}),
    ]
    pruning = _prune(a_film(MOON), facts=facts, stored=["t1", "t2", "frame"])

    assert [(each.attempt_id, set(each.digests)) for each in pruning.going] == [("t2", {digest("t2"), digest("frame")})]


def test_bytes_that_no_fact_names_are_left_alone() -> None:
    """They may be paid for by a process that died before it could say so."""
    pruning = _prune(a_film(MOON), facts=_takes(MOON, 1), stored=["t1", "nobody's"])

    assert (pruning.going, pruning.unrecorded) == ((), (digest("nobody's"),))


@pytest.mark.parametrize(("age", "for_ever"), [(3600, False), (3 * DAY, True)])
def test_what_would_be_lost_for_ever_is_said(age: int, for_ever: bool) -> None:  # noqa: FBT001 - a row of a table
    """While its link lives, a clip could be fetched again."""
    facts = [_take(MOON, "t1"), _take(MOON, "t2", take=2)]
    pruning = _prune(a_film(MOON), facts=facts, stored=["t1", "t2"], now=NOON + age)

    text = pruning_text(pruning, width=80, style=PLAIN)
    assert [each.for_ever for each in pruning.going] == [for_ever]
    assert ("lost for ever" if for_ever else "link lives 23 h") in text
    assert all(cells(line) <= 80 for line in text.splitlines())


def test_the_document_is_valid_by_its_schema() -> None:
    """What machines read has everything that people read."""
    pruning = _prune(a_film(MOON), facts=_takes(MOON, 2), stored=["t1", "t2", "x"])
    document = json.loads(json.dumps(pruning_document(pruning, deleted=False)))

    Draft202012Validator(pruning_schema()).validate(document)
    assert (document["bytes"], document["deleted"], len(document["unrecorded"])) == (1000, False, 1)


def test_no_shot_at_all_leaves_the_newest_takes() -> None:
    """An empty branch does not empty the store."""
    pruning = _prune(a_film(), facts=_takes(MOON, 3), stored=["t1", "t2", "t3"], keep=1)

    assert _going(pruning) == {"t1", "t2"}


# ── the plan afterwards ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_pruned_is_neither_missing_nor_bought() -> None:
    """Takes 1 and 3 were let go, take 2 is shown: nothing is to do, and nothing is to pay."""
    shot = replace(MOON, takes=3, pick=2)
    plan = a_scene(shot, facts=_takes(shot, 3), stored=["t2"], shown={shot.id: "t2"}, pruned=["t1", "t3"]).plan()

    assert rows(plan) == [(shot.id, take, Action.UNCHANGED) for take in (1, 2, 3)]


def test_a_pruned_take_that_is_picked_again_is_missing() -> None:
    """It is asked for by name: fetched while its link lives, and never bought without a word."""
    shot = replace(MOON, takes=2, pick=1)
    plan = a_scene(shot, facts=_takes(shot, 2), stored=["t2"], pruned=["t1"]).plan()

    assert rows(plan) == [(shot.id, 1, Action.MISSING), (shot.id, 2, Action.UNCHANGED)]


def test_a_pruned_take_that_a_shot_starts_from_is_missing() -> None:
    """What is needed is missed, whatever was said before."""
    child = a_shot("film/child", prompt="child", inputs=_from(MOON, 2))
    moon = replace(MOON, takes=2)
    plan = a_scene(moon, child, facts=_takes(moon, 2), stored=["t1"], shown={moon.id: "t1"}, pruned=["t2"]).plan()

    assert rows(plan)[:2] == [(moon.id, 1, Action.UNCHANGED), (moon.id, 2, Action.MISSING)]


def test_one_more_take_is_a_new_one_and_not_the_pruned_one_again() -> None:
    """--retake buys what nobody has yet: take 3, not what was let go."""
    shot = replace(MOON, takes=2, pick=2)
    plan = a_scene(shot, facts=_takes(shot, 2), stored=["t2"], shown={shot.id: "t2"}, pruned=["t1"]).plan(
        retake=[shot.id]
    )

    assert [(change.take, change.action) for change in plan.paid] == [(3, Action.NEW)]


@some
@given(
    takes=st.integers(1, 4),
    pick=st.none() | st.integers(1, 4),
    here=st.sets(st.integers(1, 6)),
    keep=st.integers(0, 3),
)
def test_pruning_never_makes_a_plan_pay_or_miss_more(takes: int, pick: int | None, here: set[int], keep: int) -> None:
    """Whatever was here and whatever goes: the plan before and after ask for the same payments and the same clips."""
    shot = replace(MOON, takes=takes, pick=pick)
    facts = _takes(shot, 6)
    stored = [f"t{take}" for take in here]
    before = a_scene(shot, facts=facts, stored=stored).plan()

    gone = _going(_prune(a_film(shot), facts=facts, stored=stored, keep=keep))
    after = a_scene(shot, facts=facts, stored=set(stored) - gone, pruned=gone).plan()

    assert rows(after) == rows(before)
