"""What you meant: a shot and its request, resolved and frozen. Pure: no YAML, no files, no clock may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from seedance_spec.model.money import NO_BUDGET, Budget, Prices
from seedance_spec.model.origin import Origin


class InputKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Role(StrEnum):
    """What an input is for (upstream's words, gateway.md §5.1)."""

    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"
    REFERENCE_IMAGE = "reference_image"
    REFERENCE_VIDEO = "reference_video"
    REFERENCE_AUDIO = "reference_audio"


class Part(StrEnum):
    """Which part of another shot's take is the input."""

    VIDEO = "video"
    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlSource:
    """A URL as written. `sha256` (64 hex) pins its bytes and then stands for it in the content hash."""

    url: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """A local file inside the project. `path` is relative to the project folder with `/`; it is never hashed."""

    path: str
    sha256: str
    bytes: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """A data URI as written; `sha256` is that of its decoded bytes."""

    uri: str
    sha256: str
    bytes: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotSource:
    """Another shot's take, known by content hash before anything is rendered. `take`: a number or an attempt id.

    `shot` is the id of the shot that was meant; it is never hashed.
    """

    content_hash: str
    take: int | str
    part: Part
    shot: str = ""


Source: TypeAlias = UrlSource | FileSource | DataSource | ShotSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One image, video or audio. `role` is None where the author wrote none; `effective_roles` says what it means."""

    kind: InputKind
    source: Source
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is rendered, after all defaults. The first block is the picture (hashed), the second delivery (not hashed).

    `duration` is in seconds; -1 lets the model decide; None exactly when `frames` is set. `camera_fixed` and `draft`
    are None where the author wrote nothing: then they count as False and are not sent.
    """

    model: str
    prompt: str
    inputs: tuple[Input, ...] = ()
    duration: int | None = 5
    frames: int | None = None
    resolution: str = "720p"
    ratio: str = "adaptive"
    seed: int | None = None
    camera_fixed: bool | None = None
    watermark: bool = False
    generate_audio: bool = True
    draft: bool | None = None

    service_tier: str | None = None
    execution_expires_after: int | None = None
    return_last_frame: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One clip to be rendered.

    `id` is the spec file's path under specs/ without suffix, then the shot's key: `ep1/intro/moon-walk`.
    `takes` is how many are wanted (1 …), `pick` the chosen one: a number or an attempt id, None means take 1.
    `profile` is the named overlay it was read under, None for none.
    `origins` tells where each value was written: keys are `id` (the shot's key), `takes`, `pick`, the fields of
    `Request` (`prompt`, `ratio` …) and `inputs[0]` …; a value that nobody wrote has no entry.
    """

    id: str
    request: Request
    takes: int = 1
    pick: int | str | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    profile: str | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What all shots share (specs/project.yaml). `retries` is how often an apply buys a take again by itself when it
    failed for no reason of the request. `prices` are the project's own.
    """

    name: str
    retries: int = 0
    budget: Budget = NO_BUDGET
    prices: Prices = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """Everything that was read: the project and its shots by id, in the order of their files and lines.

    `profile` is the named overlay that all shots were read under, None for none; `profiles` are all that the specs
    have.
    """

    project: Project
    shots: Mapping[str, Shot]
    profile: str | None = None
    profiles: tuple[str, ...] = ()


def effective_roles(inputs: tuple[Input, ...]) -> tuple[Role, ...]:
    """The role that each input plays once unwritten roles are decided.

    A single role-less image starts the clip; among several inputs a role-less one is a reference (upstream refuses
    two role-less images; gateway.md §2).
    """
    alone = len(inputs) == 1
    return tuple(each.role or _unwritten_role(each.kind, alone=alone) for each in inputs)


def _unwritten_role(kind: InputKind, *, alone: bool) -> Role:
    match kind:
        case InputKind.IMAGE:
            return Role.FIRST_FRAME if alone else Role.REFERENCE_IMAGE
        case InputKind.VIDEO:
            return Role.REFERENCE_VIDEO
        case InputKind.AUDIO:
            return Role.REFERENCE_AUDIO
