"""A saved plan as JSON: what is written, its schema, and reading it back with the place of every fault. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import Json, JsonObject
from seedance_spec.lockfile.facts import Estimate
from seedance_spec.model.given import Given
from seedance_spec.plan.change import Action
from seedance_spec.plan.document import ActionName, EstimateDocument
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.saved import Asked, SavedPlan, SavedRow
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.found import SpecFile
from seedance_spec.specfiles.nodes import Mapping, Node, Sequence
from seedance_spec.specfiles.positions import whole_file

SAVED_FORMAT: Literal["seedance-spec/saved-plan/1"] = "seedance-spec/saved-plan/1"
_FAMILY = "seedance-spec/saved-plan/"
_HINT = "save it again: seedance-spec plan -o FILE"


class GivenFileDocument(TypedDict):
    """A file of `--var-file`, with its text as it was."""

    path: str
    text: str


class GivenDocument(TypedDict):
    """What the specs were read with: `variables` from `--var`; of the environment only what the specs use. No secrets:
    a plan with a value that looks like a key is not saved.
    """

    profile: str | None
    variables: dict[str, str]
    environment: dict[str, str]
    files: list[GivenFileDocument]


class AskedDocument(TypedDict):
    """What the command line of the plan allowed and chose, as it was typed."""

    retry_failed: bool
    retake: list[str]
    cascade: bool
    select: list[str]
    exclude: list[str]


class SavedRowDocument(TypedDict):
    """One take of one shot. It goes as long as the shot resolves to `content_hash` and the attempt that stood at this
    take is still `rests_on` (null: none). `most_usd` is the upper end of the price with every planned retry; `request`
    what was wanted, as the lockfile shows it, empty for a row that no shot asked for.
    """

    shot: str
    take: int
    action: ActionName
    pays: bool
    follows: str | None
    content_hash: str
    rests_on: str | None
    estimate: EstimateDocument | None
    most_usd: float | None
    request: dict[str, object]


class SavedTotalsDocument(TypedDict):
    """Sums over the rows that pay: what applying the plan agrees to."""

    paid: int
    usd: float
    most_usd: float


class SavedPlanDocument(TypedDict):
    """`created_at` is Unix seconds."""

    format: Literal["seedance-spec/saved-plan/1"]
    project: str
    realm: Literal["paid", "sandbox"]
    created_at: int
    given: GivenDocument
    asked: AskedDocument
    rows: list[SavedRowDocument]
    totals: SavedTotalsDocument


def saved_document(saved: SavedPlan) -> JsonObject:
    """What `plan -o` writes; `saved_plan_schema` describes it."""
    given, asked = saved.given, saved.asked
    document: SavedPlanDocument = {
        "format": SAVED_FORMAT,
        "project": saved.project,
        "realm": saved.realm.value,
        "created_at": saved.created_at,
        "given": {
            "profile": given.profile,
            "variables": dict(given.arguments),
            "environment": dict(given.environment),
            "files": [{"path": file.path, "text": file.text} for file in given.files],
        },
        "asked": {
            "retry_failed": asked.retry_failed,
            "retake": list(asked.retake),
            "cascade": asked.cascade,
            "select": list(asked.select),
            "exclude": list(asked.exclude),
        },
        "rows": [_row(row) for row in saved.rows],
        "totals": {
            "paid": len(saved.paid),
            "usd": round(sum(row.estimate.usd for row in saved.paid if row.estimate), 6),
            "most_usd": round(saved.most_usd, 6),
        },
    }
    return json_object(document)


def saved_plan_schema() -> JsonObject:
    return schema_of(SavedPlanDocument, title="seedance-spec plan --out")


def is_saved_plan(text: str) -> bool:
    """Whether a text is one of ours, of any version, however the rest of it fares."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return _is_ours(document)


