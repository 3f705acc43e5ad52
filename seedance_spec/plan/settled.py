"""What a finished take was billed, in US dollars, as well as the record tells it. Pure: no balance may enter."""

from __future__ import annotations

from seedance_spec.lockfile.facts import AttemptFact
from seedance_spec.lockfile.views import verdict
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.prices import is_stated
from seedance_spec.plan.terms import terms_on_record


def settled_usd(fact: AttemptFact, pricing: Pricing) -> float | None:
    """Its tokens at its rate; None while no tokens are known, or no rate.

    The rate is the one stated when it was submitted, else the one that the quota of finished takes tells, else the one
    it was estimated at, else the one of the tables.
    """
    tokens = verdict(fact).tokens
    rate = _rate(fact, pricing)
    return None if tokens is None or rate is None else round(tokens * rate / 1_000_000, 6)


def _rate(fact: AttemptFact, pricing: Pricing) -> float | None:
    """US dollars per million tokens."""
    estimate = fact.estimate
    recorded = estimate.usd / estimate.tokens * 1_000_000 if estimate is not None and estimate.tokens else None
    if estimate is not None and recorded is not None and is_stated(estimate.table):
        return recorded
    terms = terms_on_record(fact.request, input_seconds=fact.input_video_seconds)
    learned = None if terms is None else pricing.learned_rate(terms)
    if learned is not None:
        return learned
    return recorded if recorded is not None or terms is None else pricing.shown_rate(terms)
