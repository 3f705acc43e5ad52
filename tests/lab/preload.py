"""The library that strikes inside the client (faults.c): how it is built and told what to do. No row may enter."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COMPILER = "cc"
SOURCE = Path(__file__).with_name("faults.c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """At the `at`-th call of that name, over all threads: the death of the process, or an errno (by its name).

    `lasts`: every later call of that name fails too.
    """

    call: str
    at: int
    error: str | None = None
    lasts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preload:
    """The built library, and the folder of what it writes."""

    library: Path
    folder: Path

    @classmethod
    def built(cls, folder: Path) -> Preload:
        """Compile faults.c into the folder. Raises CalledProcessError, with the compiler's words on stderr."""
        folder.mkdir(parents=True, exist_ok=True)
        library = folder / "faults.so"
        words = [COMPILER, "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl", "-lpthread"]
        subprocess.run(words, check=True)
        return cls(library=library, folder=folder)

    def counting(self, root: Path) -> Mapping[str, str]:
        return {**self._environment(root), "LAB_COUNTS": str(self._counts)}

    def counts(self) -> dict[str, int]:
        """How many calls of each name the last run made that was counted."""
        lines = self._counts.read_text(encoding="ascii").split()
        return {name: int(count) for name, count in zip(lines[::2], lines[1::2], strict=True)}

    def recording(self, root: Path, to: Path) -> Mapping[str, str]:
        return {**self._environment(root), "LAB_RECORD": str(to)}

    def striking(self, root: Path, strike: Strike) -> Mapping[str, str]:
        self._said.unlink(missing_ok=True)
        acts = "kill" if strike.error is None else str(getattr(errno, strike.error))
        lasts = {"LAB_LASTS": "1"} if strike.lasts else {}
        told = {"LAB_CALL": strike.call, "LAB_AT": str(strike.at), "LAB_DO": acts, "LAB_SAID": str(self._said)}
        return {**self._environment(root), **told, **lasts}

    def struck(self, root: Path) -> str | None:
        """What was struck ("fsync 12 specs/seedance.sandbox.lock"); None where the run was over before."""
        try:
            said = self._said.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        return said.splitlines()[0].replace(f"{os.path.realpath(root)}/", "")

    def _environment(self, root: Path) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "LAB_ROOT": os.path.realpath(root)}

    @property
    def _said(self) -> Path:
        return self.folder / "said"

    @property
    def _counts(self) -> Path:
        return self.folder / "counts"
