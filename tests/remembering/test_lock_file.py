"""The lockfile on disk: whatever two processes, a full disk or a link do, no fact is lost."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seedance_spec.lockfile.facts import ProjectFact, Status
from seedance_spec.lockfile.file import LockFile, LockFileFault
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.text import render_lock
from tests.support.facts import an_attempt

PROJECT = ProjectFact(project_id="p1")


@pytest.fixture
def lock(tmp_path: Path) -> LockFile:
    return _lock(tmp_path)


def _lock(root: Path) -> LockFile:
    return LockFile(_path(root), root=root, write_lock=root / ".seedance" / "lockfile.flock")


def _path(root: Path) -> Path:
    return root / "specs" / "seedance.lock"


def test_facts_that_depend_on_the_file_are_decided_while_nobody_else_writes(lock: LockFile) -> None:
    """Of two first runs the second finds the project id of the first, and makes none of its own."""

    def own(project_id: str) -> Facts:
        made = Facts.of(ProjectFact(project_id=project_id))
        return lock.grow(lambda held: held if held.project_ids else made)

    assert own("p1").project_ids == own("p2").project_ids == ("p1",)


def test_some_lines_are_read_without_the_others(lock: LockFile) -> None:
    """A part of the file says its facts; where the file was written anew meanwhile, it says none."""
    one, other = an_attempt(attempt_id="a1"), an_attempt(attempt_id="a2")
    lock.merge(Facts.of(one, other))
    *lines, end = lock.places()
    places = [(start, len(line)) for start, line in lines]

    assert [lock.part([place]) for place in places] == [Facts.of(one), Facts.of(other)]
    assert lock.part(places) == lock.read()[0]
    assert end == (sum(size + 1 for _, size in places), b"")
    lock.merge(Facts.of(an_attempt(attempt_id="a00", status=Status.SUBMITTED)))
    with pytest.raises(LockFileFault, match="written meanwhile"):
        lock.part(places)


def test_no_file_is_no_fact_and_nothing_is_made_for_nothing(lock: LockFile, tmp_path: Path) -> None:
    """Reading a missing file is fine, and merging nothing leaves it missing."""
    assert lock.read() == (Facts(), ())
    assert lock.merge(Facts()) == Facts()
    assert not _path(tmp_path).exists()


def test_a_merge_adds_to_what_is_there(lock: LockFile, tmp_path: Path) -> None:
    """The union is returned and stands in the file, canonical, readable by all, with nothing beside it."""
    lock.merge(Facts.of(PROJECT))

    merged = lock.merge(Facts.of(an_attempt()))

    assert merged == Facts.of(PROJECT, an_attempt())
    assert lock.read() == (merged, ())
    assert _path(tmp_path).read_text() == render_lock(merged)
    assert _path(tmp_path).stat().st_mode & 0o777 == 0o644
    assert _names(tmp_path) == ["seedance.lock"]


def test_a_merge_that_says_nothing_new_touches_nothing(lock: LockFile, tmp_path: Path) -> None:
    """The file stays the same file, so that nothing that watches it wakes up."""
    lock.merge(Facts.of(PROJECT, an_attempt()))
    before = _path(tmp_path).stat()

    lock.merge(Facts.of(an_attempt(status=Status.UNKNOWN)))

    assert (before.st_ino, before.st_mtime_ns) == (_path(tmp_path).stat().st_ino, _path(tmp_path).stat().st_mtime_ns)


def test_a_fact_that_a_checkout_hid_comes_back(lock: LockFile, tmp_path: Path) -> None:
    """Another version of the file under our hands is added to, not written over."""
    _write(tmp_path, render_lock(Facts.of(an_attempt("older"))))

    assert lock.merge(Facts.of(an_attempt("ours"))) == Facts.of(an_attempt("older"), an_attempt("ours"))


def test_lines_that_are_no_facts_survive_a_merge_byte_for_byte(lock: LockFile, tmp_path: Path) -> None:
    """Not even bytes that are not UTF-8 are lost, and new facts can be recorded meanwhile."""
    _path(tmp_path).parent.mkdir()
    _path(tmp_path).write_bytes(b"half a fact \xff\xfe\r\n")

    lock.merge(Facts.of(PROJECT))

    assert _path(tmp_path).read_bytes() == b'{"key":"p1","kind":"project"}\nhalf a fact \xff\xfe\n'
    assert [(str(each.span), each.message) for each in lock.read()[1]] == [
        ("specs/seedance.lock:2:1", "this line is not a fact: it is not UTF-8")
    ]


def test_two_processes_that_write_at_once_lose_nothing(lock: LockFile, tmp_path: Path) -> None:
    """Each of two real processes adds its facts one by one; all of them are there in the end."""
    program = (
        "import sys; from pathlib import Path; from tests.support.facts import an_attempt\n"
        "from seedance_spec.lockfile.file import LockFile; from seedance_spec.lockfile.fold import Facts\n"
        "root, who = Path(sys.argv[1]), sys.argv[2]\n"
        "lock = LockFile(root / 'specs/seedance.lock', root=root, write_lock=root / '.seedance/lockfile.flock')\n"
        "for number in range(20): lock.merge(Facts.of(an_attempt(f'{who}-{number}')))\n"
    )
    here = Path(__file__).resolve().parents[2]
    writers = [subprocess.Popen([sys.executable, "-c", program, tmp_path, who], cwd=here) for who in ("one", "other")]

    assert [writer.wait() for writer in writers] == [0, 0]
    assert lock.read()[0].attempts.keys() == {f"{who}-{number}" for who in ("one", "other") for number in range(20)}


def test_what_a_killed_writer_left_is_in_nobodys_way(lock: LockFile, tmp_path: Path) -> None:
    """A temporary file of a dead process is replaced and goes."""
    _write(tmp_path, "", name=".seedance.lock.tmp")

    lock.merge(Facts.of(PROJECT))

    assert _names(tmp_path) == ["seedance.lock"]


def test_a_disk_that_takes_no_more_is_one_clear_fault_and_changes_nothing(lock: LockFile, tmp_path: Path) -> None:
    """The old file stands as it was, and no temporary file stays behind."""
    lock.merge(Facts.of(PROJECT))

    with _files_of_at_most(100), pytest.raises(LockFileFault, match=r"^specs/seedance\.lock cannot be written: "):
        lock.merge(Facts.of(an_attempt()))

    assert lock.read() == (Facts.of(PROJECT), ())
    assert _names(tmp_path) == ["seedance.lock"]


@pytest.mark.parametrize(("owner", "step"), [(os, "fsync"), (Path, "replace")])
def test_a_disk_that_fails_later_changes_nothing_either(
    lock: LockFile, tmp_path: Path, owner: object, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that are not surely on the disk never take the lockfile's place."""
    lock.merge(Facts.of(PROJECT))
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, _no_space)

        with pytest.raises(LockFileFault, match=r"cannot be written: No space left on device$"):
            lock.merge(Facts.of(an_attempt()))

    assert lock.read() == (Facts.of(PROJECT), ())
    assert _names(tmp_path) == ["seedance.lock"]


