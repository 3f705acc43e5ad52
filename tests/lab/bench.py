"""Where the cases of one process run: a sandbox, and the client's processes; started when first asked for, so that a
row can be forked before. No fault may enter.
"""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

from tests.lab.world import Film, World, a_process
from tests.lab.zygote import Zygote

EVERY = 20
"""One case of so many starts the interpreter afresh for each run, so that its start and its end are swept too."""


class Bench:
    """`preload` is the library of faults.c, for a row that strikes with it."""

    def __init__(self, scratch: Path, *, preload: Path | None = None) -> None:
        self._scratch = scratch
        self._preload = preload
        self._open: tuple[Zygote, World] | None = None

    @property
    def folder(self) -> Path:
        """A folder of this process alone."""
        return self._scratch / f"bench-{os.getpid()}"

    @property
    def world(self) -> World:
        if self._open is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            zygote = Zygote(self.folder, preload=self._preload)
            world = World(self.folder / "world", launch=zygote.run, clips=self._scratch / "clips")
            self._open = zygote, world
            world.warm()
        return self._open[1]

    def film(self, case: str) -> Film:
        """A fresh project for this case."""
        return self.world.film(launch=a_process if starts_afresh(case) else None)

    def close(self) -> None:
        """End what runs. It may be asked again, and starts again then."""
        if self._open is not None:
            for each in self._open:
                each.close()
            self._open = None
            shutil.rmtree(self.folder, ignore_errors=True)


def starts_afresh(case: str) -> bool:
    return int.from_bytes(sha256(case.encode()).digest()[-4:]) % EVERY == 0
