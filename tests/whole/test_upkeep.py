"""Keeping house with the real program: verify finds what is wrong, prune deletes bytes, and nothing is ever paid."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.clock import SystemClock
from seedance_spec.journal.at_work import alone, at_work
from seedance_spec.journal.lease import Conductorship
from seedance_spec.journal.owner import owner_of_this_process
from seedance_spec.pipeline import journal_of, lockfile_of
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace
from tests.support.reel import Finished, Reel
from tests.support.whole import on_a_terminal

TAKES = """\
    version: 1
    defaults:
      model: dreamina-seedance-2-0
      duration: 4
      metadata: { resolution: 480p, ratio: 1:1, generate_audio: false }
    shots:
      moon:
        prompt: A cat walking on the moon
        takes: 3
        pick: 2
      exit:
        prompt: The cat walks out of frame
    """


@pytest.fixture(scope="module")
def finished_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered once for all tests of this page; its sandbox sleeps."""
    root = tmp_path_factory.mktemp("upkeep") / "film"
    (root / "specs").mkdir(parents=True)
    reel = Reel(root)
    reel.write("reel.yaml", TAKES)
    try:
        done = reel.apply()
    finally:
        reel.stop_sandbox()
    assert done.code == 0, done.err
    return root


@pytest.fixture
def rendered(reel: Reel, finished_film: Path) -> Reel:
    """Three takes of one shot, of which the second is shown, and a shot beside: a copy of one's own."""
    shutil.rmtree(reel.root)
    shutil.copytree(finished_film, reel.root, symlinks=True)
    return reel


def _store(reel: Reel) -> Path:
    return reel.root / ".seedance" / "sandbox" / "store"


def _stored(reel: Reel) -> set[str]:
    return {path.stem for path in _store(reel).glob("??/*.mp4")}


def _flat(done: Finished) -> str:
    """What was printed, without its line breaks."""
    return " ".join(done.out.split())


def _json(done: Finished) -> Any:
    return json.loads(done.out)


def _bought(reel: Reel) -> int:
    """How many attempts were ever made."""
    facts, complaints = lockfile_of(Workplace(root=reel.root, realm=Realm.SANDBOX)).read()
    assert complaints == ()
    return len(facts.attempts)


def _lock(reel: Reel) -> bytes:
    return (reel.root / "specs" / "seedance.sandbox.lock").read_bytes()


def _shown_digest(reel: Reel, shot: str) -> str:
    sidecar = json.loads(reel.clip(shot).with_suffix(".json").read_text("utf-8"))
    digest: str = sidecar["shown"]["clip"]["sha256"]
    return digest


def _damage(reel: Reel, digest: str) -> None:
    path = _store(reel) / digest[:2] / f"{digest}.mp4"
    path.chmod(0o644)
    path.write_bytes(b"X" + path.read_bytes()[1:])


def test_prune_deletes_bytes_and_leaves_facts_and_plan_as_they_are(rendered: Reel) -> None:
    """Dry first, then for good: two takes go, the lock stays byte for byte, and the next apply has nothing to do."""
    lock, before = _lock(rendered), _stored(rendered)
    plan = rendered.actions()

    dry = rendered.run("prune", "--sandbox", "--keep", "0")
    assert dry.code == 0, dry.err
    assert "nothing was deleted: seedance-spec prune --sandbox --keep 0 --delete does it" in dry.err
    assert _stored(rendered) == before

    unasked = rendered.run("prune", "--sandbox", "--keep", "0", "--delete")
    assert unasked.code == 5
    assert _stored(rendered) == before

    pruned = rendered.run("prune", "--sandbox", "--keep", "0", "--delete", "--yes", "--json")
    assert pruned.code == 0, pruned.err
    gone = _json(pruned)
    assert [(each["shot"], each["take"]) for each in gone["going"]] in (
        [("reel/moon", 1), ("reel/moon", 3)],
        [("reel/moon", 3), ("reel/moon", 1)],
    )
    assert _stored(rendered) == before - {digest for each in gone["going"] for digest in each["sha256"]}
    assert (_lock(rendered), rendered.actions()) == (lock, plan)

    assert rendered.apply().code == 0
    assert _bought(rendered) == 4
    assert len(_stored(rendered)) == 2
    assert rendered.run("verify", "--sandbox").code == 0


