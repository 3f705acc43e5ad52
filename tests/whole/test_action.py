"""The action and the example workflows: right by the published schemas, and run step by step on an imitated runner."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from seedance_spec.cli.parser import parser_for
from seedance_spec.cli.verbs import load
from tests.support.films import small_film
from tests.support.github_api import serving_comments
from tests.support.moments import until
from tests.support.reel import Reel
from tests.support.repositories import git
from tests.support.runner import Runner
from tests.support.whole import REPOSITORY, environment

SCHEMAS = REPOSITORY / "tests" / "fixtures" / "ci"
EXAMPLES = sorted(path for path in (REPOSITORY / "docs" / "ci").glob("*.yml") if path.name != "gitlab-ci.yml")
ACTIONS = [REPOSITORY / "action.yml", REPOSITORY / "action" / "branches" / "action.yml"]
LOCK = "specs/seedance.sandbox.lock"


class Words(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is a word."""


Words.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Words.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile("^(?:true|false)$"), list("tf"))


def loaded(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Words)


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        *((path, "github-workflows") for path in (*EXAMPLES, *(REPOSITORY / ".github" / "workflows").glob("*.yml"))),
        *((path, "github-actions") for path in ACTIONS),
        (REPOSITORY / "docs" / "ci" / "gitlab-ci.yml", "gitlab-ci"),
    ],
    ids=lambda each: each.name if isinstance(each, Path) else "",
)
def test_it_is_right_by_the_published_schema(path: Path, schema: str) -> None:
    """No key is made up and no value of the wrong kind."""
    published = json.loads((SCHEMAS / f"{schema}.schema.json").read_text(encoding="utf-8"))

    errors = jsonschema.Draft7Validator(published).iter_errors(loaded(path))

    assert [f"{list(error.absolute_path)}: {error.message[:200]}" for error in errors] == []


