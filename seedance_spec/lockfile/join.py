"""How two facts of one key become one, whatever came first. Pure: the values decide, never their order or origin.

Every join here is commutative, associative and idempotent, so that any union of lockfiles, in any order, is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from seedance_spec.canonical import canonical_json
from seedance_spec.json_types import Json, JsonObject
from seedance_spec.lockfile.facts import (
    AliasFact,
    AttemptFact,
    Estimate,
    Label,
    LabelFact,
    ProjectFact,
    Report,
    Reporter,
    Status,
)
from seedance_spec.lockfile.secrets import scrub_report

T = TypeVar("T")
N = TypeVar("N", int, float, str)

_FORWARD = {status: place for place, status in enumerate(Status)}
_REPORT_FIELDS = tuple(field.name for field in fields(Report))


def join_attempts(one: AttemptFact, other: AttemptFact) -> AttemptFact:
    """Field by field: the later status, the earlier time, the smaller value, every id; what is there beats nothing."""
    return AttemptFact(
        attempt_id=min(one.attempt_id, other.attempt_id),
        realm=min(one.realm, other.realm),
        run=min(one.run, other.run),
        label=min(one.label, other.label, key=_label_order),
        content_hash=min(one.content_hash, other.content_hash),
        take=min(one.take, other.take),
        status=max(one.status, other.status, key=_FORWARD.__getitem__),
        task_id=_smaller(one.task_id, other.task_id),
        upstream_ids=_union(one.upstream_ids, other.upstream_ids),
        request=_smaller_object(one.request, other.request),
        input_video_seconds=_smaller(one.input_video_seconds, other.input_video_seconds),
        estimate=_smaller_estimate(one.estimate, other.estimate),
        submitted_at=_smaller(one.submitted_at, other.submitted_at),
        made_from=_union(one.made_from, other.made_from),
        reports=_join_reports(one.reports, other.reports),
        extra=join_json_objects(one.extra, other.extra),
    )


def settle_attempt(fact: AttemptFact) -> AttemptFact:
    """The fact as it comes out of a join with itself, and without anything secret in others' words."""
    reports = {reporter: scrub_report(report) for reporter, report in fact.reports.items()}
    upstream_ids, made_from = _union(fact.upstream_ids, ()), _union(fact.made_from, ())
    if (reports, upstream_ids, made_from) == (fact.reports, fact.upstream_ids, fact.made_from):
        return fact
    return replace(fact, reports=reports, upstream_ids=upstream_ids, made_from=made_from)


def join_projects(one: ProjectFact, other: ProjectFact) -> ProjectFact:
    return replace(one, extra=join_json_objects(one.extra, other.extra))


def join_aliases(one: AliasFact, other: AliasFact) -> AliasFact:
    return replace(one, extra=join_json_objects(one.extra, other.extra))


def join_labels(one: LabelFact, other: LabelFact) -> LabelFact:
    """The newest move stands, then the smallest hash; a hash beats none."""
    if _move_order(one) == _move_order(other):
        return replace(one, extra=join_json_objects(one.extra, other.extra))
    return min(one, other, key=_move_order)


def join_json_objects(one: JsonObject, other: JsonObject) -> JsonObject:
    """Every key of both; where both say something else: objects join, of other values the smaller text stays."""
    if not one or not other:
        return one or other
    return {key: _join_json(one, other, key) for key in one.keys() | other.keys()}


def join_values(one: Report, other: Report) -> Report:
    """Field by field the smaller value; what is there beats nothing."""
    return Report(**_zip_fields(one, other, _smaller))


def prefer(first: Report, second: Report) -> Report:
    """Field by field what `first` says, else what `second` says."""
    return Report(**_zip_fields(first, second, lambda one, other: other if one is None else one))


def _zip_fields(one: Report, other: Report, choose: Any) -> dict[str, Any]:
    return {name: choose(getattr(one, name), getattr(other, name)) for name in _REPORT_FIELDS}


def _join_reports(one: Mapping[Reporter, Report], other: Mapping[Reporter, Report]) -> Mapping[Reporter, Report]:
    both = {reporter: join_values(one[reporter], other[reporter]) for reporter in one.keys() & other.keys()}
    return {**one, **other, **both}


def _join_json(one: JsonObject, other: JsonObject, key: str) -> Json:
    if key not in one or key not in other:
        return one.get(key, other.get(key))
    left, right = one[key], other[key]
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return join_json_objects(left, right)
    return min(left, right, key=canonical_json)


def _smaller(one: N | None, other: N | None) -> N | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _smaller_object(one: JsonObject, other: JsonObject) -> JsonObject:
    if not one or not other or one is other:
        return one or other
    return min(one, other, key=canonical_json)


def _smaller_estimate(one: Estimate | None, other: Estimate | None) -> Estimate | None:
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda each: (each.usd, each.tokens, each.table))


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def _label_order(label: Label) -> tuple[str, bool, str, tuple[str, ...]]:
    return label.shot, label.profile is not None, label.profile or "", label.tags


def _move_order(move: LabelFact) -> tuple[int, bool, str]:
    return -move.when, move.content_hash is None, move.content_hash or ""
