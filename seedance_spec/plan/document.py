"""The plan as JSON, versioned, with its schema. Pure: nothing that writes may enter."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact, Estimate
from seedance_spec.plan.budget import Verdict
from seedance_spec.plan.budget_document import GuardsDocument, guards_document
from seedance_spec.plan.change import Author, Cause, Change, Plan
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.price_text import accuracy
from seedance_spec.plan.quote import Quote
from seedance_spec.specfiles.diagnostic import Span

PLAN_FORMAT: Literal["seedance-spec/plan/1"] = "seedance-spec/plan/1"

ActionName = Literal[
    "new",
    "re-render",
    "missing",
    "restore",
    "in-flight",
    "failed",
    "unknown",
    "blocked",
    "stale",
    "renamed",
    "dropped",
    "unchanged",
]


AuthorName = Literal[
    "shot",
    "default",
    "project default",
    "profile",
    "variable",
    "matrix",
    "environment",
    "command line",
    "input bytes",
    "parent",
]


class PlaceDocument(TypedDict):
    """A stretch of a spec file. Lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class AuthorDocument(TypedDict):
    """Who a cause goes back to; `name` is that of the profile, the variable or the parent. Where a text changed by a
    variable alone, `before` and `after` are that variable's own values.
    """

    kind: AuthorName
    name: str
    before: object
    after: object


class CauseDocument(TypedDict):
    """Why: which field, from what to what (any JSON), where it is written and by whom, and in words where values do not
    say.
    """

    field: str
    before: object
    after: object
    span: PlaceDocument | None
    text: str
    author: AuthorDocument | None


class EstimateDocument(TypedDict):
    """US dollars and tokens, by the named price table."""

    usd: float
    tokens: int
    table: str


class QuoteDocument(TypedDict):
    """The ends of an estimate, in US dollars. `guard_usd` is what guards reckon with, null where no trusted price is
    known. `learned_from` counts finished takes of the kind; `spread` is how far they were off, as a share, null where
    they are too few.
    """

    low_usd: float
    high_usd: float
    guard_usd: float | None
    learned_from: int
    spread: float | None


class AttemptDocument(TypedDict):
    """The attempt that a row is about, or that it replaces. `submitted_at` is Unix seconds."""

    attempt_id: str
    take: int
    status: str
    task_id: str | None
    submitted_at: int | None


class ChangeDocument(TypedDict):
    """One take of one shot. `pays` tells whether an apply buys it; `follows` the shot that buys it for this one too.

    `guesses` says why the estimate is a range (`quote` has its ends). `note` holds delivery fields that changed:
    they apply to future renders only. `retries` is how often the take may be bought again by itself in the same apply.
    """

    shot: str
    take: int
    action: ActionName
    pays: bool
    content_hash: str
    chosen: bool
    output: str | None
    causes: list[CauseDocument]
    span: PlaceDocument | None
    estimate: EstimateDocument | None
    quote: QuoteDocument | None
    guesses: list[str]
    retries: int
    attempt: AttemptDocument | None
    previous: AttemptDocument | None
    previous_id: str | None
    follows: str | None
    note: list[CauseDocument]


class TotalsDocument(TypedDict):
    """Sums over the plan. `usd` and `tokens` are those of the paid changes whose price is known, `unpriced` counts the
    others, `at_risk_usd` is what unknown attempts may have cost. `least_usd` and `most_usd` are the ends of `usd`, the
    upper one with every planned retry. `learned_from` and `spread` tell how sure the prices are: from how many finished
    takes of the same kinds, and how far those were off.
    """

    actions: dict[str, int]
    paid: int
    usd: float
    least_usd: float
    most_usd: float
    tokens: int
    unpriced: int
    at_risk_usd: float
    learned_from: int
    spread: float | None


