"""Results as JSON with their schema (`report --json`). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.ci.results import Result, Results
from seedance_spec.json_types import JsonObject
from seedance_spec.plan.json_schema import json_object, schema_of

REPORT_FORMAT: Literal["seedance-spec/report/1"] = "seedance-spec/report/1"


class CauseDocument(TypedDict):
    """Why it is rendered: the field, what is said of it, and the place as `file:line:column`."""

    field: str
    text: str
    place: str | None


class ResultDocument(TypedDict):
    """One take that the branch asks for and its base had not. `before` and `after` are SHA-256 of clips; `usd` was
    billed where `billed`, else it is an estimate; `poster_before` and `poster_after` are addresses of pictures.
    """

    shot: str
    take: int
    state: str
    causes: list[CauseDocument]
    usd: float | None
    billed: bool
    before: str | None
    after: str | None
    poster_before: str | None
    poster_after: str | None
    task_id: str | None
    error_class: str | None
    error_message: str | None
    hint: str


class ReportDocument(TypedDict):
    """`usd` is what was bought, `unpaid_usd` what is still to be paid for; `since` the base, in git's words."""

    format: Literal["seedance-spec/report/1"]
    project: str
    realm: Literal["paid", "sandbox"]
    profile: str | None
    since: str | None
    usd: float
    unpaid_usd: float
    totals: dict[str, int]
    results: list[ResultDocument]


def report_document(results: Results, *, posters: Mapping[str, str]) -> JsonObject:
    states = sorted({each.row.state for each in results.results})
    document: ReportDocument = {
        "format": REPORT_FORMAT,
        "project": results.project,
        "realm": results.realm.value,
        "profile": results.profile,
        "since": results.since,
        "usd": round(results.usd, 4),
        "unpaid_usd": round(results.unpaid_usd, 4),
        "totals": {state.value: results.counted(state) for state in states},
        "results": [_result(each, posters) for each in results.results],
    }
    return json_object(document)


def report_schema() -> JsonObject:
    return schema_of(ReportDocument, title="seedance-spec report --json")


def _result(result: Result, posters: Mapping[str, str]) -> ResultDocument:
    row = result.row
    return {
        "shot": row.shot_id,
        "take": row.take,
        "state": row.state.value,
        "causes": [
            {"field": each.field, "text": each.text, "place": str(each.span) if each.span else None}
            for each in result.change.causes
        ],
        "usd": result.usd,
        "billed": result.is_billed,
        "before": result.before,
        "after": result.after,
        "poster_before": posters.get(result.before or ""),
        "poster_after": posters.get(result.after or ""),
        "task_id": row.task_id,
        "error_class": row.error_class,
        "error_message": row.error_message,
        "hint": row.hint,
    }
