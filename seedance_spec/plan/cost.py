"""What was spent and what may still be, added up from facts alone. Pure: no spec file and no clock may enter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import verdict
from seedance_spec.plan.figures import month_of
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.prices import BUILT_IN, PriceTable
from seedance_spec.plan.settled import settled_usd
from seedance_spec.realm import Realm


class By(StrEnum):
    """What attempts are grouped by. One with several tags counts under each of them, and once in the total."""

    SHOT = "shot"
    MONTH = "month"
    TAG = "tag"
    PROFILE = "profile"
    MODEL = "model"


class Kind(StrEnum):
    """What an attempt's money is: settled for the take that stands, settled for a spare, under way, at risk, back."""

    SETTLED = "settled"
    SPARE = "spare"
    IN_FLIGHT = "in flight"
    AT_RISK = "at risk"
    REFUNDED = "refunded"


NOTHING_SAID = "–"
"""The group of attempts without a tag, a profile or a model on record."""


_END_OF_TIME = 253_402_300_800
"""Unix time of the year 10000: a record is a text that anybody can edit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """So many attempts and what they cost in US dollars; `unpriced` of them are not in the sum."""

    attempts: int = 0
    usd: float = 0.0
    unpriced: int = 0

    def with_one(self, usd: float | None) -> Amount:
        return Amount(
            attempts=self.attempts + 1, usd=self.usd + (usd or 0.0), unpriced=self.unpriced + (1 if usd is None else 0)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One line: its group's name, the amounts by kind, and the tokens that were settled."""

    name: str
    amounts: Mapping[Kind, Amount] = field(default_factory=dict)
    tokens: int = 0

    def of(self, kind: Kind) -> Amount:
        return self.amounts.get(kind, Amount())

    @property
    def paid_usd(self) -> float:
        """What was settled, spares with it."""
        return self.of(Kind.SETTLED).usd + self.of(Kind.SPARE).usd

    def with_one(self, spending: _Spending) -> Tally:
        grown = {**self.amounts, spending.kind: self.of(spending.kind).with_one(spending.usd)}
        return replace(self, amounts=grown, tokens=self.tokens + spending.tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Estimates against settlements, US dollars over so many takes; `mean_error` is a take's error as a share."""

    takes: int
    estimated_usd: float
    settled_usd: float
    mean_error: float

    @property
    def bias(self) -> float:
        """How much more was settled than estimated, as a share; below zero: less."""
        return self.settled_usd / self.estimated_usd - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Lines and their total. `accuracy` is None while nothing that was estimated is settled."""

    realm: Realm
    by: By
    lines: tuple[Tally, ...]
    total: Tally
    accuracy: Accuracy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which attempts count: of this profile (None: all), submitted from `since` on and before `until` (Unix time)."""

    profile: str | None = None
    since: float | None = None
    until: float | None = None

    def holds(self, fact: AttemptFact) -> bool:
        if self.profile is not None and fact.label.profile != self.profile:
            return False
        if self.since is None and self.until is None:
            return True
        when = fact.submitted_at
        return when is not None and (self.since or when) <= when < (self.until or when + 1)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class _Spending:
    """`is_settled`: `usd` is what its tokens cost, not what was expected."""

    fact: AttemptFact
    kind: Kind
    usd: float | None
    tokens: int
    is_settled: bool


def costs_of(facts: Facts, *, realm: Realm, by: By, scope: Scope = EVERYTHING, trusted: PriceTable = BUILT_IN) -> Costs:
    """What the attempts of one realm cost. Lines come dearest first, months in their order."""
    ours = replace(facts, attempts={key: each for key, each in facts.attempts.items() if each.realm is realm})
    pricing = Pricing(trusted=trusted, facts=ours.attempts.values())
    spendings = [each for each in _spendings(ours, pricing) if scope.holds(each.fact)]
    lines: dict[str, Tally] = {}
    total = Tally(name="total")
    for spending in spendings:
        total = total.with_one(spending)
        for name in _names(by)(spending.fact):
            lines[name] = lines.get(name, Tally(name=name)).with_one(spending)
    return Costs(realm=realm, by=by, lines=_in_order(by, lines.values()), total=total, accuracy=_accuracy(spendings))


def _spendings(facts: Facts, pricing: Pricing) -> Iterator[_Spending]:
    for fact in facts.attempts.values():
        kind = _kind(facts, fact)
        if kind is None:
            continue
        paid = kind in {Kind.SETTLED, Kind.SPARE}
        settled = settled_usd(fact, pricing) if paid else None
        expected = fact.estimate.usd if fact.estimate is not None else None
        usd = expected if settled is None else settled
        yield _Spending(fact, kind, usd, (verdict(fact).tokens or 0) if paid else 0, settled is not None)


def _kind(facts: Facts, fact: AttemptFact) -> Kind | None:
    match fact.status:
        case Status.NOT_LANDED:
            return None
        case Status.SUCCEEDED:
            face = facts.face(fact.content_hash, fact.take)
            return Kind.SETTLED if face is None or face.attempt_id == fact.attempt_id else Kind.SPARE
        case Status.GONE:
            return Kind.SETTLED
        case Status.SUBMITTED:
            return Kind.IN_FLIGHT
        case Status.UNKNOWN | Status.LANDED:
            return Kind.AT_RISK
        case Status.FAILED:
            return Kind.REFUNDED
        case _:
            assert_never(fact.status)


def _names(by: By) -> Callable[[AttemptFact], Iterable[str]]:
    match by:
        case By.SHOT:
            return lambda fact: (fact.label.shot,)
        case By.MONTH:
            return lambda fact: (_month(fact),)
        case By.TAG:
            return lambda fact: tuple(dict.fromkeys(fact.label.tags)) or (NOTHING_SAID,)
        case By.PROFILE:
            return lambda fact: (fact.label.profile or NOTHING_SAID,)
        case By.MODEL:
            return lambda fact: (_model(fact),)
        case _:
            assert_never(by)


def _month(fact: AttemptFact) -> str:
    when = fact.submitted_at
    return month_of(when) if when is not None and 0 <= when < _END_OF_TIME else NOTHING_SAID


def _model(fact: AttemptFact) -> str:
    model = fact.request.get("model")
    return model if isinstance(model, str) else NOTHING_SAID


def _in_order(by: By, lines: Iterable[Tally]) -> tuple[Tally, ...]:
    if by is By.MONTH:
        return tuple(sorted(lines, key=lambda line: line.name))
    return tuple(sorted(lines, key=lambda line: (-line.paid_usd, line.name)))


def _accuracy(spendings: Iterable[_Spending]) -> Accuracy | None:
    pairs = [
        (each.fact.estimate.usd, each.usd)
        for each in spendings
        if each.is_settled and each.usd is not None and each.fact.estimate is not None and each.fact.estimate.usd > 0
    ]
    if not pairs:
        return None
    return Accuracy(
        takes=len(pairs),
        estimated_usd=sum(expected for expected, _ in pairs),
        settled_usd=sum(settled for _, settled in pairs),
        mean_error=sum(abs(settled / expected - 1) for expected, settled in pairs) / len(pairs),
    )
