"""What a disk may hold after the power went: a model of files, names and what was made durable. It touches no file but
the recording it is told to read.

The model is the strict one of POSIX. Bytes are durable by the fsync of their file; a name is durable by the fsync of
its folder; each write that is not may have reached the disk or not, by itself. Names change in the order in which they
were changed, as file systems with a journal do. It does not tear a single write, and knows no mapped memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One recorded change. `offset` is a size for `truncate`; `target` is the new name of a `rename` or `link`."""

    op: str
    inode: int
    offset: int
    path: str
    target: str
    data: bytes = b""


def recorded(path: Path) -> Iterator[Happened]:
    """What faults.c recorded."""
    with path.open("rb") as file:
        while line := file.readline():
            op, inode, offset, length, where, target = line.decode("utf-8", "surrogateescape").rstrip("\n").split("\t")
            yield Happened(
                op=op, inode=int(inode), offset=int(offset), path=where, target=target, data=file.read(int(length))
            )


@dataclass(slots=True)
class _File:
    """Bytes that are durable, and the changes that are not yet, in their order."""

    durable: bytes = b""
    pending: list[Happened] = field(default_factory=list)

    def bytes_with(self, survives: Callable[[], bool]) -> bytes:
        content = bytearray(self.durable)
        for change in self.pending:
            if survives():
                _change(content, change)
        return bytes(content)

    def sync(self) -> None:
        self.durable = self.bytes_with(lambda: True)
        self.pending.clear()


class Disk:
    """Apply what happened, then ask what a crash may leave."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._files: dict[int, _File] = {}
        self._names: dict[str, int] = {}
        self._durable: dict[str, int] = {}
        self._renamed: list[Happened] = []

    def apply(self, event: Happened) -> None:
        match event.op:
            case "write" | "truncate":
                self._file(event.inode).pending.append(event)
            case "sync":
                self._file(event.inode).sync()
            case "create":
                # A file that is made anew may have the number of one that is gone.
                self._files[event.inode] = _File()
                self._name(event)
            case "rename" | "link" | "unlink":
                self._name(event)
            case "syncdir":
                self._sync_names(event.path)
            case _:
                assert event.op in {"mkdir", "post"}, event.op

    def crashes(self, dice: Random, *, draws: int) -> Iterator[tuple[str, dict[str, bytes]]]:
        """Disks by a name for each: path → content."""
        every = len(self._renamed)
        yield "nothing more", self._laid(0, lambda: False)
        yield "names without bytes", self._laid(every, lambda: False)
        yield "bytes without names", self._laid(0, lambda: True)
        yield "everything", self._laid(every, lambda: True)
        for number in range(draws):
            yield f"draw {number}", self._laid(dice.randint(0, every), lambda: dice.random() < 0.5)

    def _laid(self, names: int, survives: Callable[[], bool]) -> dict[str, bytes]:
        kept = dict(self._durable)
        for change in self._renamed[:names]:
            _rename(kept, change)
        return {path: self._file(inode).bytes_with(survives) for path, inode in kept.items()}

    def _name(self, event: Happened) -> None:
        # The number of a file that is renamed is known by its name.
        inode = event.inode or self._names.get(event.path, 0)
        change = Happened(op=event.op, inode=inode, offset=0, path=event.path, target=event.target)
        _rename(self._names, change)
        self._renamed.append(change)

    def _sync_names(self, folder: str) -> None:
        """Everything up to the last change in this folder is durable: names go to the disk in their order."""
        last = max((at for at, change in enumerate(self._renamed) if _touches(change, folder)), default=-1)
        for change in self._renamed[: last + 1]:
            _rename(self._durable, change)
        del self._renamed[: last + 1]

    def _file(self, inode: int) -> _File:
        return self._files.setdefault(inode, _File())


def _touches(change: Happened, folder: str) -> bool:
    return Path(folder) in {Path(change.path).parent, Path(change.target).parent}


def _rename(names: dict[str, int], change: Happened) -> None:
    match change.op:
        case "create":
            names[change.path] = change.inode
        case "rename":
            names.pop(change.path, None)
            names[change.target] = change.inode
        case "link":
            names[change.target] = change.inode
        case _:
            names.pop(change.path, None)


def _change(content: bytearray, change: Happened) -> None:
    if change.op == "truncate":
        if change.offset < len(content):
            del content[change.offset :]
        else:
            content.extend(bytes(change.offset - len(content)))
        return
    end = change.offset + len(change.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[change.offset : end] = change.data
