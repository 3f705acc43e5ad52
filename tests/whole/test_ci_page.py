"""docs/ci.md: each command line in it is executed, in order, against a gateway that is paid and a bare origin."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.films import small_film
from tests.support.reel import Reel
from tests.support.repositories import git
from tests.support.team import KEY_TEXT, Gateway, Standing, free_port
from tests.support.whole import REPOSITORY

PAGE = (REPOSITORY / "docs" / "ci.md").read_text(encoding="utf-8")


def recipes() -> dict[str, list[str]]:
    """The shell lines under each heading."""
    found: dict[str, list[str]] = {}
    for section in PAGE.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        if lines:
            found[title] = lines
    return found


@dataclass(slots=True)
class Place:
    """A project on main of a clone, with the scripts in ci/, and what it works against."""

    root: Path
    environment: dict[str, str]
    gateway: Gateway

    def rewrite(self, prompt: str) -> None:
        Reel(self.root).write("reel.yaml", small_film(moon=prompt))

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", line],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def serve(self, line: str) -> int:
        """A line that serves until it is stopped: it says where it listens, and ends well."""
        process = subprocess.Popen(
            ["bash", "-c", f"exec {line} --listen 127.0.0.1:0 --json"],
            cwd=self.root,
            env={**self.environment, "GITHUB_TOKEN": "a-token"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline(), process.communicate()[1]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        return process.returncode


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    made = Standing(tmp_path_factory.mktemp("receiver"), free_port())
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    made = Gateway(folder / "state", folder / "clips")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def place(tmp_path: Path, gateway: Gateway, standing: Standing) -> Place:
    root, origin = tmp_path / "film", tmp_path / "origin.git"
    Reel(root).write("reel.yaml", small_film(moon="A cat walking on the moon"))
    assert Reel(root).run("init").code == 0
    (root / "ci").mkdir()
    for script in ("learn-lockfile.sh", "commit-lockfile.sh", "union.py"):
        (root / "ci" / script).symlink_to(REPOSITORY / "action" / script)
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(origin))
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "Write the film")
    git(root, "remote", "add", "origin", str(origin))
    git(root, "push", "-qu", "origin", "main")
    program = tmp_path / "bin" / "seedance-spec"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seedance_spec "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    own = {
        "EASYROUTER_API_KEY": "sk-sandbox",
        "EASYROUTER_BASE_URL": gateway.url,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PAUSE": "0",
        "PYTHONPATH": str(REPOSITORY),
        "SEEDANCE_CALLBACK_KEY": KEY_TEXT,
        "SEEDANCE_RECEIVER": standing.url,
    }
    return Place(root, {**os.environ, **own}, gateway)


def test_the_page_has_commands_under_each_recipe() -> None:
    """The pull request, the action's scripts, and the four recipes."""
    assert [title.partition(" ")[0] for title in recipes()] == ["A", "The", "(a)", "(b)", "(c)", "(d)"]


@pytest.mark.parametrize("title", recipes())
def test_every_command_of_the_page_does_what_it_says(place: Place, title: str) -> None:
    """Each line ends as the page says, one after the other; every take is paid for once."""
    before = place.gateway.posts

    for number, line in enumerate(recipes()[title]):
        if "serve" in line:
            assert place.serve(line) == 0, line
            continue
        if line.startswith("seedance-spec apply --yes"):
            place.rewrite(f"{title}, line {number}")
        done = place.run(line)
        assert done.returncode == (2 if "--detailed-exitcode" in line else 0), (line, done.stdout, done.stderr)

    assert place.gateway.posts - before <= sum("apply" in line for line in recipes()[title])
