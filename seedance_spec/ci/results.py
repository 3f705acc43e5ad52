"""What a branch's shots came to: each bought take with its cause, cost and pictures, before and after. Pure values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seedance_spec.lockfile.views import verdict
from seedance_spec.plan.change import Change, Plan
from seedance_spec.plan.edits import Edits, edits_of
from seedance_spec.plan.status_rows import State, StatusRow
from seedance_spec.realm import Realm


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One take that the branch asks for and its base had not: `change` is the plan against the base, `row` how it
    stands now. `before` and `after` are the SHA-256 of the clips, None where there was or is none.
    """

    change: Change
    row: StatusRow
    before: str | None
    after: str | None

    @property
    def usd(self) -> float | None:
        """What it was billed, or is expected to be; a failure costs nothing."""
        if self.row.state is State.FAILED:
            return 0.0
        return self.row.usd if self.row.usd is not None else self.row.estimate_usd

    @property
    def is_billed(self) -> bool:
        return self.row.state is State.FAILED or self.row.usd is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All of a branch, against what its base (`since`, in git's words) had on record."""

    project: str
    realm: Realm
    profile: str | None
    since: str | None
    results: tuple[Result, ...]
    edits: Edits

    def counted(self, *states: State) -> int:
        return sum(each.row.state in states for each in self.results)

    @property
    def usd(self) -> float:
        return sum(each.usd or 0.0 for each in self.results if each.row.state is not State.NOT_SUBMITTED)

    @property
    def unpaid_usd(self) -> float:
        """What is still to be paid for, by the estimate."""
        return sum(each.usd or 0.0 for each in self.results if each.row.state is State.NOT_SUBMITTED)

    @property
    def is_billed(self) -> bool:
        bought = (each for each in self.results if each.row.state is not State.NOT_SUBMITTED)
        return all(each.is_billed for each in bought)


def results_of(plan: Plan, rows: Sequence[StatusRow], *, since: str | None) -> Results:
    """`plan` is decided against the base's lockfile, `rows` by what is known today."""
    today: Mapping[tuple[str, int], StatusRow] = {(row.shot_id, row.take): row for row in rows if row.wanted}
    found = ((change, today.get((change.shot_id, change.take))) for change in plan.paid)
    return Results(
        project=plan.project,
        realm=plan.realm,
        profile=plan.profile,
        since=since,
        results=tuple(_result(change, row) for change, row in found if row is not None),
        edits=edits_of(plan),
    )


def _result(change: Change, row: StatusRow) -> Result:
    before = verdict(change.previous).output if change.previous is not None else None
    return Result(change=change, row=row, before=before, after=row.sha256)
