"""What a project at rest was like, file by file: what a plan of a few edited files is made from. Pure: values only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import TypeAlias

Place: TypeAlias = tuple[int, int]
"""The byte at which a line of the lockfile begins, and its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A project in which nothing was to be done. A spec file goes by its folder of ids: `ep1/intro`.

    `listing` is what lay under specs/; `specs` has the folder of each spec file by its whole path. `groups` are folders
    whose shots start from one another. `holders` tells for every content hash, wanted or on record, which folders it
    belongs to; `lines` where the facts of a folder stand in the lockfile. `lessons` are what finished takes taught of
    prices, `shots` how many shots and wanted takes each folder has, `profiles` the overlays that the specs have.
    """

    listing: str
    specs: Mapping[str, str]
    groups: Sequence[Sequence[str]]
    holders: Mapping[str, Sequence[str]]
    lines: Mapping[str, Sequence[Place]]
    lessons: Sequence[Sequence[str | int | float | None]]
    shots: Mapping[str, tuple[int, int]]
    profiles: Sequence[str]

    @classmethod
    def read(cls, text: str) -> Base:
        """Of what `text` wrote; the file that holds it has a checksum, and is no other version's."""
        return cls(**json.loads(text))

    def text(self) -> str:
        return json.dumps({each.name: getattr(self, each.name) for each in fields(self)}, separators=(",", ":"))

    def around(self, folders: Iterable[str]) -> frozenset[str]:
        """These, and all whose shots start from theirs or the other way round, however long the chain is."""
        asked = frozenset(folders)
        return asked.union(*(group for group in self.groups if not asked.isdisjoint(group)))

    def places(self, folders: Iterable[str]) -> list[Place]:
        """Where the facts of these stand."""
        return sorted((start, size) for folder in folders for start, size in self.lines.get(folder, ()))

    def is_known_elsewhere(self, hashes: Iterable[str], folders: frozenset[str]) -> bool:
        """Whether one of these hashes belongs to another folder too."""
        return not folders.issuperset(chain.from_iterable(self.holders.get(each, ()) for each in hashes))

    def beside(self, folders: frozenset[str]) -> tuple[int, int, int]:
        """How many shots, files and wanted takes the others have."""
        others = [counted for folder, counted in self.shots.items() if folder not in folders]
        return sum(shots for shots, _ in others), len(others), sum(takes for _, takes in others)


def folder_of_id(shot_id: str) -> str:
    """The folder of a shot, by its id; that of a matrix's shot too, whatever its values are."""
    return shot_id.partition("@")[0].rpartition("/")[0]


def joined(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The groups that pairs make: who is in one with somebody is in it with all of theirs. Nobody is alone in one."""
    groups: dict[str, set[str]] = {}
    for one, other in pairs:
        if one != other:
            group = groups.get(one, {one}) | groups.get(other, {other})
            groups.update(dict.fromkeys(group, group))
    return [sorted(group) for group in {id(each): each for each in groups.values()}.values()]
