"""Which attempt stands for a take, which decides what to do, and what a label last meant."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given

from seedance_spec.lockfile.facts import AliasFact, AttemptFact, Label, LabelFact, Report, Reporter, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import source, verdict
from tests.support.facts import a_hash, a_rendered_attempt, a_report, an_attempt, attempts, digest, some

MOON = a_hash("moon-walk")


def test_attempts_are_listed_by_take_and_attempt_id() -> None:
    """Every attempt at a picture, and none at another."""
    first, spare, second = an_attempt("a1"), an_attempt("a2"), an_attempt("a0", take=2)
    facts = Facts.of(second, spare, first, an_attempt("a3", content_hash=a_hash("other")))

    assert facts.takes(MOON) == {1: (first, spare), 2: (second,)}
    assert list(facts.takes(MOON)) == [1, 2]
    assert facts.takes(a_hash("never rendered")) == {}


def test_an_alias_makes_two_hashes_one_in_both_directions_and_through_a_third() -> None:
    """A take that was bought under one hash version is found under every other."""
    v2, v3 = a_hash("moon-walk", 2), a_hash("moon-walk", 3)
    aliases = (AliasFact(content_hash=v3, stands_for=v2), AliasFact(content_hash=v2, stands_for=MOON))
    bought = a_rendered_attempt()
    facts = Facts.of(bought, *aliases)

    assert facts.same(v2) == {MOON, v2, v3}
    assert [facts.face(each, 1) for each in (MOON, v2, v3)] == [bought] * 3


def test_the_face_of_a_take_is_the_succeeded_attempt_with_the_smallest_id() -> None:
    """A spare, a failure and a take that is gone are no faces."""
    failed = an_attempt("a0", status=Status.FAILED)
    face, spare = a_rendered_attempt("a1"), a_rendered_attempt("a2")

    assert Facts.of(spare, face, failed).face(MOON, 1) == face
    assert Facts.of(failed).face(MOON, 1) is None
    assert Facts.of(a_rendered_attempt("a1", status=Status.GONE)).face(MOON, 1) is None
    assert Facts.of(face).face(MOON, 2) is None


@pytest.mark.parametrize("named", ["clip", "frame"])
def test_the_face_is_the_one_that_a_child_was_made_from(named: str) -> None:
    """A child's `made_from` names the clip or last frame of the attempt it continues; of several, the smallest."""
    first = a_rendered_attempt("a1")
    second = _rendered("a2", output=digest("clip"), last_frame=digest("frame"))
    third = _rendered("a3", output=digest("clip"), last_frame=digest("frame"))
    child = an_attempt("c1", content_hash=a_hash("child"), made_from=(digest(named),))

    assert Facts.of(first, second, third, child).face(MOON, 1) == second
    assert Facts.of(first, second, third).face(MOON, 1) == first


@pytest.mark.parametrize(
    ("present", "standing"),
    [
        ([], None),
        ([Status.SUCCEEDED, Status.SUBMITTED, Status.FAILED], Status.SUCCEEDED),
        ([Status.FAILED, Status.SUBMITTED, Status.UNKNOWN], Status.SUBMITTED),
        ([Status.UNKNOWN, Status.LANDED, Status.FAILED], Status.LANDED),
        ([Status.FAILED, Status.UNKNOWN, Status.GONE], Status.UNKNOWN),
        ([Status.GONE, Status.FAILED, Status.NOT_LANDED], Status.FAILED),
        ([Status.NOT_LANDED, Status.GONE], Status.GONE),
        ([Status.NOT_LANDED], Status.NOT_LANDED),
    ],
)
def test_what_decides_about_a_take(present: list[Status], standing: Status | None) -> None:
    """Rendered, else money that may be out, else a failure, else what was given up, else what never landed."""
    facts = Facts.of(*(an_attempt(f"a{number}", status=status) for number, status in enumerate(present)))

    found = facts.standing(MOON, 1)

    assert (None if found is None else found.status) == standing


def test_of_several_failures_the_newest_decides() -> None:
    """The reason that is shown is that of the last try."""
    old, new = (an_attempt(each, status=Status.FAILED, submitted_at=time) for each, time in (("a1", 1), ("a2", 2)))

    assert Facts.of(old, new, an_attempt("a3", status=Status.FAILED, submitted_at=None)).standing(MOON, 1) == new


def test_a_label_last_meant_the_newest_attempt_or_move() -> None:
    """A later move beats an attempt, a later attempt a move; profiles are labels of their own."""
    old, new = _labelled("a1", 10, "old"), _labelled("a2", 30, "new")
    moved = LabelFact(shot="s", profile=None, content_hash=a_hash("old"), when=20)
    final = _labelled("a3", 99, "final", profile="final")

    assert Facts.of(old, moved, final).latest_of_label("s") == moved
    assert Facts.of(old, moved, new, final).latest_of_label("s") == new
    assert Facts.of(old, moved, new, final).latest_of_label("s", "final") == final
    assert Facts.of(old).latest_of_label("other") is None


def test_at_one_second_the_smallest_hash_is_what_a_label_meant() -> None:
    """Every clone reads the same; an attempt comes before a bare move to its hash, a hash before `dropped`."""
    small, big = sorted((_labelled("a1", 5, "a"), _labelled("a2", 5, "b")), key=lambda each: each.content_hash)
    same_move = LabelFact(shot="s", profile=None, content_hash=small.content_hash, when=5)
    dropped = LabelFact(shot="s", profile=None, content_hash=None, when=5)

    assert Facts.of(small, big).latest_of_label("s") == small
    assert Facts.of(same_move, small).latest_of_label("s") == small
    assert Facts.of(dropped, big).latest_of_label("s") == big
    assert Facts.of(dropped).latest_of_label("s") == dropped


def test_every_label_is_known_once() -> None:
    """Labels of attempts and of moves, sorted, with the nameless profile first."""
    moved = LabelFact(shot="a", profile=None, content_hash=None, when=1)

    facts = Facts.of(_labelled("a1", 1, "x", profile="final"), _labelled("a2", 1, "x"), _labelled("a3", 2, "y"), moved)

    assert facts.known_labels == (("a", None), ("s", None), ("s", "final"))


def test_the_best_reporter_is_believed_field_by_field() -> None:
    """Gateway before import before callback; a worse one fills what a better one did not say."""
    fact = an_attempt(
        reports={
            Reporter.CALLBACK: Report(output="c" * 64, seed=1, tokens=1),
            Reporter.IMPORTED: Report(output="b" * 64, seed=2),
            Reporter.GATEWAY: Report(output="a" * 64),
        }
    )

    assert verdict(fact) == Report(output="a" * 64, seed=2, tokens=1)
    assert source(fact) is Reporter.GATEWAY
    assert (verdict(an_attempt()), source(an_attempt())) == (Report(), None)


@some
@given(fact=attempts)
def test_a_verdict_says_whatever_anybody_said(fact: AttemptFact) -> None:
    """No report is passed over where it is the only one that speaks."""
    said = {
        each.name for each in fields(Report) if any(getattr(r, each.name) is not None for r in fact.reports.values())
    }

    assert {each.name for each in fields(Report) if getattr(verdict(fact), each.name) is not None} == said


def _rendered(attempt_id: str, **report: str) -> AttemptFact:
    return an_attempt(attempt_id, status=Status.SUCCEEDED, reports={Reporter.GATEWAY: a_report(**report)})


def _labelled(attempt_id: str, at: int, word: str, profile: str | None = None) -> AttemptFact:
    label = Label(shot="s", profile=profile)
    return an_attempt(attempt_id, label=label, content_hash=a_hash(word), submitted_at=at)
