"""What a watch has spent and may still come to: every take counts once, at its job or by the record."""

from __future__ import annotations

import pytest

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.money import Budget
from seedance_spec.model.shot import Project
from seedance_spec.plan.budget import Cap, caps_of
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.prices import BUILT_IN
from seedance_spec.watch.happenings import Job, Kind, Look
from seedance_spec.watch.reading import Money, narrowed_caps, reckoned_money
from tests.support.facts import an_attempt
from tests.support.pricing import estimated

MOON = ("v1:moon", 1)
RUN = "r1"


def on_record(status: Status, *, run: str = RUN) -> AttemptFact:
    """An attempt at the moon that was expected to cost 30 cents."""
    return an_attempt("a1", content_hash=MOON[0], take=1, status=status, run=run, estimate=estimated(0.30))


def buying(usd: float = 0.40, *, lost: bool = False) -> Job:
    return Job(number=1, kind=Kind.BUY, shot_id="moon", keys=frozenset({MOON}), usd=usd, lost=lost)


FOLLOWING = Job(number=1, kind=Kind.FOLLOW, shot_id="moon", keys=frozenset({MOON}), attempt_id="a1")


def money(*facts: AttemptFact, job: Job | None = None) -> Money:
    """The reckoning of a session that runs this job, with these attempts on record."""
    look = Look(jobs=() if job is None else (job,))
    return reckoned_money(
        Facts.of(*facts), look.buying, run=RUN, pricing=Pricing.of(Project(name="film"), (), trusted=BUILT_IN)
    )


@pytest.mark.parametrize(
    ("facts", "job", "expected"),
    [
        ([], buying(), Money(reserved_usd=0.40, unclaimed_usd=0.40)),
        ([on_record(Status.SUBMITTED)], buying(), Money(reserved_usd=0.40)),
        ([on_record(Status.UNKNOWN)], buying(lost=True), Money(reserved_usd=0.40)),
        ([on_record(Status.SUBMITTED)], FOLLOWING, Money(spent_usd=0.30)),
        ([on_record(Status.UNKNOWN)], FOLLOWING, Money(spent_usd=0.30)),
        ([on_record(Status.SUBMITTED, run="another")], FOLLOWING, Money()),
        ([on_record(Status.SUCCEEDED)], None, Money(spent_usd=0.30)),
        ([on_record(Status.FAILED)], None, Money()),
        ([on_record(Status.NOT_LANDED)], buying(), Money(reserved_usd=0.40, unclaimed_usd=0.40)),
        ([on_record(Status.FAILED)], buying(), Money(reserved_usd=0.40, unclaimed_usd=0.40)),
    ],
)  # fmt: skip
def test_a_take_counts_once(facts: list[AttemptFact], job: Job | None, expected: Money) -> None:
    """While a job buys it at the job's upper end; then by the record, whoever follows it; not where it was free. The
    record knows a take once an attempt at it may be charged: one that failed before stands for nothing.
    """
    assert money(*facts, job=job) == expected


def test_a_session_is_one_run_and_a_month_knows_what_is_on_record() -> None:
    """The cap of the run loses what was spent and reserved; the month's, which counts the record itself, the rest."""
    caps = caps_of(Budget(), run=[Cap(usd=5.0, source="--max-cost")], month=[Cap(usd=50.0, source="budget.month")])

    narrowed = narrowed_caps(caps, Money(spent_usd=1.0, reserved_usd=0.5, unclaimed_usd=0.25))

    assert [cap.usd for cap in (*narrowed.run, *narrowed.month)] == [3.5, 49.75]
