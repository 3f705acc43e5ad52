"""Following a receiver's feed in virtual time: nothing is missed or taken in twice, and it says when it is deaf."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.attempts.feed import FeedFollower
from seedance_spec.attempts.ports import Cursor, Journal
from seedance_spec.journal.faults import JournalFault
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import ClaimEvent, ClaimRequest, Outcome, Said
from seedance_spec.webhook.probe_id import probe_id
from tests.support.attempts import PROJECT, an_attempt_id
from tests.support.facts import a_hash
from tests.support.hub import Hub
from tests.support.sharing import URL
from tests.support.virtual import VirtualClock

BODY = b'{"id": "cgt-1", "status": "succeeded"}'


@dataclass(slots=True)
class Notes:
    """A `Listener` that keeps what it is told."""

    called: list[str] = field(default_factory=list)
    outcomes: list[tuple[str, Outcome]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    broken: bool = False

    def called_back(self, feed: str, attempt_ids: Collection[str]) -> None:
        assert feed == URL
        self.called += sorted(attempt_ids)

    def reported(self, event: ClaimEvent) -> None:
        if self.broken:
            raise JournalFault("the disk is full")
        self.outcomes.append((event.attempt_id, event.outcome))

    def lost(self, feed: str, reason: str) -> None:
        assert feed == URL
        self.said.append(f"lost: {reason}")

    def found_again(self, feed: str) -> None:
        assert feed == URL
        self.said.append("back")


@dataclass(slots=True)
class Post:
    """One project's follower, its journal, and the receiver's file."""

    clock: VirtualClock
    hub: Hub
    journal: Journal = field(default_factory=MemoryJournal)
    notes: Notes = field(default_factory=Notes)

    def follower(self) -> FeedFollower:
        return FeedFollower(
            self.hub,
            self.notes,
            name=URL,
            project=project_prefix(PROJECT),
            journal=self.journal,
            clock=self.clock,
            chance=lambda: 0.5,
        )

    def call_back(self, nth: int, **minted: Any) -> str:
        attempt_id = an_attempt_id(nth, **minted)
        self.hub.file.receive_all([(attempt_id, BODY, self.clock.now())])
        return attempt_id

    def report(self, nth: int, outcome: Outcome = Outcome.REFUSED) -> str:
        attempt_id = an_attempt_id(nth, content_hash=a_hash("moon-walk"), take=1)
        wish = ClaimRequest(attempt_id=attempt_id, content_hash=a_hash("moon-walk"), take=1)
        self.hub.file.claim(wish, at=self.clock.now())
        self.hub.file.report(attempt_id, Said(outcome=outcome), at=self.clock.now())
        return attempt_id

    async def for_a_while(self, seconds: float) -> None:
        following = asyncio.ensure_future(self.follower().follow())
        await self.clock.run(self.clock.sleep(seconds))
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    async def caught_up(self) -> bool:
        return await self.clock.run(self.follower().catch_up())

    @property
    def inbox(self) -> list[str]:
        return [poke.attempt_id for poke in self.journal.pokes(after=0)]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    clock = VirtualClock()
    with closing(ReceiverFile(tmp_path / "receiver.db")) as file:
        yield Post(clock=clock, hub=Hub(clock=clock, file=file))


@pytest.mark.anyio
async def test_everything_that_came_while_nobody_looked_is_known(post: Post) -> None:
    """More than a page of callbacks and an outcome: all are in the inbox, in their order, and told of."""
    expected = [post.call_back(nth) for nth in range(1, 131)]
    outcome = post.report(200)

    assert await post.caught_up()

    assert post.inbox == expected
    assert set(post.notes.called) == set(expected)
    assert post.notes.outcomes == [(outcome, Outcome.REFUSED)]


@pytest.mark.anyio
async def test_a_later_run_goes_on_where_the_last_one_was(post: Post) -> None:
    """What was taken in is not taken in again; what came since is."""
    first = post.call_back(1)
    await post.caught_up()
    second = post.call_back(2)

    await post.caught_up()

    assert post.inbox == [first, second]


@pytest.mark.anyio
async def test_what_comes_now_is_heard_within_a_moment(post: Post) -> None:
    """A long question is answered as soon as there is something."""
    following = asyncio.ensure_future(post.follower().follow())
    await post.clock.run(post.clock.sleep(40))
    came = post.call_back(1)
    await post.clock.run(post.clock.sleep(2))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)

    assert post.inbox == [came]


@pytest.mark.anyio
async def test_an_outcome_that_cannot_be_written_down_is_heard_again(post: Post) -> None:
    """The cursor does not move past an event whose consequence is not durable."""
    outcome, after_it = post.report(1), post.call_back(2)
    post.notes.broken = True
    assert not await post.caught_up()
    assert post.inbox == []
    post.notes.broken = False

    assert await post.caught_up()

    assert post.notes.outcomes == [(outcome, Outcome.REFUSED)]
    assert post.inbox == [after_it]


@pytest.mark.anyio
async def test_two_processes_of_one_project_each_hear_every_outcome(post: Post) -> None:
    """They share a journal: each callback is in the inbox once, and both are told of everything."""
    other = replace(post, notes=Notes())
    mine, theirs = post.follower(), other.follower()
    came, outcome = post.call_back(1), post.report(2)

    await post.clock.run(asyncio.gather(mine.catch_up(), theirs.catch_up()))

    assert post.inbox == [came]
    for notes in (post.notes, other.notes):
        assert (notes.called, notes.outcomes) == ([came], [(outcome, Outcome.REFUSED)])


@pytest.mark.anyio
async def test_a_receiver_that_lost_its_disk_is_read_from_its_beginning(post: Post, tmp_path: Path) -> None:
    """Another epoch: sequence numbers begin anew, and the first of them is not taken for an old one."""
    for nth in (1, 2, 3):
        post.call_back(nth)
    await post.caught_up()
    with closing(ReceiverFile(tmp_path / "new.db")) as post.hub.file:
        came = post.call_back(4)

        await post.caught_up()

        assert post.inbox[-1] == came
        assert post.journal.cursor(URL, project_prefix(PROJECT)) == Cursor(epoch=post.hub.file.epoch, seq=1)


@pytest.mark.anyio
async def test_a_receiver_that_was_put_back_to_an_older_copy_is_read_again(post: Post) -> None:
    """The same epoch with smaller numbers: what comes now is not taken for what was read before."""
    cursor = Cursor(epoch=post.hub.file.epoch, seq=900)
    post.journal.take_in(URL, project_prefix(PROJECT), [], since=None, upto=cursor)
    came = post.call_back(1)

    await post.caught_up()
    again = post.call_back(2)
    await post.caught_up()

    assert post.inbox == [came, again]


@pytest.mark.anyio
async def test_it_says_once_that_it_is_deaf_and_once_that_it_hears_again(post: Post) -> None:
    """Ten minutes without the receiver: two words, a bounded number of questions, and then nothing is missing."""
    start = post.clock.now()
    post.hub.away = lambda: post.clock.now() < start + 600
    came = post.call_back(1)

    await post.for_a_while(660)

    assert post.notes.said == ["lost: no answer (ConnectError)", "back"]
    assert post.inbox == [came]


@pytest.mark.anyio
async def test_a_stranger_is_asked_rarely(post: Post) -> None:
    """A receiver that does not know our key is asked about once a minute."""
    post.hub.stranger = True
    asked = 0

    def asking() -> bool:
        nonlocal asked
        asked += 1
        return False

    post.hub.away = asking

    await post.for_a_while(600)

    assert asked <= 11
    assert len(post.notes.said) == 1


@pytest.mark.anyio
async def test_a_receiver_that_never_waits_is_not_asked_in_a_circle(post: Post) -> None:
    """Empty pages at once, though a long wait was asked for: a question a second at the most."""
    post.hub.patient = False

    await post.for_a_while(60)

    assert post.hub.asked.count("events") <= 61


@pytest.mark.anyio
async def test_probes_tell_all_they_have_to_tell_by_coming(post: Post) -> None:
    """A probe is told of, and leaves nothing in the inbox."""
    probe = probe_id(
        realm=Realm.PAID, project_id=PROJECT, run="00000001", now=post.clock.now(), random=bytes(range(10))
    )
    post.hub.file.receive_all([(probe, BODY, post.clock.now())])

    await post.caught_up()

    assert post.notes.called == [probe]
    assert post.inbox == []