def test_a_pruned_take_comes_back_when_it_is_picked(rendered: Reel) -> None:
    """While its link lives it is fetched again, and not bought."""
    assert rendered.run("prune", "--sandbox", "--keep", "0", "--delete", "--yes").code == 0
    rendered.edit("reel.yaml", "pick: 2", "pick: 3")
    assert rendered.actions()["reel/moon#3"] == "missing"

    assert rendered.apply().code == 0

    assert _bought(rendered) == 4
    assert _shown_digest(rendered, "reel/moon") in _stored(rendered)


def test_a_speed_that_the_running_sandbox_does_not_have_is_said(rendered: Reel) -> None:
    """The sandbox goes on as it is, and the user hears why the wish is not heeded."""
    assert rendered.apply().code == 0

    again = rendered.apply(speed="7")

    assert again.code == 0
    assert "--speed 7 is not heeded: this project's sandbox runs already, at 400" in again.err
    rendered.stop_sandbox()


def test_prune_waits_for_nobody_and_disturbs_nobody(rendered: Reel) -> None:
    """Where another process leads the project, nothing is deleted: exit 6."""
    before = _stored(rendered)
    journal = journal_of(Workplace(root=rendered.root, realm=Realm.SANDBOX))
    assert Conductorship(journal, now=SystemClock().now).lead(owner_of_this_process())

    busy = rendered.run("prune", "--sandbox", "--keep", "0", "--delete", "--yes")

    assert busy.code == 6, busy.err
    assert "another seedance-spec is at work" in busy.err
    assert _stored(rendered) == before
    journal.close()


def test_prune_and_apply_keep_out_of_each_others_way(rendered: Reel) -> None:
    """While a run is at work nothing is deleted, and while bytes are deleted nothing is paid for: exit 6 for whoever
    comes second.
    """
    lock, before = Workplace(root=rendered.root, realm=Realm.SANDBOX).work_lock, _stored(rendered)
    rendered.edit("reel.yaml", "walks out of frame", "walks back in")

    with at_work(lock):
        pruned = rendered.run("prune", "--sandbox", "--keep", "0", "--delete", "--yes")
    with alone(lock):
        applied = rendered.apply()

    assert (pruned.code, applied.code) == (6, 6), (pruned.err, applied.err)
    assert "prune or verify is at work" in applied.err
    assert _stored(rendered) == before
    rendered.stop_sandbox()


def test_prune_asks_on_a_terminal(rendered: Reel) -> None:
    """Anything but a clear yes deletes nothing."""
    before = _stored(rendered)
    program = "from seedance_spec.cli import main; import sys; sys.exit(main(sys.argv[1:] or WORDS))"
    words = ["prune", "--sandbox", "--keep", "0", "--delete"]

    done = on_a_terminal(program.replace("WORDS", repr(words)), cwd=rendered.root, typed="n\n")

    assert done.code == 5, done.err
    assert "Delete the bytes of 2 takes" in done.err
    assert _stored(rendered) == before


def test_broken_specs_are_no_ground_for_deleting(rendered: Reel) -> None:
    """What half a film would show is not known: exit 3, nothing deleted."""
    before = _stored(rendered)
    rendered.edit("reel.yaml", "prompt: The cat", "promt: The cat")

    assert rendered.run("prune", "--sandbox", "--keep", "0", "--delete", "--yes").code == 3
    assert _stored(rendered) == before


def test_verify_finds_damage_and_the_way_out_works(rendered: Reel) -> None:
    """A flipped byte in the store: exit 8, set aside, fetched again by collect without paying, whole."""
    digest = _shown_digest(rendered, "reel/moon")
    rendered.clip("reel/moon").unlink()
    _damage(rendered, digest)

    found = rendered.run("verify", "--sandbox", "--json")
    assert found.code == 8, found.err
    kinds = [(each["kind"], each["shot"], each["take"]) for each in _json(found)["findings"]]
    assert kinds == [("damaged", "reel/moon", 2), ("gone", "reel/moon", 2)]

    moved = rendered.run("verify", "--sandbox", "--set-aside")
    assert moved.code == 8
    assert f"set aside as damaged/{digest}.mp4" in _flat(moved)
    assert (_store(rendered) / "damaged" / f"{digest}.mp4").exists()

    assert rendered.run("collect", "--sandbox").code == 0
    assert rendered.run("verify", "--sandbox").code == 0
    assert _bought(rendered) == 4


