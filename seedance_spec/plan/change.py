"""The plan as data: one change per shot and wanted take, each with its causes and price. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seedance_spec.json_types import Json
from seedance_spec.lockfile.facts import AttemptFact, Estimate
from seedance_spec.model.shot import Shot
from seedance_spec.plan.quote import Quote
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Span


class Action(StrEnum):
    """What must happen for one take of one shot. Only the first two cost money.

    `blocked`: it would be paid for, and starts from a clip that will not come; `stale`: only what it starts from
    changed, and the user lets it stay (--no-cascade).
    """

    NEW = "new"
    RERENDER = "re-render"
    MISSING = "missing"
    RESTORE = "restore"
    IN_FLIGHT = "in-flight"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    STALE = "stale"
    RENAMED = "renamed"
    DROPPED = "dropped"
    UNCHANGED = "unchanged"


PAID_ACTIONS = frozenset({Action.NEW, Action.RERENDER})


class AuthorKind(StrEnum):
    """Who is behind a value: a layer of the shot, a variable by the way it was set, bytes, or another shot."""

    SHOT = "shot"
    DEFAULT = "default"
    PROJECT = "project default"
    PROFILE = "profile"
    VARIABLE = "variable"
    MATRIX = "matrix"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"
    INPUT = "input bytes"
    PARENT = "parent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who a cause goes back to. `name` is that of the profile, the variable or the parent.

    Where a text changed by a variable alone, `before` and `after` are that variable's own values.
    """

    kind: AuthorKind
    name: str = ""
    before: Json = None
    after: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why: which field, from what to what, written where, by whom. `field` is a Request field, `inputs[0]`, `shot`,
    `take`, `matrix` (an axis gained a value), `parent` (a shot that this one starts from), `clip` (bytes that are not
    here) or `attempt` (what became of a POST); `text` says it in words where values do not. `span` is the place to
    edit: that of the variable, where one is behind it. None where no file is.
    """

    field: str
    before: Json = None
    after: Json = None
    span: Span | None = None
    text: str = ""
    author: Author | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row of the plan.

    `shot` is None for `dropped`, and for an attempt under way that no shot asks for any more. `attempt` is the attempt
    that this row is about (in flight, failed, unknown, the face of a finished take); `previous` the attempt that a
    re-render replaces, `previous_id` the id a renamed shot had.
    `chosen` tells whether this take is the one that renders/ shows. `output` is the path under the project folder.
    `note` lists delivery fields that changed: they apply to future renders.
    `follows` names the shot whose paid change brings this one's clip too: same request, same take, one payment.
    `passes_over` is the failed or missing attempt that the claim may pass over, on the user's word. `guesses` says what
    the estimate had to assume. `label_after` is set where the shot's label moves without an attempt: the label fact
    must be later than this Unix time to be believed. `retries` is how often a paying row may be bought again by itself
    in the same apply, each at the quote's price; `quote` is what the estimate of a paying row was made from.
    """

    shot_id: str
    action: Action
    content_hash: str
    take: int
    causes: tuple[Cause, ...]
    span: Span | None
    shot: Shot | None = None
    chosen: bool = True
    attempt: AttemptFact | None = None
    previous: AttemptFact | None = None
    previous_id: str | None = None
    estimate: Estimate | None = None
    output: str | None = None
    note: tuple[Cause, ...] = ()
    follows: str | None = None
    passes_over: str | None = None
    guesses: tuple[str, ...] = ()
    label_after: int | None = None
    retries: int = 0
    quote: Quote | None = None

    @property
    def pays(self) -> bool:
        return self.action in PAID_ACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Unchanged shots of files that nobody edited, and their wanted takes: counted, and not looked at again."""

    shots: int = 0
    files: int = 0
    takes: int = 0


NOTHING_BESIDE = Beside()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What must happen. `project` is the project's name, `profile` the named overlay that the shots were read under;
    renames and drops become label facts when applied.

    `outside` are the project's other rows, which a selection or a saved plan left out: nothing is done about them.
    `stale` are rows of a saved plan that no longer hold, with what changed as their causes: not done either.
    `selection` is how the rows were chosen, `given` what the specs were read with, each as it is to be typed again.
    `beside` counts what is unchanged and has no row.
    """

    project: str
    realm: Realm
    changes: tuple[Change, ...]
    profile: str | None = None
    outside: tuple[Change, ...] = ()
    stale: tuple[Change, ...] = ()
    selection: str = ""
    given: str = ""
    beside: Beside = NOTHING_BESIDE

    @property
    def paid(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.pays)

    @property
    def left_out(self) -> int:
        """How many shots are no part of the run."""
        return len({change.shot_id for change in self.outside} - {change.shot_id for change in self.changes})

    @property
    def has_changes(self) -> bool:
        """Whether an apply would have to pay: free changes are said, but do not count (D1)."""
        return bool(self.paid)

    @property
    def total_usd(self) -> float:
        return sum(change.estimate.usd for change in self.paid if change.estimate is not None)

    @property
    def least_usd(self) -> float:
        """The total at the lower end of every price, and without a retry."""
        return sum(change.quote.low_usd for change in self.paid if change.quote is not None)

    @property
    def most_usd(self) -> float:
        """The total at the upper end of every price, if every planned retry were needed: what a user agrees to."""
        return sum(change.quote.high_usd * (1 + change.retries) for change in self.paid if change.quote is not None)
