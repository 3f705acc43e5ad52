"""Showing chosen takes under human names in renders/, and taking them back. Bytes come from the store alone."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.folders import disk_faults, folder, open_plain, plain_file, replacing
from seedance_spec.clips.layout import RENDERS, last_frame_path, sidecar_path
from seedance_spec.clips.part import digest_of
from seedance_spec.clips.shown import holds, placed, published, record_at
from seedance_spec.clips.sidecar import Record, Shown, sidecar_text
from seedance_spec.clips.store import Store
from seedance_spec.json_types import JsonObject

__all__ = ["StoreFault", "check_place", "publish", "published", "restock", "restock_frame", "withdraw"]

_FOLDER_MODE, _FILE_MODE = 0o755, 0o644
_IGNORE, _IGNORE_ALL = ".gitignore", b"*\n!.gitignore\n"
_BLOCK = 1 << 20
_MOST_SET_ASIDE = 1000


def publish(
    root: Path, store: Store, *, sha256: str, output: str, sidecar: JsonObject, last_frame: str | None = None
) -> None:
    """Show stored bytes at `output` (a path of `layout.output_path`), with their sidecar and last frame.

    The file is a copy (on file systems that share blocks, a free one), never a second name of the stored file: an
    editor that writes in place would change the only copy of what was paid for, and no file mode stops one that runs
    as root. Blocking; durable on return. Raises StoreFault, also where the stored bytes are damaged.
    """
    folders, name = placed(output)
    with disk_faults(f"{output} cannot be written"):
        _begin(root, folders[0])
        with folder(root, folders, mode=_FOLDER_MODE) as held:
            _set_aside(store, held, name)
            clip = _copied(store, sha256, held, name)
            _remove_frame(held, name)
            frame = None if last_frame is None else _copied(store, last_frame, held, last_frame_path(name))
            text = sidecar_text(sidecar, Record(clip=clip, last_frame=frame))
            with replacing(held, sidecar_path(name), _FILE_MODE) as descriptor:
                _write(descriptor, text.encode("utf-8", "surrogatepass"))


def check_place(root: Path) -> None:
    """Whether renders/ can be written: made if it is not there, and no link. Blocking; raises StoreFault."""
    with disk_faults("renders/ cannot be written"):
        _begin(root, RENDERS)
        with folder(root, (RENDERS,), mode=_FOLDER_MODE):
            pass


def withdraw(root: Path, output: str) -> bool:
    """Take a clip, its last frame and its sidecar away, and folders that become empty; the store keeps the bytes.

    False, and nothing is touched, where the clip is not the one that its sidecar names: it is somebody's own then.
    Blocking; raises StoreFault.
    """
    folders, name = placed(output)
    with disk_faults(f"{output} cannot be removed"):
        taken = _take_away(root, folders, name)
    if taken:
        _prune(root, folders)
    return taken


def restock(root: Path, store: Store, output: str, sha256: str) -> bool:
    """Take a shown clip back into a store that lost it, if its bytes really are those. Blocking; raises StoreFault."""
    folders, name = placed(output)
    return _restocked(root, store, folders, name, sha256=sha256, kind="mp4")


def restock_frame(root: Path, store: Store, output: str, sha256: str) -> bool:
    """The same for the last frame that is shown beside a clip."""
    folders, name = placed(output)
    return _restocked(root, store, folders, last_frame_path(name), sha256=sha256, kind="png")


def _restocked(root: Path, store: Store, folders: tuple[str, ...], name: str, *, sha256: str, kind: str) -> bool:
    try:
        with folder(root, folders) as held:
            source = open_plain(held, name, os.O_RDONLY)
    except (OSError, StoreFault):
        return False
    try:
        return _taken_in(store, source, sha256, kind)
    finally:
        os.close(source)


def _taken_in(store: Store, source: int, sha256: str, kind: str) -> bool:
    with store.open_part(f"restock-{sha256}") as part:
        part.cut(0)
        while block := os.pread(source, _BLOCK, part.size):
            part.append(block)
        if part.sha256() != sha256:
            store.discard(part)
            return False
        store.admit(part, kind)
        return True


def _set_aside(store: Store, held: int, name: str) -> None:
    """A file of somebody's own under our name (a cut, a graded version) keeps its bytes under a name beside it.

    One whose bytes the store has is ours, even if a sudden end left it without its sidecar.
    """
    if plain_file(held, name) is None or _is_ours(held, name) or store.has(_digest(held, name)):
        return
    stem, dot, suffix = name.rpartition(".")
    names = (f"{stem}.yours-{number}{dot}{suffix}" for number in range(1, _MOST_SET_ASIDE))
    for other in names:
        if not _exists(held, other):
            os.rename(name, other, src_dir_fd=held, dst_dir_fd=held)
            return
    raise StoreFault(f"{name} is not ours, and too many like it were set aside already")


def _digest(held: int, name: str) -> str:
    descriptor = open_plain(held, name, os.O_RDONLY)
    try:
        return digest_of(lambda offset, count: os.pread(descriptor, count, offset))
    finally:
        os.close(descriptor)


def _copied(store: Store, sha256: str, held: int, name: str) -> Shown:
    """A verified copy of stored bytes at `name`."""
    if not store.verify(sha256):
        damaged = store.has(sha256)
        raise StoreFault(
            f"the stored bytes of {sha256[:12]}… are {'damaged' if damaged else 'not here'}", damaged=damaged
        )
    with store.reading(sha256) as source, replacing(held, name, _FILE_MODE) as target:
        _copy(source, target)
        found = os.fstat(target)
    return Shown(sha256=sha256, bytes=found.st_size, mtime_ns=found.st_mtime_ns)


def _copy(source: int, target: int) -> None:
    """Copy in the kernel where it can, which shares blocks where the file system can."""
    at, length = 0, os.fstat(source).st_size
    if hasattr(os, "copy_file_range"):
        with suppress(OSError):
            while at < length and (copied := os.copy_file_range(source, target, length - at, at, at)):
                at += copied
    while block := os.pread(source, _BLOCK, at):
        at += os.pwrite(target, block, at)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _take_away(root: Path, folders: tuple[str, ...], name: str) -> bool:
    try:
        with folder(root, folders) as held:
            if not _is_ours(held, name):
                return False
            _remove(held, name)
            _remove_frame(held, name)
            _remove(held, sidecar_path(name))
            os.fsync(held)
            return True
    except FileNotFoundError:
        return False


def _is_ours(held: int, name: str) -> bool:
    """A clip that its sidecar names; or a sidecar of ours whose clip is gone."""
    record = record_at(held, name)
    return record is not None and (not _exists(held, name) or holds(held, name, record.clip))


def _exists(held: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=held, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _remove_frame(held: int, name: str) -> None:
    """Remove the last frame that the sidecar names, if it is still that."""
    record, frame = record_at(held, name), last_frame_path(name)
    if record is not None and record.last_frame is not None and holds(held, frame, record.last_frame):
        _remove(held, frame)


def _remove(held: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=held)


def _prune(root: Path, folders: tuple[str, ...]) -> None:
    """Remove folders below renders/ that became empty, the innermost first."""
    for depth in range(len(folders) - 1, 0, -1):
        try:
            with folder(root, folders[:depth]) as held:
                os.rmdir(folders[depth], dir_fd=held)
        except (OSError, StoreFault):
            return


def _begin(root: Path, name: str) -> None:
    """A renders/ that we make ignores its own content; one that the user made is left as it is."""
    with folder(root, ()) as held:
        try:
            os.mkdir(name, _FOLDER_MODE, dir_fd=held)
        except FileExistsError:
            return
    with folder(root, (name,)) as held, replacing(held, _IGNORE, _FILE_MODE) as descriptor:
        _write(descriptor, _IGNORE_ALL)
