"""Several conductors in one process: they share looks, inquiry and ears; each word goes to whom it is about (D5)."""

from __future__ import annotations

from seedance_spec.attempts.adoption import Word, write_down
from seedance_spec.attempts.asking import Asking
from seedance_spec.attempts.conductor import Conductor
from seedance_spec.attempts.endings import Ending
from seedance_spec.attempts.means import Gate, Means, Stop
from seedance_spec.attempts.stages import ResolvedLanded
from seedance_spec.plan.change import Plan
from seedance_spec.plan.events import Told


class Ensemble:
    """`ears.Conducts` for all conductors that are at work. `means` are what they share."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._asking = Asking(means, found=self._found)
        self._conductors: list[Conductor] = []
        self._listening = True

    async def conduct(
        self, plan: Plan, means: Means, stop: Stop, *, jobs: int, fail_fast: bool = False, gate: Gate | None = None
    ) -> tuple[Ending, ...]:
        """Carry a plan out beside the others. No two of them may be about one attempt, or one take to be paid for."""
        conductor = Conductor(plan, means, jobs=jobs, fail_fast=fail_fast, asking=self._asking, gate=gate)
        conductor.hearing(self._listening)
        self._conductors.append(conductor)
        try:
            return await conductor.run(stop)
        finally:
            self._conductors.remove(conductor)

    async def keep_asking(self) -> None:
        """Ask the billing log for lost attempts, as long as somebody seeks one. Run until cancelled."""
        try:
            await self._asking.inquiry.keep_asking()
        except Exception as error:
            # It cost latency and no result: it is said, and the endings stand.
            message = f"the billing log went unread for a while: {type(error).__name__}: {error}"
            self._means.tell(Told(at=self._means.clock.now(), message=message))

    # ── what is heard ───────────────────────────────────────────────────────────────────────────────────────────────

    def heard(self) -> None:
        for each in self._conductors:
            each.heard()

    def hearing(self, listening: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        self._listening = listening
        self._asking.poller.listening = listening
        for each in self._conductors:
            each.hearing(listening)

    def said(self, attempt_id: str, word: Word) -> None:
        conductor = self._following(attempt_id)
        if conductor is not None:
            conductor.said(attempt_id, word)
        else:
            write_down(attempt_id, word, journal=self._means.journal, ledger=self._means.ledger)

    def _found(self, attempt_id: str, task_id: str) -> None:
        self.said(attempt_id, ResolvedLanded(task_id=task_id))
        if self._means.claims is not None:
            self._means.claims.reports.owe(attempt_id)
            self._means.report()

    def _following(self, attempt_id: str) -> Conductor | None:
        return next((each for each in self._conductors if each.follows(attempt_id)), None)
