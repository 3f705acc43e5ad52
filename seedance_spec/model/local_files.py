"""Local inputs: digest, size, type, and their data URIs. The only disk reader of the room; nothing is ever written."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from seedance_spec.model.local_file import HEAD_BYTES, LocalFault, LocalFile, Trouble, media_type_of
from seedance_spec.model.shot import FileSource
from seedance_spec.model.vocabulary import MAX_IMAGE_BYTES

_CHUNK = 2**20


class FileChanged(Exception):  # noqa: N818 - it names what happened, as the callers' `except` reads it
    """A local input no longer holds the bytes that were planned, so they must not be sent."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path} {problem} since the plan was made; plan again")
        self.path = path


class _TroubleError(Exception):
    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.detail = detail


class LocalFiles:
    """The files of one project. A file is looked at once: all shots of one reading see the same bytes."""

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.realpath(root))
        self._seen: dict[str, LocalFile | LocalFault] = {}

    def look(self, path: str) -> LocalFile | LocalFault:
        """What the file at `path` (relative to the project folder, with `/`) holds, or why it cannot be an input.

        Links are followed, and must stay inside the project (D10).
        """
        if path not in self._seen:
            self._seen[path] = self._look(path)
        return self._seen[path]

    def data_uri(self, source: FileSource) -> str:
        """The file's bytes as `data:image/png;base64,…`. Raises FileChanged unless they are those of `source`."""
        try:
            with self._opened(source.path) as file:
                data = file.read(source.bytes + 1)
        except _TroubleError as trouble:
            raise FileChanged(source.path, f"cannot be read any more ({trouble}): it changed") from trouble
        if hashlib.sha256(data).hexdigest() != source.sha256:
            raise FileChanged(source.path, "has changed")
        return f"data:{source.media_type};base64,{base64.b64encode(data).decode()}"

    def _look(self, path: str) -> LocalFile | LocalFault:
        try:
            with self._opened(path) as file:
                head = file.read(HEAD_BYTES)
                digest, size = hashlib.sha256(head), len(head)
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except _TroubleError as trouble:
            return LocalFault(path=path, trouble=trouble.trouble, detail=trouble.detail)
        if size == 0:
            return LocalFault(path=path, trouble=Trouble.EMPTY)
        return LocalFile(path=path, sha256=digest.hexdigest(), bytes=size, media_type=media_type_of(head))

    @contextmanager
    def _opened(self, path: str) -> Iterator[BinaryIO]:
        real = self._inside(path)
        try:
            with open(real, "rb", opener=_without_waiting) as file:
                state = os.fstat(file.fileno())
                if not stat.S_ISREG(state.st_mode):
                    raise _TroubleError(Trouble.NOT_A_FILE)
                if state.st_size > MAX_IMAGE_BYTES:
                    raise _TroubleError(Trouble.TOO_LARGE, str(state.st_size))
                yield file
        except IsADirectoryError:
            raise _TroubleError(Trouble.NOT_A_FILE) from None
        except OSError as error:
            raise _TroubleError(Trouble.UNREADABLE, (error.strerror or str(error)).lower()) from error

    def _inside(self, path: str) -> Path:
        try:
            real = (self._root / path).resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError):
            raise _TroubleError(Trouble.MISSING) from None
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name too long, a NUL
            raise _TroubleError(Trouble.UNREADABLE, str(error).partition(":")[0].lower()) from error
        if not real.is_relative_to(self._root):
            raise _TroubleError(Trouble.OUTSIDE)
        return real


def _without_waiting(path: str, flags: int) -> int:
    """Open at once: a pipe that is named like an image must not hold us up."""
    return os.open(path, flags | os.O_NONBLOCK)
