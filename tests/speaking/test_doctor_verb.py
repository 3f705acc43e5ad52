"""The `doctor` verb as a process: exit codes, what it prints and where, and that no key is ever in it."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import Draft202012Validator

from seedance_spec.cli.documents import schema_of
from seedance_spec.gateway.account import AccountRoute
from tests.support.doctoring import (
    Act,
    a_gateway,
    a_project,
    files_of,
    json_reply,
    shape_a,
    well,
)
from tests.support.whole import Done, on_a_terminal, seedance_spec

KEY = "sk-canary"
CALLBACK_KEY = "canary of a callback key"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return a_project(tmp_path / "film")


async def examined_by_key(project: Path, answers: dict[str, Act], *words: str) -> Done:
    async with a_gateway(answers) as gateway:
        env = {
            "EASYROUTER_API_KEY": KEY,
            "EASYROUTER_BASE_URL": gateway.url,
            "SEEDANCE_CALLBACK_KEY": CALLBACK_KEY,
        }
        return await asyncio.to_thread(seedance_spec, "doctor", *words, cwd=project, env=env)


def by_name(done: Done) -> dict[str, dict[str, Any]]:
    document = json.loads(done.out)
    Draft202012Validator(dict(schema_of("doctor"))).validate(document)
    return {finding["name"]: finding for finding in document["findings"]}


@pytest.mark.anyio
async def test_a_key_that_works_is_all_right(project: Path) -> None:
    """Exit 0, all on stdout, nothing on stderr, no escape, no line beyond 80 columns, and no key."""
    done = await examined_by_key(project, well(now=time.time()))
    assert (done.code, done.err) == (0, "")
    assert "  ✓ key           accepted (EASYROUTER_API_KEY)\n" in done.out
    assert ("\x1b" in done.out, KEY in done.out, max(map(len, done.out.splitlines())) <= 80) == (False, False, True)


@pytest.mark.anyio
async def test_a_refused_key_needs_the_user(project: Path) -> None:
    """Exit 8 in both forms; a gateway that repeats a key, or knows another secret of ours, makes nobody print it."""
    said = shape_a(f"Invalid token {KEY} or {CALLBACK_KEY}")
    answers = {**well(now=time.time()), AccountRoute.NO_TASK: json_reply(said, 401)}
    for words in ((), ("--json",)):
        done = await examined_by_key(project, answers, *words)
        assert (done.code, done.err, "Invalid token" in done.out) == (8, "", True)
        assert {KEY in done.out, CALLBACK_KEY in done.out} == {False}


def test_without_a_key_it_says_what_cannot_be_looked_at(project: Path) -> None:
    """Exit 0: nobody must have a key, and everything else is looked at."""
    done = seedance_spec("doctor", "--json", cwd=project)
    found = by_name(done)
    assert (done.code, found["key"]["state"], found["gateway"]["state"]) == (0, "warn", "skipped")
    assert "EASYROUTER_API_KEY" in found["key"]["way_out"]
    assert found["disk"]["state"] in {"ok", "warn"}


def test_outside_a_project_the_machine_is_looked_at(tmp_path: Path) -> None:
    """A folder that is no project is a warning; one that was named and is none is a mistake of the command line."""
    here = seedance_spec("doctor", "--json", cwd=tmp_path)
    assert (here.code, by_name(here)["specs"]["state"]) == (0, "warn")
    assert seedance_spec("doctor", "-C", str(tmp_path), cwd=tmp_path).code == 64


def test_a_spec_with_an_error_needs_the_user(project: Path) -> None:
    """Exit 8, and the way to see the error."""
    a_project(project, spec="version: 1\nshots: { moon: { promt: A cat } }\n")
    done = seedance_spec("doctor", "--json", cwd=project)
    found = by_name(done)["specs"]
    assert (done.code, found["state"], "seedance-spec validate" in found["way_out"]) == (8, "fail", True)


@pytest.mark.parametrize("content", [b"\xff", b""])
def test_a_key_file_that_holds_no_key_needs_the_user(project: Path, tmp_path: Path, content: bytes) -> None:
    """Whoever names a file means to have a key: exit 8, and the variable's name."""
    file = tmp_path / "key"
    file.write_bytes(content)
    done = seedance_spec("doctor", "--json", cwd=project, env={"EASYROUTER_API_KEY_FILE": str(file)})
    found = by_name(done)["key"]
    assert (done.code, found["state"]) == (8, "fail")
    assert "EASYROUTER_API_KEY_FILE" in found["said"]


def test_it_leaves_the_project_as_it_found_it(project: Path) -> None:
    """Neither key file nor journal nor lockfile is made, and the sandbox is not started."""
    before = files_of(project)
    plain, sandbox = (seedance_spec("doctor", *words, cwd=project) for words in ((), ("--sandbox",)))
    assert (plain.code, sandbox.code, files_of(project)) == (0, 0, before)
    assert "apply --sandbox" in sandbox.out


@pytest.mark.parametrize("url", ["hooks.example", "http://hooks.example", "https://user@hooks.example"])
def test_a_receiver_that_could_leak_a_token_is_refused(project: Path, url: str) -> None:
    """A receiver is https or this machine itself, as for apply."""
    assert seedance_spec("doctor", "--receiver", url, cwd=project).code == 64


def test_with_a_receiver_elsewhere_nothing_is_listened_at(project: Path) -> None:
    """`--listen` beside a receiver, from the line or the environment, contradicts it, as it does for apply."""
    env = {"SEEDANCE_RECEIVER": "https://hooks.example"}
    assert seedance_spec("doctor", "--listen", "127.0.0.1:0", cwd=project, env=env).code == 64


def test_the_receiver_of_the_environment_is_asked(project: Path) -> None:
    """SEEDANCE_RECEIVER is what apply would share: without the key to it, that is what is said."""
    env = {"SEEDANCE_RECEIVER": "http://127.0.0.1:9"}
    done = seedance_spec("doctor", "--json", cwd=project, env=env)
    found = by_name(done)["receiver"]
    assert (done.code, found["state"], "no callback key" in found["said"]) == (8, "fail", True)


def test_a_terminal_is_shown_what_is_waited_for(project: Path) -> None:
    """Progress is painted on stderr and taken away; the findings stay on stdout."""
    done = on_a_terminal("from seedance_spec.cli import main; raise SystemExit(main(['doctor']))", cwd=project)
    assert (done.code, "looking at" in done.err, "\x1b[?25h" in done.err) == (0, True, True)
    assert done.out.startswith("machine\n")
