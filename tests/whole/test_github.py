"""The program on a GitHub runner: annotations in the log, a summary, outputs for later steps, no commands but ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.films import small_film
from tests.support.reel import Reel

MOON = small_film(moon="A cat walking on the moon")


@pytest.fixture
def on_github(reel: Reel, tmp_path: Path) -> Reel:
    """A film of one shot in a folder below the repository's root, on a runner."""
    reel.write("reel.yaml", MOON)
    files = {"GITHUB_STEP_SUMMARY": "summary.md", "GITHUB_OUTPUT": "output.txt"}
    environment = {name: str(tmp_path / file) for name, file in files.items()}
    return replace(reel, environment={"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path), **environment})


def summary(reel: Reel) -> str:
    path = Path(reel.environment["GITHUB_STEP_SUMMARY"])
    return path.read_text(encoding="utf-8") if path.exists() else ""


def outputs(reel: Reel) -> dict[str, str]:
    """What later steps see: of several lines for one name the last."""
    path = Path(reel.environment["GITHUB_OUTPUT"])
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("verb", ["validate", "plan"])
def test_a_broken_spec_is_annotated_at_its_line(on_github: Reel, verb: str) -> None:
    """One annotation, its file named from the repository's root; the picture stands in the log as ever."""
    on_github.edit("reel.yaml", "prompt:", "promt:")

    done = on_github.run(verb)

    assert done.code == 3
    commands = [line for line in done.err.splitlines() if line.startswith("::")]
    assert 'file=film/specs/reel.yaml,line=8,col=5,endColumn=9,title=unknown-key::unknown key "promt"' in commands[0]
    assert "    8 |     promt: A cat walking on the moon" in done.err


def test_validate_as_json_is_annotated_too(on_github: Reel) -> None:
    """Data on stdout stays data; annotations are for the log."""
    on_github.edit("reel.yaml", "prompt:", "promt:")

    done = on_github.run("validate", "--json")

    assert done.out.startswith("{")
    assert done.err.startswith("::error file=film/specs/reel.yaml,line=8")


def test_a_plan_fills_the_summary_and_the_outputs(on_github: Reel) -> None:
    """The same Markdown as `plan --markdown`, and four figures; without a key."""
    done = on_github.run("plan", "--markdown")

    assert done.code == 0
    assert summary(on_github).strip() == done.out.strip()
    assert outputs(on_github) == {"changed": "true", "cost": "0.27", "failed": "0", "pending": "0"}


def test_a_run_that_leaves_says_what_is_pending_and_collect_what_it_cost(on_github: Reel) -> None:
    """Detached: one pending for its estimate. Collected: none pending, billed. Once more: nothing changed."""
    assert on_github.apply("--detach").code == 0
    detached = outputs(on_github)
    assert on_github.run("collect", "--sandbox").code == 0
    collected = outputs(on_github)
    assert on_github.run("collect", "--sandbox").code == 0

    assert detached == {"changed": "true", "cost": "0.27", "failed": "0", "pending": "1"}
    assert collected == {"changed": "true", "cost": "0.27", "failed": "0", "pending": "0"}
    assert outputs(on_github) == {"changed": "false", "cost": "0.00", "failed": "0", "pending": "0"}
    assert "**0 of 1 take rendered · 1 still running: the same command goes on**" in summary(on_github)
    assert "**1 of 1 take rendered" in summary(on_github)


def test_a_failed_shot_is_annotated_where_it_is_written(on_github: Reel) -> None:
    """Beside the shot's own line, with what they said; `failed` counts it."""
    done = on_github.apply("--fault", "moderation")

    (command,) = [line for line in done.err.splitlines() if line.startswith("::")]
    assert command.startswith("::error file=film/specs/reel.yaml,line=7,col=3,endColumn=6,title=failed::reel/moon: ")
    assert outputs(on_github) == {"changed": "true", "cost": "0.00", "failed": "1", "pending": "0"}


def test_a_stop_is_annotated_with_its_way_out(on_github: Reel) -> None:
    """No key: whoever sees only the run's page reads why, and what to do."""
    done = on_github.run("apply")

    (command,) = [line for line in done.err.splitlines() if line.startswith("::")]
    assert command.startswith(
        "::error title=seedance-spec%3A exit 64::there is no API key%0A  → set EASYROUTER_API_KEY"
    )


def test_a_refusal_by_the_cap_shows_the_plan_all_the_same(on_github: Reel) -> None:
    """Exit 5: the summary tells what would have been paid, the outputs that nothing was."""
    done = on_github.apply("--max-cost", "0.1")

    assert done.code == 5
    assert "1 render, about" in summary(on_github)
    assert outputs(on_github)["changed"] == "true"
    assert outputs(on_github)["cost"] == "0.00"


def test_a_prompt_cannot_command_the_runner(on_github: Reel) -> None:
    """What a pull request writes is shown, broken by an invisible blank, and never obeyed."""
    on_github.write("reel.yaml", small_film(moon='"calm"'))
    assert on_github.apply().code == 0
    on_github.write("reel.yaml", small_film(moon='"::add-mask::a ##[add-mask]b"'))

    done = on_github.plan()

    assert not [line for line in (done.out + done.err).splitlines() if line.lstrip().startswith("::")]
    assert "##[" not in done.out + done.err
    assert "add-mask" in done.out


def test_elsewhere_nothing_of_it_happens(on_github: Reel) -> None:
    """Without GITHUB_ACTIONS=true no file is written and no command printed."""
    elsewhere = replace(on_github, environment={**on_github.environment, "GITHUB_ACTIONS": "false"})

    done = elsewhere.run("plan")

    assert done.code == 0
    assert (summary(elsewhere), outputs(elsewhere)) == ("", {})


def test_files_of_the_runner_that_cannot_be_written_end_no_run(on_github: Reel) -> None:
    """What is beside the log is never a reason to fail."""
    nowhere = {"GITHUB_STEP_SUMMARY": "/nowhere/a", "GITHUB_OUTPUT": "/nowhere/b"}
    broken = replace(on_github, environment={**on_github.environment, **nowhere})

    assert broken.run("plan").code == 0