class PlanDocument(TypedDict):
    """`left_out` counts the shots of the project that a selection left out."""

    format: Literal["seedance-spec/plan/1"]
    project: str
    realm: Literal["paid", "sandbox"]
    profile: str | None
    has_changes: bool
    left_out: int
    changes: list[ChangeDocument]
    totals: TotalsDocument
    guards: GuardsDocument | None


def plan_document(plan: Plan, verdict: Verdict | None = None) -> JsonObject:
    """The whole plan, unchanged takes too, and what the guards say of it; `plan_schema` describes it."""
    document: PlanDocument = {
        "format": PLAN_FORMAT,
        "project": plan.project,
        "realm": plan.realm.value,
        "profile": plan.profile,
        "has_changes": plan.has_changes,
        "left_out": plan.left_out,
        "changes": [change_document(change) for change in plan.changes],
        "totals": _totals(plan),
        "guards": None if verdict is None else guards_document(verdict),
    }
    return json_object(document)


def plan_schema() -> JsonObject:
    return schema_of(PlanDocument, title="seedance-spec plan --json")


def change_document(change: Change) -> ChangeDocument:
    return {
        "shot": change.shot_id,
        "take": change.take,
        "action": change.action.value,
        "pays": change.pays,
        "content_hash": change.content_hash,
        "chosen": change.chosen,
        "output": change.output,
        "causes": [cause_document(cause) for cause in change.causes],
        "span": place_document(change.span),
        "estimate": _estimate(change.estimate),
        "quote": _quote(change.quote),
        "guesses": list(change.guesses),
        "retries": change.retries,
        "attempt": attempt_document(change.attempt),
        "previous": attempt_document(change.previous),
        "previous_id": change.previous_id,
        "follows": change.follows,
        "note": [cause_document(cause) for cause in change.note],
    }


def cause_document(cause: Cause) -> CauseDocument:
    return {
        "field": cause.field,
        "before": cause.before,
        "after": cause.after,
        "span": place_document(cause.span),
        "text": cause.text,
        "author": author_document(cause.author),
    }


def author_document(author: Author | None) -> AuthorDocument | None:
    if author is None:
        return None
    return {"kind": author.kind.value, "name": author.name, "before": author.before, "after": author.after}


def place_document(span: Span | None) -> PlaceDocument | None:
    if span is None:
        return None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _estimate(estimate: Estimate | None) -> EstimateDocument | None:
    return None if estimate is None else {"usd": estimate.usd, "tokens": estimate.tokens, "table": estimate.table}


def _quote(quote: Quote | None) -> QuoteDocument | None:
    if quote is None:
        return None
    return {
        "low_usd": quote.low_usd,
        "high_usd": quote.high_usd,
        "guard_usd": quote.guard_usd,
        "learned_from": quote.lesson.takes,
        "spread": round(quote.lesson.spread, 6) if quote.lesson.is_learned else None,
    }


def attempt_document(attempt: AttemptFact | None) -> AttemptDocument | None:
    if attempt is None:
        return None
    return {
        "attempt_id": attempt.attempt_id,
        "take": attempt.take,
        "status": attempt.status.value,
        "task_id": attempt.task_id,
        "submitted_at": attempt.submitted_at,
    }


def _totals(plan: Plan) -> TotalsDocument:
    priced = [change.estimate for change in plan.paid if change.estimate is not None]
    spread, takes, _ = accuracy([change.quote for change in plan.paid if change.quote is not None])
    risky = [change.estimate for change in plan.changes if change.action.value == "unknown" and change.estimate]
    return {
        "actions": dict(sorted(Counter(change.action.value for change in plan.changes).items())),
        "paid": len(plan.paid),
        "usd": round(sum(each.usd for each in priced), 6),
        "least_usd": round(plan.least_usd, 6),
        "most_usd": round(plan.most_usd, 6),
        "tokens": sum(each.tokens for each in priced),
        "unpriced": len(plan.paid) - len(priced),
        "at_risk_usd": round(sum(each.usd for each in risky), 6),
        "learned_from": takes,
        "spread": None if spread is None else round(spread, 6),
    }
