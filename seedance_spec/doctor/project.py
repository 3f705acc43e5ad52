"""What the project's sights mean: specs, lockfile, what git is told of them. Pure: the sights are handed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedance_spec.doctor.finding import Check, Finding, Group, Trouble
from seedance_spec.plan.figures import plural

SPECS = Check(Group.PROJECT, "specs")
LOCKFILE = Check(Group.PROJECT, "lockfile")
IDENTITY = Check(Group.PROJECT, "project id")
RENDERS = Check(Group.PROJECT, "renders")
GIT_MERGE = Check(Group.PROJECT, "git merge")
GIT_IGNORE = Check(Group.PROJECT, "git ignore")
GIT_INDEX = Check(Group.PROJECT, "git index")

LOCK = "specs/seedance.lock"
PRIVATE = (".seedance/", ".seedance-sandbox/")
"""What a machine keeps for itself, a key among it."""

APART = ("specs/seedance.sandbox.lock", "renders/")
"""What stays out of git unless somebody wants it there."""

_INIT = "seedance-spec init adds what is missing and overwrites nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecsSight:
    name: str
    shots: int
    files: int
    errors: int
    warnings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSight:
    """What lockfile and journal know. `file` is the lockfile's path in the project, `complaints` are about its text."""

    file: str
    exists: bool
    attempts: int
    project_ids: int
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSight:
    """What git says of our files: how it merges the lockfile, which paths it ignores, and which it has in its index.

    `lock_exists`: there is a lockfile to be added.
    """

    merge: str
    lock_exists: bool
    ignored: frozenset[str]
    tracked: frozenset[str]


def no_project_findings(reason: str) -> tuple[Finding, ...]:
    return (SPECS.warn(reason, "seedance-spec init makes a project here; -C DIR names one elsewhere"),)


def specs_finding(seen: SpecsSight) -> Finding:
    found = f"{seen.name}: {plural(seen.shots, 'shot')} in {plural(seen.files, 'file')}"
    if seen.errors:
        return SPECS.fail(f"{found}, {plural(seen.errors, 'error')}", "seedance-spec validate shows each at its line")
    if not seen.shots:
        return SPECS.warn(f"{found}: there is nothing to render", "write a spec file under specs/")
    if seen.warnings:
        return SPECS.warn(f"{found}, {plural(seen.warnings, 'warning')}", "seedance-spec validate shows each")
    return SPECS.ok(f"{found}, all right")


def lock_findings(seen: LockSight | Trouble, *, shared: bool) -> Iterator[Finding]:
    """`shared`: a receiver is to be used, which tells projects apart by their ids."""
    if isinstance(seen, Trouble):
        yield LOCKFILE.fail(seen.reason, "nothing is paid for while this cannot be read")
        return
    yield _lock(seen)
    yield _identity(seen, shared=shared)


def _lock(seen: LockSight) -> Finding:
    if not seen.exists and not seen.attempts:
        return LOCKFILE.ok(f"no {seen.file} yet: the first apply writes it")
    found = f"{plural(seen.attempts, 'attempt')} on record in {seen.file} and the journal"
    if seen.complaints:
        more = f" (and {len(seen.complaints) - 1} more)" if len(seen.complaints) > 1 else ""
        return LOCKFILE.warn(f"{found}; {seen.complaints[0]}{more}", "the next apply writes it anew; see git's diff")
    return LOCKFILE.ok(found)


def _identity(seen: LockSight, *, shared: bool) -> Finding:
    if seen.project_ids > 1:
        return IDENTITY.ok(f"{seen.project_ids} ids after a merge: all are this project's")
    if seen.project_ids:
        return IDENTITY.ok("in the lockfile: all clones have it in common")
    if shared:
        return IDENTITY.fail(f"{seen.file} holds none, and a receiver tells projects apart by it", _INIT)
    return IDENTITY.skipped("none yet: the first apply makes one")


def renders_finding(fault: str) -> Finding:
    """`fault` is what stands in the way of writing to renders/ and specs/, empty where nothing does."""
    if fault:
        return RENDERS.fail(fault, "clips are shown in renders/, facts kept in specs/: both must be writable folders")
    return RENDERS.ok("clips can be shown in renders/ and facts kept in specs/")


def git_findings(seen: GitSight | Trouble) -> Iterator[Finding]:
    if isinstance(seen, Trouble):
        yield GIT_MERGE.skipped(seen.reason)
        return
    yield _merge(seen)
    yield _ignore(seen)
    yield _index(seen)


def _merge(seen: GitSight) -> Finding:
    if seen.merge == "union":
        return GIT_MERGE.ok("two branches' lockfiles become one by union")
    return GIT_MERGE.warn(f"{LOCK} is not merged by union: two branches that rendered will conflict", _INIT)


def _ignore(seen: GitSight) -> Finding:
    if LOCK in seen.ignored:
        return GIT_IGNORE.fail(
            f"{LOCK} is ignored: clones would buy again",
            f"take it out of .gitignore, then git add {LOCK}",
        )
    lacking = [path for path in (*PRIVATE, *APART) if path not in seen.ignored]
    if lacking:
        return GIT_IGNORE.warn(f"not ignored: {', '.join(lacking)}", _INIT)
    return GIT_IGNORE.ok("clips and what the machine keeps for itself stay out of git")


def _index(seen: GitSight) -> Finding:
    private = [path for path in PRIVATE if path in seen.tracked]
    if private:
        return GIT_INDEX.fail(
            f"committed, though it is this machine's own: {', '.join(private)}",
            f"git rm -r --cached {' '.join(private)} and, where it was pushed, delete .seedance/callback.key",
        )
    if not seen.lock_exists and LOCK not in seen.tracked:
        return GIT_INDEX.ok(f"nothing of ours but specs/ yet; {LOCK} belongs to it once it is there")
    if LOCK not in seen.tracked:
        return GIT_INDEX.warn(f"{LOCK} is not added: clones would buy again", f"git add {LOCK}")
    return GIT_INDEX.ok(f"{LOCK} is in git")