def used(path: Path) -> Iterator[dict[str, str]]:
    """What each step of a workflow hands to our action."""
    for job in loaded(path)["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("OWNER/seedance-spec@"):
                yield step.get("with", {})


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_says_what_action_and_program_understand(path: Path) -> None:
    """Every input is one of the action's, every command one that the program parses."""
    inputs = loaded(REPOSITORY / "action.yml")["inputs"]
    steps = list(used(path))

    assert steps
    for given in steps:
        assert set(given) <= set(inputs)
        verb = given["command"]
        parser_for(verb, load(verb)).parse_args(shlex.split(given.get("args", "")))


def test_no_expression_stands_in_a_script() -> None:
    """What a pull request can name (a branch, a title) reaches scripts by the environment, never as their text."""
    steps = [step for path in ACTIONS for step in loaded(path)["runs"]["steps"]]

    assert [step["run"] for step in steps if "${{" in step["run"]] == []


@pytest.fixture
def checkout(reel: Reel, tmp_path: Path) -> Reel:
    """A film of one shot, cloned from a bare origin; the sandbox's lockfile is what gets committed."""
    origin = tmp_path / "origin.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(origin))
    reel.write("reel.yaml", small_film(moon="A cat walking on the moon"))
    (reel.root / LOCK).write_text("", encoding="utf-8")
    git(reel.root, "init", "-q", "-b", "main")
    (reel.root / ".gitignore").write_text(".seedance/\n.seedance-sandbox/\nrenders/\n", encoding="utf-8")
    git(reel.root, "add", "-A")
    git(reel.root, "commit", "-qm", "Write the film")
    git(reel.root, "remote", "add", "origin", str(origin))
    git(reel.root, "push", "-q", "origin", "main")
    return reel


def a_runner(reel: Reel, *, pull_request: bool = False, **more: str) -> Runner:
    temp = reel.root.parent / "temp"
    temp.mkdir(exist_ok=True)
    event = (
        {"pull_request": {"number": 7, "base": {"sha": git(reel.root, "rev-parse", "HEAD")}}} if pull_request else {}
    )
    github = {"ref_name": "main", "head_ref": "", "repository": "team/film", "token": "a-token", "event": event}
    return Runner(workspace=reel.root, temp=temp, github=github, environment=more)


def committed(reel: Reel) -> list[str]:
    """The status of every attempt in the lockfile at the origin's tip."""
    lines = git(reel.root.parent / "origin.git", "show", f"main:{LOCK}").splitlines()
    return [fact["status"] for fact in map(json.loads, lines) if fact["kind"] == "attempt"]


def test_a_plan_on_a_pull_request_is_commented_and_asks_for_no_key(checkout: Reel) -> None:
    """The outputs tell the price, the summary and the one comment show the plan; nothing is committed."""
    with serving_comments() as comments:
        runner = a_runner(checkout, pull_request=True, GITHUB_API_URL=comments.url)
        job = runner.use(command="plan", comment="true")

    assert job.failed == (), job.log
    assert job.outputs == {"changed": "true", "cost": "0.27", "failed": "0", "pending": "0", "exit-code": "0"}
    (comment,) = comments.comments
    assert comment["body"].startswith("<!-- seedance-spec: plan -->\n### <code>project</code>: 1 render, about")
    assert comment["body"].partition("\n")[2].strip() == job.summary.strip()


def test_submit_and_collect_commit_what_they_learned(checkout: Reel) -> None:
    """Recipe (b): the first job leaves with 0 and the fact committed, the second commits the clip; one POST."""
    first = a_runner(checkout).use(
        command="apply", args="--sandbox --yes --detach --max-cost 20 --speed 400", lockfile=LOCK, commit="true"
    )
    submitted = committed(checkout)
    with serving_comments() as comments:
        second = a_runner(
            checkout, pull_request=True, GITHUB_API_URL=comments.url, GITHUB_SERVER_URL="https://github.example"
        ).use(
            command="collect",
            args="--sandbox --timeout 60",
            lockfile=LOCK,
            commit="true",
            comment="true",
            posters_branch="seedance-posters",
        )

    assert (first.failed, second.failed) == ((), ()), first.log + second.log
    assert (submitted, committed(checkout)) == (["submitted"], ["succeeded"])
    assert first.outputs["pending"] == "1"
    assert second.outputs["pending"] == "0"
    body = comments.comments[0]["body"]
    (poster,) = git(checkout.root.parent / "origin.git", "ls-tree", "--name-only", "seedance-posters").splitlines()
    assert f'src="https://github.example/team/film/raw/seedance-posters/{poster}"' in body
    assert checkout.posts == 1


def test_a_failed_run_commits_all_the_same_and_fails_the_job(checkout: Reel) -> None:
    """Exit 4 is the step's, its failure is on record, and later steps read the code."""
    job = a_runner(checkout).use(
        command="apply", args="--sandbox --yes --speed 400 --fault moderation", lockfile=LOCK, commit="true"
    )

    assert job.failed == ("Run",)
    assert job.outputs["exit-code"] == "4"
    assert committed(checkout) == ["failed"]


def test_pictures_that_cannot_be_pushed_cost_no_comment(checkout: Reel) -> None:
    """A remote that takes no such branch is asked once; what came of it is told without pictures."""
    hook = checkout.root.parent / "origin.git" / "hooks" / "update"
    hook.write_text("#!/bin/sh\ncase $1 in *posters) echo asked >>asked; exit 1;; esac\n", encoding="utf-8")
    hook.chmod(0o755)
    with serving_comments() as comments:
        server = {"GITHUB_API_URL": comments.url, "GITHUB_SERVER_URL": "https://github.example"}
        job = a_runner(checkout, pull_request=True, **server).use(
            command="apply",
            args="--sandbox --yes --speed 400",
            lockfile=LOCK,
            comment="true",
            posters_branch="seedance-posters",
        )

    assert job.failed == (), job.log
    assert "may this token write there?" in job.log
    assert (hook.parent.parent / "asked").read_text(encoding="utf-8") == "asked\n"
    body = comments.comments[0]["body"]
    assert "1 of 1 take rendered" in body
    assert "<img" not in body


def test_secrets_are_hidden_before_anything_is_said(checkout: Reel) -> None:
    """The key and one that lies in a file: masked first thing."""
    key_file = checkout.root.parent / "key"
    key_file.write_text("sk-filed\n", encoding="utf-8")
    job = a_runner(checkout, EASYROUTER_API_KEY="sk-given", EASYROUTER_API_KEY_FILE=str(key_file)).use(command="plan")

    assert job.log.splitlines()[:2] == ["::add-mask::sk-given", "::add-mask::sk-filed"]


def test_a_cancelled_job_s_signal_reaches_the_program(checkout: Reel) -> None:
    """SIGINT to the step's first process alone: the program records, ends with 143, and the step says so."""
    output = checkout.root.parent / "output"
    bin_folder = checkout.root.parent / "bin"
    bin_folder.mkdir()
    program = bin_folder / "seedance-spec"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(checkout.command())} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    own = environment()
    step = subprocess.Popen(
        ["bash", str(REPOSITORY / "action" / "run.sh")],
        cwd=checkout.root,
        env={
            **own,
            "PATH": f"{bin_folder}:{own['PATH']}",
            "COMMAND": "apply",
            "ARGS": "--sandbox --yes --speed 60 --fault slow:100",
            "GITHUB_OUTPUT": str(output),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: '"status":"submitted"' in (checkout.root / LOCK).read_text("utf-8"), "a task on record")

    step.send_signal(signal.SIGINT)

    assert step.wait(timeout=60) == 143
    assert output.read_text("utf-8") == "exit-code=143\n"
