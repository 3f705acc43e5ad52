"""What the state machine of a take's life stands on: the truth, two processes, and I1–I8 after every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)

from seedance_spec.attempts.attempt import Attempt, recover
from seedance_spec.attempts.known import facts_of, is_open
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.ports import (
    Poke,
    SubmitOutcome,
    TaskState,
    TaskView,
)
from seedance_spec.attempts.stages import (
    Event,
    Poked,
    Post,
    Stage,
    Started,
)
from seedance_spec.journal.faults import Overtaken
from seedance_spec.journal.memory import MemoryJournal
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import verdict
from tests.support.attempts import NOW, a_view
from tests.support.clips import StillClock

T = TypeVar("T")

_FORWARD = tuple(Status)
_ENDED = {"succeeded": TaskState.SUCCEEDED, "failed": TaskState.FAILED}


class Book(Ledger):
    """The real ledger, its pages turned by hand: what is recorded is pending until the machine writes it."""

    def __init__(self, journal: MemoryJournal) -> None:
        nowhere = Path("/nowhere")
        super().__init__(journal, LockFile(nowhere / "lock", root=nowhere, write_lock=nowhere), StillClock())

    def written(self) -> Facts:
        facts = Facts.of(*self._pending.values())
        self._pending.clear()
        return facts


@dataclass(slots=True)
class Truth:
    """What the gateway knows of one attempt, whoever asks. `shown` is what its GET says, which lags behind `state`."""

    posts: int = 0
    task_id: str | None = None
    state: str = "queued"
    shown: str | None = None
    ended_at: float = 0.0


@dataclass(slots=True)
class Holder:
    """One process: the attempt in its hands, and what it is about to do with it."""

    attempt: Attempt
    book: Book
    post: bool = True
    out: bool = False


class LifeWorld(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.journal = MemoryJournal()
        self.lock = Facts()
        self.old_locks = [Facts()]
        self.now = NOW
        self.running: dict[str, Holder] = {}
        self.truths: dict[str, Truth] = {}
        self.stored: set[str] = set()
        self.words: set[str] = set()
        self.acked = 0
        self.seen: dict[str, AttemptFact] = {}

    # ── what must hold after every step ─────────────────────────────────────────────────────────────────────────────

    @invariant()
    def all_promises_hold(self) -> None:
        known = self._known()
        self._paid_once()
        self._nothing_paid_is_forgotten(known)
        self._a_clip_on_record_is_a_clip_in_hand(known)
        self._acknowledged_is_durable()
        self._only_the_gateway_moves_money(known)
        self._facts_move_forward(known)

    def _paid_once(self) -> None:
        """I1: one POST per attempt; a second landed attempt only where the user's word or a refund let the first go."""
        assert all(truth.posts <= 1 for truth in self.truths.values())
        landed = [attempt_id for attempt_id, truth in self.truths.items() if truth.task_id is not None]
        for earlier in landed[:-1]:
            assert earlier in self.words or self.truths[earlier].shown == "failed"

    def _nothing_paid_is_forgotten(self, known: Mapping[str, AttemptFact]) -> None:
        """I2: what landed is on record from the moment its bytes were out, and never counts as not sent."""
        for attempt_id, truth in self.truths.items():
            row = self.journal.row(attempt_id)
            if truth.task_id is not None:
                assert row is not None
                assert row.released is None
                assert attempt_id in known

    def _a_clip_on_record_is_a_clip_in_hand(self, known: Mapping[str, AttemptFact]) -> None:
        """I3, I7: a recorded digest is that of a clip that was stored before, and of this attempt's own task."""
        for attempt_id, fact in known.items():
            output = verdict(fact).output
            assert output is None or (output in self.stored and output == clip_digest(self.truths[attempt_id]))

    def _acknowledged_is_durable(self) -> None:
        """I4: every callback that was answered is in the inbox (it keeps the newest 64 of an attempt)."""
        assert len(self.journal.pokes(after=0)) == self.acked or self.acked > 64

    def _only_the_gateway_moves_money(self, known: Mapping[str, AttemptFact]) -> None:
        """I5: a task id is the one that the gateway gave; a verdict is the one that its GET showed."""
        for attempt_id, fact in known.items():
            truth = self.truths[attempt_id]
            assert fact.task_id in {None, truth.task_id}
            if fact.status in {Status.SUCCEEDED, Status.GONE}:
                assert truth.shown == "succeeded"
            if fact.status is Status.FAILED:
                assert truth.shown == "failed"

    def _facts_move_forward(self, known: Mapping[str, AttemptFact]) -> None:
        """I6: no status ever goes back, whatever lockfile git brings, whoever dies."""
        for attempt_id, before in self.seen.items():
            now = known.get(attempt_id)
            assert now is not None or self.journal.row(attempt_id) is not None
            if now is not None:
                # a POST that a living process is sending is merely shown as submitted
                sending = before.task_id is None and before.status is Status.SUBMITTED
                assert sending or _FORWARD.index(now.status) >= _FORWARD.index(before.status)
        self.seen = {**self.seen, **known}

    def teardown(self) -> None:
        """I8: the whole inbox once more, handed to whoever still runs: nothing moves."""
        for who in list(self.running):
            self._hear(who)
            before = (self.running[who].attempt.state, self.running[who].attempt.fact)
            self._hear(who)
            assert (self.running[who].attempt.state, self.running[who].attempt.fact) == before

    # ── small words ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _known(self) -> dict[str, AttemptFact]:
        """Lockfile ∪ journal, as the program sees it."""
        journal = facts_of(self.journal.rows(), is_alive=self.running.__contains__)
        return dict(self.lock.merge(Facts.of(*journal)).attempts)

    def _tidy(self, who: str) -> None:
        for row in self.journal.rows():
            if is_open(row) and (row.owner == who or row.owner not in self.running):
                book = Book(self.journal)
                recover(row, self._pokes(row.fact.attempt_id), journal=self.journal, ledger=book)
                self.lock = self.lock.merge(book.written())

    def _word(self) -> str | None:
        """`--retry-failed`: the failed attempt that the claim may pass over."""
        known = Facts.of(*self._known().values())
        failed = [each.attempt_id for each in known.attempts.values() if each.status is Status.FAILED]
        return failed[-1] if failed else None

    def _pokes(self, attempt_id: str) -> list[Poke]:
        return [poke for poke in self.journal.pokes(after=0) if poke.attempt_id == attempt_id]

    def _hear(self, who: str) -> None:
        for poke in self._pokes(self.running[who].attempt.fact.attempt_id):
            if who in self.running:
                self._take(who, Poked(upstream_id=poke.upstream_id, upstream_status=poke.upstream_status))

    def _settle(self, who: str, outcome: SubmitOutcome) -> None:
        self.running[who].post = False
        self._take(who, outcome)

    def _take(self, who: str, event: Event) -> bool:
        """One event into the table. A process that was overtaken ends; one whose attempt was released is done."""
        holder = self.running[who]
        try:
            effects = holder.attempt.take(event)
        except Overtaken:
            del self.running[who]
            return False
        assert not any(isinstance(each, Post) for each in effects) or isinstance(event, Started)
        if holder.attempt.state.stage is Stage.RELEASED:
            self.lock = self.lock.merge(holder.book.written())
            del self.running[who]
        return True

    def _truth(self, who: str) -> Truth:
        return self.truths[self.running[who].attempt.fact.attempt_id]

    def _landed(self) -> list[str]:
        return [attempt_id for attempt_id, truth in self.truths.items() if truth.task_id is not None]

    def _idle(self) -> list[str]:
        return [who for who, holder in self.running.items() if not holder.post]

    def _view(self, truth: Truth) -> TaskView:
        assert truth.shown is not None
        state = _ENDED.get(truth.shown, TaskState.RUNNING)
        return replace(a_view(state), task_id=truth.task_id or "", finish_time=int(truth.ended_at) or None)


def one_of(eligible: Sequence[T], nth: int) -> T:
    return eligible[nth % len(eligible)]


def clip_digest(truth: Truth) -> str:
    return sha256((truth.task_id or "").encode()).hexdigest()
