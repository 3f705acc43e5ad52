"""What verify finds: damaged, missing, edited and strange bytes, each with its way out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from seedance_spec.lockfile.facts import Reporter
from seedance_spec.lockfile.fold import Facts
from seedance_spec.plan.checkup import Checkup, Finding, Kind, ShownState, Survey, checkup_of
from seedance_spec.plan.checkup_views import checkup_document, checkup_schema, checkup_text, reading_text
from seedance_spec.plan.status_rows import status_rows
from seedance_spec.plan.style import PLAIN, cells
from seedance_spec.plan.world import Presence
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, a_film, a_rendering, a_shot
from tests.support.facts import digest

MOON = a_shot("film/moon")
OUT = "renders/film/moon.mp4"
HOUR, DAY = 3600, 24 * 3600


def _check(survey: Survey, *, wanted: bool = True, now: float = NOON + HOUR, realm: Realm = Realm.PAID) -> Checkup:
    facts = Facts.of(replace(a_rendering(MOON), realm=realm))
    film = a_film(*([MOON] if wanted else []))
    presence = Presence(stored=frozenset(survey.sizes), pruned=survey.pruned, published=survey.digests)
    rows = status_rows(film, facts, presence, realm=realm, now=now)
    return checkup_of(survey, facts, rows, realm=realm, now=now)


def _only(checkup: Checkup) -> Finding:
    (finding,) = checkup.findings
    return finding


WHOLE = Survey(sizes={digest("a1"): 1000}, shown={OUT: ShownState.WHOLE}, digests={OUT: digest("a1")})


def test_whole_bytes_are_counted_and_nothing_is_wrong() -> None:
    """One stored, one shown, no finding."""
    checkup = _check(WHOLE)

    assert (checkup.stored, checkup.stored_bytes, checkup.shown, checkup.findings) == (1, 1000, 1, ())
    text = checkup_text(checkup, {}, width=80, style=PLAIN)
    assert text == "1 stored file whole, 1 kB · 1 clip shown as it should be"


@pytest.mark.parametrize(
    ("shown", "age", "way_out"),
    [
        (ShownState.WHOLE, 3 * DAY, "verify --set-aside, then seedance-spec collect: renders/ has a whole copy"),
        (ShownState.EDITED, HOUR, "verify --set-aside, then seedance-spec collect: its link lives 23 h"),
        (ShownState.EDITED, 3 * DAY, "or seedance-spec apply --retake film/moon buys it again"),
    ],
)
def test_a_damaged_clip_has_a_way_out(shown: ShownState, age: int, way_out: str) -> None:
    """A whole copy, else the link while it lives, else another clone or a new payment."""
    survey = replace(WHOLE, damaged=frozenset({digest("a1")}), shown={OUT: shown})

    found = _check(survey, now=NOON + age).findings[0]

    assert (found.kind, found.shot_id, found.take, found.needs_you) == (Kind.DAMAGED, "film/moon", 1, True)
    assert found.way_out.endswith(way_out)


def test_a_damaged_last_frame_is_never_a_reason_to_pay() -> None:
    """Its copy beside the shown clip is taken in, and the clip has it anyway: however dead the link, no --retake."""
    report = replace(a_rendering(MOON).reports[Reporter.GATEWAY], last_frame=digest("frame"))
    facts = Facts.of(a_rendering(MOON, reports={Reporter.GATEWAY: report}))
    survey = replace(WHOLE, sizes={**WHOLE.sizes, digest("frame"): 10}, damaged=frozenset({digest("frame")}))

    found = _only(checkup_of(survey, facts, (), realm=Realm.PAID, now=NOON + 3.0 * DAY))

    said = "seedance-spec collect: a copy under renders/ is taken in, else it is cut from its clip"
    assert (found.kind, found.way_out) == (Kind.DAMAGED, f"seedance-spec verify --set-aside, then {said}")


@pytest.mark.parametrize(
    ("age", "way_out"),
    [(HOUR, "seedance-spec collect: its link lives 23 h"), (3 * DAY, "--retake film/moon buys it again")],
)
def test_a_missing_clip_has_a_way_out(age: int, way_out: str) -> None:
    """`collect` while the link lives; after that nothing is promised that cannot be had."""
    found = _only(_check(Survey(), now=NOON + age))

    assert (found.kind, found.where, found.needs_you) == (Kind.MISSING, OUT, True)
    assert found.way_out.endswith(way_out)


def test_what_no_shot_asks_for_may_be_elsewhere() -> None:
    """An old take on another machine is no alarm here."""
    checkup = _check(Survey(), wanted=False)

    assert (checkup.findings, checkup.elsewhere, checkup.pruned, checkup.needs_you) == ((), 1, 0, False)


def test_what_was_pruned_is_no_alarm() -> None:
    """It is counted as what it is."""
    checkup = _check(Survey(pruned=frozenset({digest("a1")})), wanted=False)

    assert (checkup.elsewhere, checkup.pruned, checkup.needs_you) == (0, 1, False)


@pytest.mark.parametrize(
    ("state", "kind", "way_out"),
    [
        (
            ShownState.EDITED,
            Kind.EDITED,
            "seedance-spec apply --sandbox shows the clip again, and keeps yours beside it",
        ),
        (ShownState.GONE, Kind.GONE, "seedance-spec apply --sandbox shows it again"),
    ],
)
def test_a_shown_clip_that_is_not_what_it_was_needs_you(state: ShownState, kind: Kind, way_out: str) -> None:
    """The way out is a command that works in the realm that was looked at."""
    out = "renders/sandbox/film/moon.mp4"
    found = _only(_check(replace(WHOLE, shown={out: state}, digests={out: digest("a1")}), realm=Realm.SANDBOX))

    assert (found.kind, found.where, found.way_out, found.needs_you) == (kind, out, way_out, True)


def test_files_of_nobody_are_said_and_need_nobody() -> None:
    """Stored bytes without a fact, a file in the store, a graded version under renders/."""
    survey = replace(
        WHOLE,
        sizes={**WHOLE.sizes, digest("x"): 5},
        strangers=("ab/notes.txt",),
        shown={**WHOLE.shown, "renders/film/graded.mp4": ShownState.FOREIGN},
    )
    checkup = _check(survey)

    assert not checkup.needs_you
    assert {(each.kind, each.where) for each in checkup.findings} == {
        (Kind.UNRECORDED, digest("x")), (Kind.FOREIGN, "store/ab/notes.txt"), (Kind.FOREIGN, "renders/film/graded.mp4"),
    }  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_line_is_wider_than_the_terminal_and_alarms_come_first(width: int) -> None:
    """Digests, paths and ways out are cut or wrapped; what needs nobody comes last."""
    survey = replace(
        WHOLE,
        damaged=frozenset({digest("a1")}),
        shown={OUT: ShownState.EDITED, **{f"renders/{'x' * 70}/{n}": ShownState.FOREIGN for n in range(20)}},
    )
    lines = checkup_text(_check(survey), {digest("a1"): "damaged/one.mp4"}, width=width, style=PLAIN).splitlines()

    assert [line for line in lines if cells(line) > width] == []
    assert [line[0] for line in lines if line.startswith(("x", "~", "·"))][:3] == ["x", "~", "·"]
    assert "    set aside as damaged/one.mp4" in lines
    assert "· 10 more that need nobody" in lines


def test_the_document_is_valid_by_its_schema() -> None:
    """A finding tells where its damaged file went."""
    checkup = _check(replace(WHOLE, damaged=frozenset({digest("a1")})))
    document = json.loads(json.dumps(checkup_document(checkup, {digest("a1"): "damaged/one.mp4"})))

    Draft202012Validator(checkup_schema()).validate(document)
    assert document["ok"] is False
    assert [(each["kind"], each["set_aside"]) for each in document["findings"]] == [("damaged", "damaged/one.mp4")]


@pytest.mark.parametrize(
    ("done", "seconds", "text"),
    [
        (0, 0.0, "reading 0 B of 4.0 MB · 0 %"),
        (1_000_000, 1.0, "reading 1.0 MB of 4.0 MB · 25 %"),
        (1_000_000, 10.0, "reading 1.0 MB of 4.0 MB · 25 % · ~0:30 left"),
        (4_000_000, 40.0, "reading 4.0 MB of 4.0 MB · 100 %"),
    ],
)
def test_reading_says_how_far_it_is(done: int, seconds: float, text: str) -> None:
    """How long is said once there is something to judge by."""
    assert reading_text(done, 4_000_000, seconds) == text


def test_a_damaged_clip_that_was_set_aside_is_not_to_be_set_aside_again() -> None:
    """What was done is not advised once more: what is left of the way out is."""
    survey = replace(WHOLE, damaged=frozenset({digest("a1")}), shown={OUT: ShownState.WHOLE})
    facts = Facts.of(a_rendering(MOON))
    checkup = checkup_of(survey, facts, (), realm=Realm.PAID, now=NOON, moved={digest("a1")})

    assert [each.way_out for each in checkup.findings] == ["seedance-spec collect: renders/ has a whole copy"]


def test_a_clip_where_no_shot_is_shown_is_a_stray() -> None:
    """Its bytes are on record, but neither the specs nor a label of the record lead to its path: it needs nobody."""
    stray = "renders/film/old-name.mp4"
    survey = replace(
        WHOLE, shown={**WHOLE.shown, stray: ShownState.WHOLE}, digests={OUT: digest("a1"), stray: digest("a1")}
    )
    found = _only(_check(survey))

    assert (found.kind, found.where, found.needs_you) == (Kind.STRAY, stray, False)
    assert "the store has its bytes: delete it" in found.way_out
