"""Finished bytes by their SHA-256, and downloads on their way there. Content only: no shot, no task, no network."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.folders import disk_faults, folder, open_plain, plain_file, replacing
from seedance_spec.clips.part import Part, digest_of, hold

__all__ = ["Part", "Store", "StoreFault"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_STORED = re.compile(r"([0-9a-f]{64})\.[a-z0-9]{1,8}")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_PART_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
_PARTS, _KEPT, _PRUNED, _DAMAGED = "parts", "kept", "pruned", "damaged"
_PRIVATE = ".seedance"
_FOLDER_MODE, _PART_MODE, _STORED_MODE = 0o700, 0o600, 0o444


class Store:
    """Content-addressed files: `ab/<sha256>.<ext>`, read-only once they are whole.

    Making one touches nothing; folders appear with the first part. Every folder from the project's down is opened
    without following links. Methods that write raise StoreFault; those that look take a store behind a link for empty.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._anchor = _anchor_of(root)
        self._names = root.relative_to(self._anchor).parts

    def has(self, sha256: str) -> bool:
        return self._name_of(sha256) is not None

    def path(self, sha256: str) -> Path:
        """Where the bytes lie. Raises StoreFault where they are not."""
        name = self._name_of(sha256)
        if name is None:
            raise StoreFault(f"the store does not hold {sha256[:12]}…")
        return self.root / sha256[:2] / name

    def digests(self) -> frozenset[str]:
        """What the store holds, by the names of its files: nothing is read."""
        found: set[str] = set()
        with suppress(OSError, StoreFault), folder(self._anchor, self._names) as root:
            for bucket in _listed(root):
                if len(bucket) == 2:
                    found.update(match[1] for match in map(_STORED.fullmatch, self._names_in(bucket)) if match)
        return frozenset(found)

    def sizes(self) -> Mapping[str, int]:
        """What the store holds, with its size in bytes, by digest."""
        found: dict[str, int] = {}
        for digest in self.digests():
            with suppress(OSError, StoreFault), self.reading(digest) as descriptor:
                found[digest] = os.fstat(descriptor).st_size
        return found

    def strangers(self) -> tuple[str, ...]:
        """Files in the folders of clips that this store did not name: `ab/notes.txt`, sorted."""
        with suppress(OSError, StoreFault), folder(self._anchor, self._names) as root:
            buckets = [each for each in _listed(root) if len(each) == 2]
            names = [f"{bucket}/{name}" for bucket in buckets for name in self._names_in(bucket)]
            return tuple(sorted(each for each in names if not _STORED.fullmatch(each[3:]) or each[:2] != each[3:5]))
        return ()

    def verify(self, sha256: str, tick: Callable[[int], None] = lambda _: None) -> bool:
        """Whether the bytes are here and are still what their name says. Reads them all; `tick` hears of each piece."""

        def read(offset: int, count: int) -> bytes:
            block = os.pread(descriptor, count, offset)
            tick(len(block))
            return block

        with suppress(OSError, StoreFault), self.reading(sha256) as descriptor:
            return digest_of(read) == sha256
        return False

    def let_go(self, sha256: str) -> None:
        """Delete stored bytes on the user's word; `pruned` remembers that they were meant to go. Durable on return.

        Remembered first: whoever dies in between leaves bytes that are simply here. Raises StoreFault.
        """
        name = self.path(sha256).name
        with disk_faults("a stored clip cannot be deleted"):
            with self._made(_PRUNED) as noted, replacing(noted, sha256, _PART_MODE):
                pass
            with folder(self._anchor, (*self._names, sha256[:2])) as bucket:
                os.unlink(name, dir_fd=bucket)
                os.fsync(bucket)

    def pruned(self) -> frozenset[str]:
        """What was let go. Bytes that are here again are here, whatever this says."""
        return frozenset(filter(_DIGEST.fullmatch, self._names_in(_PRUNED)))

    def set_aside(self, sha256: str) -> str:
        """Move stored bytes to where nobody takes them for the clip; nothing is deleted. Their new path in the store.

        Raises StoreFault.
        """
        name = self.path(sha256).name
        with (
            disk_faults("a damaged clip cannot be set aside"),
            folder(self._anchor, (*self._names, sha256[:2])) as bucket,
            self._made(_DAMAGED) as aside,
        ):
            free = _free_name(name, frozenset(_listed(aside)))
            os.rename(name, free, src_dir_fd=bucket, dst_dir_fd=aside)
            os.fsync(aside)
            os.fsync(bucket)
        return f"{_DAMAGED}/{free}"

    def read(self, sha256: str) -> bytes:
        """The stored bytes, checked against their name. Raises StoreFault where they are not here or not those."""
        with disk_faults("the stored clip cannot be read"), self.reading(sha256) as descriptor:
            data = _read_whole(descriptor)
        if digest_of(lambda offset, count: data[offset : offset + count]) != sha256:
            raise StoreFault(f"the stored bytes of {sha256[:12]}… are no longer those", damaged=True)
        return data

    @contextmanager
    def reading(self, sha256: str) -> Iterator[int]:
        """A descriptor of the stored file. Raises StoreFault where it is not here."""
        name = self.path(sha256).name
        with folder(self._anchor, (*self._names, sha256[:2])) as bucket:
            descriptor = open_plain(bucket, name, os.O_RDONLY)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    def open_part(self, name: str) -> Part:
        """Open the partial file of that name, with what an earlier try left in it. Raises StoreFault."""
        file_name = f"{_checked(name)}.part"
        with disk_faults("the download cannot be kept"), self._made(_PARTS) as parts:
            while True:
                descriptor = _open_own(parts, file_name)
                try:
                    hold(descriptor, file_name)
                    if _is_still(parts, file_name, descriptor):
                        return Part(file_name, descriptor)
                except BaseException:
                    os.close(descriptor)
                    raise
                os.close(descriptor)

    def part_path(self, part: Part) -> Path:
        """Where the partial file lies, for a probe or for showing."""
        return self.root / _PARTS / part.name

    def admit(self, part: Part, ext: str, *, kept_as: str | None = None) -> str:
        """Make the part a stored file under its own digest, which is returned; the part is closed. Durable on return.

        `kept_as` is a name under which `kept` finds the digest again, should nobody live to write it down. Raises
        StoreFault; the part stays then.
        """
        if not _EXTENSION.fullmatch(ext):
            raise StoreFault(f"{ext!r} cannot be a file's extension")
        with disk_faults("the clip cannot be moved into the store"):
            os.fsync(part.descriptor)
            digest = part.sha256()
            if kept_as is not None:
                self._note(kept_as, digest)
            with self._made(_PARTS) as parts, self._made(digest[:2]) as bucket:
                os.rename(part.name, f"{digest}.{ext}", src_dir_fd=parts, dst_dir_fd=bucket)
                os.fchmod(part.descriptor, _STORED_MODE)
                os.fsync(bucket)
                os.fsync(parts)
        self._want_again(digest)
        part.close()
        return digest

    def kept(self, name: str) -> str | None:
        """The digest of what `admit` took in under that name. Whether the bytes are still here is another question."""
        with suppress(OSError, StoreFault), folder(self._anchor, (*self._names, _KEPT)) as held:
            descriptor = open_plain(held, _checked(name), os.O_RDONLY)
            try:
                digest = os.pread(descriptor, 64, 0).decode("ascii", "replace")
            finally:
                os.close(descriptor)
            return digest if _DIGEST.fullmatch(digest) else None
        return None

    def discard(self, part: Part) -> None:
        """Delete a part that is a mere copy of bytes that lie elsewhere. Never called for a download."""
        with disk_faults("a copy cannot be deleted"), self._made(_PARTS) as parts:
            os.unlink(part.name, dir_fd=parts)
        part.close()

    def _want_again(self, sha256: str) -> None:
        """What is taken in is not let go any more. A note that stays does no harm while the bytes are here."""
        with suppress(OSError, StoreFault), folder(self._anchor, (*self._names, _PRUNED)) as noted:
            os.unlink(sha256, dir_fd=noted)

    def _note(self, name: str, digest: str) -> None:
        with self._made(_KEPT) as held, replacing(held, _checked(name), _PART_MODE) as descriptor:
            os.write(descriptor, f"{digest}\n".encode())

    def _name_of(self, sha256: str) -> str | None:
        if not _DIGEST.fullmatch(sha256):
            return None
        names = (name for name in self._names_in(sha256[:2]) if name.startswith(sha256) and _STORED.fullmatch(name))
        return min(names, default=None)

    def _names_in(self, bucket: str) -> list[str]:
        with suppress(OSError, StoreFault), folder(self._anchor, (*self._names, bucket)) as held:
            return _listed(held)
        return []

    @contextmanager
    def _made(self, name: str) -> Iterator[int]:
        with folder(self._anchor, (*self._names, name), mode=_FOLDER_MODE) as held:
            yield held


