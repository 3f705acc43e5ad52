"""What a standing receiver keeps: pages by a cursor that misses nothing, within bounds of size, number and age."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.receiver_file import KEPT_SECONDS, SMALL_BODY, ReceiverFile
from seedance_spec.webhook.feed_protocol import CallbackEvent, ClaimEvent, FeedPage, Outcome
from tests.support.attempts import NOW, an_attempt_id
from tests.support.receiving import ARK
from tests.support.standing import SUBMITTED, THEIRS, a_wish

PROJECT = project_prefix("ab" * 16)
DAY = 86_400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "receiver.db"


@pytest.fixture
def file(path: Path) -> Iterator[ReceiverFile]:
    with closing(ReceiverFile(path)) as opened:
        yield opened


def _bodies(page: FeedPage) -> list[bytes]:
    return [event.body for event in page.events if isinstance(event, CallbackEvent)]


def _receive(file: ReceiverFile, *bodies: bytes, nth: int = 1, at: float = NOW) -> list[int]:
    return list(file.receive_all([(an_attempt_id(nth), body, at) for body in bodies]))


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_holds_what_came_in_its_order(file: ReceiverFile) -> None:
    """Callbacks and outcomes stand in one sequence, and `next` is where to go on."""
    wish = a_wish()
    file.claim(wish, at=NOW)
    _receive(file, ARK)
    file.report(wish.attempt_id, SUBMITTED, at=NOW + 1)

    assert file.events(PROJECT, after=0) == FeedPage(
        epoch=file.epoch,
        next=2,
        events=(
            CallbackEvent(seq=1, attempt_id=an_attempt_id(1), at=NOW, body=ARK),
            ClaimEvent(
                seq=2, attempt_id=wish.attempt_id, at=NOW + 1, outcome=Outcome.SUBMITTED, task_id=SUBMITTED.task_id
            ),
        ),
    )
    assert file.events(PROJECT, after=2) == FeedPage(epoch=file.epoch, next=2)


def test_another_projects_events_are_not_in_it(file: ReceiverFile) -> None:
    """Whoever asks for one project sees nothing of another; numbers may have gaps."""
    file.receive_all(
        [
            (an_attempt_id(1), b"1", NOW),
            (an_attempt_id(2, project_id=THEIRS), b"2", NOW),
            (an_attempt_id(3), b"3", NOW),
        ]
    )

    assert [event.seq for event in file.events(PROJECT, after=0).events] == [1, 3]
    assert _bodies(file.events(project_prefix(THEIRS), after=0)) == [b"2"]


def test_pages_are_limited_in_number_and_in_bytes_and_nothing_falls_between_them(file: ReceiverFile) -> None:
    """100 events or a mebibyte, whichever is reached first; going on from `next` gives every one exactly once."""
    large = json.dumps({"status": "succeeded", "x": "x" * 60_000}).encode()
    for nth in range(1, 6):
        _receive(file, *[b"%d.%d" % (nth, each) for each in range(50)], nth=nth)
    _receive(file, *[large] * 30, nth=9)

    pages, cursor = [], 0
    while (page := file.events(PROJECT, after=cursor)).events:
        pages.append(len(page.events))
        cursor = page.next

    assert pages == [100, 100, 67, 13]
    assert cursor == 280


def test_one_event_is_always_given(file: ReceiverFile) -> None:
    """A page too small for its first event holds it all the same: nobody waits for ever."""
    _receive(file, b"four", b"five!")

    assert _bodies(file.events(PROJECT, after=0, most_bytes=2)) == [b"four"]


def test_a_cursor_of_another_file_begins_again(file: ReceiverFile) -> None:
    """A receiver that lost its disk has another epoch: its page begins at the start, whatever the cursor says."""
    _receive(file, b"1", b"2")

    assert _bodies(file.events(PROJECT, after=1, epoch=file.epoch)) == [b"2"]
    assert _bodies(file.events(PROJECT, after=1, epoch="0123")) == [b"1", b"2"]


def test_a_cursor_beyond_the_end_begins_again(file: ReceiverFile) -> None:
    """A file that was put back from a copy has not come so far yet as its reader."""
    _receive(file, b"1", b"2")

    assert _bodies(file.events(PROJECT, after=3, epoch=file.epoch)) == [b"1", b"2"]


def test_the_epoch_is_the_files_own(path: Path, tmp_path: Path) -> None:
    """It stays when the file is opened again, and no other file has it."""
    with closing(ReceiverFile(path)) as one, closing(ReceiverFile(tmp_path / "other.db")) as other:
        first, second = one.epoch, other.epoch
    with closing(ReceiverFile(path)) as again:
        assert (again.epoch, again.epoch != second) == (first, True)


def test_readers_see_what_another_opening_has_written(path: Path, file: ReceiverFile) -> None:
    """Two that have the file open are two views of one truth, and no number is given twice."""
    with closing(ReceiverFile(path)) as other:
        numbers = [*_receive(file, b"1"), *_receive(other, b"2", b"3"), *_receive(file, b"4")]
        assert _bodies(other.events(PROJECT, after=0)) == [b"1", b"2", b"3", b"4"]

    assert numbers == [1, 2, 3, 4]


# ── bounds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_one_attempt_the_first_and_the_newest_63_are_kept(file: ReceiverFile) -> None:
    """A leaked URL fills no disk; the first callback, which proves the landing, stays."""
    numbers = [
        *_receive(file, *[b"%d" % each for each in range(50)]),
        *_receive(file, *[b"+%d" % n for n in range(50)]),
    ]
    _receive(file, b"another's", nth=2)

    kept = _bodies(file.events(PROJECT, after=0))

    assert numbers == list(range(1, 101))
    assert kept == [b"0", *[b"%d" % each for each in range(37, 50)], *[b"+%d" % n for n in range(50)], b"another's"]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"x" * SMALL_BODY, SMALL_BODY),
        (b"x" * 60_000, SMALL_BODY),
        (json.dumps({"status": "running", "x": "x" * 60_000}).encode(), SMALL_BODY),
        (json.dumps({"status": "succeeded", "x": "x" * 60_000}).encode(), 60_032),
        (json.dumps({"data": {"status": "FAILURE", "x": "x" * 60_000}}).encode(), 60_040),
        (b"[" * 60_000, SMALL_BODY),
    ],
    ids=["small", "no JSON", "running", "succeeded", "failed, wrapped", "deep"],
)
def test_a_long_body_is_kept_whole_only_where_it_says_that_the_task_ended(
    file: ReceiverFile, body: bytes, kept: int
) -> None:
    """4 KiB of anything else are enough to look at."""
    _receive(file, body)

    assert list(map(len, _bodies(file.events(PROJECT, after=0)))) == [kept]


def test_events_are_forgotten_after_eight_days_a_few_at_each_commit(file: ReceiverFile) -> None:
    """What is too old goes when something new comes, never all at once; numbers go on."""
    for nth in range(20):
        file.receive_all([(an_attempt_id(100 * nth + each), b"", NOW) for each in range(100)])

    left = []
    for late in (KEPT_SECONDS - 1, *[KEPT_SECONDS + 1] * 5):
        _receive(file, b"new", nth=9999, at=NOW + late)
        left.append(len(file.events(PROJECT, after=0, limit=9999).events))

    assert left == [2001, 1490, 979, 468, 5, 6]


def test_a_full_receiver_refuses_callbacks_and_grants_claims(path: Path) -> None:
    """Beyond the limit nothing of a batch is in and the fault names the way out; a claim keeps somebody from paying."""
    with closing(ReceiverFile(path, max_bytes=256 * 1024)) as file:
        body = json.dumps({"status": "succeeded", "x": "x" * 60_000}).encode()
        _receive(file, *[body] * 5)
        with pytest.raises(JournalFault, match=r"receiver\.db has reached its limit of 262144 bytes: see --max-disk"):
            _receive(file, b"one more", nth=2)

        assert len(file.events(PROJECT, after=0).events) == 5
        assert file.claim(a_wish(3), at=NOW).granted


def test_a_full_receiver_forgets_and_takes_in_again(path: Path) -> None:
    """Age frees what size has stopped, in a file that grows no further."""
    with closing(ReceiverFile(path, max_bytes=256 * 1024)) as file:
        body = json.dumps({"status": "succeeded", "x": "x" * 60_000}).encode()
        _receive(file, *[body] * 5)

        assert _receive(file, b"new", nth=2, at=NOW + KEPT_SECONDS + 1) == [6]
        assert _bodies(file.events(PROJECT, after=0)) == [b"new"]


def test_an_attempt_of_a_newer_version_is_kept_for_nobody(file: ReceiverFile) -> None:
    """Its key vouches for it and its project cannot be read: it is no error, and in no project's page."""
    assert file.receive_all([("z" * 56, b"", NOW)]) == range(1, 2)
    assert file.events(PROJECT, after=0).events == ()
