"""A changed parent and its child, through a real process and gateway: the cascade, none of it, and a block."""

from __future__ import annotations

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
EXIT = "  exit: { prompt: It walks out of frame, inputs: [{ shot: moon, frame: last }] }\n"


def test_no_cascade_renders_the_parent_and_leaves_the_child_until_it_is_wanted(reel: Reel) -> None:
    """One POST and exit 0, the child's clip as it was; a plan without the flag would pay for the child."""
    reel.write("reel.yaml", HEAD + EXIT + MOON)
    assert reel.apply().code == 0
    before = reel.clip("reel/exit").read_bytes()
    reel.edit("reel.yaml", "on the moon", "on the dark moon")

    done = reel.apply("--no-cascade", "--json")

    assert (done.code, reel.posts) == (0, 3)
    last = done.events()[-1]
    assert {each["shot"]: each["end"] for each in last["takes"]} == {"reel/exit": "stale", "reel/moon": "rendered"}
    assert reel.clip("reel/exit").read_bytes() == before
    codes = [reel.plan("--detailed-exitcode", *more).code for more in (["--no-cascade"], [])]
    assert codes == [0, 2]


def test_a_failed_parent_blocks_its_child_and_the_run_says_so(reel: Reel) -> None:
    """Exit 4, one POST, and both views name the parent: the summary now, `status` later."""
    reel.write("reel.yaml", HEAD + EXIT + MOON)

    done = reel.apply("--fault", "moderation")

    assert (done.code, reel.posts) == (4, 1), done.err
    assert "! reel/exit: blocked: starts from reel/moon, which failed" in done.err
    assert "starts from reel/moon, which failed" in reel.run("status", "--sandbox").out
