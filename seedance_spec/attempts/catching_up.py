"""What happened while nobody ran here, learned from a shared receiver before anything is begun. It pays nothing."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_spec.attempts.adoption import word_of, write_down
from seedance_spec.attempts.feed import FeedFollower
from seedance_spec.attempts.ledger import Ledger
from seedance_spec.attempts.ports import Journal
from seedance_spec.attempts.shared_claims import SharedClaims, taskless


async def catch_up(
    followers: Sequence[FeedFollower], claims: SharedClaims, *, journal: Journal, ledger: Ledger
) -> None:
    """Events that came, outcomes that are owed, and what the receiver knows of attempts whose task nobody here knows.

    It ends at the first trouble: a receiver that is away is asked again while the run goes on.
    """
    for follower in followers:
        if not await follower.catch_up():
            return
    if not await claims.reports.deliver():
        return
    for claim in await claims.look_up(taskless(journal)):
        word = word_of(claim)
        if word is not None:
            write_down(claim.attempt_id, word, journal=journal, ledger=ledger)
