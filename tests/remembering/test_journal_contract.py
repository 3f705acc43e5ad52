"""What every journal keeps, the one on disk and the one in memory alike: claims, marks, facts, the inbox, the lease."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from seedance_spec.attempts.ports import Journal, JournalRow, Mark, Poke
from seedance_spec.journal.faults import JournalFault, Overtaken
from seedance_spec.journal.lease import Lease
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.journal.sqlite import SqliteJournal
from seedance_spec.lockfile.facts import Reporter, Status
from tests.support.attempts import NOW, TASK, UPSTREAM, a_claim, an_attempt_id
from tests.support.facts import a_full_attempt, a_report

AnyJournal: TypeAlias = MemoryJournal | SqliteJournal
US, THEM = "1-1-boot-1", "2-2-boot-1"
ARK = b'{"id": "cgt-1", "status": "succeeded"}'


@pytest.fixture(params=["sqlite", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyJournal]:
    opened = SqliteJournal(tmp_path / ".seedance" / "journal.db") if request.param == "sqlite" else MemoryJournal()
    yield opened
    opened.close()


def a_row(nth: int = 1, *, mark: Mark = Mark.CLAIMED, released: str | None = None, owner: str = US) -> JournalRow:
    return JournalRow(fact=a_claim(nth), mark=mark, released=released, owner=owner)


def test_both_journals_are_what_the_conductor_is_handed(journal: AnyJournal) -> None:
    """Each implements the port."""
    handed: Journal = journal

    assert handed.rows() == ()


# ── claims ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_take_is_claimed_once(journal: AnyJournal) -> None:
    """The first claim of a content hash and take is granted; the second is told who holds it, and leaves no row."""
    assert journal.claim(a_claim(1), owner=US) is None
    assert journal.claim(a_claim(2), owner=THEM) == a_row(1)
    assert journal.rows() == (a_row(1),)


def test_other_takes_and_other_pictures_are_free(journal: AnyJournal) -> None:
    """A claim stands for one take of one content hash and nothing else."""
    journal.claim(a_claim(1), owner=US)

    assert journal.claim(a_claim(2, take=2), owner=THEM) is None
    assert journal.claim(a_claim(3, shot="jump"), owner=THEM) is None


def test_a_released_claim_is_free_again(journal: AnyJournal) -> None:
    """What was refused or never sent blocks nobody; its row says why."""
    journal.claim(a_claim(1), owner=US)
    journal.release(an_attempt_id(1), reason="no-money")

    assert journal.claim(a_claim(2), owner=THEM) is None
    assert journal.rows() == (a_row(1, released="no-money"), a_row(2, owner=THEM))


def test_an_attempt_that_the_user_passes_over_by_name_gives_its_take_up_once(journal: AnyJournal) -> None:
    """`after` names the failed attempt: the first who passes over it holds the take, the second is told so."""
    journal.claim(a_claim(1), owner=US)
    journal.record(a_claim(1, status=Status.FAILED))

    assert journal.claim(a_claim(2), owner=US, after=an_attempt_id(1)) is None
    assert journal.claim(a_claim(3), owner=THEM, after=an_attempt_id(1)) == a_row(2)


@pytest.mark.parametrize("given_up", [Status.NOT_LANDED, Status.GONE])
def test_an_attempt_that_the_user_has_given_up_holds_nothing(journal: AnyJournal, given_up: Status) -> None:
    """A fact that is not landed or gone keeps nobody from paying."""
    journal.claim(a_claim(1), owner=US)
    journal.record(a_claim(1, status=given_up))

    assert journal.claim(a_claim(2), owner=US) is None


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.NOT_LANDED, Status.GONE}))
def test_every_other_fact_keeps_its_take(journal: AnyJournal, status: Status) -> None:
    """What may have been paid for is not paid for again, failed attempts among it."""
    journal.claim(a_claim(1), owner=US)
    journal.record(a_claim(1, status=status))

    assert journal.claim(a_claim(2), owner=US) is not None


def test_what_was_passed_over_in_vain_holds_its_take_again_once_it_is_recorded(journal: AnyJournal) -> None:
    """The attempt that passed over it was never sent: whoever comes without the user's word is told who holds it."""
    failed = a_claim(1, status=Status.FAILED)
    journal.record(failed)
    journal.claim(a_claim(2), owner=US, after=an_attempt_id(1))
    journal.release(an_attempt_id(2), reason="never sent")

    journal.record(failed)

    held = journal.claim(a_claim(3), owner=THEM)
    assert held is not None
    assert held.fact == failed