def test_a_renamed_shot_whose_clip_is_damaged_is_mended_as_the_apply_says(rendered: Reel) -> None:
    """The apply names the way out, and the rename waits for it: then nothing stays behind, and nothing is paid."""
    _damage(rendered, _shown_digest(rendered, "reel/exit"))
    rendered.edit("reel.yaml", "  exit:", "  leave:")

    refused = rendered.apply()

    assert refused.code == 1
    way_out = "seedance-spec verify --sandbox --set-aside, then seedance-spec collect --sandbox"
    assert f"are damaged: {way_out}" in " ".join(refused.err.split())
    assert rendered.actions()["reel/leave#1"] == "renamed"

    moved = rendered.run("verify", "--sandbox", "--set-aside")
    assert "verify --sandbox --set-aside" not in _flat(moved)
    assert rendered.run("collect", "--sandbox").code == 0
    assert rendered.apply().code == 0
    assert (rendered.clip("reel/exit").exists(), rendered.clip("reel/leave").exists()) == (False, True)
    assert _bought(rendered) == 4


def test_a_whole_copy_under_renders_mends_the_store(rendered: Reel) -> None:
    """No link is needed where renders/ still shows the clip."""
    digest = _shown_digest(rendered, "reel/exit")
    _damage(rendered, digest)

    assert rendered.run("verify", "--sandbox", "--set-aside").code == 8
    assert rendered.run("collect", "--sandbox").code == 0

    assert digest in _stored(rendered)
    assert rendered.run("verify", "--sandbox").code == 0


def test_verify_tells_an_edited_clip_and_reads_without_writing(rendered: Reel) -> None:
    """An edit that keeps size and time is found; not a file of the project changes by being read."""
    clip = rendered.clip("reel/exit")
    seen = clip.stat()
    clip.write_bytes(b"X" + clip.read_bytes()[1:])
    os.utime(clip, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    before = _tree(rendered.root)

    found = rendered.run("verify", "--sandbox")

    assert found.code == 8
    assert "renders/sandbox/reel/exit.mp4" in found.out
    assert "keeps yours beside it" in _flat(found)
    assert _tree(rendered.root) == before


def _tree(root: Path) -> dict[str, tuple[int, int]]:
    files = (path for path in root.rglob("*") if path.is_file() and "sandbox/journal" not in path.as_posix())
    return {path.relative_to(root).as_posix(): _times(path) for path in files if ".seedance-sandbox" not in str(path)}


def _times(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def test_a_plan_for_a_pull_request_is_printed_as_markdown(rendered: Reel) -> None:
    """`plan -m` is the whole comment on stdout; with --json it is a matter of usage."""
    rendered.edit("reel.yaml", "walks out", "runs out")

    plan = rendered.plan("-m")

    assert plan.code == 0, plan.err
    assert plan.out.startswith("### <code>project</code>: 1 render, about ")
    assert "[-walks-]{+runs+}" in plan.out
    assert rendered.plan("-m", "--json").code == 64


def test_a_graph_is_drawn_by_the_program(rendered: Reel) -> None:
    """A tree, a flow chart and a document of one film; an unknown shot is a matter of usage."""
    rendered.write(
        "late.yaml",
        """\
        version: 1
        shots:
          late: { prompt: later, model: dreamina-seedance-2-0, inputs: [{ video: { shot: reel/moon } }] }
        """,
    )

    assert "└─ late/late" in rendered.run("graph", "--sandbox").out
    assert "-->|" in rendered.run("graph", "--sandbox", "--mermaid").out
    assert len(_json(rendered.run("graph", "--sandbox", "--json"))["edges"]) == 1
    assert "reel/exit" not in rendered.run("graph", "--sandbox", "late/late").out
    assert rendered.run("graph", "--sandbox", "late/lat").code == 64
