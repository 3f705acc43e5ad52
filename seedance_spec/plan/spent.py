"""What a calendar month has cost so far, as guards reckon it, spares included. Pure: the time is handed in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import verdict
from seedance_spec.plan.figures import exact_usd, month_ends, month_of
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.terms import terms_on_record
from seedance_spec.realm import Realm

_FREE = frozenset({Status.FAILED, Status.NOT_LANDED})
"""A failure is refunded, and what never landed was never charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """US dollars of one month (`2026-05`, UTC). `unpriced` attempts are not in it: no price is known for them."""

    month: str
    usd: float
    unpriced: int = 0

    @property
    def words(self) -> str:
        return f"{exact_usd(self.usd)} spent in {self.month}"


def spent_in(facts: Facts, realm: Realm, now: float, pricing: Pricing) -> Spent:
    """Every attempt of the month in which `now` lies, by when it was submitted: the settled ones at their tokens, those
    in flight or unknown at their upper end. One whose time is not known counts as of this month.
    """
    begins, ends = month_ends(now)
    reckoned = [
        _reckoned(each, pricing)
        for each in facts.attempts.values()
        if each.realm is realm
        and each.status not in _FREE
        and (each.submitted_at is None or begins <= each.submitted_at < ends)
    ]
    known = [amount for amount in reckoned if amount is not None]
    return Spent(month=month_of(now), usd=sum(known), unpriced=len(reckoned) - len(known))


def spent_by_run(facts: Facts, run: str, pricing: Pricing, *, besides: Collection[tuple[str, int]] = ()) -> float:
    """US dollars of every attempt that one run made, reckoned in the same way; `besides` takes, by content hash and
    number, that are reckoned elsewhere.
    """
    mine = (each for each in facts.attempts.values() if each.run == run and each.status not in _FREE)
    return sum(_reckoned(each, pricing) or 0.0 for each in mine if (each.content_hash, each.take) not in besides)


def charged_takes(facts: Facts) -> frozenset[tuple[str, int]]:
    """The takes, by content hash and number, that some attempt on record was or may be charged for."""
    charged = (each for each in facts.attempts.values() if each.status not in _FREE)
    return frozenset((each.content_hash, each.take) for each in charged)


def _reckoned(fact: AttemptFact, pricing: Pricing) -> float | None:
    """US dollars, never less than what was expected when it was submitted; None where nobody knows a price."""
    terms = terms_on_record(fact.request, input_seconds=fact.input_video_seconds)
    settled = verdict(fact).tokens if fact.status in {Status.SUCCEEDED, Status.GONE} else None
    expected = fact.estimate
    if settled is not None:
        rate = None if terms is None else pricing.guard_rate(terms)
        if rate is not None:
            return settled * rate / 1_000_000
        return None if expected is None or not expected.tokens else settled * expected.usd / expected.tokens
    quote = None if terms is None else pricing.quote(terms)
    guard = None if quote is None else quote.guard_usd
    known = [amount for amount in (guard, expected.usd if expected else None) if amount is not None]
    return max(known, default=None)
