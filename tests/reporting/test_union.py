"""Two lockfiles as one, by the action's own script: no fact of either is lost, none is kept twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.whole import REPOSITORY


def fact(key: str, status: str) -> str:
    return json.dumps({"key": key, "kind": "attempt", "status": status}, separators=(",", ":"))


def union(folder: Path, ours: list[str], theirs: list[str], base: list[str]) -> list[str]:
    for name, lines in (("ours", ours), ("theirs", theirs), ("base", base)):
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    words = [
        sys.executable,
        str(REPOSITORY / "action" / "union.py"),
        *(str(folder / n) for n in ("ours", "theirs", "base")),
    ]
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout.splitlines()


def test_a_line_that_ours_took_further_is_gone(tmp_path: Path) -> None:
    """Submitted when the job began, succeeded now: one line."""
    before, after = fact("a", "submitted"), fact("a", "succeeded")

    assert union(tmp_path, [after], [before], [before]) == [after]


def test_what_theirs_learned_meanwhile_stays(tmp_path: Path) -> None:
    """The same fact, and one of their own, that ours has never seen: both stand there until the program folds them."""
    ours, theirs = [fact("a", "failed")], [fact("a", "succeeded"), fact("b", "submitted")]

    assert union(tmp_path, ours, theirs, [fact("a", "submitted")]) == sorted([*ours, *theirs])


def test_a_fact_that_ours_lost_comes_back(tmp_path: Path) -> None:
    """Somebody emptied the work tree's lockfile: what the branch knew is not taken back."""
    known = [fact("a", "succeeded"), "not a fact"]

    assert union(tmp_path, [], known, known) == sorted(known)
