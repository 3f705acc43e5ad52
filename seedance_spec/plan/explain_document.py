"""The reasons of shots as JSON, versioned, with their schema. Pure: nothing that writes may enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.document import (
    AttemptDocument,
    CauseDocument,
    ChangeDocument,
    attempt_document,
    cause_document,
    change_document,
)
from seedance_spec.plan.explain import Explanation, Link, Shown
from seedance_spec.plan.explain_text import otherwise_words
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.show_document import StepDocument
from seedance_spec.realm import Realm

EXPLAIN_FORMAT: Literal["seedance-spec/explain/1"] = "seedance-spec/explain/1"


class LinkDocument(TypedDict):
    """One cause of `shot`; for a parent, `behind` is what changed there. `told`: that stands higher up already."""

    shot: str
    cause: CauseDocument
    behind: list[LinkDocument]
    told: bool


class RootDocument(TypedDict):
    """An edit at the end of a chain, and the shot that it changed first."""

    shot: str
    cause: CauseDocument


class TimeDocument(TypedDict):
    """Seconds from submit to success at the gateway's own speed: half of all take `usual`, 19 of 20 at most `late`."""

    usual: float
    late: float


class ShownDocument(TypedDict):
    """What renders/ shows now; `attempt` is null where the record does not know whose bytes these are."""

    output: str
    attempt: AttemptDocument | None


class ExplanationDocument(TypedDict):
    """One row of the plan. `otherwise` says in words what happens when it is not applied; `outside`: the run is about
    other shots.
    """

    change: ChangeDocument
    links: list[LinkDocument]
    roots: list[RootDocument]
    price: list[StepDocument]
    time: TimeDocument | None
    shown: ShownDocument | None
    otherwise: str
    outside: bool


class ExplainDocument(TypedDict):
    format: Literal["seedance-spec/explain/1"]
    realm: Literal["paid", "sandbox"]
    explanations: list[ExplanationDocument]


def explain_document(explanations: Sequence[Explanation], *, realm: Realm) -> JsonObject:
    """What `plan --explain SHOT --json` prints; `explain_schema` describes it."""
    document: ExplainDocument = {
        "format": EXPLAIN_FORMAT,
        "realm": realm.value,
        "explanations": [_explanation(each) for each in explanations],
    }
    return json_object(document)


def explain_schema() -> JsonObject:
    return schema_of(ExplainDocument, title="seedance-spec plan --explain --json")


def _explanation(told: Explanation) -> ExplanationDocument:
    expected = told.expected
    return {
        "change": change_document(told.change),
        "links": [_link(each) for each in told.links],
        "roots": [{"shot": each.shot_id, "cause": cause_document(each.cause)} for each in told.roots],
        "price": [{"label": label, "words": words} for label, words in told.price],
        "time": None if expected is None else {"usual": round(expected.usual, 1), "late": round(expected.late, 1)},
        "shown": _shown(told.shown),
        "otherwise": otherwise_words(told.change, told.shown, outside=told.outside),
        "outside": told.outside,
    }


def _link(link: Link) -> LinkDocument:
    return {
        "shot": link.shot_id,
        "cause": cause_document(link.cause),
        "behind": [_link(each) for each in link.behind],
        "told": link.told,
    }


def _shown(shown: Shown | None) -> ShownDocument | None:
    return None if shown is None else {"output": shown.output, "attempt": attempt_document(shown.attempt)}
