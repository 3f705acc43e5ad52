"""What finished takes teach about the price of the next: tokens, spread and rate (D11). Pure: facts in, values out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import NamedTuple

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.views import verdict
from seedance_spec.plan.prices import PriceTable
from seedance_spec.plan.terms import Terms, Tokens, terms_on_record, tokens_of

ENOUGH = 3
"""Finished takes from which on something counts as learned; before, a price is a guess and says so."""

_LOOKED_AT = 1_000
"""A price must not take longer the longer a project has lived."""
_NEWEST = 50
_NEWEST_BILLS = 10
_ALIKE = 0.001
_QUOTA_PER_MILLION_IN_DOLLARS = 125_000
"""The hold is `ratio / 2 × 500,000` quota, and ratio 1 is $2 per million tokens (gateway.md §1.6)."""
_QUOTA_PER_DOLLAR = 500_000

_PAID = frozenset({Status.SUCCEEDED, Status.GONE})


class Group(NamedTuple):
    """Takes that teach about one another. `is_open`: their tokens are known only between two ends."""

    model: str
    resolution: str
    with_video: bool
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What `takes` finished takes of one group say; with fewer than `ENOUGH` of them it says nothing.

    `factor`: tokens settled per token expected, the median. `spread`: how far nine of ten takes were from that, as a
    share. `surplus`: the most tokens that one was settled at, per token at the upper end, at least 1.
    `usd_per_million`: the rate that the quota tells; None where it does not tell one.
    """

    group: Group
    takes: int = 0
    factor: float = 1.0
    spread: float = 0.0
    surplus: float = 1.0
    usd_per_million: float | None = None

    @property
    def is_learned(self) -> bool:
        return self.takes >= ENOUGH


@dataclass(frozen=True, slots=True)
class _Sample:
    tokens: int
    quota: int | None
    expected: Tokens


def group_of(terms: Terms) -> Group:
    return Group(terms.model, terms.resolution, terms.with_video, terms.is_open)


def lessons_of(facts: Iterable[AttemptFact], table: PriceTable) -> Mapping[Group, Lesson]:
    """A lesson for every group of which a take is finished, from its newest 50 takes among the newest 1,000.

    `table` tells a hold from a bill where the quota alone does not.
    """
    samples: dict[Group, list[_Sample]] = defaultdict(list)
    for fact in sorted(_finished(facts), key=_newest_first)[:_LOOKED_AT]:
        terms = terms_on_record(fact.request, input_seconds=fact.input_video_seconds)
        if terms is not None and len(samples[group_of(terms)]) < _NEWEST and (sample := _sample(fact, terms)):
            samples[group_of(terms)].append(sample)
    return {group: _lesson(group, found, table) for group, found in samples.items() if found}


def _sample(fact: AttemptFact, terms: Terms) -> _Sample | None:
    report, expected = verdict(fact), tokens_of(terms)
    if expected is None or not expected.low or not report.tokens:
        return None
    return _Sample(report.tokens, report.quota, expected)


def _finished(facts: Iterable[AttemptFact]) -> Iterator[AttemptFact]:
    return (fact for fact in facts if fact.status in _PAID)


def _newest_first(fact: AttemptFact) -> tuple[int, str]:
    return -(fact.submitted_at or 0), fact.attempt_id


def _lesson(group: Group, samples: list[_Sample], table: PriceTable) -> Lesson:
    if len(samples) < ENOUGH:
        return Lesson(group=group, takes=len(samples))
    factor = median(each.tokens / each.expected.expected for each in samples)
    errors = sorted(abs(each.tokens / (factor * each.expected.expected) - 1) for each in samples)
    return Lesson(
        group=group,
        takes=len(samples),
        factor=factor,
        spread=errors[ceil(0.9 * len(errors)) - 1],
        surplus=max(1.0, *(each.tokens / each.expected.high for each in samples)),
        usd_per_million=_rate(group, samples[:_NEWEST_BILLS], table),
    )


def _rate(group: Group, samples: list[_Sample], table: PriceTable) -> float | None:
    """The rate behind the newest takes' quota, where all of them agree on one.

    The gateway's row shows the hold for ever, a flat sum; another generation of it may show the bill, which grows with
    the tokens. Takes of different length tell which; else only one of the two can be near the price that is known.
    """
    bills = [(each.quota, each.tokens) for each in samples if each.quota]
    if len(bills) < ENOUGH:
        return None
    holds = [quota / _QUOTA_PER_MILLION_IN_DOLLARS for quota, _ in bills]
    settled = [quota / _QUOTA_PER_DOLLAR / tokens * 1_000_000 for quota, tokens in bills]
    agreed = [median(rates) for rates in (holds, settled) if max(rates) <= min(rates) * (1 + _ALIKE)]
    return agreed[0] if len(agreed) == 1 else _near(agreed, group, table)


def _near(rates: list[float], group: Group, table: PriceTable) -> float | None:
    known = table.rates(group.model, group.resolution, with_video=group.with_video)
    if known is None:
        return None
    near = [rate for rate in rates if known.low / 2 <= rate <= known.high * 2]
    return near[0] if len(near) == 1 else None
