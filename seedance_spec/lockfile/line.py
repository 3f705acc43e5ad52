"""One fact as one JSON object and back: every field of D1 has its place here. Pure: whole texts and files stay out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import assert_never, get_args, get_type_hints

from seedance_spec.content_hash import is_content_hash
from seedance_spec.json_types import Json, JsonObject
from seedance_spec.lockfile.facts import (
    AliasFact,
    AttemptFact,
    Estimate,
    Fact,
    Label,
    LabelFact,
    ProjectFact,
    Report,
    Reporter,
    Status,
)
from seedance_spec.lockfile.taken import NotAFactError, Taken
from seedance_spec.lockfile.views import source
from seedance_spec.realm import Realm

_REPORT_FIELDS: Mapping[str, type] = {name: get_args(hint)[0] for name, hint in get_type_hints(Report).items()}


def fact_to_json(fact: Fact) -> dict[str, Json]:
    """The object of a line: `kind`, `key`, and whatever is known. Absent values are left out."""
    match fact:
        case AttemptFact():
            known = _attempt_to_json(fact)
        case ProjectFact():
            known = {"kind": "project", "key": fact.project_id}
        case AliasFact():
            known = {"kind": "alias", "key": [fact.content_hash, fact.stands_for]}
        case LabelFact():
            known = _present(
                kind="label", key=[fact.shot, fact.profile], content_hash=fact.content_hash, when=fact.when
            )
        case _:
            assert_never(fact)
    return _overlaid(known, fact.extra)


def fact_from_json(value: JsonObject) -> Fact | None:
    """The fact that an object says; None for a kind that this version does not know. Raises NotAFactError."""
    taken = Taken(value)
    match taken.must("kind", str):
        case "attempt":
            return _attempt_from_json(taken)
        case "project":
            return ProjectFact(project_id=taken.must("key", str), extra=taken.left())
        case "alias":
            one, other = _pair(taken)
            return AliasFact(content_hash=_hash(one, "key"), stands_for=_hash(other, "key"), extra=taken.left())
        case "label":
            return _label_fact_from_json(taken)
        case _:
            return None


def _attempt_to_json(fact: AttemptFact) -> dict[str, Json]:
    return _present(
        kind="attempt",
        key=fact.attempt_id,
        realm=fact.realm.value,
        run=fact.run,
        label=_present(shot=fact.label.shot, profile=fact.label.profile, tags=list(fact.label.tags) or None),
        content_hash=fact.content_hash,
        take=fact.take,
        status=fact.status.value,
        task_id=fact.task_id,
        upstream_ids=list(fact.upstream_ids) or None,
        request=fact.request or None,
        input_video_seconds=fact.input_video_seconds,
        estimate=None if fact.estimate is None else _estimate_to_json(fact.estimate),
        submitted_at=fact.submitted_at,
        made_from=list(fact.made_from) or None,
        reports={reporter.value: _report_to_json(report) for reporter, report in fact.reports.items()} or None,
        source=source(fact),
    )


def _estimate_to_json(estimate: Estimate) -> dict[str, Json]:
    return {"usd": estimate.usd, "tokens": estimate.tokens, "table": estimate.table}


def _report_to_json(report: Report) -> dict[str, Json]:
    return _present(**{each.name: getattr(report, each.name) for each in fields(report)})


def _attempt_from_json(taken: Taken) -> AttemptFact:
    taken.maybe("source", str)  # derived from `reports`; said for people
    return AttemptFact(
        attempt_id=taken.must("key", str),
        realm=taken.word("realm", Realm),
        run=taken.must("run", str),
        label=_label_from_json(taken.inner("label")),
        content_hash=_hash(taken.must("content_hash", str), "content_hash"),
        take=_take(taken.must("take", int)),
        status=taken.word("status", Status),
        task_id=taken.maybe("task_id", str),
        upstream_ids=taken.texts("upstream_ids"),
        request=taken.maybe("request", dict) or {},
        input_video_seconds=taken.number("input_video_seconds"),
        estimate=_estimate_from_json(taken.inner("estimate")),
        submitted_at=taken.maybe("submitted_at", int),
        made_from=taken.texts("made_from"),
        reports=_reports_from_json(taken.inner("reports")),
        extra=taken.left(),
    )


def _label_from_json(label: Taken | None) -> Label:
    if label is None:
        raise NotAFactError("`label` is missing")
    return Label(shot=label.must("shot", str), profile=label.maybe("profile", str), tags=label.texts("tags"))


def _estimate_from_json(estimate: Taken | None) -> Estimate | None:
    if estimate is None:
        return None
    usd = estimate.number("usd")
    if usd is None:
        raise NotAFactError("`usd` is missing", "estimate")
    return Estimate(usd=usd, tokens=estimate.must("tokens", int), table=estimate.must("table", str))


def _reports_from_json(reports: Taken | None) -> Mapping[Reporter, Report]:
    if reports is None:
        return {}
    told = {each: reports.inner(each.value) for each in Reporter}
    return {each: _report_from_json(report) for each, report in told.items() if report is not None}


def _report_from_json(report: Taken) -> Report:
    told = report.names()
    return Report(**{name: report.maybe(name, kind) for name, kind in _REPORT_FIELDS.items() if name in told})


def _label_fact_from_json(taken: Taken) -> LabelFact:
    shot, profile = _pair(taken)
    if not isinstance(shot, str) or not isinstance(profile, str | None):
        raise NotAFactError("`key` must be a shot id and a profile or null", "key")
    moved_to = taken.maybe("content_hash", str)
    return LabelFact(
        shot=shot,
        profile=profile,
        content_hash=None if moved_to is None else _hash(moved_to, "content_hash"),
        when=taken.must("when", int),
        extra=taken.left(),
    )


def _pair(taken: Taken) -> tuple[Json, Json]:
    match taken.must("key", list):
        case [one, other]:
            return one, other
        case _:
            raise NotAFactError("`key` must be a pair", "key")


def _hash(value: Json, field: str) -> str:
    if not isinstance(value, str) or not is_content_hash(value):
        raise NotAFactError(f"`{field}` must be a content hash: v1:…", field)
    return value


def _take(value: int) -> int:
    if value < 1:
        raise NotAFactError("`take` must be 1 or more", "take")
    return value


def _present(**values: Json) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value is not None}


def _overlaid(known: dict[str, Json], extra: JsonObject) -> dict[str, Json]:
    """What is known, and around it what a newer version wrote, at any depth. What is known wins."""
    for name, value in extra.items():
        held = known.get(name)
        if isinstance(held, dict) and isinstance(value, Mapping):
            known[name] = _overlaid({**held}, value)
        elif name not in known:
            known[name] = value
    return known
