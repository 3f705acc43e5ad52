"""`validate` in a real pre-commit run: a broken spec keeps the commit back and shows the caret picture."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.films import ONE_SHOT
from tests.support.repositories import git
from tests.support.whole import REPOSITORY

pytestmark = pytest.mark.lab


def test_a_broken_spec_is_shown_with_its_caret_and_is_not_committed(tmp_path: Path) -> None:
    """The hook installs the program from this repository; the mended spec passes."""
    pre_commit = Path(sys.executable).with_name("pre-commit")
    assert pre_commit.exists(), "make lab installs it"
    hooks, film = tmp_path / "hooks", tmp_path / "film"
    names = ("seedance_spec", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
    hooks.mkdir()
    for name in names:
        source = REPOSITORY / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, hooks / name)
    git(hooks, "init", "-q", "-b", "main")
    git(hooks, "add", "-A")
    git(hooks, "commit", "-qm", "Hooks")
    spec = film / "specs" / "reel.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text(ONE_SHOT.replace("prompt:", "promt:"), encoding="utf-8")
    git(film, "init", "-q", "-b", "main")
    git(film, "add", "-A")

    def run() -> subprocess.CompletedProcess[str]:
        words = [str(pre_commit), "try-repo", str(hooks), "seedance-spec-validate", "--all-files"]
        return subprocess.run(
            words,
            cwd=film,
            env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    broken = run()
    spec.write_text(ONE_SHOT, encoding="utf-8")
    mended = run()

    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "    8 |     promt: A cat walking on the moon\n      |     ^^^^^\n" in broken.stdout
    assert mended.returncode == 0, mended.stdout + mended.stderr
