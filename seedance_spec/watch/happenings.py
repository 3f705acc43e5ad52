"""What happens to a watch, and what it does about it: jobs, events in, doings out. Pure values; no rule may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from seedance_spec.watch.sheet import Key, Sheet


class Kind(StrEnum):
    """What a job does: buy a shot's takes, see an attempt through that is known already, or what costs nothing."""

    BUY = "buy"
    FOLLOW = "follow"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work under way. `attempt_id` is that of a follow. `lost`: no answer is known, and none is waited for
    before a newer version is bought. `superseded`: a newer version is wanted, and that was said.
    """

    number: int
    kind: Kind
    shot_id: str = ""
    keys: frozenset[Key] = frozenset()
    usd: float = 0.0
    attempt_id: str = ""
    free: frozenset[str] = frozenset()
    lost: bool = False
    superseded: bool = False

    @property
    def holds(self) -> bool:
        """Whether its shot has to wait for it: one version renders at a time."""
        return self.kind is not Kind.FREE and bool(self.shot_id) and not self.lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Something that the project is made of was saved, made or removed."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Time went by."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A look is over. No sheet: it found nothing that could be acted on."""

    sheet: Sheet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A job is over; `unbought` are those of its takes that nothing was paid for, with why."""

    number: int
    unbought: Mapping[Key, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer is known to the POST of one of this shot's takes."""

    shot_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The user says yes to all that is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Nothing more is begun."""


Happening: TypeAlias = Touched | Passed | Looked | Ended | Lost | Agreed | Left


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Read the specs and decide anew. `jobs` are those under way; `agreed` the takes that the user said yes to."""

    jobs: tuple[Job, ...] = ()
    agreed: frozenset[Key] = frozenset()

    @property
    def busy(self) -> frozenset[Key]:
        """The takes that somebody here sees to already."""
        return frozenset().union(*(job.keys for job in self.jobs))

    @property
    def buying(self) -> tuple[Job, ...]:
        """The jobs that pay, or have paid: what each may come to is reserved until it is over."""
        return tuple(job for job in self.jobs if job.kind is Kind.BUY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Carry this out."""

    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Send nothing more of this job: a newer version is wanted. What was sent goes on."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """To be said once: this shot's older version is paid for and is kept as a take, the newer one comes after it."""

    shot_id: str


Doing: TypeAlias = Look | Start | Withdraw | Superseded
