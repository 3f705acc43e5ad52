"""Doing less: only some shots, nothing that costs, nothing that needs a network, nothing after a failure."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.support.reel import Reel


def test_only_selected_shots_are_rendered_and_the_rest_is_not_dropped(three_shots: Reel) -> None:
    """One POST for one shot; the others are new as before. Once it is paid for, --locked lets its clip be put back."""
    assert three_shots.apply("--select", "jump").code == 0

    status = json.loads(three_shots.run("status", "--sandbox", "--json", "--exclude", "jump").out)
    assert [row["shot"] for row in status["rows"]] == ["reel/moon", "reel/exit"]
    assert three_shots.actions() == {"reel/moon#1": "new", "reel/jump#1": "unchanged", "reel/exit#1": "new"}

    three_shots.clip("reel/jump").unlink()
    assert three_shots.apply("--locked", "--select", "jump").code == 0
    assert three_shots.clip("reel/jump").exists()
    assert three_shots.posts == 1


def test_a_selection_that_names_nothing_is_a_mistake(three_shots: Reel) -> None:
    """A typo is a usage error with the nearest name, and nothing is decided."""
    for verb in ("plan", "status"):
        done = three_shots.run(verb, "--select", "mooon")
        assert (done.code, "did you mean moon?" in done.err, done.out) == (64, True, "")


def test_locked_refuses_to_pay(three_shots: Reel) -> None:
    """Exit 7 with what would be paid, the plan as the apply; a stream of events is closed by it."""
    keyed = replace(
        three_shots, environment={"EASYROUTER_API_KEY": "no-key", "EASYROUTER_BASE_URL": "https://g.invalid"}
    )

    planned, refused = keyed.run("plan", "--locked"), keyed.run("apply", "--yes", "--locked", "--json")

    assert (planned.code, refused.code) == (7, 7)
    assert [(event["event"], event.get("codes")) for event in refused.events()] == [("told", None), ("finished", [7])]
    assert "--locked: 3 takes would have to be paid for, about $0.81: reel/moon, reel/jump, reel/exit" in refused.err


def test_frozen_shows_what_is_here_and_names_what_is_not(three_shots: Reel) -> None:
    """No sandbox runs: a clip comes back from the store, what was never rendered is exit 7, and no fact is written."""
    assert three_shots.apply("--select", "moon").code == 0
    three_shots.stop_sandbox()
    three_shots.clip("reel/moon").unlink()
    lock = three_shots.root / "specs" / "seedance.sandbox.lock"
    before = lock.read_bytes()

    done = three_shots.run("apply", "--sandbox", "--frozen", "--json")

    assert done.code == 7
    assert {take["shot"]: (take["end"], take["code"]) for take in done.events()[-1]["takes"]} == {
        "reel/moon": ("rendered", None),
        "reel/jump": ("not-submitted", "frozen"),
        "reel/exit": ("not-submitted", "frozen"),
    }
    assert three_shots.clip("reel/moon").exists()
    assert lock.read_bytes() == before
    assert not (three_shots.root / ".seedance-sandbox" / "endpoint.json").exists()


def test_frozen_needs_no_key(three_shots: Reel) -> None:
    """With real money too: no key is asked for, and nobody is called."""
    done = three_shots.run("apply", "--frozen")

    assert (done.code, "no API key" in done.err) == (7, False)


def test_after_a_failure_nothing_more_is_submitted(three_shots: Reel) -> None:
    """One place, and the first shot fails: one POST, exit 4, and the two others say why they were not sent."""
    done = three_shots.apply("--fail-fast", "-j", "1", "--fault", "moderation:prompt~moon")

    assert done.code == 4, done.err
    assert three_shots.posts == 1
    assert "2 takes: not submitted: fail-fast: reel/moon failed" in done.err
