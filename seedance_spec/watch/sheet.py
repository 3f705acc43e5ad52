"""What one look at the project found, as far as a watch acts on it. Pure values: they are made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[str, int]
"""A take of a picture: content hash and number. What is bought once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """`dirty` are the paths, from the project folder, that differ from the commit `head`."""

    head: str = ""
    dirty: frozenset[str] = frozenset()


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
