"""Another clone's attempt, known by its shared claim alone, taken into our record; and word of how it went. No I/O."""

from __future__ import annotations

from seedance_spec.attempts.attempt import Attempt
from seedance_spec.attempts.attempt_id import read_attempt_id
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.ports import Journal, Mark
from seedance_spec.attempts.stages import Poked, ResolvedLanded, ResolvedNotLanded
from seedance_spec.attempts.standing import state_of
from seedance_spec.content_hash import display_request
from seedance_spec.lockfile.facts import AttemptFact, Label, Status
from seedance_spec.model.shot import Shot
from seedance_spec.plan.change import Change
from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import FREED, ClaimEvent, SharedClaim

Word = ResolvedLanded | ResolvedNotLanded | Poked


def adopted(claim: SharedClaim, change: Change, shot: Shot, *, realm: Realm) -> AttemptFact:
    """The fact of an attempt that holds a take which this shot wants. Same content hash: its request is the shot's."""
    parts = read_attempt_id(claim.attempt_id)
    return AttemptFact(
        attempt_id=claim.attempt_id,
        realm=realm,
        run=parts.run if parts is not None else "",
        label=Label(shot=shot.id, profile=shot.profile, tags=shot.tags),
        content_hash=change.content_hash,
        take=change.take,
        status=_status(claim),
        task_id=claim.task_id,
        request=display_request(shot.request),
        estimate=change.estimate,
        submitted_at=int(claim.claimed_at),
    )


def word_of(said: SharedClaim | ClaimEvent) -> Word | None:
    """What a claim tells of its attempt, as an event of the table; None where it tells nothing yet."""
    if said.task_id is not None:
        return ResolvedLanded(task_id=said.task_id)
    if said.outcome in FREED:
        return ResolvedNotLanded()
    return Poked() if isinstance(said, SharedClaim) and said.called_back else None


def write_down(attempt_id: str, word: Word, *, journal: Journal, ledger: Ledger) -> None:
    """Record what is said of an attempt that no lane of ours has; one that is not on record, or is being sent by a
    process of ours, is left alone.
    """
    row = journal.row(attempt_id)
    if row is not None and row.released is None and row.mark is Mark.ANSWERED:
        Attempt(row.fact, state_of(row.fact), journal=journal, ledger=ledger).take(word)


def _status(claim: SharedClaim) -> Status:
    if claim.task_id is not None:
        return Status.SUBMITTED
    return Status.LANDED if claim.called_back else Status.UNKNOWN
