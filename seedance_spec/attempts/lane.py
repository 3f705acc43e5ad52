"""One change on its way: claim, submit, ask, fetch. It performs the table's effects; the rules are in `life`."""

from __future__ import annotations

from contextlib import suppress

from seedance_spec.attempts.adoption import Word
from seedance_spec.attempts.agenda import Agenda
from seedance_spec.attempts.asker import Asker
from seedance_spec.attempts.attempt import Attempt
from seedance_spec.attempts.endings import NOT_LANDED, STANDING_WORDS, End, Ending, end_of
from seedance_spec.attempts.fetcher import Fetcher
from seedance_spec.attempts.inquiry import Inquiry
from seedance_spec.attempts.inquiry_search import Search
from seedance_spec.attempts.known import is_open
from seedance_spec.attempts.mailbox import Mailbox
from seedance_spec.attempts.means import Gate, Means
from seedance_spec.attempts.parent_inputs import lending_on
from seedance_spec.attempts.pauses import before_another_try, before_retry
from seedance_spec.attempts.poller import Poller
from seedance_spec.attempts.ports import JournalRow, Mark, Poke, SubmitOutcome, TaskAbsent, TaskView
from seedance_spec.attempts.poster import Poster
from seedance_spec.attempts.posting import CLAIMED
from seedance_spec.attempts.request_body import new_attempt
from seedance_spec.attempts.retrying import retry_allowed
from seedance_spec.attempts.stages import (
    TASKLESS,
    ClipFaulted,
    DeadlinePassed,
    Effect,
    Event,
    Hint,
    Marked,
    NotSalvaged,
    ResolvedLanded,
    Restarted,
    Retaken,
    Salvaged,
    Stage,
    Started,
    State,
    StopAsking,
    StopSubmits,
    Tell,
)
from seedance_spec.attempts.standing import state_of
from seedance_spec.attempts.taking import Barred, Taking, Theirs
from seedance_spec.attempts.voice import Voice
from seedance_spec.journal.faults import JournalFault
from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import Shot
from seedance_spec.plan.change import Action, Change

MOST_TRIES = 8
"""Times that a take is claimed anew after a refusal that may pass (429) or a POST that was never sent."""

MISSING_TRIES = 4
"""Times that a run tries to fetch a clip that was already missing when it began."""

DISK_TRIES = 4
"""Times that a run finds the disk unwilling before it says so and ends."""

_CODES = {Hint.MISSING: "missing", Hint.UNSALVAGED: "unknown"}
NOBODY = ""
"""The owner of an attempt that no process sees through right now: no process has this name, so it is never alive."""

_LOOKS_ELSEWHERE = 0.5  # seconds between two looks at a row that another process moves


