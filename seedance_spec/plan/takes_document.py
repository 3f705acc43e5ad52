"""The takes of one shot as JSON, versioned, with their schema. Pure: nothing that writes may enter."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from seedance_spec.json_types import JsonObject
from seedance_spec.plan.document import PlaceDocument, place_document
from seedance_spec.plan.json_schema import json_object, schema_of
from seedance_spec.plan.takes import Asked, Choice, ShotTakes, TakeRow

TAKES_FORMAT: Literal["seedance-spec/takes/1"] = "seedance-spec/takes/1"

StateName = Literal["rendered", "in flight", "failed", "unknown", "missing", "pruned", "not submitted", "blocked"]


class TakeDocument(TypedDict):
    """One attempt at a take; `attempt_id` is null for a take that is wanted and was never tried.

    `chosen`: the specs choose it; `shown`: renders/ shows it, at `output`. `spare`: another attempt stands for this
    take. `gone`: given up on. `fuse` is how many seconds the link of a clip that is not here still lives. `usd` is what
    was billed, by the tool's prices; times are Unix seconds.
    """

    take: int
    state: StateName
    chosen: bool
    shown: bool
    spare: bool
    gone: bool
    attempt_id: str | None
    task_id: str | None
    profile: str | None
    seed: int | None
    model_served: str | None
    tokens: int | None
    usd: float | None
    estimate_usd: float | None
    submitted_at: int | None
    finished_at: int | None
    output: str | None
    sha256: str | None
    bytes: int | None
    frames: int | None
    seconds: float | None
    fuse: float | None
    error_class: str | None
    error_code: str | None
    error_message: str | None
    hint: str
    by_callback: bool


class AskedDocument(TypedDict):
    """One request that the shot stood for. `changed` names the fields that are others in the present one."""

    content_hash: str
    present: bool
    profiles: list[str | None]
    changed: list[str]
    takes: list[TakeDocument]


class ChoiceDocument(TypedDict):
    """Which take the specs choose. `span` is the place to edit: that of `pick` where it is `written`, else the shot's
    key. `shared`: the same words choose for other shots too.
    """

    take: int
    attempt_id: str | None
    written: bool
    shared: bool
    span: PlaceDocument | None


class TakesDocument(TypedDict):
    """`choice` is null for a shot that the specs no longer have. The present request comes first, then the newest."""

    format: Literal["seedance-spec/takes/1"]
    shot: str
    profile: str | None
    wanted: int
    choice: ChoiceDocument | None
    requests: list[AskedDocument]


def takes_document(takes: ShotTakes) -> JsonObject:
    """What `takes --json` prints; `takes_schema` describes it."""
    document: TakesDocument = {
        "format": TAKES_FORMAT,
        "shot": takes.shot_id,
        "profile": takes.profile,
        "wanted": takes.wanted,
        "choice": choice_document(takes.choice),
        "requests": [_asked(each) for each in takes.asked],
    }
    return json_object(document)


def takes_schema() -> JsonObject:
    return schema_of(TakesDocument, title="seedance-spec takes --json")


def choice_document(choice: Choice | None) -> ChoiceDocument | None:
    if choice is None:
        return None
    return {
        "take": choice.take,
        "attempt_id": choice.attempt_id,
        "written": choice.written,
        "shared": choice.shared,
        "span": place_document(choice.span),
    }


def take_document(take: TakeRow) -> TakeDocument:
    row, report = take.row, take.report
    return {
        "take": row.take,
        "state": row.state.value,
        "chosen": take.chosen,
        "shown": row.shown,
        "spare": take.spare,
        "gone": take.gone,
        "attempt_id": row.attempt_id,
        "task_id": row.task_id,
        "profile": None if take.attempt is None else take.attempt.label.profile,
        "seed": report.seed,
        "model_served": report.model_served,
        "tokens": row.tokens,
        "usd": row.usd,
        "estimate_usd": row.estimate_usd,
        "submitted_at": row.submitted_at,
        "finished_at": row.finished_at,
        "output": row.output,
        "sha256": row.sha256,
        "bytes": report.bytes,
        "frames": report.frames,
        "seconds": None if take.seconds is None else round(take.seconds, 3),
        "fuse": row.fuse,
        "error_class": row.error_class,
        "error_code": row.error_code,
        "error_message": row.error_message,
        "hint": row.hint,
        "by_callback": row.by_callback,
    }


def _asked(asked: Asked) -> AskedDocument:
    return {
        "content_hash": asked.content_hash,
        "present": asked.present,
        "profiles": list(asked.profiles),
        "changed": [each.field for each in asked.changes],
        "takes": [take_document(each) for each in asked.takes],
    }
