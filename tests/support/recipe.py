"""Recipe (b) as it is played: a bare origin, runners that come and go, and what a dispatched workflow does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from seedance_spec.clips.boxes import box_fault_of
from tests.support.moments import finished
from tests.support.reel import Finished, Reel
from tests.support.repositories import git, ran, script
from tests.support.team import Team

LOCK = "specs/seedance.lock"
DETACHED = ("apply", "--yes", "--detach")
COLLECT = ("collect", "--timeout", "100", "--poll-interval", "0.3")


@dataclass(slots=True)
class Recipe:
    """A team whose clones push to a bare repository."""

    team: Team

    def found(self, prompt: str, **more: str) -> None:
        self.team.found(prompt, **more)
        git(self.team.folder, "clone", "-q", "--bare", str(self.team.origin), str(self.bare))

    @property
    def bare(self) -> Path:
        return self.team.folder / "bare.git"

    def runner(self) -> Reel:
        return self.team.clone(of=self.bare)

    def submit(self, *, meanwhile: Callable[[], None] = lambda: None) -> None:
        """The first workflow: submit, commit the lockfile, leave; the runner is gone afterwards."""
        runner = self.runner()
        submitting = runner.start(*DETACHED)
        meanwhile()
        done = finished(submitting)
        assert done.code == 0, done.err
        code, said = ran("commit-lockfile.sh", runner.root)
        assert code == 0, said
        shutil.rmtree(runner.root)

    def collect_on_two(self) -> tuple[Reel, Reel]:
        """The second workflow, by chance on two runners at once: each collects and commits."""
        pair = (self.runner(), self.runner())
        ended = [finished(each) for each in [runner.start(*COLLECT) for runner in pair]]
        assert [each.code for each in ended] == [0, 0], [each.err for each in ended]
        pushing = [script("commit-lockfile.sh", runner.root) for runner in pair]
        pushed = [(each.communicate(timeout=120)[0], each.returncode) for each in pushing]
        assert [code for _, code in pushed] == [0, 0], pushed
        return pair

    def facts(self) -> list[dict[str, Any]]:
        """Every attempt in the lockfile at the tip of main."""
        lines = map(json.loads, git(self.bare, "show", f"main:{LOCK}").splitlines())
        return [fact for fact in lines if fact["kind"] == "attempt"]

    def branches_with(self, run: str) -> list[str]:
        """Where the action finds what a dispatch tells of."""
        runner = self.runner()
        code, said = ran("branches/branches.sh", runner.root, RUNS=json.dumps([run]))
        assert code == 0, said
        found: list[str] = json.loads(said.splitlines()[-1])
        return found


def whole_clips(runner: Reel) -> list[str]:
    """The SHA-256 of every clip under renders/, each of which is a whole film; sorted."""
    clips = [path.read_bytes() for path in sorted(runner.root.glob("renders/**/*.mp4"))]
    assert [box_fault_of(clip) for clip in clips] == [None] * len(clips)
    return sorted(sha256(clip).hexdigest() for clip in clips)


def outputs(facts: list[dict[str, Any]]) -> list[str]:
    """What the gateway's reports say of each attempt's bytes, sorted."""
    return sorted(fact["reports"]["gateway"]["output"] for fact in facts)


def ended_well(done: Finished) -> None:
    assert done.code == 0, done.err