class Lane:
    """Carries one change to its end. Callbacks reach it through `poke`."""

    def __init__(
        self, change: Change, means: Means, gate: Gate, poller: Poller, mailbox: Mailbox, inquiry: Inquiry
    ) -> None:
        self.change = change
        self.attempt: Attempt | None = None
        self._means = means
        self._gate = gate
        self._poller = poller
        self._mailbox = mailbox
        self._inquiry = inquiry
        self._poster = Poster(means, look=poller.look, closed=gate.refusal)
        self._voice = Voice(change, means)
        self._taking = Taking(change, means, self._voice)
        self._agenda = Agenda()
        self._asker: Asker | None = None
        self._fetcher: Fetcher | None = None
        self._search: Search | None = None
        self._why = ("", "")

    @property
    def posting(self) -> bool:
        """Whether the answer of a POST is due: then only the shield may end this lane."""
        return self._poster.posting

    @property
    def fact(self) -> AttemptFact | None:
        return self.attempt.fact if self.attempt else None

    # ── the ways to begin ───────────────────────────────────────────────────────────────────────────────────────────

    async def pay(self, shot: Shot) -> Ending:
        """Claim the take and submit it; a refusal that may pass is tried again under a new attempt, and so is a failure
        that the project lets be retried.
        """
        tries = made = 0
        passed_over = self.change.passes_over
        while (closed := self._closed(shot)) is None:
            fact = new_attempt(self.change, shot, self._means)
            right = await self._taking.take(fact, shot, after=passed_over)
            if isinstance(right, Barred):
                self._gate.close(right.stop, shot.request.model)
                continue
            if isinstance(right, Theirs):
                ending, tries = await self.follow(right.fact), tries + 1
                # With a shared receiver: the clone that had it has told, meanwhile, that its POST made no task.
                if ending.code == NOT_LANDED and self._means.claims is not None and tries < MOST_TRIES:
                    continue
                return ending
            if self._closed(shot) is not None:
                self._taking.give_back(fact, "stopped before it was sent")
                continue
            ending = await self._live(fact, CLAIMED, Started(), shot)
            if ending.fact is not None and retry_allowed(ending.fact, retries=self.change.retries, made=made):
                passed_over, made = fact.attempt_id, made + 1
                await before_retry(self._means, self._voice, made=made, retries=self.change.retries)
                continue
            released = self._agenda.released
            tries += 1
            if released is None or not released.again or tries >= MOST_TRIES:
                return ending
            await before_another_try(self._means, released, tries)
        return closed

    async def follow(self, fact: AttemptFact) -> Ending:
        """See an attempt through that is known already, whatever this machine's journal remembers of it. What another
        living process holds is only watched; once that process is gone, its attempt is ours.
        """
        held = self._means.journal.row(fact.attempt_id)
        if held is not None and is_open(held):
            # The plan shows a POST under way as in flight; what the journal holds of it is not that far yet.
            fact = held.fact
        while (row := self._adopted(fact)).owner != self._means.owner and row.released is None:
            await self._means.clock.sleep(_LOOKS_ELSEWHERE)
        if row.released is not None:
            return self._ended(End.NOT_SUBMITTED, "released", "the process that held it gave it up; apply again")
        state = state_of(row.fact, mark=row.mark, stored=self._is_stored(row.fact))
        return await self._live(row.fact, state, Restarted(), self.change.shot)

    def interrupted(self) -> Ending:
        """The ending of a lane that a stop dropped where it stood."""
        if self.attempt is not None:
            return self._ending()
        if self.change.action in {Action.IN_FLIGHT, Action.MISSING, Action.UNKNOWN}:
            end = End.UNKNOWN if self.change.action is Action.UNKNOWN else End.RUNNING
            return Ending(change=self.change, end=end, fact=self.change.attempt)
        return self._ended(End.NOT_SUBMITTED, "interrupted", "stopped before it was sent")

    def poke(self, poke: Poke) -> None:
        """A callback came for this lane's attempt: it can only prove that it landed and bring a look forward (D4)."""
        if self.attempt is None or self._asker is None or self._search is None:
            return
        self._handle(self._search.called_back(poke))
        self._asker.called_back(poke.upstream_status)

    def hearing(self, listening: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        """Callbacks can reach this process again, or no longer."""
        if self._asker is not None:
            self._asker.hearing_changed(listening)

    def settled(self, word: Word) -> None:
        """The billing log, or another clone, says what became of this lane's attempt: from then on GET decides."""
        assert self.attempt is not None
        was_lost = self.attempt.state.stage in TASKLESS
        self._handle(word)
        if was_lost and isinstance(word, ResolvedLanded):
            self._voice.found(word.task_id)

    # ── the life of the attempt ─────────────────────────────────────────────────────────────────────────────────────

    async def _live(self, fact: AttemptFact, state: State, first: Event, shot: Shot | None) -> Ending:
        request = shot.request if shot else None
        expected = self._poller.durations.expected(request)
        self.attempt = self._attempt(fact, state)
        self._agenda = Agenda()
        submitted_at = float(fact.submitted_at or self._means.clock.now())
        self._asker = Asker(self._poller, submitted_at=submitted_at, expected=expected)
        self._fetcher = Fetcher(self._means, self._asker, request, downloading=self._voice.downloading)
        self._search = Search(
            fact, self._means, self._inquiry, expected_seconds=expected.usual, downloading=self._voice.downloading
        )
        try:
            with lending_on(fact, state, self._means):
                await self._see_through(first, shot)
        finally:
            self._hand_back()
        return self._ending()

    async def _see_through(self, first: Event, shot: Shot | None) -> None:
        self._handle(first)
        self._hear_again()
        while not self._agenda.is_empty(stopping=self._gate.stopping):
            if self._agenda.post and shot is not None:
                self._agenda.post = False
                self._handle(await self._post(shot))
                self._give_up_missing()
                self._means.report()
                self._hear_again()
            elif self._agenda.fetch_at is not None:
                await self._fetch()
            elif self._agenda.ask:
                await self._ask()
            else:
                await self._seek()

    def _hand_back(self) -> None:
        """An attempt whose lane has ended is held by nobody: whoever watched it goes on at once. Else two processes
        that watch each other's attempts would wait for each other for ever.
        """
        assert self.attempt is not None
        if self.attempt.state.stage is not Stage.RELEASED:
            ours = self._means.owner
            with suppress(JournalFault):
                self._means.journal.adopt(self.attempt.fact, owner=NOBODY, may_take=lambda owner: owner == ours)

    def _hear_again(self) -> None:
        """Every callback that came for this attempt, once more: it may mean more now, and never does harm."""
        assert self.attempt is not None
        for poke in self._mailbox.of(self.attempt.fact.attempt_id):
            self.poke(poke)

    def _handle(self, event: Event) -> None:
        assert self.attempt is not None
        for effect in self.attempt.take(event):
            self._note(effect)

    def _note(self, effect: Effect) -> None:
        match effect:
            case StopSubmits():
                self._gate.close(effect, self.change.shot.request.model if self.change.shot else "")
            case StopAsking():
                self._gate.asking_refused = effect.reason
                self._why = ("bad-key", effect.reason)
                self._agenda.resting = True
            case Tell():
                self._why = (_CODES[effect.hint], effect.detail) if effect.hint in _CODES else self._why
                self._voice.hint(effect)
            case _:
                self._agenda.note(effect, now=self._means.clock.now())

    async def _post(self, shot: Shot) -> SubmitOutcome:
        assert self.attempt is not None
        self._voice.submitting()
        outcome = await self._poster.post(self.attempt.fact, shot, mark=self._mark)
        self._why = self._voice.outcome(outcome)
        return outcome

    async def _seek(self) -> None:
        """Wait for what settles an attempt without a task id: a callback, the billing log, the user's word."""
        assert self.attempt is not None
        assert self._search is not None
        event = await self._search.next(self.attempt.fact, salvage_at=self._agenda.salvage_at)
        if isinstance(event, Salvaged | NotSalvaged):
            self._agenda.salvage_at = None
        if event is not None:
            self._handle(event)
        self._agenda.seek = self.attempt.state.stage in TASKLESS

    async def _mark(self, mark: Mark) -> None:
        self._handle(Marked(mark=mark))

    async def _ask(self) -> None:
        assert self.attempt is not None
        assert self._asker is not None
        assert self.attempt.state.task_id is not None
        if self._gate.asking_refused is not None:
            return self._note(StopAsking(reason=self._gate.asking_refused))
        self._agenda.ask = False
        answer = await self._asker.look(self.attempt.state.task_id)
        if isinstance(answer, TaskView):
            self._voice.waiting(answer.status, self._asker.elapsed)
        self._handle(answer)
        if self._agenda.ask and self._asker.gateway_is_behind:
            self._voice.gateway_is_behind()
        if self._agenda.ask and self._asker.patience_is_over and not isinstance(answer, TaskAbsent):
            self._handle(DeadlinePassed())
        if self._asker.is_absent and isinstance(answer, TaskAbsent):
            self._why = ("task-absent", answer.message)
            self._agenda.resting = True
        return None

    async def _fetch(self) -> None:
        assert self.attempt is not None
        assert self._fetcher is not None
        assert self._agenda.fetch_at is not None
        await self._means.clock.sleep(self._agenda.fetch_at - self._means.clock.now())
        self._agenda.fetch_at = None
        event = await self._fetcher.fetch(self.attempt.fact)
        if isinstance(event, ClipFaulted) and not event.dead:
            self._why = ("disk" if event.disk else "download", event.reason)
            self._voice.cannot_fetch(event.reason)
        self._handle(event)
        # One that was just rendered is worth its whole fuse; one that was missing already is not waited for, and a disk
        # that refuses needs somebody.
        missing = self.change.action is Action.MISSING and self._fetcher.tries >= MISSING_TRIES
        if missing or self._fetcher.disk_tries >= DISK_TRIES:
            self._agenda.resting = True

    # ── how it ended ────────────────────────────────────────────────────────────────────────────────────────────────

    def _ending(self) -> Ending:
        assert self.attempt is not None
        stage = self.attempt.state.stage
        code, message = STANDING_WORDS.get(stage, self._why)
        end = end_of(stage, code, stopping=self._gate.stopping)
        if end is End.FAILED:
            code, message = self._voice.failed(verdict(self.attempt.fact))
        return self._ended(end, code, message)

    def _closed(self, shot: Shot) -> Ending | None:
        refusal = self._gate.refusal(shot.request.model)
        return self._ended(End.NOT_SUBMITTED, refusal.code, refusal.message) if refusal else None

    def _ended(self, end: End, code: str = "", message: str = "") -> Ending:
        return Ending(change=self.change, end=end, code=code, message=message, fact=self.fact)

    def _give_up_missing(self) -> None:
        """Write a missing take off, on the user's word (--retake), once its number may have been bought again."""
        given_up = self.change.previous
        if self.attempt is None or self.attempt.state.stage is Stage.RELEASED:
            return  # refused, or never sent: it is still to be fetched
        if given_up is not None and given_up.attempt_id == self.change.passes_over:
            row = self._adopted(given_up)
            self._attempt(row.fact, state_of(row.fact)).take(Retaken())

    # ── small words ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _attempt(self, fact: AttemptFact, state: State) -> Attempt:
        return Attempt(fact, state, journal=self._means.journal, ledger=self._means.ledger)

    def _is_stored(self, fact: AttemptFact) -> bool:
        output = verdict(fact).output
        return output is not None and self._means.store.has(output)

    def _adopted(self, fact: AttemptFact) -> JournalRow:
        means = self._means
        return means.journal.adopt(fact, owner=means.owner, may_take=lambda owner: not means.is_alive(owner))
