"""What `doctor` makes of the machine and the project: disk, media, specs, lockfile and git."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_spec.doctor.finding import State, Trouble
from seedance_spec.doctor.machine import (
    DiskSight,
    MediaSight,
    ProgramSight,
    disk_finding,
    file_system_of,
    media_finding,
    program_finding,
)
from seedance_spec.doctor.project import GitSight, LockSight, SpecsSight, git_findings, lock_findings, specs_finding
from tests.support.doctoring import states

OK, WARN, FAIL, SKIPPED = State.OK, State.WARN, State.FAIL, State.SKIPPED


@pytest.mark.parametrize(
    ("sight", "verdict"),
    [
        (DiskSight(folder=".seedance/", free=83_000_000_000, kind="ext4", fsync_seconds=0.004), OK),
        (DiskSight(folder=".seedance/", free=83_000_000_000, kind="overlay", fsync_seconds=0.004), OK),
        (DiskSight(folder=".seedance/", fsync_seconds=0.0), OK),
        (DiskSight(folder=".seedance/", free=1_500_000_000, kind="ext4", fsync_seconds=0.004), WARN),
        (DiskSight(folder=".seedance/", free=83_000_000_000, kind="tmpfs", fsync_seconds=0.0), WARN),
        (DiskSight(folder=".seedance/", free=83_000_000_000, kind="nfs4", fsync_seconds=0.004), WARN),
        (DiskSight(folder=".seedance/", free=83_000_000_000, kind="ext4", fsync_seconds=2.0), WARN),
        (DiskSight(folder=".seedance/", free=10_000_000, kind="ext4", fsync_seconds=0.004), FAIL),
        (DiskSight(folder=".seedance/", free=83_000_000_000, kind="ext4", fault="Read-only file system"), FAIL),
    ],
)
def test_a_disk_must_keep_what_is_paid_for(sight: DiskSight, verdict: State) -> None:
    """Full, unwritable, fleeting, distant and slow disks are told apart."""
    assert states([disk_finding(sight)]) == {"disk": verdict}


MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
31 27 0:40 / /home/an\\040artist/film rw,relatime shared:7 - nfs4 server:/film rw
32 27 0:41 / /scratch rw - ext4 /dev/vdb rw
33 27 0:42 / /scratch rw - tmpfs none rw
half a line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/film", "ext4"),
        ("/home/an artist/film", "nfs4"),
        ("/home/an artist/film/.seedance", "nfs4"),
        ("/home/an artist/filmed", "ext4"),
        ("/scratch/film", "tmpfs"),
    ],
)
def test_the_file_system_is_the_nearest_mount(path: str, kind: str) -> None:
    """The longest mount point that holds the path counts, and of two on one place the last."""
    assert file_system_of(MOUNTS, path) == kind


def test_a_system_without_mounts_tells_no_kind() -> None:
    """Where there is no /proc the kind is not known, and that is no fault."""
    assert file_system_of("", "/srv/film") is None


@pytest.mark.parametrize(
    ("sight", "sandbox", "verdict"),
    [
        (MediaSight(av="18.1.0", pillow="13.0.0"), True, OK),
        (MediaSight(av=None, pillow="13.0.0"), False, WARN),
        (MediaSight(av="18.1.0", pillow=None), True, FAIL),
    ],
)
def test_the_media_extra_is_needed_by_the_sandbox_alone(sight: MediaSight, verdict: State, *, sandbox: bool) -> None:
    """Without it a paid render works, and the sandbox cannot draw."""
    assert states([media_finding(sight, sandbox=sandbox)]) == {"media": verdict}


def test_the_versions_are_told() -> None:
    """A report begins with what runs where."""
    told = program_finding(ProgramSight(version="1.2.3", python="3.11.9", system="Linux"))
    assert (told.state, told.said) == (OK, "seedance-spec 1.2.3 · Python 3.11.9 · Linux")


@pytest.mark.parametrize(
    ("shots", "errors", "warnings", "verdict"), [(3, 0, 0, OK), (3, 0, 2, WARN), (0, 0, 0, WARN), (3, 1, 2, FAIL)]
)
def test_specs_with_errors_need_the_user(shots: int, errors: int, warnings: int, verdict: State) -> None:
    """Errors stop an apply; warnings and an empty film do not."""
    sight = SpecsSight(name="film", shots=shots, files=1, errors=errors, warnings=warnings)
    assert states([specs_finding(sight)]) == {"specs": verdict}


LOCK = LockSight(file="specs/seedance.lock", exists=True, attempts=3, project_ids=1)


@pytest.mark.parametrize(
    ("sight", "shared", "found"),
    [
        (LOCK, True, {"lockfile": OK, "project id": OK}),
        (replace(LOCK, project_ids=2), True, {"lockfile": OK, "project id": OK}),
        (replace(LOCK, project_ids=0), True, {"lockfile": OK, "project id": FAIL}),
        (replace(LOCK, exists=False, attempts=0, project_ids=0), False, {"lockfile": OK, "project id": SKIPPED}),
        (replace(LOCK, complaints=("line 3 is no fact",)), False, {"lockfile": WARN, "project id": OK}),
        (Trouble("specs/seedance.lock cannot be read: Permission denied"), False, {"lockfile": FAIL}),
    ],
)
def test_a_shared_receiver_needs_a_project_id(
    sight: LockSight | Trouble, found: dict[str, State], *, shared: bool
) -> None:
    """Alone, a project may go without one until its first apply; with a receiver it may not."""
    assert states(list(lock_findings(sight, shared=shared))) == found


KEPT = frozenset({".seedance/", ".seedance-sandbox/", "specs/seedance.sandbox.lock", "renders/"})
GIT = GitSight(merge="union", lock_exists=True, ignored=KEPT, tracked=frozenset({"specs/seedance.lock"}))


@pytest.mark.parametrize(
    ("sight", "found"),
    [
        (GIT, {"git merge": OK, "git ignore": OK, "git index": OK}),
        (replace(GIT, merge="unspecified"), {"git merge": WARN, "git ignore": OK, "git index": OK}),
        (replace(GIT, ignored=KEPT - {".seedance/"}), {"git merge": OK, "git ignore": WARN, "git index": OK}),
        (
            replace(GIT, ignored=KEPT | {"specs/seedance.lock"}, tracked=frozenset()),
            {"git merge": OK, "git ignore": FAIL, "git index": WARN},
        ),
        (
            replace(GIT, tracked=frozenset({"specs/seedance.lock", ".seedance/"})),
            {"git merge": OK, "git ignore": OK, "git index": FAIL},
        ),
        (replace(GIT, tracked=frozenset()), {"git merge": OK, "git ignore": OK, "git index": WARN}),
        (replace(GIT, tracked=frozenset(), lock_exists=False), {"git merge": OK, "git ignore": OK, "git index": OK}),
        (Trouble("the project is in no git work tree"), {"git merge": SKIPPED}),
    ],
    ids=["well", "no union", "not ignored", "lock ignored", "private committed", "lock not added", "no lock", "no git"],
)
def test_git_must_keep_the_lockfile_and_nothing_private(sight: GitSight | Trouble, found: dict[str, State]) -> None:
    """A lockfile that git ignores makes clones buy twice; a committed .seedance/ gives the callback key away."""
    assert states(list(git_findings(sight))) == found
