"""The lockfile's way into a branch: whoever else pushes, every line arrives, and nothing else is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.repositories import LOCK, Origin, a_git_that_fails, git, ran, script, write


@pytest.fixture(params=[".", "films/teaser"])
def origin(tmp_path: Path, request: pytest.FixtureRequest) -> Origin:
    """A project at the repository's root, and one in a folder below."""
    made = Origin(tmp_path / "origin.git", folder=request.param)
    made.found()
    return made


@pytest.mark.parametrize("depth", [(), ("--depth=1",)], ids=["whole", "shallow"])
def test_what_a_job_learned_arrives(origin: Origin, depth: tuple[str, ...]) -> None:
    """One commit on top of main that changes the lockfile alone; the clone's index and history stay."""
    clone = origin.clone(*depth)
    write(clone, ["a 1", "b 1"])
    (clone / "left.txt").write_text("not ours", encoding="utf-8")
    shallow = git(clone, "rev-parse", "--is-shallow-repository")

    code, said = ran("commit-lockfile.sh", clone)

    assert code == 0, said
    assert origin.lines() == ["a 1", "b 1"]
    assert git(origin.place, "rev-list", "--count", "main") == "2"
    assert git(origin.place, "show", "--stat", "--format=", "main").splitlines()[0].split("|")[0].strip().endswith(LOCK)
    assert git(clone, "diff", "--cached", "--name-only") == ""
    assert git(clone, "rev-parse", "--is-shallow-repository") == shallow


def test_nothing_new_is_no_commit(origin: Origin) -> None:
    """A branch that has all lines, in whatever order, is left alone."""
    clone = origin.clone()

    code, said = ran("commit-lockfile.sh", clone)

    assert (code, "nothing to commit" in said) == (0, True)
    assert git(origin.place, "rev-list", "--count", "main") == "1"


def test_six_jobs_at_once_lose_no_line(tmp_path: Path) -> None:
    """All start from the same commit and push at the same time: each retries on top of the others."""
    origin = Origin(tmp_path / "origin.git")
    origin.found()
    clones = [origin.clone("--depth=1") for _ in range(6)]
    for number, clone in enumerate(clones):
        write(clone, ["a 1", f"job {number}"])

    running = [script("commit-lockfile.sh", clone) for clone in clones]
    said = [process.communicate(timeout=120)[0] for process in running]

    assert [process.returncode for process in running] == [0] * 6, said
    assert origin.lines() == ["a 1", *(f"job {number}" for number in range(6))]


def test_what_others_changed_beside_it_stays(tmp_path: Path) -> None:
    """Somebody pushed specs meanwhile: their files are not taken back by a job that never saw them."""
    origin = Origin(tmp_path / "origin.git")
    origin.found()
    late, author = origin.clone(), origin.clone()
    (author / "specs" / "new.yaml").write_text("version: 1\n", encoding="utf-8")
    git(author, "add", "-A")
    git(author, "commit", "-qm", "Write")
    git(author, "push", "-q")
    write(late, ["a 1", "b 1"])

    code, said = ran("commit-lockfile.sh", late)

    assert code == 0, said
    assert origin.lines() == ["a 1", "b 1"]
    assert git(origin.place, "show", "main:specs/new.yaml") == "version: 1"


def test_a_remote_that_refuses_is_said_at_once(tmp_path: Path) -> None:
    """A protected branch is no race: it is not tried again, and the token's right is named."""
    origin = Origin(tmp_path / "origin.git")
    origin.found()
    clone = origin.clone()
    write(clone, ["a 1", "b 1"])
    hook = origin.place / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)

    code, said = ran("commit-lockfile.sh", clone)

    assert code == 1
    assert "contents: write" in said
    assert "once more" not in said


@pytest.mark.parametrize("word", ["fetch", "cat-file", "push"])
def test_a_git_that_fails_for_once_costs_no_line(tmp_path: Path, word: str) -> None:
    """A network that is away, a file that cannot be read: tried again, and nobody's line is taken for gone."""
    origin = Origin(tmp_path / "origin.git")
    origin.found()
    clone, other = origin.clone(), origin.clone()
    write(other, ["a 1", "theirs 1"])
    assert ran("commit-lockfile.sh", other)[0] == 0
    write(clone, ["a 1", "ours 1"])

    code, said = ran("commit-lockfile.sh", clone, PATH=a_git_that_fails(tmp_path, word))

    assert code == 0, said
    assert "once more" in said
    assert origin.lines() == ["a 1", "ours 1", "theirs 1"]


