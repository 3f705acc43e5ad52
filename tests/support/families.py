"""Shots that start from other shots, and a receiver of our own that hands out every clip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from seedance_spec.content_hash import content_hash
from seedance_spec.model.shot import Input, InputKind, Part, Shot, ShotSource
from tests.support.deciding import a_shot


def a_child(name: str, *parents: Shot, take: int | str = 1, **overrides: Any) -> Shot:
    """`film/<name>`, which starts from the clips of these shots."""
    inputs = tuple(Input(kind=InputKind.VIDEO, source=_clip(each, take)) for each in parents)
    return a_shot(f"film/{name}", prompt=name, inputs=inputs, **overrides)


def a_chain(length: int) -> list[Shot]:
    """`film/0` … each of which starts from the one before."""
    shots = [a_shot("film/0", prompt="0")]
    for number in range(1, length):
        shots.append(a_child(str(number), shots[-1]))
    return shots


def _clip(parent: Shot, take: int | str) -> ShotSource:
    return ShotSource(content_hash=content_hash(parent.request), take=take, part=Part.VIDEO, shot=parent.id)


@dataclass(slots=True)
class Lender:
    """`attempts.ports.Lending` without a receiver: it remembers what it lent."""

    lent: list[tuple[str, str]] = field(default_factory=list)

    def lend(self, attempt_id: str, sha256: str) -> str:
        self.lent.append((attempt_id, sha256))
        return f"https://studio.test/{attempt_id}/{sha256}"

    def end(self, attempt_id: str) -> None:
        """Nothing is served, so nothing has to end."""
