"""What a fault can do to a call or a task, as values. Pure: no I/O may enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class SayA:
    """A middleware refusal; `text` is a key of answers.TEXTS."""

    status: int
    text: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SayB:
    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SayHtml:
    """A proxy in front answers instead of the gateway."""

    status: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRefuses:
    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFails:
    """The task ends `failed`; `early` before anything was rendered."""

    code: str
    message: str
    early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskExpires:
    """The upstream gives the task up; the gateway shows 30 % until its sweep, which `minutes` may bring forward."""

    minutes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slower:
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCallback:
    """The upstream is not able to reach the receiver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseReply:
    """The task exists and is charged; the connection is cut, or held open and never answered."""

    hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksDead:
    """Stored results count as expired."""


Effect: TypeAlias = (
    SayA | SayB | SayHtml | UpstreamRefuses | TaskFails | TaskExpires | Slower | NoCallback | LoseReply | LinksDead
)
