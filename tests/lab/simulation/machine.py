"""A state machine over the pure table: one take, two processes, any order of everything, and I1–I8 after each step."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from seedance_spec.attempts.attempt import Attempt
from seedance_spec.attempts.ports import (
    Accepted,
    AskLater,
    Mark,
    NeverSent,
    Refused,
    TaskAbsent,
    Unknown,
)
from seedance_spec.attempts.posting import CLAIMED
from seedance_spec.attempts.stages import (
    ClipFaulted,
    ClipStored,
    DeadlinePassed,
    Marked,
    ResolvedLanded,
    ResolvedNotLanded,
    Restarted,
    Retaken,
    Stage,
    Started,
)
from seedance_spec.attempts.standing import state_of
from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.views import verdict
from tests.lab.simulation.life_world import Book, Holder, LifeWorld, Truth, clip_digest, one_of
from tests.support.attempts import a_claim

DAY = 86_400.0
_SENT = ("lands", "lands", "lands", "connecting", "lands", "lost", "reset before send")
_ANSWERED = ("answered", "answered", "answered", "lost", "5xx", "429", "400")
_FETCHED = ("whole", "whole", "whole", "cut", "late")
_RENDERED = ("running", "succeeded", "succeeded", "failed", "expired")
_STATES = ("queued", "running", "succeeded", "failed", "expired")

choices = st.integers(0, 3)
saids = st.sampled_from([*_STATES, None, "nonsense"])


class LifeMachine(LifeWorld):
    # ── from the claim to the outcome ───────────────────────────────────────────────────────────────────────────────

    @initialize()
    def begin(self) -> None:
        self.apply(retry=False)

    @precondition(lambda self: len(self.running) < 2)
    @rule(retry=st.booleans())
    def apply(self, *, retry: bool) -> None:
        """Claim the take; where another attempt holds it, follow that one, if its holder is dead or was we."""
        who = "two" if "one" in self.running else "one"
        self._tidy(who)
        fact = a_claim(len(self.truths) + 1, submitted_at=int(self.now))
        after = self._word() if retry else None
        held = self.journal.claim(fact, owner=who, after=after)
        book = Book(self.journal)
        if held is None:
            self.truths[fact.attempt_id] = Truth()
            holder = Holder(attempt=Attempt(fact, CLAIMED, journal=self.journal, ledger=book), book=book)
            self.running[who] = holder
            self._take(who, Started())
            return
        row = self.journal.adopt(held.fact, owner=who, may_take=lambda owner: owner not in self.running)
        if row.owner == who and row.released is None:
            stored = verdict(row.fact).output in self.stored
            state = state_of(row.fact, mark=row.mark, stored=stored)
            attempt = Attempt(row.fact, state, journal=self.journal, ledger=book)
            self.running[who] = Holder(attempt=attempt, book=book, post=False)
            self._take(who, Restarted())
            self._hear(who)

    @precondition(lambda self: self.running)
    @rule(nth=choices, luck=st.integers(0, 6), times=st.integers(1, 3))
    def go_on(self, nth: int, luck: int, times: int) -> None:
        """A process takes its next steps, each with good or bad luck."""
        who = one_of(list(self.running), nth)
        for _ in range(times):
            if who in self.running:
                self._step(who, luck)

    @precondition(lambda self: self.running)
    @rule(nth=choices, times=st.integers(2, 5))
    def all_goes_well(self, nth: int, times: int) -> None:
        """For once: accepted, rendered, seen, fetched, as far as it comes."""
        who = one_of(list(self.running), nth)
        for _ in range(times):
            if who in self.running:
                truth = self._truth(who)
                if truth.task_id is not None and truth.state in {"queued", "running"}:
                    truth.state, truth.ended_at = "succeeded", self.now
                truth.shown = truth.state
                self._step(who, 0)

    def _step(self, who: str, luck: int) -> None:
        holder = self.running[who]
        match holder.attempt.state.stage:
            case _ if holder.post and not holder.out:
                self._send(who, one_of(_SENT, luck))
            case _ if holder.post:
                self._answer(who, one_of(_ANSWERED, luck))
            case Stage.SUBMITTED | Stage.FAILED:
                self._look(who, well=luck > 1)
            case Stage.SUCCEEDED:
                self._fetch(who, one_of(_FETCHED, luck))
            case _:
                self._take(who, DeadlinePassed())

    def _send(self, who: str, how: str) -> None:
        if how == "reset before send":
            self._settle(who, NeverSent(reason="refused"))
        elif self._take(who, Marked(mark=Mark.CONNECTING)) and how != "connecting":
            self._out(who, lands=how == "lands")

    def _out(self, who: str, *, lands: bool) -> None:
        if self._take(who, Marked(mark=Mark.BYTES_OUT)):
            holder = self.running[who]
            holder.out = True
            truth = self.truths[holder.attempt.fact.attempt_id]
            truth.posts += 1
            if lands:
                truth.task_id = f"task_{len(self.truths)}"

    def _answer(self, who: str, how: str) -> None:
        """The gateway says yes to what it took, and no to what it did not; or the answer is lost on the way."""
        truth = self._truth(who)
        if truth.task_id is not None and how not in {"lost", "5xx"}:
            self._settle(who, Accepted(task_id=truth.task_id))
        elif how == "429" and truth.task_id is None:
            self._settle(who, Refused(code="rate-limited", message="busy", status=429, retry=True))
        elif how == "400" and truth.task_id is None:
            self._settle(who, Refused(code="invalid-request", message="no", status=400))
        else:
            self._settle(who, Unknown(reason=how))

    # ── the world goes on ───────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self._landed())
    @rule(state=st.sampled_from(_RENDERED), nth=choices, lag=st.booleans())
    def render(self, state: str, nth: int, lag: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """Upstream; the gateway learns it now or at some later time, and `expired` as something that runs."""
        truth = self.truths[one_of(self._landed(), nth)]
        if truth.state in {"queued", "running"}:
            truth.state, truth.ended_at = state, self.now
        if not lag:
            truth.shown = truth.state

    @precondition(lambda self: self.running and self._landed())
    @rule(nth=choices, said=saids, times=st.integers(1, 3), run=st.sampled_from(["cgt-1", "cgt-2", None]))
    def call_back(self, nth: int, said: str | None, times: int, run: str | None) -> None:
        """On the capability of a POST that landed: true or a lie, in any order, repeated. Nobody else has the URL."""
        attempt_id = one_of(self._landed(), nth)
        for _ in range(times):
            body = f'{{"id": "{run or ""}", "status": "{said or ""}", "task_id": "task_of_a_stranger"}}'
            self.journal.receive(attempt_id, body.encode(), at=self.now)
            self.acked += 1
        for who in list(self.running):
            if self.running[who].attempt.fact.attempt_id == attempt_id:
                self._hear(who)

    @rule(hours=st.sampled_from([0.1, 2.0, 30.0]))
    def time_passes(self, hours: float) -> None:
        self.now += hours * 3600

    # ── looking and fetching ────────────────────────────────────────────────────────────────────────────────────────

    def _look(self, who: str, *, well: bool) -> None:
        truth, task_id = self._truth(who), self.running[who].attempt.state.task_id
        if not well:
            self._take(who, AskLater(reason="502"))
        elif truth.shown is None or task_id != truth.task_id:
            self._take(who, TaskAbsent(message="task_not_exist"))
        else:
            self._take(who, self._view(truth))

    def _fetch(self, who: str, how: str) -> None:
        truth = self._truth(who)
        if how == "late":
            self._take(who, DeadlinePassed())
        elif self.now > truth.ended_at + DAY:
            self._take(who, ClipFaulted(reason="the link has expired", dead=True))
        elif how == "cut":
            self._take(who, ClipFaulted(reason="cut off", retry_after=2.0))
        else:
            clip = clip_digest(truth)
            self.stored.add(clip)
            self._take(who, ClipStored(output=clip, bytes=100, frames=121))

    # ── ends and beginnings ─────────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.running)
    @rule(nth=choices, really=st.sampled_from([True, False, False]))
    def crash(self, nth: int, really: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """Whatever was only in memory is gone: the lockfile's pending lines too."""
        if really:
            del self.running[one_of(list(self.running), nth)]

    @precondition(lambda self: self._idle())
    @rule(nth=choices)
    def leave(self, nth: int) -> None:
        """An ordinary end, once no answer is due."""
        self.write()
        del self.running[one_of(self._idle(), nth)]

    @rule()
    def write(self) -> None:
        for holder in self.running.values():
            self.lock = self.lock.merge(holder.book.written())
        self.old_locks.append(self.lock)

    @rule(nth=st.integers(0, 5))
    def check_out(self, nth: int) -> None:
        """Git brings an older lockfile back."""
        self.lock = self.old_locks[min(nth, len(self.old_locks) - 1)]

    @precondition(lambda self: not self.running)
    @rule(honest=st.booleans())
    def resolve(self, honest: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """The user's word on an attempt whose outcome nobody knows; at a guess it may be wrong, and then it is his."""
        self._tidy("user")
        for attempt_id, truth in self.truths.items():
            row = self.journal.row(attempt_id)
            if row is None or row.released is not None or row.fact.status not in {Status.UNKNOWN, Status.LANDED}:
                continue
            book = Book(self.journal)
            attempt = Attempt(row.fact, state_of(row.fact), journal=self.journal, ledger=book)
            if honest and truth.task_id is not None:
                attempt.take(ResolvedLanded(task_id=truth.task_id))
            elif truth.task_id is None or not honest:
                self.words |= {attempt_id} if truth.task_id is not None else set()
                attempt.take(ResolvedNotLanded())
            self.lock = self.lock.merge(book.written())

    @precondition(lambda self: not self.running)
    @rule()
    def retake(self) -> None:
        """`--retake` on a take whose clip is missing."""
        for attempt_id in self.truths:
            row = self.journal.row(attempt_id)
            if row is not None and row.fact.status is Status.SUCCEEDED and verdict(row.fact).output is None:
                self.words.add(attempt_id)
                book = Book(self.journal)
                Attempt(row.fact, state_of(row.fact), journal=self.journal, ledger=book).take(Retaken())
                self.lock = self.lock.merge(book.written())


def live(number: int, *, runs: int = 2) -> None:
    """`runs` lives from one number; the first of them is always the plainest. Raises AssertionError."""
    machine = seed(number)(type("LifeMachine", (LifeMachine,), {}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=50,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
