"""Where a value comes from: the layer that wrote it, its place, and the variables in it. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from seedance_spec.specfiles.diagnostic import Span


class OriginKind(StrEnum):
    """Who wrote a value. The first four are layers of a shot, from the bottom up; the others are kinds of variables."""

    PROJECT = "project default"
    DEFAULT = "default"
    SHOT = "shot"
    PROFILE = "profile"
    VARIABLE = "variable"
    MATRIX = "matrix"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One variable inside a text. `text` is what stands there in its place.

    `span` is where the variable is written, None for the environment and the command line. `pieces` is what its own
    text is made of, where that holds variables; else empty.
    """

    name: str
    kind: OriginKind
    span: Span | None
    text: str
    pieces: tuple[Piece, ...] = ()


Piece: TypeAlias = str | Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where one value of a shot was written. `name` is the profile's; `pieces` is what a text with variables is made of
    (texts and uses in turn), empty for one without.
    """

    span: Span
    kind: OriginKind = OriginKind.SHOT
    name: str = ""
    pieces: tuple[Piece, ...] = ()