def read_saved_plan(file: str, text: str) -> SavedPlan | Diagnostic:
    """The plan in a text, or the first thing that is wrong with it, at its place. `file` is its name as typed."""
    try:
        document = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        span = Span(file=file, line=error.lineno, column=error.colno, end_line=error.lineno, end_column=error.colno)
        return _fault(f"this is not JSON: {error.msg[0].lower()}{error.msg[1:]}", span)
    except (ValueError, RecursionError):
        return _fault("this is not JSON that can be read", whole_file(file))
    if not _is_ours(document):
        return _fault("this is no saved plan", _span_at(file, text, ["format"]))
    if document["format"] != SAVED_FORMAT:
        newer = f"this plan was saved by another version of seedance-spec: {document['format']}"
        return _fault(newer, _span_at(file, text, ["format"]))
    return _checked(file, text, document)


def _checked(file: str, text: str, document: JsonObject) -> SavedPlan | Diagnostic:
    from pydantic import TypeAdapter, ValidationError

    try:
        whole = TypeAdapter(SavedPlanDocument).validate_python(document, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        said = f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}"
        return _fault(f"the saved plan is damaged: {said}", _span_at(file, text, first["loc"]))
    return _plan(whole)


def _plan(document: SavedPlanDocument) -> SavedPlan:
    given, asked = document["given"], document["asked"]
    return SavedPlan(
        project=document["project"],
        realm=Realm(document["realm"]),
        created_at=document["created_at"],
        given=Given(
            profile=given["profile"],
            files=tuple(SpecFile(path=each["path"], text=each["text"]) for each in given["files"]),
            environment=given["environment"],
            arguments=given["variables"],
        ),
        asked=Asked(
            retry_failed=asked["retry_failed"],
            retake=tuple(asked["retake"]),
            cascade=asked["cascade"],
            select=tuple(asked["select"]),
            exclude=tuple(asked["exclude"]),
        ),
        rows=tuple(_saved_row(row) for row in document["rows"]),
    )


def _row(row: SavedRow) -> SavedRowDocument:
    estimate = row.estimate
    return {
        "shot": row.shot_id,
        "take": row.take,
        "action": row.action.value,
        "pays": row.pays,
        "follows": row.follows,
        "content_hash": row.content_hash,
        "rests_on": row.rests_on,
        "estimate": {"usd": estimate.usd, "tokens": estimate.tokens, "table": estimate.table} if estimate else None,
        "most_usd": row.most_usd,
        "request": dict(row.request),
    }


def _saved_row(row: SavedRowDocument) -> SavedRow:
    estimate = row["estimate"]
    return SavedRow(
        shot_id=row["shot"],
        take=row["take"],
        action=Action(row["action"]),
        content_hash=row["content_hash"],
        pays=row["pays"],
        follows=row["follows"],
        rests_on=row["rests_on"],
        estimate=Estimate(**estimate) if estimate else None,
        most_usd=row["most_usd"],
        request=json_object(row["request"]),
    )


def _no_number(name: str) -> float:
    """NaN and Infinity are no JSON, and no price. Raises ValueError."""
    raise ValueError(name)


def _is_ours(document: Json) -> bool:
    match document:
        case {"format": str(name)}:
            return name.startswith(_FAMILY)
        case _:
            return False


def _fault(message: str, span: Span) -> Diagnostic:
    return Diagnostic(code="not-a-saved-plan", message=message, span=span, hint=_HINT)


def _span_at(file: str, text: str, path: Iterable[str | int]) -> Span:
    """Where a value stands: JSON is YAML too, and our YAML knows its places. The nearest that can be found."""
    from seedance_spec.specfiles.located import read_yaml

    node: Node | None = read_yaml(file, text)[0]
    span = whole_file(file) if node is None else _head(node)
    for step in path:
        match node, step:
            case Mapping(), str():
                node = node.get(step)
            case Sequence(items=items), int() if step < len(items):
                node = items[step]
            case _:
                node = None
        if node is None:
            break
        span = _head(node)
    return span


def _head(node: Node) -> Span:
    """The first character of a value: a row may be long."""
    span = node.span
    return replace(span, end_line=span.line, end_column=span.column + 1)
