"""A journal that forgets when the process ends: for simulations in virtual time. It keeps the same contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from seedance_spec.attempts.ports import Cursor, Fed, JournalRow, Mark, Poke
from seedance_spec.journal.faults import JournalFault, Overtaken
from seedance_spec.journal.inbox import MAX_BODY, MAX_PER_ATTEMPT, Delivery, poke_of
from seedance_spec.journal.lease import Lease
from seedance_spec.journal.rules import beyond, holds, later, may_hold, needs_claim
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.join import join_attempts, settle_attempt


class MemoryJournal:
    """`attempts.ports.Journal`, `webhook.group_commit.Inbox` and `journal.lease.Leases` for one thread."""

    def __init__(self) -> None:
        self._rows: dict[str, JournalRow] = {}
        self._claims: dict[tuple[str, int], str] = {}
        self._inbox: list[Poke] = []
        self._received = 0
        self._lease: Lease | None = None
        self._cursors: dict[tuple[str, str], Cursor] = {}
        self._owed: dict[str, None] = {}

    def claim(self, fact: AttemptFact, *, owner: str, after: str | None = None) -> JournalRow | None:
        holder = self._holder(fact)
        if holder is not None and holds(holder, after=after):
            return holder
        if fact.attempt_id in self._rows:
            raise JournalFault(f"the journal knows attempt {fact.attempt_id} already")
        self._rows[fact.attempt_id] = self._new(fact, mark=Mark.CLAIMED, owner=owner)
        self._claims[_key(fact)] = fact.attempt_id
        return None

    def adopt(self, fact: AttemptFact, *, owner: str, may_take: Callable[[str], bool]) -> JournalRow:
        self.record(fact)
        row = self._known(fact.attempt_id)
        if row.owner != owner and may_take(row.owner):
            row = self._rows[fact.attempt_id] = replace(row, owner=owner)
        return row

    def mark(self, attempt_id: str, mark: Mark) -> None:
        row = self._known(attempt_id)
        if row.released is not None or (needs_claim(mark) and self._holder(row.fact) is not row):
            raise Overtaken(f"attempt {attempt_id} was taken over by another process")
        self._rows[attempt_id] = replace(row, mark=later(row.mark, mark))

    def record(self, fact: AttemptFact) -> None:
        row = self._rows.get(fact.attempt_id)
        if row is not None:
            self._rows[fact.attempt_id] = replace(row, fact=settle_attempt(join_attempts(row.fact, fact)))
        else:
            self._rows[fact.attempt_id] = self._new(fact, mark=Mark.ANSWERED, owner="")
        if row is None or row.released is None:
            self._take_free_claim(self._rows[fact.attempt_id].fact)

    def release(self, attempt_id: str, *, reason: str, seen: Mark | None = None) -> None:
        row = self._known(attempt_id)
        if seen is not None and row.mark is not seen:
            raise Overtaken(f"attempt {attempt_id} went on: its POST is at {row.mark}")
        if self._claims.get(_key(row.fact)) == attempt_id:
            del self._claims[_key(row.fact)]
        self._rows[attempt_id] = replace(row, released=reason)

    def rows(self) -> Sequence[JournalRow]:
        return tuple(self._rows.values())

    def row(self, attempt_id: str) -> JournalRow | None:
        return self._rows.get(attempt_id)

    def receive(self, attempt_id: str, body: bytes, *, at: float) -> int:
        return self.receive_all([(attempt_id, body, at)])[0]

    def receive_all(self, batch: Sequence[Delivery]) -> Sequence[int]:
        return [self._put_into_inbox(each) for each in batch]

    def pokes(self, *, after: int) -> Sequence[Poke]:
        return tuple(poke for poke in self._inbox if poke.seq > after)

    def cursor(self, feed: str, project: str) -> Cursor | None:
        return self._cursors.get((feed, project))

    def take_in(self, feed: str, project: str, callbacks: Sequence[Fed], *, since: Cursor | None, upto: Cursor) -> None:
        news, reached = beyond(self.cursor(feed, project), callbacks, since=since, upto=upto)
        self.receive_all([(each.attempt_id, each.body, each.at) for each in news])
        self._cursors[feed, project] = reached

    def owe(self, attempt_id: str) -> None:
        self._owed.setdefault(self._known(attempt_id).fact.attempt_id)

    def owed(self) -> Sequence[str]:
        return tuple(self._owed)

    def told(self, attempt_id: str) -> None:
        self._owed.pop(attempt_id, None)

    def hold(self, owner: str, *, at: float, may_take: Callable[[Lease], bool]) -> bool:
        if self._lease is not None and self._lease.owner != owner and not may_take(self._lease):
            return False
        self._lease = Lease(owner=owner, beat_at=at)
        return True

    def leader(self) -> Lease | None:
        return self._lease

    def resign(self, owner: str) -> None:
        if self._lease is not None and self._lease.owner == owner:
            self._lease = None

    def close(self) -> None:
        """Nothing is open; here so that both journals end alike."""

    def _put_into_inbox(self, delivery: Delivery) -> int:
        attempt_id, body, at = delivery
        self._received += 1
        self._inbox.append(poke_of(self._received, (attempt_id, body[:MAX_BODY], at)))
        of_attempt = [poke for poke in self._inbox if poke.attempt_id == attempt_id]
        for old in of_attempt[:-MAX_PER_ATTEMPT]:
            self._inbox.remove(old)
        return self._received

    def _take_free_claim(self, fact: AttemptFact) -> None:
        holder = self._holder(fact)
        if holder is None or (not holds(holder, after=None) and may_hold(fact)):
            self._claims[_key(fact)] = fact.attempt_id

    @staticmethod
    def _new(fact: AttemptFact, *, mark: Mark, owner: str) -> JournalRow:
        return JournalRow(fact=settle_attempt(fact), mark=mark, released=None, owner=owner)

    def _holder(self, fact: AttemptFact) -> JournalRow | None:
        holder = self._claims.get(_key(fact))
        return None if holder is None else self._rows[holder]

    def _known(self, attempt_id: str) -> JournalRow:
        row = self._rows.get(attempt_id)
        if row is None:
            raise JournalFault(f"the journal knows no attempt {attempt_id}")
        return row


def _key(fact: AttemptFact) -> tuple[str, int]:
    return fact.content_hash, fact.take
