"""`serve` is a process: one per state folder, with a key it may trust, ended in order, whatever it was doing."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import socket
import stat
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest

from seedance_spec.cli.documents import schema_of
from seedance_spec.journal.receiver_file import ReceiverFile
from seedance_spec.webhook.capability import callback_path, derive_key
from seedance_spec.webhook.standing_place import RECORDS_FILE, Running, running
from tests.support.receiving import raw
from tests.support.served import (
    ANY_PORT,
    KEY,
    PREVIOUS,
    PREVIOUS_TEXT,
    SHARED,
    a_young_attempt,
    serving_process,
    started,
)
from tests.support.standing import A_THIRD, OURS, THEIRS, token_of
from tests.support.whole import seedance_spec

pytestmark = pytest.mark.anyio

NOTHING_CAME = "callbacks stored: 0 · claims granted: 0 · claims that another attempt held: 0 · outcomes reported: 0"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "film" / "specs").mkdir(parents=True)
    return tmp_path / "film"


def _file_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ── as it runs ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_it_serves_three_projects_each_its_own(tmp_path: Path) -> None:
    """One process, no project of its own, no API key: callbacks of three projects, and each owner reads its own."""
    attempts = {project: a_young_attempt(project_id=project) for project in (OURS, THEIRS, A_THIRD)}
    async with serving_process(tmp_path) as serve:
        assert [await serve.call_back(each) for each in attempts.values()] == [200, 200, 200]
        pages = {project: await serve.feed(project) for project in attempts}
        code = await serve.end()

    assert pages == {project: (200, [attempt]) for project, attempt in attempts.items()}
    assert (code, json.loads(serve.out.splitlines()[-1])["callbacks"]) == (0, 3)


async def test_sigterm_ends_it_whatever_is_under_way(tmp_path: Path) -> None:
    """A long poll, a slow body and idle connections do not keep it: exit 0, receiver.json gone, nothing lost."""
    async with serving_process(tmp_path) as serve:
        kept = a_young_attempt()
        assert await serve.call_back(kept) == 200
        poll = (
            f"GET /v1/events?after=1&wait=30 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token_of(key=KEY)}\r\n\r\n"
        )
        slow = f"POST {callback_path(kept, KEY)} HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{{"
        others = [asyncio.create_task(raw(serve.url, each.encode())) for each in (poll, slow, "")]
        await asyncio.sleep(0.1)
        code = await serve.end()
        answers = await asyncio.gather(*others)

    assert (code, answers[0], running(serve.state)) == (0, "HTTP/1.1 200 OK", None)
    assert {path.name for path in serve.state.iterdir()} == {"lock", RECORDS_FILE}
    with closing(ReceiverFile(serve.state / RECORDS_FILE)) as file:
        assert len(file.events(token_of()[:16], after=0).events) == 1


async def test_ctrl_c_is_the_ordinary_end(tmp_path: Path) -> None:
    """SIGINT ends it as SIGTERM does: nothing was interrupted, so it exits with 0."""
    async with serving_process(tmp_path) as serve:
        assert await serve.end(signal.SIGINT) == 0


async def test_a_killed_one_is_followed_by_one_that_goes_on(tmp_path: Path) -> None:
    """SIGKILL loses nothing that was answered with 200, and what it left behind is taken for no running receiver."""
    first_attempt, second_attempt = a_young_attempt(1), a_young_attempt(2)
    async with serving_process(tmp_path) as first:
        assert await first.call_back(first_attempt) == 200
        assert running(first.state) == Running(url=first.url, pid=first.process.pid)
        assert await first.end(signal.SIGKILL) == -signal.SIGKILL
    assert ((first.state / "receiver.json").exists(), running(first.state)) == (True, None)

    async with serving_process(tmp_path) as second:
        assert await second.call_back(second_attempt) == 200
        assert await second.feed() == (200, [first_attempt, second_attempt])
        assert running(second.state) == Running(url=second.url, pid=second.process.pid)


async def test_another_on_the_same_folder_is_told_which_one_holds_it(tmp_path: Path) -> None:
    """Exit 6 with its URL and process; the first is not disturbed."""
    async with serving_process(tmp_path) as serve:
        done = await asyncio.to_thread(seedance_spec, "serve", *ANY_PORT, "--state", "state", cwd=tmp_path, env=SHARED)
        assert await serve.feed() == (200, [])

    said = f"another receiver already runs on state: {serve.url}, process {serve.process.pid}\n"
    assert (done.code, done.out, done.err) == (6, "", said)


async def test_its_files_are_its_users_alone(tmp_path: Path) -> None:
    """The folder is 0700; records, lock and receiver.json are 0600, and that names URL and process, no key."""
    async with serving_process(tmp_path, "--public-url", "https://hooks.example.com/") as serve:
        modes = {_file_mode(path) for path in serve.state.iterdir()}
        fields = json.loads((serve.state / "receiver.json").read_text())

    assert (_file_mode(serve.state), modes) == (0o700, {0o600})
    assert fields == {"url": serve.url, "pid": serve.process.pid, "public_url": "https://hooks.example.com"}


async def test_it_says_what_to_give_to_apply(tmp_path: Path) -> None:
    """On stderr for people: where it listens, the command, where the key is from; on stdout the published lines."""
    async with serving_process(tmp_path, "--public-url", "https://hooks.example.com") as serve:
        await serve.end()

    assert serve.err.splitlines() == [
        f"listening at {serve.url}",
        "  → seedance-spec apply --receiver https://hooks.example.com",
        "  key: SEEDANCE_CALLBACK_KEY, the same there as here",
        f"stopped · {NOTHING_CAME}",
    ]
    for line in serve.out.splitlines():
        jsonschema.validate(json.loads(line), schema_of("serve"))
    assert [json.loads(line)["event"] for line in serve.out.splitlines()] == ["listening", "stopped"]


@pytest.mark.parametrize(("words", "lines"), [((), 0), (("--verbose",), 1)], ids=["quiet", "verbose"])
async def test_a_callback_is_one_line_only_when_asked_for(tmp_path: Path, words: tuple[str, ...], lines: int) -> None:
    """`--verbose` shows the end of the attempt's id; never a capability, a token or a body."""
    attempt_id = a_young_attempt()
    async with serving_process(tmp_path, *words) as serve:
        await serve.call_back(attempt_id)
        await serve.call_back(attempt_id, key=derive_key("the key of a stranger"))
        await serve.feed()
        await serve.end()

    told = [line for line in serve.err.splitlines() if line.startswith("callback")]
    assert told == [f"callback · attempt …{attempt_id[-8:]}"] * lines
    assert [secret for secret in (attempt_id, token_of(key=KEY)[17:], "cgt-1") if secret in serve.err] == []


