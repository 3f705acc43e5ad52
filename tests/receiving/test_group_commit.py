"""Many callbacks, one commit: all or none are durable, a flood is turned away, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from seedance_spec.journal.inbox import Delivery
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.webhook.group_commit import MAX_BATCH, MAX_WAITING, MAX_WAITING_BYTES, GroupCommit, NotDurable

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Inbox:
    """A journal in memory that counts what each commit brought, and refuses the attempt called `poison`."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)
    commits: list[int] = field(default_factory=list)

    def receive_all(self, batch: Sequence[Delivery]) -> Sequence[int]:
        self.commits.append(len(batch))
        if any(attempt_id == "poison" for attempt_id, _, _ in batch):
            raise OSError("cannot")
        return self.journal.receive_all(batch)


async def _stored(commit: GroupCommit, attempt_id: str, body: bytes = b"") -> bool:
    try:
        await commit.store(attempt_id, body, at=0.0, within=5.0)
    except NotDurable:
        return False
    return True


async def test_what_comes_together_is_committed_together_and_wakes_each_attempt_once() -> None:
    """Thirty callbacks of ten attempts: one commit, ten wakes."""
    inbox, woken = Inbox(), list[str]()
    commit = GroupCommit(inbox, wake=woken.append)

    stored = await asyncio.gather(*(_stored(commit, f"a{n % 10}") for n in range(30)))
    await commit.close()

    assert (all(stored), inbox.commits, woken) == (True, [30], [f"a{n}" for n in range(10)])


async def test_a_commit_is_never_larger_than_its_limit() -> None:
    """A burst is stored in commits of bounded size, in the order of its coming."""
    inbox = Inbox()
    commit = GroupCommit(inbox, wake=lambda _: None)

    await asyncio.gather(*(_stored(commit, f"a{n}") for n in range(MAX_BATCH + 5)))
    await commit.close()

    assert inbox.commits == [MAX_BATCH, 5]
    assert [poke.attempt_id for poke in inbox.journal.pokes(after=0)] == [f"a{n}" for n in range(MAX_BATCH + 5)]


async def test_a_commit_that_fails_tells_every_sender_in_it_and_the_next_one_is_tried() -> None:
    """Nobody of the failed batch hears `stored` or is woken; who comes later is."""
    inbox, woken = Inbox(), list[str]()
    commit = GroupCommit(inbox, wake=woken.append)

    together = tuple(await asyncio.gather(*(_stored(commit, each) for each in ("a1", "poison", "a2"))))
    later = await _stored(commit, "a3")
    await commit.close()

    assert (together, later, woken) == ((False, False, False), True, ["a3"])


@pytest.mark.parametrize(
    ("flood", "body", "kept"),
    [(MAX_WAITING + 3, b"", MAX_WAITING), (20, b"x" * 1024 * 1024, MAX_WAITING_BYTES // (1024 * 1024))],
    ids=["number", "bytes"],
)
async def test_a_flood_is_turned_away_at_once_beyond_a_bound(flood: int, body: bytes, kept: int) -> None:
    """More than may wait, by number or by size, hears `not durable` without waiting; the rest is stored."""
    commit = GroupCommit(Inbox(), wake=lambda _: None)

    stored = await asyncio.gather(*(_stored(commit, "a", body) for _ in range(flood)))
    await commit.close()

    assert stored == [True] * kept + [False] * (flood - kept)


async def test_nothing_is_promised_after_the_end() -> None:
    """A callback that comes when the writer has stopped is not called stored."""
    commit = GroupCommit(Inbox(), wake=lambda _: None)
    await commit.close()

    assert not await _stored(commit, "a1")
