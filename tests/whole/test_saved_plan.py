"""A plan saved by one process and applied by others: twice, after edits, in the wrong realm, and over foreign files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.reel import Reel


@pytest.fixture
def plan(three_shots: Reel, tmp_path: Path) -> str:
    """Two of three shots as a saved plan."""
    path = str(tmp_path / "plan.json")
    assert three_shots.plan("-o", path, "--exclude", "exit").code == 0
    return path


def ends(events: list[dict[str, Any]]) -> dict[str, tuple[str, str | None]]:
    return {take["shot"]: (take["end"], take["message"]) for take in events[-1]["takes"]}


def test_a_plan_is_applied_row_by_row_and_buys_nothing_twice(three_shots: Reel, plan: str) -> None:
    """After an unrelated and a related edit: exit 7 for the edited shot alone. Taken back, the rest goes; then nothing
    is left to buy. A shot that was added since then is never part of it, and nobody is asked.
    """
    three_shots.write("more.yaml", "version: 1\nshots: { extra: { model: dreamina-seedance-2-0, prompt: More } }\n")
    three_shots.edit("reel.yaml", "Make the cat jump", "Make the cat leap")
    edited = three_shots.run("apply", "--sandbox", "--speed", "400", "--json", plan)

    assert (edited.code, three_shots.posts) == (7, 1)
    assert ends(edited.events()) == {
        "reel/moon": ("rendered", None),
        "reel/jump": ("not-submitted", "prompt changed (specs/reel.yaml:10:13)"),
    }

    three_shots.edit("reel.yaml", "Make the cat leap", "Make the cat jump")
    rest, again = three_shots.apply(plan), three_shots.apply(plan)

    assert (rest.code, again.code, three_shots.posts) == (0, 0, 2)
    assert "1 take of the saved plan is bought already: skipped, nothing to pay" in rest.err
    assert "2 takes of the saved plan are bought already: skipped, nothing to pay" in again.err
    assert not three_shots.clip("more/extra").exists()


def test_what_the_specs_were_read_with_is_saved(reel: Reel, tmp_path: Path) -> None:
    """Profile, --var, a file of variables and the environment's variable: the plan is applied without any of them."""
    reel.write("project.yaml", "version: 1\nprofiles: { draft: { metadata: { resolution: 480p } } }\n")
    reel.write(
        "film.yaml",
        """\
        version: 1
        vars: { hero: a cat, mood: calm, place: here }
        shots:
          moon: { model: dreamina-seedance-2-0, duration: 4, prompt: "${hero} ${mood} ${place}" }
        """,
    )
    variables, saved = tmp_path / "vars.yaml", tmp_path / "plan.json"
    variables.write_text("mood: wild\n")
    exported = replace(reel, environment={"SEEDANCE_VAR_place": "on the moon", "SEEDANCE_VAR_other": "private"})
    words = ["--profile", "draft", "--var", "hero=a dog", "--var-file", str(variables), "-o", str(saved)]
    assert exported.plan(*words).code == 0
    variables.unlink()

    done = reel.apply(str(saved))

    assert done.code == 0, done.err
    assert "private" not in saved.read_text()
    lock = (reel.root / "specs" / "seedance.sandbox.lock").read_text()
    assert ("a dog wild on the moon" in lock, '"profile":"draft"' in lock) == (True, True)


def test_what_is_not_the_plan_that_was_looked_at_is_refused(three_shots: Reel, plan: str) -> None:
    """Words that would change what it is about, and real money for a plan of the sandbox: usage errors that say why."""
    widened = three_shots.apply(plan, "--select", "moon", "--retake", "reel/moon")
    paid = three_shots.run("apply", "--yes", plan)

    assert (widened.code, paid.code) == (64, 64)
    assert "--retake, --select change what a plan is about" in widened.err
    assert "give them to `plan -o`" in widened.err
    assert "was planned for the sandbox: the two never mix\n  → add --sandbox" in paid.err


def test_a_damaged_plan_a_foreign_file_and_none_at_all_are_refused(three_shots: Reel, tmp_path: Path) -> None:
    """Each with its place and a way out, before anything is asked or sent."""
    (tmp_path / "damaged.json").write_text('{\n  "format": "seedance-spec/saved-plan/1",\n  "rows": 5\n}')
    (tmp_path / "notes.json").write_text("my notes")

    damaged = three_shots.apply(str(tmp_path / "damaged.json"))
    foreign = three_shots.plan("-o", str(tmp_path / "notes.json"))
    absent = three_shots.apply("moon")

    assert (damaged.code, foreign.code, absent.code) == (64, 64, 64)
    assert "damaged.json:1:1: the saved plan is damaged: project: field required" in damaged.err
    assert (tmp_path / "notes.json").read_text() == "my notes"
    assert "there is no saved plan moon" in absent.err


def test_no_secret_is_saved(reel: Reel, tmp_path: Path) -> None:
    """A variable that looks like a signed URL is not written into a file that people pass around."""
    reel.write(
        "a.yaml", 'version: 1\nvars: { at: x }\nshots: { a: { model: dreamina-seedance-2-0, prompt: "${at}" } }\n'
    )

    done = reel.plan("--var", "at=https://cdn.example/x?X-Amz-Signature=abc", "-o", str(tmp_path / "plan.json"))

    assert (done.code, "--var at holds what looks like a secret" in done.err) == (64, True)
    assert not (tmp_path / "plan.json").exists()
    assert list(tmp_path.glob(".plan*")) == []