def test_a_branch_that_cannot_be_read_ends_the_job_before_it_pays(tmp_path: Path) -> None:
    """Learning nothing of what others paid for is no way to go on; the next job learns it all."""
    origin = Origin(tmp_path / "origin.git")
    origin.found()
    clone, other = origin.clone(), origin.clone()
    write(other, ["a 1", "paid 1"])
    assert ran("commit-lockfile.sh", other)[0] == 0

    code, _ = ran("learn-lockfile.sh", clone, PATH=a_git_that_fails(tmp_path, "cat-file"))

    assert code != 0
    assert (clone / LOCK).read_text("utf-8").splitlines() == ["a 1"]
    assert ran("learn-lockfile.sh", clone)[0] == 0
    assert (clone / LOCK).read_text("utf-8").splitlines() == ["a 1", "paid 1"]


def test_a_lesson_that_was_cut_off_takes_no_line_back(tmp_path: Path) -> None:
    """The disk was full before the lockfile was written: the commit that always follows leaves the branch its lines."""
    origin = Origin(tmp_path / "origin.git")
    origin.found(['{"key":"a","kind":"attempt","status":"unknown"}'])
    clone, other = origin.clone(), origin.clone()
    write(other, ['{"key":"a","kind":"attempt","status":"submitted"}'])
    assert ran("commit-lockfile.sh", other)[0] == 0
    full = tmp_path / "full"
    full.mkdir()
    (full / "sort").write_text("#!/bin/sh\nexit 2\n", encoding="utf-8")
    (full / "sort").chmod(0o755)

    code, _ = ran("learn-lockfile.sh", clone, PATH=f"{full}:{os.environ['PATH']}")
    assert code != 0
    assert ran("commit-lockfile.sh", clone)[0] == 0

    assert '{"key":"a","kind":"attempt","status":"submitted"}' in origin.lines()


@pytest.mark.parametrize("name", ["learn-lockfile.sh", "commit-lockfile.sh"])
def test_a_lockfile_is_named_from_the_project_folder(origin: Origin, name: str) -> None:
    """`./` in front changes nothing; what leads out of the project is refused before anything is paid for."""
    clone = origin.clone()
    write(clone, ["a 1", "b 1"])

    assert ran(name, clone, LOCKFILE=f"./{LOCK}")[0] == 0
    assert [ran(name, clone, LOCKFILE=path)[0] for path in (f"../{LOCK}", f"{clone}/{LOCK}")] == [64, 64]


def test_no_lockfile_is_nothing_to_do(tmp_path: Path) -> None:
    """A run that was refused before it wrote anything."""
    origin = Origin(tmp_path / "origin.git")
    origin.found()
    clone = origin.clone()
    (clone / LOCK).unlink()

    assert ran("commit-lockfile.sh", clone)[0] == 0


def test_a_job_learns_what_was_paid_for_since_its_checkout(origin: Origin) -> None:
    """The run before committed after this one's commit was made: its lines are here before anything is planned."""
    stale, other = origin.clone("--depth=1"), origin.clone()
    write(other, ["a 1", "paid 1"])
    assert ran("commit-lockfile.sh", other)[0] == 0
    write(stale, ["a 1", "own 1"])

    code, said = ran("learn-lockfile.sh", stale)

    assert code == 0, said
    assert sorted((stale / LOCK).read_text("utf-8").splitlines()) == ["a 1", "own 1", "paid 1"]


def test_the_branch_of_a_run_is_found(tmp_path: Path) -> None:
    """A dispatch names runs: the branch whose lockfile names one; without any, those with something in flight."""
    origin = Origin(tmp_path / "origin.git")
    origin.found(['{"run":"0011aabb","status":"succeeded"}'])
    clone = origin.clone()
    git(clone, "push", "-q", "origin", "main:refs/heads/cut/two", "main:refs/heads/three")
    write(clone, ['{"run":"22334455","status":"submitted"}'])
    assert ran("commit-lockfile.sh", clone, BRANCH="cut/two")[0] == 0
    fresh = origin.clone()

    assert ran("branches/branches.sh", fresh, RUNS='["22334455"]') == (0, '["cut/two"]\n')
    assert ran("branches/branches.sh", fresh, RUNS='["0011aabb"]') == (0, '["cut/two", "main", "three"]\n')
    assert ran("branches/branches.sh", fresh, RUNS="null") == (0, '["cut/two"]\n')
    assert ran("branches/branches.sh", fresh, RUNS='["$(touch pwned)"]') == (0, '["cut/two"]\n')
    assert not (fresh / "pwned").exists()
