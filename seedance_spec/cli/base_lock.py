"""What a base revision had on record: its lockfile, read out of git. Nothing is checked out, and nothing is written."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.lockfile.fold import Facts
    from seedance_spec.workplace import Workplace

_PATIENCE = 60.0


def facts_since(revision: str | None, workplace: Workplace) -> Facts:
    """The facts of the lockfile as it was at a revision; none for None, and none where there was no lockfile then.

    Raises StopError (64) where git cannot say.
    """
    from seedance_spec.lockfile.fold import Facts
    from seedance_spec.lockfile.text import parse_lock

    if revision is None:
        return Facts()
    root, name = workplace.root, workplace.lockfile.relative_to(workplace.root).as_posix()
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise StopError(
            ExitCode.USAGE,
            f"--since {revision}: git knows no such commit here",
            hint="name a branch or commit; in CI fetch it first: actions/checkout with fetch-depth: 0",
        )
    text = _git(root, "show", f"{commit.strip()}:./{name}")
    return parse_lock(text or "", f"{name} at {revision}")[0]


def _git(root: Path, *words: str) -> str | None:
    """What git answers, None for a no. Raises StopError (64) where there is no git."""
    try:
        done = subprocess.run(  # noqa: S603 - the user's own git, with words of ours
            ["git", "-C", str(root), *words],  # noqa: S607 - as the user's shell finds it
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StopError(ExitCode.USAGE, f"--since asks git, which cannot be run: {type(error).__name__}") from None
    return done.stdout if done.returncode == 0 else None
