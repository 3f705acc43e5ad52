"""`show`, `takes` and `plan --explain` as a user meets them, after a real apply in the sandbox."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from seedance_spec.cli.documents import schema_of
from tests.support.reel import Reel
from tests.support.whole import python

HEAVY = ("httpx", "aiohttp", "av", "PIL", "rich")


@pytest.fixture(scope="module")
def a_rendered_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two takes of one shot, and a shot beside it, rendered once for all tests of this file."""
    reel = Reel(tmp_path_factory.mktemp("rendered") / "film")
    (reel.root / "specs").mkdir(parents=True)
    reel.write(
        "reel.yaml",
        """\
        version: 1
        defaults:
          model: dreamina-seedance-2-0
          duration: 4
          metadata: { resolution: 480p, ratio: 1:1, generate_audio: false }
        shots:
          moon:
            prompt: A cat walking on the moon
            takes: 2
            pick: 2
          jump: { prompt: Make the cat jump }
        """,
    )
    assert reel.apply().code == 0
    reel.stop_sandbox()
    return reel.root


@pytest.fixture
def rendered_reel(a_rendered_project: Path, tmp_path: Path) -> Reel:
    """A copy of the project: these verbs need no sandbox that runs."""
    return Reel(Path(shutil.copytree(a_rendered_project, tmp_path / "film")))


def test_takes_and_show_tell_what_the_sandbox_rendered(rendered_reel: Reel) -> None:
    """Both takes with their seeds, the shown file and the line that picks; the task in `show`; valid documents."""
    text = rendered_reel.run("takes", "reel/moon", "--sandbox")
    takes = json.loads(rendered_reel.run("takes", "reel/moon", "--sandbox", "--json").out)
    show = json.loads(rendered_reel.run("show", "reel/moon", "--sandbox", "--json").out)

    assert (text.code, text.err) == (0, "")
    assert "renders/sandbox/reel/moon.mp4" in text.out
    assert "write `pick: 1` at specs/reel.yaml:10:11 to show that take" in text.out
    jsonschema.Draft202012Validator(dict(schema_of("takes"))).validate(takes)
    jsonschema.Draft202012Validator(dict(schema_of("show"))).validate(show)
    (present,) = takes["requests"]
    assert [(row["take"], row["state"], row["chosen"], row["shown"]) for row in present["takes"]] == [
        (1, "rendered", False, False),
        (2, "rendered", True, True),
    ]
    assert all(isinstance(row["seed"], int) and row["frames"] == 97 for row in present["takes"])
    assert show["content_hash"] == present["content_hash"]
    assert show["request"]["prompt"] == "A cat walking on the moon"
    assert all(row["task_id"].startswith("task_") for row in show["takes"])


def test_an_edited_shot_is_explained_and_its_old_takes_stay_known(rendered_reel: Reel) -> None:
    """The changed word stands in its line with carets; nothing was written; the takes are those of an older request."""
    lock = (rendered_reel.root / "specs" / "seedance.sandbox.lock").read_bytes()
    rendered_reel.edit("reel.yaml", "walking", "dancing")

    told = rendered_reel.run("plan", "--sandbox", "--explain", "reel/moon", "--explain", "reel/jump")
    takes = json.loads(rendered_reel.run("takes", "reel/moon", "--sandbox", "--json").out)

    assert (told.code, told.err) == (0, "")
    assert "A cat [-walking-]{+dancing+} on the moon" in told.out
    assert "        8 |     prompt: A cat dancing on the moon\n" in told.out
    assert "goes on showing take 2 of v1:" in " ".join(told.out.split())
    assert "· reel/jump  unchanged" in told.out
    assert [(each["present"], each["changed"], len(each["takes"])) for each in takes["requests"]] == [
        (True, [], 2),
        (False, ["prompt"], 2),
    ]
    assert (rendered_reel.root / "specs" / "seedance.sandbox.lock").read_bytes() == lock


def test_a_shot_that_left_the_specs_is_only_known_to_takes(rendered_reel: Reel) -> None:
    """Its takes are kept and told; `show` says where to look."""
    rendered_reel.edit("reel.yaml", "  jump: { prompt: Make the cat jump }\n", "")

    takes, show = (rendered_reel.run(verb, "reel/jump", "--sandbox") for verb in ("takes", "show"))

    assert takes.code == 0
    assert "no longer in the specs; its takes are kept" in takes.out
    assert "renders/sandbox/reel/jump.mp4" in takes.out
    assert show.code == 64
    assert "seedance-spec takes reel/jump" in show.err


@pytest.mark.parametrize("words", [("takes", "mon"), ("plan", "--explain", "reel/moo")])
def test_an_unknown_shot_is_a_usage_error_that_names_the_nearest(three_shots: Reel, words: tuple[str, ...]) -> None:
    """Exit 64, and the shot that was probably meant."""
    told = three_shots.run(*words)

    assert (told.code, told.out) == (64, "")
    assert "did you mean reel/moon?" in told.err


def test_an_explanation_has_no_markdown(three_shots: Reel) -> None:
    """Two forms at once are refused with the way out."""
    told = three_shots.run("plan", "--explain", "reel/moon", "--markdown")

    assert (told.code, told.out) == (64, "")
    assert "--json" in told.err


@pytest.mark.parametrize("words", [("show", "reel/moon"), ("plan", "--explain", "reel/moon")])
def test_looking_at_a_shot_imports_no_network_and_no_media(three_shots: Reel, words: tuple[str, ...]) -> None:
    """These verbs are as light as `plan`: no HTTP stack and no decoder."""
    program = (
        f"import sys; from seedance_spec.cli import main; main({list(words)!r})\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = python(program, cwd=three_shots.root)

    assert "reel/moon" in done.out
    assert done.err == "[]\n"
