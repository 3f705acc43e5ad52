"""Rows `kill` and `kill_bug`: SIGKILL under flood. What was answered with 200 must be in the file afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.hostile.record import Outcome
from tests.hostile.served import Served
from tests.hostile.wire import Load, flood

LEAST = 2_000
CONNECTIONS = 64
SECONDS = 60.0


def killed_under_flood(served: Served, *, name: str, least: int) -> tuple[int, int]:
    """How many callbacks were acknowledged before the receiver was killed, and how many of them are lost.

    Answers that were on their way when it was struck still count: their callbacks must be there too.
    """
    load = Load(name=name, least=least, reached=served.strike)
    with served:
        asyncio.run(flood(served.port, load, connections=CONNECTIONS, seconds=SECONDS))
        served.reap()
    kept = {upstream_id for _, upstream_id in served.kept()}
    return len(load.acknowledged), len(load.acknowledged - kept)


class Kill:
    """A drawn number of acknowledged callbacks, then the end; and the file serves again."""

    goal = 25

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def cases(self) -> Iterator[str]:
        return map(str, range(1, self.goal + 1))

    def run(self, case: str) -> Outcome:
        least = LEAST + Random(f"kill {case}").randrange(500)
        served = Served(self._scratch / case)
        acknowledged, lost = killed_under_flood(served, name=f"k{case}", least=least)
        with Served(self._scratch / case) as again:
            serves_again = again.answers()
        return Outcome(
            counts={"kills": 1, "acknowledged": acknowledged, "lost": lost},
            failed=lost > 0 or not serves_again,
            note=f"{lost} of {acknowledged} acknowledged are lost" + ("" if serves_again else "; it serves no more"),
        )

    def close(self) -> None:
        """Each case has ended its own."""


class KillBug:
    """The same with the seeded bug: the check is blind where nothing is found lost."""

    goal = 3

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def cases(self) -> Iterator[str]:
        return map(str, range(1, self.goal + 1))

    def run(self, case: str) -> Outcome:
        served = Served(self._scratch / case, changed="ack-before-commit")
        acknowledged, lost = killed_under_flood(served, name=f"b{case}", least=LEAST)
        return Outcome(
            counts={"caught": int(lost > 0), "acknowledged": acknowledged, "lost": lost},
            failed=lost == 0,
            note=f"{lost} of {acknowledged} acknowledged are lost",
        )

    def close(self) -> None:
        """Each case has ended its own."""
