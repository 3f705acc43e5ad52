"""The git tree hashes of folders as they lie on the disk: equal to git's own where the work tree is clean."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

FOLDERS: Mapping[str, str] = {"product": "seedance_spec", "lab": "tests/lab", "support": "tests/support"}
"""What a result depends on: what is tested, what tests it, and what that stands on."""

_PASSED_OVER = frozenset({"__pycache__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Which code a result is about: `git rev-parse HEAD:seedance_spec` and so on, 40 hex each."""

    product: str
    lab: str
    support: str

    @property
    def name(self) -> str:
        return f"{self.product[:10]}-{self.lab[:10]}-{self.support[:10]}"


def trees_of(repository: Path) -> Trees:
    return Trees(**{name: tree_hash(repository / folder) for name, folder in FOLDERS.items()})


def tree_hash(folder: Path) -> str:
    """What `git write-tree` would call this folder. Compiled files are passed over, and empty folders, as git does."""
    return _tree(folder).hex()


def _tree(folder: Path) -> bytes:
    entries: list[tuple[bytes, bytes]] = []
    for entry in os.scandir(folder):
        if entry.name in _PASSED_OVER:
            continue
        name = os.fsencode(entry.name)
        if entry.is_dir(follow_symlinks=False):
            if _holds_anything(Path(entry.path)):
                # git sorts a folder as though its name ended in a slash.
                entries.append((name + b"/", b"40000 " + name + b"\0" + _tree(Path(entry.path))))
        else:
            entries.append((name, _file(Path(entry.path), name)))
    return _digest(b"tree", b"".join(line for _, line in sorted(entries)))


def _file(path: Path, name: bytes) -> bytes:
    found = path.lstat().st_mode
    if stat.S_ISLNK(found):
        return b"120000 " + name + b"\0" + _digest(b"blob", os.fsencode(path.readlink()))
    mode = b"100755 " if found & stat.S_IXUSR else b"100644 "
    return mode + name + b"\0" + _digest(b"blob", path.read_bytes())


def _holds_anything(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*") if not _PASSED_OVER & set(path.parts))


def _digest(kind: bytes, content: bytes) -> bytes:
    return sha1(kind + b" " + str(len(content)).encode() + b"\0" + content, usedforsecurity=False).digest()
