"""What is seen of the project: its specs, lockfile and folders, and what git says of them. Nothing is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seedance_spec.attempts.attempt_id import derived_project_id
from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.folders import folder
from seedance_spec.clips.layout import RENDERS
from seedance_spec.doctor.finding import Trouble
from seedance_spec.doctor.project import APART, LOCK, PRIVATE, GitSight, LockSight, SpecsSight
from seedance_spec.gateway.plain_text import safe_text
from seedance_spec.journal.faults import JournalFault
from seedance_spec.lockfile.file import LockFileFault
from seedance_spec.pipeline import lockfile_of, read_specs, recall
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity
from seedance_spec.workplace import Workplace

_GIT_SECONDS = 5.0
_WITHIN = {".seedance/": "journal.db", ".seedance-sandbox/": "state.db", "renders/": "clip.mp4"}
"""A file that would lie in each folder: git ignores files, and folders only for their sake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecsSeen:
    """The specs, and the models that their shots name."""

    specs: SpecsSight
    models: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSeen:
    """Lockfile and journal, and the project's ids, sorted."""

    lock: LockSight
    project_ids: tuple[str, ...]


def see_specs(root: Path) -> SpecsSeen:
    reading = read_specs(root)
    severities = [each.severity for each in reading.diagnostics]
    shots = reading.film.shots.values()
    return SpecsSeen(
        specs=SpecsSight(
            name=reading.film.project.name,
            shots=len(shots),
            files=sum(1 for path in reading.texts if path != "specs/project.yaml"),
            errors=severities.count(Severity.ERROR),
            warnings=severities.count(Severity.WARNING),
        ),
        models=frozenset(shot.request.model for shot in shots),
    )


def see_lock(workplace: Workplace) -> LockSeen | Trouble:
    try:
        facts, complaints = recall(workplace)
        ids = facts.project_ids or _derived_ids(workplace)
    except (LockFileFault, JournalFault) as fault:
        return Trouble(str(fault))
    lock = LockSight(
        file=workplace.lockfile.relative_to(workplace.root).as_posix(),
        exists=workplace.lockfile.exists(),
        attempts=len(facts.attempts),
        project_ids=len(ids),
        complaints=tuple(map(_said, complaints)),
    )
    return LockSeen(lock=lock, project_ids=ids)


def _derived_ids(workplace: Workplace) -> tuple[str, ...]:
    """The sandbox's own id, which its lockfile need not hold: every clone derives it from the committed one."""
    if workplace.realm is not Realm.SANDBOX:
        return ()
    paid, _ = lockfile_of(replace(workplace, realm=Realm.PAID)).read()
    return tuple(derived_project_id(each, realm=Realm.SANDBOX) for each in paid.project_ids[:1])


def see_renders(root: Path) -> str:
    """What stands in the way of writing to renders/ and specs/; empty where nothing does."""
    shown = root / RENDERS
    try:
        with folder(root, (RENDERS,)):
            pass
    except FileNotFoundError:
        shown = root
    except (StoreFault, OSError) as fault:
        return safe_text(str(fault))
    for path, name in ((shown, f"{RENDERS}/"), (root / "specs", "specs/")):
        if not os.access(path, os.W_OK | os.X_OK):
            return f"{name} cannot be written"
    return ""


def see_git(root: Path) -> GitSight | Trouble:
    """What git says of our files. Blocking: git is asked four times, and writes nothing."""
    program = shutil.which("git")
    if program is None:
        return Trouble("git is not installed here")
    probes = {f"{path}{_WITHIN.get(path, '')}": path for path in (*PRIVATE, *APART, LOCK)}
    try:
        _asked(program, root, "rev-parse", "--is-inside-work-tree")
        merge = _asked(program, root, "check-attr", "merge", "--", LOCK)
        ignored = _asked(program, root, "check-ignore", "--no-index", "--", *probes, fine=(0, 1))
        tracked = _asked(program, root, "ls-files", "--", *PRIVATE, LOCK)
    except _GitSilent as silent:
        return Trouble(str(silent))
    return GitSight(
        merge="".join(merge).rpartition(": ")[2],
        lock_exists=(root / LOCK).exists(),
        ignored=frozenset(probes[path] for path in ignored if path in probes),
        tracked=frozenset(named for path in tracked for named in (*PRIVATE, LOCK) if path.startswith(named)),
    )


class _GitSilent(Exception):  # noqa: N818 - an answer that git does not give, not an error of the program
    """Why git does not answer, fit to show."""


def _asked(program: str, root: Path, *words: str, fine: Sequence[int] = (0,)) -> list[str]:
    """The lines that git answers with. Raises _GitSilent."""
    try:
        done = subprocess.run(  # noqa: S603 - the user's own git, with words of ours
            [program, "--no-optional-locks", "-C", str(root), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _GitSilent(f"git cannot be asked ({type(error).__name__})") from None
    if done.returncode in fine:
        return done.stdout.splitlines()
    first = safe_text(done.stderr.partition("\n")[0], limit=200)
    raise _GitSilent("the project is in no git work tree" if "not a git repository" in first else f"git says: {first}")


def _said(complaint: Diagnostic) -> str:
    place = f"{complaint.span}: " if complaint.span else ""
    return f"{place}{complaint.message}"
