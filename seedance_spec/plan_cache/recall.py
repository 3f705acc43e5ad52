"""A remembered answer, and whether all still looks as it did. It opens one file; no import that costs may enter."""

from __future__ import annotations

import os

from seedance_spec.plan_cache.kept import ANSWER, name_of, unpacked
from seedance_spec.plan_cache.sight import BYTES, look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = (".seedance", "cache")
_STEP = 512


class Answer:
    """What was said, for stdout and stderr, and how each path looked then."""

    __slots__ = ("_paths", "_sights", "said")

    def __init__(self, paths: Sequence[bytes], sights: bytes, said: tuple[str, str]) -> None:
        self._paths = paths
        self._sights = sights
        self.said = said

    def holds(self) -> bool:
        """Whether everything looks as it did. The first difference ends the search."""
        return all(map(self._holds_from, range(0, len(self._paths), _STEP)))

    def changed(self) -> list[bytes]:
        """Every path that looks different."""
        seen = look(self._paths)
        return [
            path
            for start, path in enumerate(self._paths)
            if seen[start * BYTES : (start + 1) * BYTES] != self._sights[start * BYTES : (start + 1) * BYTES]
        ]

    def _holds_from(self, start: int) -> bool:
        end = start + _STEP
        return look(self._paths[start:end]) == self._sights[start * BYTES : end * BYTES]


def recall(root: str, asked: bytes, kind: str = ANSWER) -> Answer | None:
    """The answer that was given to this question; None where nobody knows. Whether it holds is still to be seen."""
    data = _read(os.path.join(root, *FOLDER, name_of(asked, kind)))  # noqa: PTH118 - pathlib costs more than all the rest
    kept = None if data is None else unpacked(data, asked)
    return None if kept is None else Answer(*kept)


def _read(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _whole(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _whole(descriptor: int) -> bytes:
    blocks = []
    while block := os.read(descriptor, 1 << 24):
        blocks.append(block)
    return b"".join(blocks)
