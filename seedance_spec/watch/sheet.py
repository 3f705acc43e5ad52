"""What one look at the project found, as far as a watch acts on it. Pure values: they are made elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[str, int]
"""A take of a picture: content hash and number. What is bought once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What git says at one moment. `dirty` are the paths, from the project folder, that differ from the commit `head`;
    `tracked` those that git knows, None where nobody asks it. While it is not `settled` git is in the middle of
    something (a rebase, a merge), and its commits are no one's last word.
    """

    head: str = ""
    dirty: frozenset[str] = frozenset()
    tracked: frozenset[str] | None = None
    settled: bool = True

    def holds(self, files: Collection[str], *, optional: str) -> bool:
        """Whether all of these files are in the commit as they are here; the `optional` one may be nowhere."""
        if not self.settled or not self.dirty.isdisjoint(files):
            return False
        return self.tracked is None or all(file in self.tracked for file in files if file != optional)

    def until(self, later: Commit) -> Commit:
        """What holds for specs that were read between the two: what differs in either is not committed, and a commit
        that was made meanwhile counts from the next look on.
        """
        settled = self.settled and later.settled and self.tracked == later.tracked
        return Commit(head=self.head, dirty=self.dirty | later.dirty, tracked=self.tracked, settled=settled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buy:
    """One shot's takes that would be paid for, all of one content hash.

    `usd` is what they come to at the upper end, retries included. `parents` are the shots that it starts from and whose
    clips are not here. `clean` tells that everything it is made of is committed.
    """

    shot_id: str
    keys: frozenset[Key]
    usd: float = 0.0
    parents: frozenset[str] = frozenset()
    clean: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """One attempt on record that can still bring a clip; `renders` tells that it is under way at the gateway."""

    attempt_id: str
    shot_id: str
    key: Key
    renders: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`wanted` is every take that the specs ask for now. `free` names the rows that cost nothing and are not done yet.
    `refused` is why nothing may be bought, empty where it may. `head` is the commit at which it was looked.
    """

    buys: tuple[Buy, ...] = ()
    follows: tuple[Follow, ...] = ()
    free: frozenset[str] = frozenset()
    wanted: frozenset[Key] = frozenset()
    refused: str = ""
    head: str = ""

    @property
    def bought(self) -> frozenset[Key]:
        """Every take that would be paid for."""
        return frozenset(self.prices)

    @property
    def prices(self) -> Mapping[Key, float]:
        """The same, each with its share of what its shot may come to."""
        return {key: buy.usd / len(buy.keys) for buy in self.buys for key in buy.keys}
