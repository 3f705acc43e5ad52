"""What the guards say of a plan, as JSON. Pure: nothing that writes may enter."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.plan.budget import Cap, Refused, Verdict

GuardName = Literal["run-cap", "month-cap", "no-price", "brake", "empty-project"]


class ObjectionDocument(TypedDict):
    """Why nothing may be sent: which guard, the arithmetic in words, and what lets it pass."""

    guard: GuardName
    said: str
    hint: str


class CapDocument(TypedDict):
    """The lowest cap of its kind, in US dollars, and who set it."""

    usd: float
    source: str


class GuardsDocument(TypedDict):
    """Whether an apply would be let through (else it exits with 5 and sends nothing).

    `upper_usd` is what the plan may come to by the highest price that anybody gives, with every planned retry; takes
    without such a price are counted in `unpriced`. `month` (UTC) and `month_spent_usd` are null where no cap counts by
    the month.
    """

    allowed: bool
    upper_usd: float
    unpriced: int
    run_cap: CapDocument | None
    month_cap: CapDocument | None
    month: str | None
    month_spent_usd: float | None
    objections: list[ObjectionDocument]


def guards_document(verdict: Verdict) -> GuardsDocument:
    refused, spent = isinstance(verdict, Refused), verdict.spent
    objections = verdict.objections if isinstance(verdict, Refused) else ()
    return {
        "allowed": not refused,
        "upper_usd": round(verdict.reckoning.usd, 6),
        "unpriced": verdict.reckoning.unpriced,
        "run_cap": _cap(verdict.caps.lowest_run),
        "month_cap": _cap(verdict.caps.lowest_month),
        "month": spent.month if spent is not None else None,
        "month_spent_usd": round(spent.usd, 6) if spent is not None else None,
        "objections": [{"guard": each.guard.value, "said": each.said, "hint": each.hint} for each in objections],
    }


def _cap(cap: Cap | None) -> CapDocument | None:
    return None if cap is None else {"usd": cap.usd, "source": cap.source}
