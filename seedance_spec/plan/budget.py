"""Whether a plan may pay: caps on money, the brake, an empty project (D10, D11). Pure: nothing here stops anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.money import Budget
from seedance_spec.plan.brake import USUAL_BRAKE, Brake, empty_project, pulled
from seedance_spec.plan.change import Plan
from seedance_spec.plan.figures import exact_usd, plural, usd
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.reckoning import Reckoning, reckoned
from seedance_spec.plan.spent import Spent, spent_in
from seedance_spec.plan.typed import apply_typed
from seedance_spec.specfiles.diagnostic import Span

_TINY = 1e-9
"""Sums of cents are not exact: what differs by less is equal."""


class Guard(StrEnum):
    """Which guard objects."""

    RUN = "run-cap"
    MONTH = "month-cap"
    NO_PRICE = "no-price"
    BRAKE = "brake"
    EMPTY = "empty-project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that may be spent, in US dollars, and who says so: `--max-cost`, a variable, a key of project.yaml."""

    usd: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Every limit that holds; of several caps the lowest counts. `force` is the user's word against the brake."""

    run: tuple[Cap, ...] = ()
    month: tuple[Cap, ...] = ()
    brake: Brake = USUAL_BRAKE
    force: bool = False

    @property
    def lowest_run(self) -> Cap | None:
        return min(self.run, key=lambda cap: cap.usd, default=None)

    @property
    def lowest_month(self) -> Cap | None:
        return min(self.month, key=lambda cap: cap.usd, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why nothing may be sent: the arithmetic in words, and what lets it pass."""

    guard: Guard
    said: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The plan may pay. `spent` is None where no cap counts by the month."""

    reckoning: Reckoning
    caps: Caps
    spent: Spent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing may be sent, for each of these reasons; the figures are those of `Allowed`."""

    reckoning: Reckoning
    caps: Caps
    objections: tuple[Objection, ...]
    spent: Spent | None = None


Verdict: TypeAlias = Allowed | Refused


def caps_of(budget: Budget, *, run: Iterable[Cap] = (), month: Iterable[Cap] = (), force: bool = False) -> Caps:
    """The caps that the user gave, and those of the project's budget beside them: these can only lower."""
    own_run = [] if budget.run is None else [Cap(usd=budget.run, source=_written("run", budget))]
    own_month = [] if budget.month is None else [Cap(usd=budget.month, source=_written("month", budget))]
    return Caps(
        run=(*run, *own_run),
        month=(*month, *own_month),
        brake=USUAL_BRAKE.lowered(budget.rerender_percent, source=_written("rerender_percent", budget)),
        force=force,
    )


def verdict(plan: Plan, caps: Caps, facts: Facts, now: float, *, pricing: Pricing) -> Verdict:
    """Whether the plan may be carried out. `now` is Unix seconds; `facts` are lockfile ∪ journal, in flight too.

    A plan that pays nothing meets no cap, however much was spent: what is paid for is always brought home.
    """
    reckoning = reckoned(plan)
    spent = spent_in(facts, plan.realm, now, pricing) if caps.month and plan.paid else None
    objections = (*_over(reckoning, caps, spent), *_brakes(plan, caps))
    if objections:
        return Refused(reckoning=reckoning, caps=caps, objections=objections, spent=spent)
    return Allowed(reckoning=reckoning, caps=caps, spent=spent)


def _over(reckoning: Reckoning, caps: Caps, spent: Spent | None) -> Iterator[Objection]:
    """What the caps object to."""
    run, month = caps.lowest_run, caps.lowest_month
    if not reckoning.takes or (run is None and month is None):
        return
    yield from _unpriced(reckoning, spent)
    sum_words = f"{reckoning.words} at the upper end"
    if run is not None and reckoning.usd > run.usd + _TINY:
        said = f"{sum_words}; the cap is {usd(run.usd)} ({run.source})"
        yield Objection(guard=Guard.RUN, said=said, hint=f"ask for less, or raise {run.source}")
    if month is not None and spent is not None and spent.usd + reckoning.usd > month.usd + _TINY:
        said = (
            f"{spent.words}, and {sum_words}: {exact_usd(spent.usd + reckoning.usd)} together;"
            f" the cap is {usd(month.usd)} a month ({month.source})"
        )
        yield Objection(
            guard=Guard.MONTH, said=said, hint=f"ask for less, wait for next month, or raise {month.source}"
        )


def _unpriced(reckoning: Reckoning, spent: Spent | None) -> Iterator[Objection]:
    """A cap that cannot be counted against is no cap: what only the specs price, they could price at nothing."""
    hint = "name its price in the file that SEEDANCE_PRICES_FILE points to: a price in the specs alone does not count"
    if reckoning.unpriced:
        takes = plural(reckoning.unpriced, "take")
        said = f"{takes} of {', '.join(reckoning.unpriced_models)} without a known price, and a cap to keep"
        yield Objection(guard=Guard.NO_PRICE, said=said, hint=hint)
    if spent is not None and spent.unpriced:
        said = f"{plural(spent.unpriced, 'attempt')} of {spent.month} without a known price, and a cap to keep"
        yield Objection(guard=Guard.NO_PRICE, said=said, hint=hint)


def _brakes(plan: Plan, caps: Caps) -> Iterator[Objection]:
    """What the user's --force lets pass."""
    if caps.force:
        return
    said = pulled(plan, caps.brake)
    if said is not None:
        yield Objection(
            guard=Guard.BRAKE, said=said, hint=f"read the plan; if all of it is meant: {apply_typed(plan)} --force"
        )
    lost = empty_project(plan)
    if lost is not None:
        hint = f"a wrong folder or branch? If the shots are really gone: {apply_typed(plan)} --force"
        yield Objection(guard=Guard.EMPTY, said=lost, hint=hint)


def _written(key: str, budget: Budget) -> str:
    span: Span | None = budget.origins.get(key)
    return f"budget.{key} at {span}" if span else f"budget.{key}"
