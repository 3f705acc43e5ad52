"""Why a shot of a matrix is new: a value that an axis gained, at its place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seedance_spec.model.origin import OriginKind, Piece, Use
from seedance_spec.model.shot import Shot
from seedance_spec.plan.blame import span_of
from seedance_spec.plan.change import Author, AuthorKind, Cause
from seedance_spec.plan.world import World


def gained_causes(world: World, shot: Shot) -> Iterator[Cause]:
    """One cause for every value that no shot of this matrix had before; nothing where the whole matrix is new."""
    base, at, pairs = shot.id.partition("@")
    known = world.known_values.get(base, frozenset()) if at else frozenset()
    for pair in pairs.split(",") if known else ():
        if pair not in known:
            axis, _, name = pair.partition("=")
            use = _use(shot, axis)
            value = use.text if use is not None and use.name == f"matrix.{axis}" else name
            yield Cause(
                field="matrix",
                after=value,
                span=use.span if use is not None else span_of(shot, "id"),
                text=f"its axis {axis} gained {value}",
                author=Author(kind=AuthorKind.MATRIX, name=f"matrix.{axis}", after=value),
            )


def _use(shot: Shot, axis: str) -> Use | None:
    """Where the shot uses the axis: that knows the value's place. The value itself before one of its fields."""
    name = f"matrix.{axis}"
    uses = [use for origin in shot.origins.values() for use in _uses(origin.pieces)]
    ours = [use for use in uses if use.name == name or use.name.startswith(f"{name}.")]
    return min(ours, key=lambda use: len(use.name), default=None)


def _uses(pieces: Iterable[Piece]) -> Iterator[Use]:
    for piece in pieces:
        if isinstance(piece, Use) and piece.kind is OriginKind.MATRIX:
            yield piece