async def test_it_takes_every_descriptor_that_it_may_have(tmp_path: Path) -> None:
    """The soft limit is raised to the hard one: slow strangers hold descriptors."""
    lowered = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 2000))"
    async with serving_process(tmp_path, before=lowered) as serve:
        assert resource.prlimit(serve.process.pid, resource.RLIMIT_NOFILE) == (2000, 2000)


async def test_it_listens_on_the_socket_that_it_is_given(tmp_path: Path) -> None:
    """Socket activation: callbacks that came before it was there wait in the queue; --listen does not count."""
    with socket.create_server(("127.0.0.1", 0)) as given:
        handed_over = (
            f"import os; os.dup2({given.fileno()}, 3); os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))"
        )
        url = f"http://127.0.0.1:{given.getsockname()[1]}"
        early = asyncio.create_task(raw(url, b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"))
        async with serving_process(tmp_path, before=handed_over, pass_fds=(given.fileno(),)) as serve:
            assert (serve.url, await early) == (url, "HTTP/1.1 200 OK")
            assert await serve.call_back(a_young_attempt()) == 200
            assert await serve.end() == 0


async def test_it_loads_only_what_it_needs(tmp_path: Path) -> None:
    """No HTTP client, no YAML, no media library, no file watcher."""
    told = "import atexit; atexit.register(lambda: print(sorted(sys.modules), file=sys.stderr))"
    async with serving_process(tmp_path, before=told) as serve:
        await serve.end()

    loaded = {name.partition(".")[0] for name in serve.err.splitlines()[-1].strip("[]").replace("'", "").split(", ")}
    assert "aiohttp" in loaded
    assert loaded & {"httpx", "yaml", "av", "PIL", "rich", "watchfiles", "rfc8785"} == set()


async def test_disk_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    """`--max-disk` bounds what strangers with a leaked URL, and age, can fill; 503 then, said once."""
    async with serving_process(tmp_path, "--max-disk", "1M") as serve:
        body = json.dumps({"status": "succeeded", "x": "x" * 60_000}).encode()
        path = callback_path(a_young_attempt(), KEY)
        head = f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        answers = [(await raw(serve.url, head + body)).split()[1] for _ in range(24)]
        await serve.end()

    refused = answers.count("503")
    assert answers == ["200"] * (24 - refused) + ["503"] * refused
    assert 2 < refused < 12
    assert serve.err.count("has reached its limit of 1048576 bytes: see --max-disk") == 1


# ── keys, places and addresses ──────────────────────────────────────────────────────────────────────────────────────


async def test_the_key_before_still_counts(tmp_path: Path) -> None:
    """While a key is being replaced, URLs and tokens of both are right."""
    env = {**SHARED, "SEEDANCE_CALLBACK_KEY_PREVIOUS": PREVIOUS_TEXT}
    attempt_id = a_young_attempt()
    async with serving_process(tmp_path, env=env) as serve:
        assert [await serve.call_back(attempt_id, key=key) for key in (KEY, PREVIOUS)] == [200, 200]
        assert await serve.feed(key=PREVIOUS) == (200, [attempt_id] * 2)


async def test_inside_a_project_the_projects_own_key_and_folder_are_used(project: Path) -> None:
    """The key file is made as `apply` would make it, and the records lie beside the journal."""
    place = project / ".seedance" / "receiver"
    process = await started(*ANY_PORT, cwd=project, env={})
    assert process.stderr is not None
    said = [(await asyncio.wait_for(process.stderr.readline(), 30)).decode() for _ in range(3)]
    there = running(place)
    process.terminate()
    await process.communicate()

    assert there is not None
    assert said[1:] == [
        f"  → seedance-spec apply --receiver {there.url}\n",
        "  key: this project's own; elsewhere SEEDANCE_CALLBACK_KEY, set to what .seedance/callback.key holds\n",
    ]
    assert _file_mode(project / ".seedance" / "callback.key") == 0o600
    assert sorted(path.name for path in place.iterdir()) == ["lock", RECORDS_FILE]