def test_what_was_released_never_holds_its_take_again(journal: AnyJournal) -> None:
    """A POST that was never made is no fact: a record of it that comes late takes nothing back."""
    journal.claim(a_claim(1), owner=US)
    journal.release(an_attempt_id(1), reason="never sent")

    journal.record(a_claim(1))

    assert journal.claim(a_claim(2), owner=THEM) is None


def test_what_was_given_up_makes_way_for_a_fact_from_elsewhere(journal: AnyJournal) -> None:
    """Gone here, bought again by another clone: the one that was bought holds the take; nobody pays a third time."""
    journal.claim(a_claim(1), owner=US)
    journal.record(a_claim(1, status=Status.GONE))

    journal.record(a_claim(2, status=Status.SUCCEEDED))

    assert journal.claim(a_claim(3), owner=US) is not None


def test_an_attempt_id_is_used_once(journal: AnyJournal) -> None:
    """One attempt id cannot claim twice, not even another take."""
    journal.claim(a_claim(1), owner=US)

    with pytest.raises(JournalFault):
        journal.claim(replace(a_claim(2, take=2), attempt_id=an_attempt_id(1)), owner=US)


# ── marks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_marks_go_forward_only(journal: AnyJournal) -> None:
    """The furthest mark stays, whatever is marked after it."""
    journal.claim(a_claim(1), owner=US)
    for mark in (Mark.CONNECTING, Mark.BYTES_OUT, Mark.CONNECTING):
        journal.mark(an_attempt_id(1), mark)

    assert journal.row(an_attempt_id(1)) == a_row(1, mark=Mark.BYTES_OUT)


def test_a_released_post_cannot_go_on(journal: AnyJournal) -> None:
    """Whoever was taken for dead and released hears so before a byte goes out."""
    journal.claim(a_claim(1), owner=US)
    journal.release(an_attempt_id(1), reason="never sent")

    with pytest.raises(Overtaken):
        journal.mark(an_attempt_id(1), Mark.BYTES_OUT)


def test_a_post_that_was_passed_over_cannot_go_on(journal: AnyJournal) -> None:
    """Once another attempt holds the take, the one before may not be sent any more."""
    journal.claim(a_claim(1), owner=US)
    journal.claim(a_claim(2), owner=THEM, after=an_attempt_id(1))

    with pytest.raises(Overtaken):
        journal.mark(an_attempt_id(1), Mark.BYTES_OUT)


def test_a_post_that_went_on_is_not_released_by_who_saw_it_earlier(journal: AnyJournal) -> None:
    """`seen` releases only what has come no further since it was looked at."""
    journal.claim(a_claim(1), owner=US)
    journal.mark(an_attempt_id(1), Mark.BYTES_OUT)

    with pytest.raises(Overtaken):
        journal.release(an_attempt_id(1), reason="never sent", seen=Mark.CONNECTING)
    assert journal.claim(a_claim(2), owner=THEM) is not None


def test_an_attempt_that_nobody_claimed_is_a_fault(journal: AnyJournal) -> None:
    """Nothing is marked or released that the journal does not know."""
    with pytest.raises(JournalFault, match="knows no attempt"):
        journal.mark(an_attempt_id(1), Mark.CONNECTING)
    with pytest.raises(JournalFault, match="knows no attempt"):
        journal.release(an_attempt_id(1), reason="refused")


# ── facts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_fact_is_folded_into_its_row(journal: AnyJournal) -> None:
    """What was known stays, what is new is added, and a status never moves back."""
    journal.claim(a_claim(1), owner=US)
    journal.record(a_claim(1, status=Status.SUBMITTED, task_id=TASK))
    journal.record(a_claim(1, status=Status.LANDED, upstream_ids=(UPSTREAM,)))

    folded = a_claim(1, status=Status.SUBMITTED, task_id=TASK, upstream_ids=(UPSTREAM,))
    assert journal.row(an_attempt_id(1)) == replace(a_row(1), fact=folded)


def test_every_field_of_a_fact_comes_back(journal: AnyJournal) -> None:
    """A fact in which every field says something is the same after it was stored."""
    journal.record(a_full_attempt())

    assert [row.fact for row in journal.rows()] == [a_full_attempt()]


def test_a_fact_from_elsewhere_is_answered_and_holds_its_take(journal: AnyJournal) -> None:
    """What the lockfile knows of another machine's attempt keeps this one from paying."""
    fact = a_claim(1, status=Status.SUBMITTED, task_id=TASK)
    journal.record(fact)

    assert journal.claim(a_claim(2), owner=US) == JournalRow(fact=fact, mark=Mark.ANSWERED, released=None, owner="")


