"""The four kinds of fact (D1), frozen and typed. Pure: no text format, no file and no clock may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seedance_spec.json_types import Json, JsonObject
from seedance_spec.realm import Realm


class Status(StrEnum):
    """Where an attempt stands. Facts only move forward, in this order."""

    UNKNOWN = "unknown"
    NOT_LANDED = "not_landed"
    LANDED = "landed"
    SUBMITTED = "submitted"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    GONE = "gone"


class Reporter(StrEnum):
    """Who said it. What the gateway said beats what was imported by hand, and that beats a callback."""

    CALLBACK = "callback"
    IMPORTED = "imported"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the shot was called when it was submitted."""

    shot: str
    profile: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What an attempt was expected to cost when it was submitted: US dollars, and the price table that said so."""

    usd: float
    tokens: int
    table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one reporter said of an attempt's outcome. Times are Unix seconds; digests 64 hex; tokens as billed."""

    model_served: str | None = None
    seed: int | None = None
    service_tier: str | None = None
    tokens: int | None = None
    quota: int | None = None
    error_class: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    finished_at: int | None = None
    output: str | None = None
    bytes: int | None = None
    frames: int | None = None
    last_frame: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFact:
    """One POST that may cost or has cost money. `reports` keeps each reporter's words apart: so folding is order-free.

    `request` is `content_hash.display_request(...)`: the canonical request with URLs as digest, host and path.
    `submitted_at` is Unix seconds: the gateway's own time where it gave one, else ours at the POST.
    `made_from` holds the SHA-256 of the parents' clips. `extra` holds fields that a newer version wrote.
    """

    attempt_id: str
    realm: Realm
    run: str
    label: Label
    content_hash: str
    take: int
    status: Status
    task_id: str | None = None
    upstream_ids: tuple[str, ...] = ()
    request: JsonObject = field(default_factory=dict)
    input_video_seconds: float | None = None
    estimate: Estimate | None = None
    submitted_at: int | None = None
    made_from: tuple[str, ...] = ()
    reports: Mapping[Reporter, Report] = field(default_factory=dict)
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFact:
    """A random project id. After a merge of two projects there are two, and all are ours."""

    project_id: str
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasFact:
    """One content hash stands for another (hash versions, D2)."""

    content_hash: str
    stands_for: str
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFact:
    """A label moved without an attempt (rename, drop, revert). `content_hash` None: dropped. `when` is Unix seconds."""

    shot: str
    profile: str | None
    content_hash: str | None
    when: int
    extra: Mapping[str, Json] = field(default_factory=dict)


Fact = AttemptFact | ProjectFact | AliasFact | LabelFact