def test_a_place_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    """A folder that is no folder, or a lockfile that is one, is told by name."""
    (tmp_path / "specs").write_text("not a folder")
    with pytest.raises(LockFileFault, match=r"specs/seedance\.lock cannot be read: Not a directory"):
        _lock(tmp_path).read()

    (tmp_path / "specs").unlink()
    _path(tmp_path).mkdir(parents=True)
    with pytest.raises(LockFileFault, match=r"specs/seedance\.lock cannot be read: Is a directory"):
        _lock(tmp_path).read()


def test_a_pipe_in_place_of_the_lock_is_refused_without_waiting(lock: LockFile, tmp_path: Path) -> None:
    """Nothing blocks on a special file."""
    (tmp_path / "specs").mkdir()
    os.mkfifo(_path(tmp_path))

    with pytest.raises(LockFileFault, match="is not a file"):
        lock.read()


@pytest.mark.parametrize("link", ["file", "folder", "circle"])
def test_a_lockfile_behind_a_link_is_neither_read_nor_written(tmp_path: Path, link: str) -> None:
    """A pull request cannot make the tool copy a foreign file into git, or write outside of the project (D10)."""
    root, outside = tmp_path / "project", tmp_path / "outside"
    (root / "specs").mkdir(parents=True)
    outside.mkdir()
    (outside / "seedance.lock").write_text("private")
    match link:
        case "file":
            _path(root).symlink_to(outside / "seedance.lock")
        case "folder":
            (root / "specs").rmdir()
            (root / "specs").symlink_to(outside)
        case _:
            (root / "specs").rmdir()
            (root / "specs").symlink_to(root / "specs")

    with pytest.raises(LockFileFault, match=r"^specs/seedance\.lock is behind a link"):
        _lock(root).read()
    with pytest.raises(LockFileFault, match=r"^specs/seedance\.lock is behind a link"):
        _lock(root).merge(Facts.of(PROJECT))
    assert (outside / "seedance.lock").read_text() == "private"


def _names(root: Path) -> list[str]:
    return [each.name for each in (root / "specs").iterdir()]


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """The kernel refuses to let a file grow beyond `size` bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _write(root: Path, text: str, *, name: str = "seedance.lock") -> None:
    (root / "specs").mkdir(exist_ok=True)
    (root / "specs" / name).write_text(text)


def _no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
