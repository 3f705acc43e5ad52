"""What the life of an attempt is made of: stages, events, effects. Pure values: no rule and no I/O may enter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from seedance_spec.attempts.ports import Mark, Scope, SubmitOutcome, TaskAnswer
from seedance_spec.lockfile.facts import Report, Reporter, Status


class Stage(StrEnum):
    """Where an attempt stands. Before `bytes-out` nothing is paid; a `released` one is no fact and blocks nobody."""

    CLAIMED = "claimed"
    CONNECTING = "connecting"
    BYTES_OUT = "bytes-out"
    RELEASED = "released"
    UNKNOWN = "unknown"
    NOT_LANDED = "not-landed"
    LANDED = "landed"
    SUBMITTED = "submitted"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    STORED = "stored"
    GONE = "gone"


TASKLESS = frozenset({Stage.UNKNOWN, Stage.LANDED})
"""Stages in which something may have been paid for and no task id is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A stage and what it must remember.

    `task_id` is known from `submitted` on. `poked` tells that a callback came while the outcome of the POST was open.
    """

    stage: Stage
    task_id: str | None = None
    poked: bool = False


# ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The claim is ours, every guard has passed: send it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The gateway client is about to take this step (the `mark` that `Gateway.submit` awaits)."""

    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted:
    """A new process takes the attempt over: whoever held its POST is dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poked:
    """A callback came on the attempt's capability; its body, unverified, named this run and this status.

    `clip`: it names a link to a finished clip.
    """

    upstream_id: str | None = None
    upstream_status: str | None = None
    clip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipStored:
    """The clip was verified and lies in the store. Digests are 64 hex, `bytes` its length."""

    output: str
    bytes: int
    frames: int | None = None
    last_frame: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFaulted:
    """The clip could not be had or did not pass; `dead`: its links have expired for good."""

    reason: str
    dead: bool = False
    disk: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """The clip that a callback named agrees with the request and lies in the store. `report` is the callback's."""

    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSalvaged:
    """The clip that a callback named could not be had or is not what was asked for; without `retry_after`, for good."""

    reason: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePassed:
    """Our own patience with this attempt is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedLanded:
    """The user, or the billing log, names the task that the POST made."""

    task_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedNotLanded:
    """The user says that the POST made no task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retaken:
    """The user gives the missing clip up, to buy the same take again (`--retake`)."""


Event: TypeAlias = (
    Started
    | Marked
    | SubmitOutcome
    | Restarted
    | Poked
    | TaskAnswer
    | ClipStored
    | ClipFaulted
    | Salvaged
    | NotSalvaged
    | DeadlinePassed
    | ResolvedLanded
    | ResolvedNotLanded
    | Retaken
)

# ── effects, performed in the order given ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Call `Gateway.submit` once; feed every mark back as `Marked`, the outcome as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`Journal.mark(attempt, mark)`, durable before the next step."""

    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Fold these changes into the attempt's fact (`life.recorded`) and make it durable. `report` is `reporter`'s."""

    status: Status | None = None
    task_id: str | None = None
    upstream_id: str | None = None
    submitted_at: int | None = None
    report: Report | None = None
    reporter: Reporter = Reporter.GATEWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """`Journal.release`: nothing was charged, the claim is free. `again`: the take may be claimed anew by itself, no
    sooner than `after` seconds from now where that is given.
    """

    reason: str
    again: bool = False
    after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSubmits:
    """Make no further POST within `scope`; `code` and `message` say why (see `Refused`)."""

    scope: Scope
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Put one look at the task on the schedule, when `schedule.next_ask` says; it replaces a look that was planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAsking:
    """Look at no task any more: the key is refused."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Download and verify the clip, no sooner than `after` seconds from now where given; answer with Clip… events."""

    after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seek:
    """Wait for evidence of what the POST made (callback, billing log, the user's word); end with DeadlinePassed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """Fetch the clip that the callback names, once better evidence has had its chance and no sooner than `after`
    seconds from now; answer with Salvaged or NotSalvaged.
    """

    after: float | None = None


class Hint(StrEnum):
    """What a person should hear of an attempt."""

    UNKNOWN = "unknown"
    """It may have been paid for and nobody knows: `resolve`."""
    LANDED = "landed"
    """A callback proves that the POST made a task whose id is not known."""
    PROVEN = "proven"
    """It cannot be called not landed: a callback proves the contrary."""
    ORPHAN = "orphan"
    """A callback came for a POST that was refused or never sent: somebody renders it, we do not pay for it."""
    UPSTREAM_FAILED = "upstream-failed"
    UPSTREAM_EXPIRED = "upstream-expired"
    """The upstream says so, the gateway not yet: evidence, no verdict."""
    UPSTREAM_SUCCEEDED = "upstream-succeeded"
    """The upstream says that a task succeeded which the gateway has written off."""
    ABSENT = "absent"
    """The gateway does not know the task id that it gave us: held, never bought again by itself."""
    MISSING = "missing"
    """The clip's links are dead before it was here."""
    SALVAGED = "salvaged"
    """The clip is here by a callback's word alone."""
    UNSALVAGED = "unsalvaged"
    """A callback names a clip that cannot be taken for ours."""
    LATE = "late"
    """Our patience is over; the work may still run and nothing is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Say it once per attempt and hint; `detail` is what the other side said, already redacted."""

    hint: Hint
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Wait for this attempt no longer in this run. A later run takes it up again."""


Effect: TypeAlias = (
    Post | Reach | Record | Release | StopSubmits | Ask | StopAsking | Fetch | Seek | Salvage | Tell | Rest
)