def test_others_words_are_kept_without_their_secrets(journal: AnyJournal) -> None:
    """A signed link in an error message does not reach the journal."""
    said = a_report(error_message="cannot read https://h.volces.com/a.png?X-Tos-Signature=canary")
    journal.record(a_claim(1, reports={Reporter.GATEWAY: said}))

    assert "canary" not in str(journal.rows())


# ── adoption ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_attempt_of_the_dead_changes_hands(journal: AnyJournal) -> None:
    """Who may take from its owner has it then, with mark and fact as they stood."""
    journal.claim(a_claim(1), owner=THEM)
    journal.mark(an_attempt_id(1), Mark.BYTES_OUT)

    adopted = journal.adopt(a_claim(1), owner=US, may_take=lambda owner: owner == THEM)

    assert adopted == a_row(1, mark=Mark.BYTES_OUT)
    assert journal.rows() == (adopted,)


def test_an_attempt_of_the_living_stays_with_its_owner(journal: AnyJournal) -> None:
    """Who may not take it is told who keeps it; what he knows of it is folded in."""
    journal.claim(a_claim(1), owner=THEM)

    kept = journal.adopt(a_claim(1, upstream_ids=(UPSTREAM,)), owner=US, may_take=lambda _: False)

    assert kept == replace(a_row(1, owner=THEM), fact=a_claim(1, upstream_ids=(UPSTREAM,)))


def test_an_attempt_that_only_the_lockfile_knows_is_adopted_as_answered(journal: AnyJournal) -> None:
    """It gets a row and its take's claim."""
    fact = a_claim(1, status=Status.SUBMITTED, task_id=TASK)
    adopted = JournalRow(fact=fact, mark=Mark.ANSWERED, released=None, owner=US)

    assert journal.adopt(fact, owner=US, may_take=lambda owner: owner == "") == adopted
    assert journal.claim(a_claim(2), owner=THEM) == adopted


def test_what_is_adopted_late_takes_no_claim_away(journal: AnyJournal) -> None:
    """A spare from another clone leaves the take with the attempt that holds it."""
    journal.claim(a_claim(1), owner=THEM)
    journal.adopt(a_claim(2, status=Status.SUBMITTED, task_id=TASK), owner=US, may_take=lambda _: True)

    assert journal.claim(a_claim(3), owner=US) == a_row(1, owner=THEM)


# ── the inbox ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_callbacks_are_read_in_their_order_from_where_one_stopped(journal: AnyJournal) -> None:
    """Sequence numbers grow, and a reader that remembers the last one misses nothing and sees nothing twice."""
    first = journal.receive(an_attempt_id(1), ARK, at=NOW)
    second = journal.receive(an_attempt_id(2), b"nonsense", at=NOW + 1)

    known = Poke(
        seq=first, attempt_id=an_attempt_id(1), received_at=NOW, upstream_id="cgt-1", upstream_status="succeeded"
    )
    bare = Poke(seq=second, attempt_id=an_attempt_id(2), received_at=NOW + 1, upstream_id=None, upstream_status=None)
    assert journal.pokes(after=0) == (known, bare)
    assert journal.pokes(after=first) == (bare,)


def test_an_attempt_keeps_its_newest_callbacks_only(journal: AnyJournal) -> None:
    """A URL called for ever fills no disk: 64 callbacks stay, those of other attempts untouched."""
    other = journal.receive(an_attempt_id(2), ARK, at=NOW)
    received = journal.receive_all([(an_attempt_id(1), ARK, NOW + n) for n in range(100)])

    assert [poke.seq for poke in journal.pokes(after=0)] == [other, *received[-64:]]


# ── the lease ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_lease_stays_with_its_holder_unless_it_may_be_taken(journal: AnyJournal) -> None:
    """Who holds renews; who does not is refused, or takes it where the rule allows."""
    assert journal.hold(US, at=NOW, may_take=lambda _: False)
    assert journal.hold(US, at=NOW + 5, may_take=lambda _: False)
    assert not journal.hold(THEM, at=NOW + 6, may_take=lambda lease: lease.beat_at < NOW)
    assert journal.leader() == Lease(owner=US, beat_at=NOW + 5)

    assert journal.hold(THEM, at=NOW + 7, may_take=lambda lease: lease.owner == US)
    assert journal.leader() == Lease(owner=THEM, beat_at=NOW + 7)


def test_only_its_holder_gives_the_lease_back(journal: AnyJournal) -> None:
    """A stranger's resignation changes nothing; the holder's frees it for the next."""
    journal.hold(US, at=NOW, may_take=lambda _: False)
    journal.resign(THEM)
    assert journal.leader() == Lease(owner=US, beat_at=NOW)

    journal.resign(US)

    assert journal.leader() is None
