"""`serve --notify` as a process: whom it tells, what it says of that, and what it refuses to begin with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import jsonschema
import pytest

from seedance_spec.attempts.attempt_id import project_prefix
from seedance_spec.cli import main
from seedance_spec.cli.documents import schema_of
from tests.support.attempts import PROJECT, RUN
from tests.support.notifying import DISPATCH, REPOSITORY, TOKEN, a_forge
from tests.support.served import SHARED, Served, a_young_attempt, serving_process
from tests.support.standing import THEIRS

SECRET = "whsec_" + "c2VjcmV0" * 6
SOON = ("--notify-quiet", "0.2", "--notify-deadline", "60")

Here: TypeAlias = Callable[..., tuple[int, str, str]]


async def _line(serve: Served, event: str) -> dict[str, object]:
    """The next line of this kind that it says on stdout."""
    assert serve.process.stdout is not None
    while True:
        line = await asyncio.wait_for(serve.process.stdout.readline(), 30)
        assert line, f"it ended without {event}"
        serve.out += line.decode()
        said: dict[str, object] = json.loads(line)
        if said["event"] == event:
            return said


@pytest.mark.anyio
async def test_it_tells_the_workflow_of_a_run_that_has_ended(tmp_path: Path) -> None:
    """A real callback, a real dispatch with the environment's token; said for people and as a published line."""
    with a_forge(503) as forge:
        env = {**SHARED, "GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": forge.url}
        words = ("--notify", f"{PROJECT}=github:{REPOSITORY}", *SOON)
        async with serving_process(tmp_path, *words, env=env) as serve:
            assert await serve.call_back(a_young_attempt(1)) == 200
            assert await serve.call_back(a_young_attempt(2, project_id=THEIRS)) == 200
            missed, told = await _line(serve, "not-notified"), await _line(serve, "notified")
            assert await serve.end() == 0

    notice = {
        "version": 1,
        "id": told["id"],
        "project": project_prefix(PROJECT),
        "realm": "paid",
        "complete": True,
        "runs": [{"run": RUN, "attempts": 1, "ended": 1}],
    }
    head = {"format": "seedance-spec/serve/1", "target": f"github:{REPOSITORY}"}
    assert missed == {**head, "event": "not-notified", "reason": "HTTP 503", **notice}
    assert told == {**head, "event": "notified", **notice}
    assert [(each.path, each.payload) for each in forge.heard] == [(DISPATCH, notice)] * 2
    assert serve.err.splitlines()[3:6] == [
        f"  notifies: github:{REPOSITORY}",
        f"cannot notify github:{REPOSITORY} (HTTP 503): trying again, for three days",
        f"notified github:{REPOSITORY}: run {RUN}, 1 of 1 ended",
    ]
    for line in serve.out.splitlines():
        jsonschema.validate(json.loads(line), schema_of("serve"))
    assert TOKEN not in serve.out + serve.err


@pytest.mark.anyio
async def test_a_target_that_does_not_answer_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Callbacks are taken in and SIGTERM ends it while a message is on its way; the next one sends it again."""
    reached = asyncio.Event()
    writers: list[asyncio.StreamWriter] = []

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        writers.append(writer)

    hook = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = hook.sockets[0].getsockname()[1]
    env = {**SHARED, "SEEDANCE_NOTIFY_SECRET": SECRET}
    words = ("--notify", f"http://127.0.0.1:{port}/hook", *SOON)
    async with serving_process(tmp_path, *words, env=env) as serve:
        assert await serve.call_back(a_young_attempt(1)) == 200
        await asyncio.wait_for(reached.wait(), 30)
        assert await serve.call_back(a_young_attempt(2)) == 200
        assert await serve.end() == 0
    for writer in writers:
        writer.close()
    hook.close()
    await hook.wait_closed()

    with a_forge(port=port) as forge:
        async with serving_process(tmp_path, *words, env=env) as serve:
            told = await _line(serve, "notified")

    assert told["runs"] == [{"run": RUN, "attempts": 2, "ended": 2}]
    assert {each.json["type"] for each in forge.taken} == {"seedance.collect"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs `serve --notify …` in this process, where it cannot come to serve."""

    def run(*words: str, **env: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        for name, value in {**SHARED, **env}.items():
            monkeypatch.setenv(name, value)
        code = main(["serve", "--state", "x", "--listen", "192.0.2.1:80", *words])
        return code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        (["--notify", "github:studio/film"], {}, "--notify needs GITHUB_TOKEN in the environment"),
        (["--notify", "github:studio"], {"GITHUB_TOKEN": TOKEN}, "names no repository\n  → --notify github:OWNER/REPO"),
        (["--notify", "https://ci.example"], {}, "--notify needs SEEDANCE_NOTIFY_SECRET in the environment\n  → make"),
        (
            ["--notify", "https://ci.example"],
            {"SEEDANCE_NOTIFY_SECRET": "too-short"},
            "SEEDANCE_NOTIFY_SECRET: it must be base64",
        ),
        (
            ["--notify", "https://ci.example"],
            {"SEEDANCE_NOTIFY_SECRET": SECRET, "SEEDANCE_NOTIFY_SECRET_PREVIOUS": "whsec_b2xk"},
            "SEEDANCE_NOTIFY_SECRET_PREVIOUS: it must stand for 24 to 64 random bytes",
        ),
        (["--notify", "http://ci.example"], {"SEEDANCE_NOTIFY_SECRET": SECRET}, "--notify must be https"),
        (["--notify", "ci.example/hook"], {"SEEDANCE_NOTIFY_SECRET": SECRET}, "--notify must begin with https://"),
        (
            ["--notify", "https://ci.example/?token=sk-abc"],
            {"SEEDANCE_NOTIFY_SECRET": SECRET},
            "--notify must hold neither a user, a query nor a fragment",
        ),
        (
            ["--notify", "github:a/b", "--notify", f"{PROJECT}=github:a/b"],
            {"GITHUB_TOKEN": TOKEN},
            "--notify github:a/b is given for one project and for all",
        ),
        (["--notify", "github:a/b"], {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "ftp://x"}, "GITHUB_API_URL must begin"),
        (["--notify-quiet", "0"], {}, "argument --notify-quiet: a number of at least 0.05, not '0'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_served(
    here: Here, words: list[str], env: dict[str, str], said: str
) -> None:
    """Exit 64 with the way out; a token stands in the environment and never on the command line, and none is shown."""
    code, out, err = here(*words, **env)

    assert (code, out) == (64, "")
    assert said in err
    assert [text for text in (*env.values(), "sk-abc") if text in err and not text.startswith("ftp")] == []
