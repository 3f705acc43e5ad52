"""Who is behind a changed value: the layer that wrote it, or the variables inside of it. Pure: it compares, no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from seedance_spec.content_hash import normal_text
from seedance_spec.json_types import Json
from seedance_spec.model.origin import Origin, Piece, Use
from seedance_spec.model.shot import Shot
from seedance_spec.plan.change import Author, AuthorKind
from seedance_spec.specfiles.diagnostic import Span

_HOLE = "\ue000"
"""Stands for a variable in a text: a character that no text is meant to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blamed:
    """An author, and the place to edit; None where that is no file."""

    author: Author
    span: Span | None


def span_of(shot: Shot, field: str) -> Span | None:
    """Where a field is written; a value that nobody wrote is answered for by the shot's key."""
    origin = shot.origins.get(field) or shot.origins.get("id")
    return origin.span if origin else None


def blamed(shot: Shot, field: str, before: Json, after: Json) -> tuple[Blamed, ...]:
    """Who made `before` into `after`: the variables in it, where the text around them is the same; else its layer."""
    origin = shot.origins.get(field)
    if origin is None:
        return (Blamed(author=Author(kind=AuthorKind.SHOT), span=span_of(shot, field)),)
    return tuple(_variables(origin.pieces, before, after)) or (_layer(origin),)


def _layer(origin: Origin) -> Blamed:
    return Blamed(author=Author(kind=AuthorKind(origin.kind.value), name=origin.name), span=origin.span)


def _variables(pieces: Sequence[Piece], before: Json, after: Json) -> Iterator[Blamed]:
    """The variables that changed. Nothing where the text around them did, or where it cannot be told which of them."""
    uses = [each for each in pieces if isinstance(each, Use)]
    if len(pieces) == 1 and uses:
        yield from _deepest(uses[0], before, after)
    elif uses and isinstance(before, str) and isinstance(after, str):
        new = {use.name: normal_text(use.text) for use in uses}
        text = _Text.of(pieces)
        if text.filled(new) == after:
            for name, old in text.change(before, new).items():
                yield from _deepest(next(use for use in uses if use.name == name), old, new[name])


def _deepest(use: Use, before: Json, after: Json) -> Iterator[Blamed]:
    """The variable, or those that its own text is made of."""
    within = [*_variables(use.pieces, before, after)]
    if within:
        yield from within
        return
    author = Author(kind=AuthorKind(use.kind.value), name=use.name, before=before, after=after)
    yield Blamed(author=author, span=use.span)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A text with holes: `literals` stand before, between and after them, `names` are the variables in them."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> _Text:
        holed = normal_text("".join(each if isinstance(each, str) else _HOLE for each in pieces))
        names = tuple(each.name for each in pieces if isinstance(each, Use))
        return cls(literals=tuple(holed.split(_HOLE)), names=names)

    def filled(self, values: Mapping[str, str]) -> str:
        first, *others = self.literals
        return first + "".join(values[name] + literal for name, literal in zip(self.names, others, strict=False))

    def change(self, before: str, values: Mapping[str, str]) -> Mapping[str, str]:
        """The old values of the variables that made `before` into the text with `values`; empty where that cannot be
        told: one variable alone if one alone explains it, else all that differ, if there is one way to cut the text.
        """
        alone = {name: old for name in values if (old := self._only(name, before, values)) is not None}
        if alone:
            return alone if len(alone) == 1 else {}
        cut = _cut(self.literals, before)
        if cut is None or cut != _cut_from_the_end(self.literals, before):
            return {}
        were = dict(zip(self.names, cut, strict=True))
        if self.filled(were) != before:
            return {}
        return {name: value for name, value in were.items() if value != values[name]}

    def _only(self, name: str, before: str, values: Mapping[str, str]) -> str | None:
        """The value of one variable that gives `before`, the others being what they are now."""
        rest = self.filled({**values, name: ""})
        count = self.names.count(name)
        length, odd = divmod(len(before) - len(rest), count)
        start = len(self._before(name, values))
        old = before[start : start + length]
        fits = length >= 0 and not odd and self.filled({**values, name: old}) == before
        return old if fits else None

    def _before(self, name: str, values: Mapping[str, str]) -> str:
        """What stands before the first hole of a variable."""
        place = self.names.index(name)
        return _Text(literals=self.literals[: place + 1], names=self.names[:place]).filled(values)


def _cut(literals: Sequence[str], text: str) -> list[str] | None:
    """What stands between the literals, each taken as early as it can; None where they do not stand in this order."""
    first, *middle, last = literals
    if not text.startswith(first) or not text.endswith(last) or len(first) + len(last) > len(text):
        return None
    at, end = len(first), len(text) - len(last)
    found: list[str] = []
    for literal in middle:
        place = text.find(literal, at, end)
        if place < 0:
            return None
        found.append(text[at:place])
        at = place + len(literal)
    return [*found, text[at:end]]


def _cut_from_the_end(literals: Sequence[str], text: str) -> list[str] | None:
    """The same, each literal taken as late as it can: only where both agree, there is one way to cut."""
    turned = _cut([each[::-1] for each in reversed(literals)], text[::-1])
    return None if turned is None else [each[::-1] for each in reversed(turned)]
