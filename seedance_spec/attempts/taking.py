"""The right to pay for one take: this machine's journal, then the receiver that clones share. It sends nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from seedance_spec.attempts.adoption import adopted, word_of, write_down
from seedance_spec.attempts.means import Means
from seedance_spec.attempts.ports import Scope
from seedance_spec.attempts.shared_claims import Granted, Held, NoReceiver, SharedClaims
from seedance_spec.attempts.stages import StopSubmits
from seedance_spec.attempts.voice import Voice
from seedance_spec.journal.faults import JournalFault
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.model.shot import Shot
from seedance_spec.plan.change import Change
from seedance_spec.webhook.feed_protocol import SharedClaim

NO_RECEIVER = "no-receiver"
_NOTHING_PAID = "nothing paid is submitted without its claims"
_START_IT = "start it (`seedance-spec serve`), or go on alone with --without-receiver"
_ALONE = "--without-receiver goes on alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The take is ours to pay for, in every clone's eyes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """An attempt has it, which is on record now."""

    fact: AttemptFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Nobody can say whose it is: no take of this run may be paid for."""

    stop: StopSubmits


Right: TypeAlias = Ours | Theirs | Barred


class Taking:
    """Claims one change's take, attempt by attempt."""

    def __init__(self, change: Change, means: Means, voice: Voice) -> None:
        self._change = change
        self._means = means
        self._voice = voice
        self._passed_over: str | None = None

    async def take(self, fact: AttemptFact, shot: Shot, *, after: str | None) -> Right:
        """Claim the take under this attempt; what was claimed in vain is given back. Cancelled, it is given back too.

        `after` is the attempt that may be passed over.
        """
        means, failed = self._means, self._failed if after is not None else frozenset()
        self._passed_over = after
        await means.ledger.learn(fact.content_hash, fact.take)
        held = means.journal.claim(fact, owner=means.owner, after=after)
        if held is not None and held.fact.attempt_id in failed:
            self._passed_over = held.fact.attempt_id
            held = means.journal.claim(fact, owner=means.owner, after=held.fact.attempt_id)
        if held is not None:
            return Theirs(fact=held.fact)
        if means.claims is None:
            return Ours()
        try:
            ruling = await means.claims.ask(fact, after=after, failed=failed)
        except BaseException:
            with suppress(JournalFault):
                self.give_back(fact, "stopped before it was sent")
            raise
        match ruling:
            case Granted():
                return Ours()
            case Held():
                self.give_back(fact, "another clone has this take")
                return await self._theirs(ruling.claim, shot, means.claims)
            case NoReceiver():
                self.give_back(fact, "the receiver gave no answer")
                message = _no_receiver(means.claims.name, ruling)
                return Barred(stop=StopSubmits(scope=Scope.ALL, code=NO_RECEIVER, message=message))
            case _:
                assert_never(ruling)

    @property
    def _failed(self) -> frozenset[str]:
        """Attempts at this take that had failed, all of them, when the user said that it may be bought again: any of
        them may hold it, here or there.
        """
        same = (each for each in self._means.known if each.content_hash == self._change.content_hash)
        return frozenset(
            each.attempt_id for each in same if each.take == self._change.take and each.status is Status.FAILED
        )

    def give_back(self, fact: AttemptFact, reason: str) -> None:
        """A take that is claimed and not going to be sent: held again by the attempt passed over, else by nobody."""
        journal = self._means.journal
        journal.release(fact.attempt_id, reason=f"never sent: {reason}")
        before = journal.row(self._passed_over) if self._passed_over is not None else None
        if before is not None:
            journal.record(before.fact)
        self._means.report()

    async def _theirs(self, claim: SharedClaim, shot: Shot, claims: SharedClaims) -> Theirs:
        """The holder as our record has it from now on."""
        means, known = self._means, self._means.journal.row(claim.attempt_id)
        if known is None:
            self._voice.taken_elsewhere()
            means.ledger.record(adopted(claim, self._change, shot, realm=means.workplace.realm))
        elif (said := word_of(claim)) is not None:
            # The user may have called it not landed before anybody here heard better.
            write_down(claim.attempt_id, said, journal=means.journal, ledger=means.ledger)
        if claim.task_id is None:
            # What was reported before it stood on our record may have gone by unheard.
            for now in await claims.look_up([claim.attempt_id]):
                word = word_of(now)
                if word is not None:
                    write_down(claim.attempt_id, word, journal=means.journal, ledger=means.ledger)
        row = means.journal.row(claim.attempt_id)
        assert row is not None, "it was recorded"
        return Theirs(fact=row.fact)


def _no_receiver(name: str, ruling: NoReceiver) -> str:
    """What could not be reached or understood, what follows, and the way out."""
    if ruling.away:
        return f"{name} cannot be reached ({ruling.reason}); {_NOTHING_PAID}: {_START_IT}"
    return f"{name} grants nothing: {ruling.reason}; {_NOTHING_PAID}; {_ALONE}"
