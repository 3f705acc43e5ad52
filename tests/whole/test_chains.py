"""Shots that start from other shots, from YAML to clips, through a real gateway process that fetches its inputs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from seedance_spec.clips.layout import last_frame_path
from tests.support.reel import Reel

HEAD = """\
version: 1
defaults:
  model: dreamina-seedance-2-0
  duration: 4
  metadata: { resolution: 480p, ratio: 1:1, generate_audio: false }
shots:
"""
MOON = "  moon: { prompt: A cat walks on the moon }\n"
EXIT = "  exit: { prompt: It walks out of frame, inputs: [{ shot: moon }] }\n"
AFTER = "  after: { prompt: An empty moon, inputs: [{ shot: exit, frame: last }] }\n"


def attempts(reel: Reel) -> dict[str, Any]:
    """The facts of the sandbox's lockfile by shot."""
    lines = (reel.root / "specs" / "seedance.sandbox.lock").read_text().splitlines()
    facts = (json.loads(line) for line in lines if line.startswith("{"))
    return {fact["label"]["shot"]: fact for fact in facts if fact["kind"] == "attempt"}


def clip_of(fact: Any) -> str:
    return str(fact["reports"]["gateway"]["output"])


def test_a_chain_is_paid_for_in_its_order_and_once(reel: Reel) -> None:
    """A clip that continues a clip, and one from its last frame: three POSTs; the same command again sends nothing."""
    reel.write("reel.yaml", HEAD + AFTER + EXIT + MOON)

    done = reel.apply()

    assert done.code == 0, done.err
    facts = attempts(reel)
    assert facts["reel/exit"]["made_from"] == [clip_of(facts["reel/moon"])]
    assert facts["reel/after"]["made_from"] == [clip_of(facts["reel/exit"])]
    assert all(reel.clip(shot).exists() for shot in facts)
    assert [reel.apply().code, reel.posts] == [0, 3]


def test_a_child_of_a_parent_that_the_gateway_forgot_gets_the_clip_from_the_runs_own_receiver(reel: Reel) -> None:
    """No link is left anywhere: the sandbox fetches the stored clip by its capability, and the child continues it."""
    reel.write("reel.yaml", HEAD + MOON)
    assert reel.apply().code == 0
    reel.stop_sandbox()
    shutil.rmtree(reel.root / ".seedance-sandbox")
    reel.edit("reel.yaml", MOON, MOON + EXIT)

    done = reel.apply()

    assert done.code == 0, done.err
    assert attempts(reel)["reel/exit"]["made_from"] == [clip_of(attempts(reel)["reel/moon"])]
    assert reel.posts == 1


def test_a_child_that_nothing_works_for_is_refused_at_its_line_before_anything_is_sent(reel: Reel) -> None:
    """A shared receiver lends nothing, and the link is dead: exit 3, the place, the way out, no POST."""
    reel.write("reel.yaml", HEAD + MOON)
    assert reel.apply().code == 0
    _age(reel.root / "specs" / "seedance.sandbox.lock")
    shutil.rmtree(reel.root / ".seedance")
    reel.edit("reel.yaml", MOON, MOON + EXIT)

    done = reel.apply("--receiver", "http://127.0.0.1:9")

    assert done.code == 3, done.err
    assert "specs/reel.yaml:8:" in done.err
    assert "parent-not-deliverable" in done.err
    assert "--retake reel/moon" in done.err
    assert reel.posts == 1


def _age(lockfile: Path) -> None:
    """The parent was finished long ago, and its clip is shown nowhere any more."""
    text = lockfile.read_text()
    finished = json.loads(next(line for line in text.splitlines() if '"attempt"' in line))
    at = finished["reports"]["gateway"]["finished_at"]
    lockfile.write_text(text.replace(str(at), str(at - 9 * 86_400)))
    shutil.rmtree(lockfile.parent.parent / "renders")


def test_a_last_frame_that_was_asked_for_is_what_the_next_shot_starts_from(reel: Reel) -> None:
    """The gateway gave it, it lies beside its clip, and two POSTs are all that is paid for."""
    asked = MOON.replace(" }", ", metadata: { return_last_frame: true } }")
    reel.write("reel.yaml", HEAD + asked + AFTER.replace("exit", "moon"))

    done = reel.apply()

    assert done.code == 0, done.err
    assert last_frame_path(str(reel.clip("reel/moon"))) in {str(path) for path in (reel.root / "renders").rglob("*")}
    assert attempts(reel)["reel/after"]["made_from"] == [clip_of(attempts(reel)["reel/moon"])]
    assert reel.posts == 2
