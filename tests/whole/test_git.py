"""Two clones with real git: both buy, git merges the lockfile, people the specs; nothing is lost or paid twice."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.reel import Reel

LOCK = "specs/seedance.sandbox.lock"
SPEC = "specs/first-reel.yaml"
BASE = """\
version: 1
defaults: { duration: 4, metadata: { resolution: 480p, ratio: 1:1, generate_audio: false } }
shots:
  moon: { prompt: A cat on the moon }

  exit: { prompt: The cat leaves }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What each clone makes of the spec file, and what a person makes of both."""

    ours: str
    theirs: str
    merged: str


def said(**prompts: str) -> str:
    """The spec file with other prompts; those of new shots are added at its end."""
    text = BASE
    old = {"moon": "A cat on the moon", "exit": "The cat leaves"}
    for shot, prompt in prompts.items():
        text = text.replace(old[shot], prompt) if shot in old else f"{text}\n  {shot}: {{ prompt: {prompt} }}\n"
    return text


STORIES = {
    "different shots": Story(
        ours=said(moon="A fox on the moon"),
        theirs=said(exit="The cat runs"),
        merged=said(moon="A fox on the moon", exit="The cat runs"),
    ),
    "the same shot, the same words": Story(
        ours=said(moon="A fox on the moon"),
        theirs=said(moon="A fox on the moon"),
        merged=said(moon="A fox on the moon"),
    ),
    "the same shot, other words": Story(
        ours=said(moon="A fox on the moon"),
        theirs=said(moon="A dog on the moon"),
        merged=said(moon="A dog on the moon"),
    ),
    "an addition at the same place": Story(
        ours=said(landing="The cat lands"),
        theirs=said(parade="A parade for the cat"),
        merged=said(landing="The cat lands", parade="A parade for the cat"),
    ),
}


@pytest.fixture
def clones(reel: Reel, tmp_path: Path) -> Iterator[tuple[Reel, Reel]]:
    """A project whose sandbox's lockfile is kept in git, as the paid one always is, and a clone of it."""
    assert reel.run("init").code == 0
    _change(reel, ".gitignore", "specs/seedance.sandbox.lock\n", "")
    _change(reel, ".gitattributes", "specs/seedance.lock", "specs/*.lock")
    _git(reel, "init", "-q", "-b", "main")
    _commit(reel, BASE)
    theirs = Reel(tmp_path / "theirs")
    _git(reel, "clone", "-q", str(reel.root), str(theirs.root))
    yield reel, theirs
    theirs.stop_sandbox()


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_two_clones_that_both_bought_merge_and_owe_nothing(clones: tuple[Reel, Reel], story: Story) -> None:
    """Every attempt of both is on record, no take is to be paid for, and nobody touched the lockfile."""
    ours, theirs = clones
    for clone, text in ((ours, story.ours), (theirs, story.theirs)):
        (clone.root / SPEC).write_text(text)
        applied = clone.apply()
        assert applied.code == 0, applied.err
        _commit(clone, text)
    bought = _attempts(ours) | _attempts(theirs)

    _git(ours, "fetch", "-q", str(theirs.root), "main")
    _git(ours, "merge", "-q", "FETCH_HEAD", check=False)
    _commit(ours, story.merged)

    assert _attempts(ours) == bought
    planned = ours.plan("--json", "--detailed-exitcode")
    assert planned.code == 0, planned.err
    actions = {change["shot"]: change["action"] for change in json.loads(planned.out)["changes"]}
    assert set(actions.values()) <= {"unchanged", "missing", "restore"}
    assert len(actions) == story.merged.count("prompt:")


def test_the_paid_lockfile_merges_by_union_in_every_project(reel: Reel) -> None:
    """`init` writes the attribute, and git takes it as it is meant."""
    assert reel.run("init").code == 0
    _git(reel, "init", "-q", "-b", "main")

    asked = ["git", "check-attr", "merge", "specs/seedance.lock"]
    answer = subprocess.run(asked, cwd=reel.root, capture_output=True, text=True, check=True).stdout

    assert answer == "specs/seedance.lock: merge: union\n"


def _attempts(clone: Reel) -> set[str]:
    """The attempt ids of the lockfile as it lies there, whatever git made of it."""
    lines = (clone.root / LOCK).read_text().splitlines()
    facts = [json.loads(line) for line in lines if line.startswith("{")]
    return {fact["key"] for fact in facts if fact["kind"] == "attempt"}


def _commit(clone: Reel, spec: str) -> None:
    (clone.root / SPEC).write_text(spec)
    _git(clone, "add", "-A")
    _git(clone, "commit", "-q", "--allow-empty", "-m", "Work")


def _change(clone: Reel, name: str, old: str, new: str) -> None:
    path = clone.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _git(clone: Reel, *arguments: str, check: bool = True) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=clone.root, check=check, capture_output=True)
