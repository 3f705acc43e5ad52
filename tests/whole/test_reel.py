"""The first reel: from YAML to clips through a real gateway process, and what a second run pays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from tests.support.reel import Reel
from tests.support.whole import REPOSITORY

SHOTS = ("reel/moon", "reel/jump", "reel/exit")


def _bytes(reel: Reel) -> dict[str, bytes]:
    return {shot: reel.clip(shot).read_bytes() for shot in SHOTS if reel.clip(shot).exists()}


def test_every_shot_becomes_a_clip_and_a_second_apply_pays_nothing(three_shots: Reel) -> None:
    """One POST per shot, a clip and a sidecar each; the same command again sends nothing."""
    first = three_shots.apply()
    assert first.code == 0, first.err
    assert set(_bytes(three_shots)) == set(SHOTS)
    assert all(three_shots.clip(shot).with_suffix(".json").exists() for shot in SHOTS)
    assert three_shots.posts == 3
    assert three_shots.apply().code == 0
    assert three_shots.posts == 3


def test_one_changed_word_is_one_post_and_its_revert_brings_the_first_bytes_back(three_shots: Reel) -> None:
    """Only the changed shot is rendered; the old take returns for free."""
    assert three_shots.apply().code == 0
    before = _bytes(three_shots)
    three_shots.edit("reel.yaml", "cat jump", "cat leap")
    assert three_shots.apply().code == 0
    assert three_shots.posts == 4
    assert three_shots.clip("reel/jump").read_bytes() != before["reel/jump"]
    three_shots.edit("reel.yaml", "cat leap", "cat jump")
    assert three_shots.apply().code == 0
    assert three_shots.posts == 4
    assert _bytes(three_shots) == before


def test_renames_moves_reordering_and_comments_cost_nothing(three_shots: Reel) -> None:
    """What does not change the picture is never paid for."""
    assert three_shots.apply().code == 0
    moon = three_shots.clip("reel/moon").read_bytes()
    three_shots.write(
        "act1/opening.yaml",
        """\
        # the same three shots: renamed, moved, reordered, commented
        version: 1
        shots:
          leave:
            metadata: { ratio: 1:1, generate_audio: false, resolution: 480p }
            duration: 4
            prompt: The cat walks out of frame
            model: dreamina-seedance-2-0
          jump:
            model: dreamina-seedance-2-0
            duration: 4
            prompt: "Make the cat jump"
            metadata: { resolution: 480p, ratio: "1:1", generate_audio: false }
          first-steps:  # was moon
            prompt: |
              A cat walking on the moon
            seconds: "4"
            model: dreamina-seedance-2-0
            metadata: { resolution: 480p, ratio: 1:1, generate_audio: false }
        """,
    )
    (three_shots.root / "specs" / "reel.yaml").unlink()
    assert three_shots.apply().code == 0
    assert three_shots.posts == 3
    assert three_shots.clip("act1/opening/first-steps").read_bytes() == moon
    assert not three_shots.clip("reel/moon").exists()


def test_two_shots_with_one_request_are_one_post_and_two_files(reel: Reel) -> None:
    """The same picture is bought once and shown under both names."""
    shot = "{ model: dreamina-seedance-2-0, duration: 4, prompt: Twins, metadata: { resolution: 480p } }"
    reel.write("twins.yaml", f"version: 1\nshots:\n  one: {shot}\n  two: {shot}\n")
    assert reel.apply().code == 0
    assert reel.posts == 1
    assert reel.clip("twins/one").read_bytes() == reel.clip("twins/two").read_bytes()


def test_a_failed_shot_is_not_bought_again_until_asked(three_shots: Reel) -> None:
    """A moderation failure ends with exit 4 and its advice; the same specs send nothing more; --retry-failed does."""
    failed = three_shots.apply("--fault", "moderation:prompt~jump")
    assert failed.code == 4, failed.err
    assert "moderation" in failed.err
    assert three_shots.clip("reel/moon").exists()
    assert three_shots.posts == 3
    again = three_shots.apply()
    assert again.code == 4, again.err
    assert three_shots.posts == 3
    three_shots.apply("--retry-failed")
    assert three_shots.posts == 4


def test_a_machine_that_lost_everything_fetches_its_takes_again_by_their_task_ids(three_shots: Reel) -> None:
    """The lockfile is enough: journal, store and renders/ come back without a POST."""
    assert three_shots.apply().code == 0
    before = _bytes(three_shots)
    _forget(three_shots.root)
    assert set(three_shots.actions().values()) == {"missing"}
    assert three_shots.apply().code == 0
    assert three_shots.posts == 3
    assert _bytes(three_shots) == before


def test_takes_whose_links_are_dead_are_missing_and_never_bought_by_themselves(three_shots: Reel) -> None:
    """Once the links have died: said clearly, exit 0, no POST; --retake buys that one again under its own number."""
    assert three_shots.apply().code == 0
    three_shots.stop_sandbox()
    _forget(three_shots.root)
    dead = three_shots.apply(speed="10000000")
    assert dead.code == 0, dead.err
    assert "missing" in dead.err
    assert three_shots.posts == 3
    assert set(three_shots.actions().values()) == {"missing"}
    three_shots.stop_sandbox()
    bought = three_shots.apply("--retake", "reel/moon")
    assert bought.code == 0, bought.err
    assert three_shots.posts == 4
    assert three_shots.clip("reel/moon").exists()


def test_an_old_lockfile_buys_nothing_while_the_journal_knows_more(three_shots: Reel) -> None:
    """A checkout of yesterday's lockfile hides facts; it does not lose them."""
    assert three_shots.apply().code == 0
    lock = three_shots.root / "specs" / "seedance.sandbox.lock"
    complete = lock.read_text()
    lock.write_text("")
    assert three_shots.apply().code == 0
    assert three_shots.posts == 3
    assert lock.read_text() == complete or set(three_shots.actions().values()) == {"unchanged"}


