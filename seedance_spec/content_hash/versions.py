"""Versions of the content hash side by side: an upgrade renders nothing again (D2). Pure: versions are handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from seedance_spec.content_hash.canonical import content_hash
from seedance_spec.model.shot import Request, Shot, ShotSource

HashOf: TypeAlias = Callable[[Request], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashing:
    """How every version hashes a request, oldest first: the n-th makes `vn:…`. The last one names pictures from now on,
    the others find what was bought under them.
    """

    versions: tuple[HashOf, ...]

    @property
    def newest(self) -> int:
        return len(self.versions)

    def content_hash(self, request: Request) -> str:
        return self.versions[-1](request)

    def pairs(self, shots: Mapping[str, Shot]) -> Iterator[tuple[str, str]]:
        """`(newest, older)` for every shot and every older version: two hashes of one picture. Shots that others start
        from must be among them.
        """
        for older in self.versions[:-1]:
            names = _names(shots, older)
            yield from ((self.content_hash(shot.request), names[shot.id]) for shot in shots.values())


HASHING = Hashing(versions=(content_hash,))
"""Every version that this program knows."""


def _names(shots: Mapping[str, Shot], older: HashOf) -> Mapping[str, str]:
    """What an older version called each shot, by id. Without recursion: a chain may be as long as a film."""
    names: dict[str, str] = {}
    for shot_id in shots:
        path = [] if shot_id in names else [shot_id]
        while path:
            shot = shots[path[-1]]
            waiting = next((each for each in _parents(shot.request) if each not in names), None)
            if waiting is None:
                names[path.pop()] = older(_as_named(shot.request, names))
            else:
                path.append(waiting)
    return names


def _parents(request: Request) -> Iterator[str]:
    for each in request.inputs:
        if isinstance(each.source, ShotSource):
            yield each.source.shot


def _as_named(request: Request, names: Mapping[str, str]) -> Request:
    """The request as the older version saw it: parents count by their hash of that version."""
    inputs = [
        replace(each, source=replace(each.source, content_hash=names[each.source.shot]))
        if isinstance(each.source, ShotSource)
        else each
        for each in request.inputs
    ]
    return replace(request, inputs=tuple(inputs))
