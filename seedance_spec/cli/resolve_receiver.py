"""What `resolve` asks and tells the receiver that clones share, about one attempt. It pays nothing, decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.journal.sqlite import SqliteJournal
    from seedance_spec.webhook.feed_protocol import SharedClaim
    from seedance_spec.webhook.shared_receiver import SharedReceiver
    from seedance_spec.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleagues:
    """The clones behind a receiver. `key` is the callback key that it shares."""

    url: str
    key: bytes
    workplace: Workplace

    async def heed(self, attempt_id: str) -> None:
        """Raises StopError where the receiver knows better than that this attempt made no task. One that cannot be
        asked keeps nobody from saying so.
        """
        from seedance_spec.webhook.feed_protocol import SharedClaim

        async with self._receiver() as receiver:
            claim = await receiver.claim_of(attempt_id)
        if not isinstance(claim, SharedClaim):
            return
        if claim.task_id is not None:
            hint = f"--landed {claim.task_id}"
            raise StopError(ExitCode.NEEDS_YOU, f"it landed as {claim.task_id}: another clone has told so", hint=hint)
        if claim.called_back:
            hint = "say --landed TASK_ID, or leave it: its clip may come by the callback alone"
            raise StopError(ExitCode.NEEDS_YOU, "it landed: a callback came for it", hint=hint)
        if _may_be_sending(claim):
            raise StopError(
                ExitCode.BUSY,
                "another clone may be sending it right now: its answer may come any moment",
                hint="wait a few minutes, then ask again",
            )

    async def tell(self, attempt_id: str, journal: SqliteJournal) -> bool:
        """Tell what the journal says of the attempt; False where the next run with the receiver has to."""
        from random import SystemRandom

        from seedance_spec.attempts.attempt_id import read_attempt_id
        from seedance_spec.attempts.reports import Reports
        from seedance_spec.clock import SystemClock

        parts = read_attempt_id(attempt_id)
        if parts is None or parts.imported:
            return True
        journal.owe(attempt_id)
        async with self._receiver() as receiver:
            reports = Reports(
                receiver,
                journal=journal,
                clock=SystemClock(),
                chance=SystemRandom().random,
                projects=self._projects(parts.project),
            )
            return await reports.deliver()

    def _projects(self, own: str) -> tuple[str, ...]:
        from seedance_spec.attempts.attempt_id import project_prefix
        from seedance_spec.pipeline import recall

        facts, _ = recall(self.workplace)
        return tuple(dict.fromkeys((own, *map(project_prefix, facts.project_ids))))

    def _receiver(self) -> SharedReceiver:
        from seedance_spec.hearing.proof import proxy_for
        from seedance_spec.webhook.shared_receiver import SharedReceiver

        return SharedReceiver(self.url, self.key, proxy_for=proxy_for)


def _may_be_sending(claim: SharedClaim) -> bool:
    from seedance_spec.attempts.shared_claims import POST_SECONDS
    from seedance_spec.clock import SystemClock
    from seedance_spec.webhook.feed_protocol import Outcome

    return claim.outcome is Outcome.OPEN and 0 <= SystemClock().now() - claim.claimed_at < POST_SECONDS
