"""Records what this process changes below a folder, for the short form of the power-loss replay: no compiler needed.

It sees what Python's `os` is asked to do. Bytes that a file object wrote are seen at the file's fsync, as one write.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.lab.disk import Happened


@contextmanager
def recording(root: Path) -> Iterator[list[Happened]]:
    """Everything that happens in the block, in its order."""
    recorder = _Recorder(os.path.realpath(root))
    with ExitStack() as stack:
        for name in ("open", "fsync", "rename", "replace", "link", "unlink", "write", "pwrite", "ftruncate"):
            stack.enter_context(patch.object(os, name, recorder.wrapped(name, getattr(os, name))))
        yield recorder.events


class _Recorder:
    def __init__(self, root: str) -> None:
        self._root = root
        self.events: list[Happened] = []

    def wrapped(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(*arguments: Any, **named: Any) -> Any:
            path = _place(arguments[0], named.get("dir_fd", named.get("src_dir_fd")))
            target = _place(arguments[1], named.get("dst_dir_fd")) if name in {"rename", "replace", "link"} else ""
            is_new = name == "open" and bool(arguments[1] & os.O_CREAT) and not os.path.lexists(path)
            done = original(*arguments, **named)
            if path.startswith(self._root):
                self._note(name, path, target, done=done, is_new=is_new, handle=arguments[0])
            return done

        return recorded

    def _note(self, name: str, path: str, target: str, *, done: Any, is_new: bool, handle: Any) -> None:
        match name:
            case "open" if is_new:
                self._add("create", os.fstat(done).st_ino, path)
            case "fsync" | "write" | "pwrite" | "ftruncate":
                found = os.fstat(handle)
                if stat.S_ISDIR(found.st_mode):
                    self._add("syncdir", found.st_ino, path)
                    return
                # The whole of what the file holds now: a file object may have written it unseen.
                content = Path(path).read_bytes()
                self._add("truncate", found.st_ino, path, offset=len(content))
                self._add("write", found.st_ino, path, data=content)
                if name == "fsync":
                    self._add("sync", found.st_ino, path)
            case "rename" | "replace":
                self._add("rename", 0, path, target=target)
            case "link" | "unlink":
                self._add(name, 0, path, target=target)
            case _:
                assert name == "open", name

    def _add(self, op: str, inode: int, path: str, *, offset: int = 0, target: str = "", data: bytes = b"") -> None:
        self.events.append(Happened(op=op, inode=inode, offset=offset, path=path, target=target, data=data))


def _place(named: Any, folder: int | None) -> str:
    """The absolute path of what a call names: a descriptor, or a name below a folder's descriptor."""
    if isinstance(named, int):
        return os.path.realpath(f"/proc/self/fd/{named}")
    held = Path.cwd() if folder is None else Path(f"/proc/self/fd/{folder}").resolve()
    return str(held / named)