def _anchor_of(root: Path) -> Path:
    """The project folder, which the user chose; what lies below it a pull request may have planted."""
    inner = next((parent for parent in root.parents if parent.name == _PRIVATE), None)
    return root.parent if inner is None else inner.parent


def _read_whole(descriptor: int) -> bytes:
    with open(descriptor, "rb", closefd=False) as file:
        return file.read()


def _listed(held: int) -> list[str]:
    with os.scandir(held) as entries:
        return [entry.name for entry in entries]


def _free_name(name: str, taken: frozenset[str]) -> str:
    number = next(number for number in count() if (f"{name}.{number}" if number else name) not in taken)
    return f"{name}.{number}" if number else name


def _checked(name: str) -> str:
    if not _PART_NAME.fullmatch(name):
        raise StoreFault(f"{name[:40]!r} cannot name a download")
    return name


def _open_own(parts: int, name: str) -> int:
    """A part of our own, made or found. A link, or a file that has another name elsewhere, is none."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags | os.O_CREAT | os.O_EXCL, _PART_MODE, dir_fd=parts)
    except FileExistsError:
        pass
    descriptor = _reopened(parts, name)
    if os.fstat(descriptor).st_nlink > 1:
        os.close(descriptor)
        raise StoreFault(f"{name} is a second name of another file: nothing is written there")
    return descriptor


def _reopened(parts: int, name: str) -> int:
    try:
        return open_plain(parts, name, os.O_RDWR)
    except FileNotFoundError:
        return os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_CREAT, _PART_MODE, dir_fd=parts)
    except OSError as error:
        raise StoreFault(f"{name} is a link or cannot be opened: nothing is written there") from error


def _is_still(parts: int, name: str, descriptor: int) -> bool:
    """Whether the name still stands for the open file: another process may have finished it in between."""
    named, opened = plain_file(parts, name), os.fstat(descriptor)
    return named is not None and (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
