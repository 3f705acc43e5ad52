"""What a lane says: hints and outcomes as events. It decides nothing."""

from __future__ import annotations

from typing import TypedDict

from seedance_spec.attempts.hints import hint_text
from seedance_spec.attempts.means import Means
from seedance_spec.attempts.ports import Accepted, NeverSent, Refused, SubmitOutcome, Unknown
from seedance_spec.attempts.stages import Hint, Tell
from seedance_spec.gateway.advice import advice
from seedance_spec.lockfile.facts import Report
from seedance_spec.plan import events
from seedance_spec.plan.change import Change
from seedance_spec.plan.figures import lasting


class _Place(TypedDict):
    shot_id: str
    take: int
    at: float


class Voice:
    """Speaks for one take of one shot."""

    def __init__(self, change: Change, means: Means) -> None:
        self._change = change
        self._means = means
        self._told: set[Hint] = set()
        self._said: set[str] = set()

    def submitting(self) -> None:
        self._means.tell(events.Submitting(**self._place()))

    def waiting(self, status: str, elapsed: float) -> None:
        self._means.tell(events.Waiting(**self._place(), status=status, elapsed=elapsed))

    def downloading(self, done: int, total: int | None) -> None:
        self._means.tell(events.Downloading(**self._place(), done=done, total=total))

    def cannot_fetch(self, reason: str) -> None:
        """Each reason once: a clip that does not come is not waited for in silence."""
        self._once(f"its clip cannot be fetched yet: {reason}; again soon")

    def gateway_is_behind(self) -> None:
        """Once: a task that seems stuck is not waited for in silence."""
        self._once("a callback said long ago that it succeeded; the gateway does not show it yet, still waiting")

    def hint(self, tell: Tell) -> None:
        """Each hint once."""
        if tell.hint not in self._told and tell.hint is not Hint.UNKNOWN:
            self._told.add(tell.hint)
            self._means.tell(events.Told(**self._place(), message=hint_text(tell.hint, tell.detail)))

    def outcome(self, outcome: SubmitOutcome) -> tuple[str, str]:
        """Say what the POST brought; the code and message that explain an ending."""
        match outcome:
            case Accepted():
                self._means.tell(events.Submitted(**self._place(), task_id=outcome.task_id))
                return "", ""
            case Refused(retry=True):
                self._means.tell(events.Told(**self._place(), message=f"{outcome.code}: {outcome.message}; again soon"))
                return outcome.code, outcome.message
            case Refused():
                return self._failure(outcome.code, outcome.message)
            case NeverSent():
                self._means.tell(events.Told(**self._place(), message=f"not sent: {outcome.reason}; again soon"))
                return "never-sent", outcome.reason
            case Unknown():
                self._means.tell(events.ShotUnknown(**self._place(), reason=outcome.reason))
                return "unknown", outcome.reason

    def found(self, task_id: str) -> None:
        """Say that the answer that was lost is found."""
        self._means.tell(events.Told(**self._place(), message=f"found: it landed as {task_id}; going on from there"))

    def taken_elsewhere(self) -> None:
        """Say that nothing is paid here: another clone was first."""
        said = "another clone that shares the receiver has this take; nothing is submitted here, following its attempt"
        self._means.tell(events.Told(**self._place(), message=said))

    def failed(self, report: Report) -> tuple[str, str]:
        return self._failure(report.error_class or "failed", report.error_message or "")

    def retrying(self, made: int, retries: int, seconds: float) -> None:
        """Say that the take is bought again by itself, as the project allows and the user agreed to."""
        said = f"retry {made} of {retries} in {lasting(seconds)}, as a new attempt; the failed one is refunded"
        self._means.tell(events.Told(**self._place(), message=said))

    def _once(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._means.tell(events.Told(**self._place(), message=message))

    def _failure(self, code: str, message: str) -> tuple[str, str]:
        self._means.tell(events.ShotFailed(**self._place(), code=code, message=message, advice=advice(code)))
        return code, message

    def _place(self) -> _Place:
        return {"shot_id": self._change.shot_id, "take": self._change.take, "at": self._means.clock.now()}