def test_a_journal_made_anew_remembers_what_the_lockfile_told_it(three_shots: Reel) -> None:
    """A fresh clone's journal learns the lockfile's facts: hiding them afterwards buys nothing."""
    assert three_shots.apply().code == 0
    shutil.rmtree(three_shots.root / ".seedance")
    assert three_shots.apply().code == 0
    (three_shots.root / "specs" / "seedance.sandbox.lock").write_text("")
    assert three_shots.apply().code == 0
    assert three_shots.posts == 3


def test_the_last_copy_of_a_clip_goes_into_the_store_before_another_takes_its_place(three_shots: Reel) -> None:
    """The store was deleted; a changed prompt must not cost the old clip."""
    assert three_shots.apply().code == 0
    before = _bytes(three_shots)
    shutil.rmtree(three_shots.root / ".seedance" / "sandbox" / "store")
    three_shots.edit("reel.yaml", "cat jump", "cat leap")
    assert three_shots.apply().code == 0
    fetched = three_shots.stats()["downloads"]
    three_shots.edit("reel.yaml", "cat leap", "cat jump")
    assert three_shots.apply().code == 0
    assert _bytes(three_shots) == before
    assert three_shots.stats()["downloads"] == fetched


@pytest.mark.parametrize("place", [".seedance/sandbox/store", "renders"])
def test_nothing_is_paid_for_that_could_not_be_kept(three_shots: Reel, place: str) -> None:
    """A store or a renders/ that cannot be written is said before the first POST."""
    path = three_shots.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a file where a folder must be")
    refused = three_shots.apply()
    assert refused.code == 1, refused.err
    assert place.rpartition("/")[2] in refused.err
    assert "Traceback" not in refused.err
    assert three_shots.posts == 0
    path.unlink()
    assert three_shots.apply().code == 0


def test_the_reel_completes_without_callbacks(three_shots: Reel) -> None:
    """Polling alone is enough."""
    assert three_shots.apply("--fault", "no-callback").code == 0
    assert set(_bytes(three_shots)) == set(SHOTS)
    assert three_shots.stats()["callbacks_sent"] == 0


def test_the_reel_completes_by_callbacks_with_polls_an_hour_apart(three_shots: Reel) -> None:
    """Callbacks alone bring the looks that find each clip finished."""
    assert three_shots.apply("--poll-interval", "3600").code == 0
    assert set(_bytes(three_shots)) == set(SHOTS)


def test_events_for_machines_are_json_lines_and_the_last_one_has_it_all(three_shots: Reel) -> None:
    """With --json stdout holds one event a line, each as its schema says; the last tells every ending and the exit."""
    finished = three_shots.apply("--json", "--fault", "moderation:prompt~jump")
    events = finished.events()
    schema = json.loads((REPOSITORY / "schemas" / "event.schema.json").read_text())
    for event in events:
        jsonschema.validate(event, schema)
    assert {event["event"] for event in events} >= {"submitting", "submitted", "rendered", "failed"}
    assert len(events) == len(finished.out.splitlines())
    last = events[-1]
    assert (last["event"], last["exit_code"], last["codes"]) == ("finished", finished.code, [4])
    assert {take["shot"]: take["end"] for take in last["takes"]} == {
        "reel/moon": "rendered",
        "reel/jump": "failed",
        "reel/exit": "rendered",
    }
    again = three_shots.apply("--json").events()
    assert [event["event"] for event in again] == ["finished"]


def _forget(root: Path) -> None:
    shutil.rmtree(root / ".seedance")
    shutil.rmtree(root / "renders")
