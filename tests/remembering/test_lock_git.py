"""Real git: two clones buy, merge, conflict, check out; every fact comes through and nobody repairs anything."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seedance_spec.lockfile.facts import Fact, ProjectFact, Status
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from tests.support.facts import an_attempt

BOUGHT_BEFORE = (ProjectFact(project_id="p1"), an_attempt("b"), an_attempt("m"))
OURS = (an_attempt("a1"), an_attempt("c1"), an_attempt("m", status=Status.SUCCEEDED), ProjectFact(project_id="p2"))
THEIRS = (an_attempt("a2"), an_attempt("c2"), an_attempt("m", status=Status.FAILED, upstream_ids=("cgt-1",)))


@pytest.mark.parametrize("attribute", ["merge=union", ""], ids=["with the attribute", "without"])
def test_two_clones_that_both_bought_merge_without_a_lost_fact(tmp_path: Path, attribute: str) -> None:
    """Their additions fall on the same lines; with `merge=union` git merges, without it leaves markers: both heal."""
    ours, theirs = _two_clones(tmp_path, attribute)
    _record(theirs, THEIRS)
    _record(ours, OURS)

    _git(ours, "fetch", "-q", "theirs")
    clean = _git(ours, "merge", "-q", "theirs/main", check=False) == 0

    assert clean == bool(attribute)
    assert ("<<<<<<<" in (ours / "specs/seedance.lock").read_text()) != clean
    assert _lock(ours).read() == (Facts.of(*BOUGHT_BEFORE, *OURS, *THEIRS), ())


def test_the_next_write_after_a_merge_is_canonical_again(tmp_path: Path) -> None:
    """One more fact, and markers and double lines are gone; both clones then have the same bytes."""
    ours, theirs = _two_clones(tmp_path, "")
    _record(theirs, THEIRS)
    _record(ours, OURS)
    _git(ours, "fetch", "-q", "theirs")
    _git(ours, "merge", "-q", "theirs/main", check=False)

    merged = _lock(ours).merge(Facts.of(an_attempt("z")))
    _lock(theirs).merge(merged)

    assert "<<<<<<<" not in (ours / "specs/seedance.lock").read_text()
    assert (ours / "specs/seedance.lock").read_bytes() == (theirs / "specs/seedance.lock").read_bytes()


def test_an_old_lockfile_that_was_checked_out_hides_facts_only_until_the_next_write(tmp_path: Path) -> None:
    """`git checkout` of an older lockfile loses nothing that somebody still knows."""
    ours, _ = _two_clones(tmp_path, "merge=union")
    known = _record(ours, OURS)
    _git(ours, "checkout", "-q", "HEAD~1", "--", "specs/seedance.lock")

    assert _lock(ours).read()[0] == Facts.of(*BOUGHT_BEFORE)
    assert _lock(ours).merge(known) == known


def _two_clones(tmp_path: Path, attribute: str) -> tuple[Path, Path]:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    _git(ours, "init", "-q", "-b", "main")
    (ours / ".gitattributes").write_text(f"specs/seedance.lock {attribute}\n")
    (ours / ".gitignore").write_text(".seedance/\n")
    _record(ours, BOUGHT_BEFORE)
    _git(tmp_path, "clone", "-q", str(ours), str(theirs))
    _git(ours, "remote", "add", "theirs", str(theirs))
    return ours, theirs


def _record(clone: Path, facts: tuple[Fact, ...]) -> Facts:
    known = _lock(clone).merge(Facts.of(*facts))
    _git(clone, "add", "-A")
    _git(clone, "commit", "-q", "-m", "Buy")
    return known


def _lock(clone: Path) -> LockFile:
    return LockFile(clone / "specs/seedance.lock", root=clone, write_lock=clone / ".seedance/lockfile.flock")


def _git(folder: Path, *arguments: str, check: bool = True) -> int:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "merge.conflictStyle=diff3")
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=check, capture_output=True).returncode
