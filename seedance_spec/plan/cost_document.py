"""Costs as JSON, versioned, with their schema. Pure: nothing that writes may enter."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.cost import Amount, Costs, Kind, Scope, Tally
from seedance_spec.plan.json_schema import json_object, schema_of

COST_FORMAT: Literal["seedance-spec/cost/1"] = "seedance-spec/cost/1"


class AmountDocument(TypedDict):
    """So many attempts and their US dollars; `unpriced` of them are not in the sum."""

    attempts: int
    usd: float
    unpriced: int


class CostLineDocument(TypedDict):
    """One group. `settled` is what the takes that stand cost, `spares` what was bought twice, `in_flight` and `at_risk`
    (outcome unknown) what was estimated, `refunded` what failures were estimated at and the gateway gave back.
    """

    name: str
    tokens: int
    paid_usd: float
    settled: AmountDocument
    spares: AmountDocument
    in_flight: AmountDocument
    at_risk: AmountDocument
    refunded: AmountDocument


class AccuracyDocument(TypedDict):
    """Estimates against settlements, in US dollars. `bias` is how much more was settled, `mean_error` how far a take
    was off on average; both are shares.
    """

    takes: int
    estimated_usd: float
    settled_usd: float
    bias: float
    mean_error: float


class CostDocument(TypedDict):
    """What was spent, from the lockfile alone. `since` and `until` (exclusive) are Unix seconds, null for no limit."""

    format: Literal["seedance-spec/cost/1"]
    realm: Literal["paid", "sandbox"]
    by: Literal["shot", "month", "tag", "profile", "model"]
    profile: str | None
    since: float | None
    until: float | None
    lines: list[CostLineDocument]
    total: CostLineDocument
    accuracy: AccuracyDocument | None


def costs_document(costs: Costs, scope: Scope) -> JsonObject:
    """What `cost --json` prints; `costs_schema` describes it."""
    accuracy = costs.accuracy
    document: CostDocument = {
        "format": COST_FORMAT,
        "realm": costs.realm.value,
        "by": costs.by.value,
        "profile": scope.profile,
        "since": scope.since,
        "until": scope.until,
        "lines": [_line(each) for each in costs.lines],
        "total": _line(costs.total),
        "accuracy": None
        if accuracy is None
        else {
            "takes": accuracy.takes,
            "estimated_usd": round(accuracy.estimated_usd, 6),
            "settled_usd": round(accuracy.settled_usd, 6),
            "bias": round(accuracy.bias, 6),
            "mean_error": round(accuracy.mean_error, 6),
        },
    }
    return json_object(document)


def costs_schema() -> JsonObject:
    return schema_of(CostDocument, title="seedance-spec cost --json")


def _line(line: Tally) -> CostLineDocument:
    return {
        "name": line.name,
        "tokens": line.tokens,
        "paid_usd": round(line.paid_usd, 6),
        "settled": _amount(line.of(Kind.SETTLED)),
        "spares": _amount(line.of(Kind.SPARE)),
        "in_flight": _amount(line.of(Kind.IN_FLIGHT)),
        "at_risk": _amount(line.of(Kind.AT_RISK)),
        "refunded": _amount(line.of(Kind.REFUNDED)),
    }


def _amount(amount: Amount) -> AmountDocument:
    return {"attempts": amount.attempts, "usd": round(amount.usd, 6), "unpriced": amount.unpriced}
