"""The action's scripts where a branch is hostile or a runner unlucky: nothing of a checkout runs, no word is lost."""

from __future__ import annotations

import os
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.support.whole import REPOSITORY

TRAP = "import pathlib\npathlib.Path({mark!r}).write_text('ran')\n"
PROGRAM = '#!/bin/sh\nprintf "%s\\n" "$@" >"$TOLD"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How `run.sh` ended: `words` are what the program was run with, None where it was not run."""

    code: int
    log: str
    words: list[str] | None


def run_step(folder: Path, args: str, **environment: str) -> Step:
    """The action's run step in a checkout; a program that notes its words stands on the PATH."""
    checkout, programs, told = folder / "checkout", folder / "programs", folder / "told"
    checkout.mkdir(exist_ok=True)
    programs.mkdir()
    program = programs / "seedance-spec"
    program.write_text(PROGRAM, encoding="utf-8")
    program.chmod(0o755)
    own = {
        **os.environ,
        "ARGS": args,
        "COMMAND": "plan",
        "GITHUB_OUTPUT": str(folder / "output"),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "SOURCE": str(REPOSITORY),
        "TOLD": str(told),
        **environment,
    }
    script = str(REPOSITORY / "action" / "run.sh")
    done = subprocess.run(
        ["bash", script], cwd=checkout, env=own, capture_output=True, text=True, timeout=60, check=False
    )
    words = told.read_text(encoding="utf-8").splitlines() if told.exists() else None
    return Step(code=done.returncode, log=done.stdout + done.stderr, words=words)


def test_the_words_are_split_as_a_shell_splits_them(tmp_path: Path) -> None:
    """Quotes hold a word together over blanks, and lines of YAML are blanks."""
    step = run_step(tmp_path, "--var 'hero=a tabby cat'\n--locked")

    assert (step.code, step.words) == (0, ["plan", "--var", "hero=a tabby cat", "--locked"])


@pytest.mark.parametrize(
    ("args", "said"), [("--locked '", "No closing quotation"), ("--var 'a\nb'", "a word holds a line break")]
)
def test_words_that_cannot_be_split_run_nothing(tmp_path: Path, args: str, said: str) -> None:
    """A gate that lost its --locked would let everything pass: the step fails instead."""
    step = run_step(tmp_path, args)

    assert (step.code, step.words) == (64, None)
    assert said in step.log


def test_no_module_of_the_checkout_is_run_beside_the_key(tmp_path: Path) -> None:
    """A branch that holds a shlex.py, json.py or os.py of its own is not imported by the action's Python."""
    mark = tmp_path / "mark"
    (tmp_path / "checkout").mkdir()
    for name in ("shlex", "json", "venv", "pip"):
        (tmp_path / "checkout" / f"{name}.py").write_text(TRAP.format(mark=str(mark)), encoding="utf-8")

    step = run_step(tmp_path, "--locked", EASYROUTER_API_KEY="sk-given")

    assert (step.code, step.words) == (0, ["plan", "--locked"])
    assert not mark.exists()


def test_every_python_of_the_action_is_an_isolated_one() -> None:
    """Without -I the folder of the checkout comes first on the path of `-c` and `-m`."""
    scripts = [*REPOSITORY.glob("action/**/*.sh"), REPOSITORY / "action.yml"]
    lines = [line.strip() for script in scripts for line in script.read_text(encoding="utf-8").splitlines()]

    called = [line for line in lines if "python3" in line or "bin/python" in line]
    assert len(called) >= 6
    assert [line for line in called if " -I " not in line] == []


def test_every_line_of_a_key_file_is_hidden(tmp_path: Path) -> None:
    """A runner takes one line at a time, and reads `%25` as `%`."""
    key_file = tmp_path / "key"
    key_file.write_text("sk-one%0A\n\nsk-two\n", encoding="utf-8")

    step = run_step(tmp_path, "", EASYROUTER_API_KEY="sk-given", EASYROUTER_API_KEY_FILE=str(key_file))

    assert step.log.splitlines() == ["::add-mask::sk-given", "::add-mask::sk-one%250A", "::add-mask::sk-two"]


def test_branches_that_cannot_be_listed_fail_the_step(tmp_path: Path) -> None:
    """No list is not an empty list: a job that collects nothing must not look like one that had nothing to do."""
    action = yaml.safe_load((REPOSITORY / "action" / "branches" / "action.yml").read_text(encoding="utf-8"))
    script = action["runs"]["steps"][0]["run"]
    own = {**os.environ, "GITHUB_OUTPUT": str(tmp_path / "output"), "RUNS": "[not json"}
    own["SOURCE"] = str(REPOSITORY / "action" / "branches")

    done = subprocess.run(["bash", "-e", "-c", script], cwd=REPOSITORY, env=own, capture_output=True, check=False)

    assert done.returncode != 0


def test_a_source_distribution_holds_the_action() -> None:
    """Its own tests run it, and so may whoever vendors it."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))

    included = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"action", "action.yml", ".pre-commit-hooks.yaml"} <= set(included)
