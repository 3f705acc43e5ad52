"""How files and folders look from outside, as git's index sees them. Nothing is opened; only what a bare start has."""

from __future__ import annotations

import os
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

BYTES = 32
"""What one sight takes: size, time of the last change, time of the last change of anything, inode."""

_ABSENT = (-1, -1, -1, -1)
_SIGNED = 0x7FFF_FFFF_FFFF_FFFF


def look(paths: Iterable[bytes]) -> bytes:
    """One sight after the other. What is not there, or not to be seen, has a sight of its own."""
    found, see = array("q"), os.stat
    add = found.extend
    for path in paths:
        try:
            seen = see(path)
        except OSError:
            add(_ABSENT)
        else:
            add((seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino & _SIGNED))
    return found.tobytes()


def older(sights: bytes, stamp: int) -> bool:
    """Whether everything seen is older than the stamp: git's racy rule.

    What was changed at the stamp's own tick of the clock, or later, may change again without looking any different.
    """
    numbers = array("q", sights)
    return max(numbers[1::4], default=-1) < stamp and max(numbers[2::4], default=-1) < stamp
