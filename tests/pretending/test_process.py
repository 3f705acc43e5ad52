"""The sandbox is a process: one per folder, found by its endpoint file, ended by a signal or by idleness."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import stat
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from seedance_spec.sandbox.serve import SandboxOptions, run_sandbox
from seedance_spec.sandbox.state import State
from tests.support.pretending import SandboxHandle, alive, children_of, request, running_sandbox, start_process

pytestmark = pytest.mark.anyio

KEY = {"Authorization": "Bearer sk-sandbox"}


async def submit(at: SandboxHandle, **changes: Any) -> str:
    small = {"duration": 4, "metadata": {"resolution": "480p", "ratio": "1:1", "generate_audio": False}}
    async with (
        aiohttp.ClientSession(headers=KEY) as session,
        session.post(f"{at.url}/v1/video/generations", json=request(**{**small, **changes})) as reply,
    ):
        assert reply.status == 200
        return str((await reply.json())["task_id"])


async def finished(at: SandboxHandle, task_id: str) -> dict[str, Any]:
    async with aiohttp.ClientSession(headers=KEY) as session:
        for _ in range(3000):
            async with session.get(f"{at.url}/v1/video/generations/{task_id}") as reply:
                view = dict((await reply.json())["data"])
            if view["status"] in ("SUCCESS", "FAILURE"):
                return view
            await asyncio.sleep(0.01)
    raise AssertionError("the task did not end")


async def test_a_killed_process_is_followed_by_one_that_goes_on(tmp_path: Path) -> None:
    """SIGKILL in mid-render; the next process finishes the clip, which plays in its exact size, rate and length."""
    import av

    async with running_sandbox(tmp_path, speed=100) as first:
        task_id = await submit(first)
        await asyncio.sleep(0.1)
        killed = await first.stop(signal.SIGKILL)
    async with running_sandbox(tmp_path, speed=100) as second:
        view = await finished(second, task_id)
        async with (
            aiohttp.ClientSession(headers=KEY) as session,
            session.get(f"{second.url}/v1/videos/{task_id}/content") as reply,
        ):
            clip = await reply.read()
        stats = await second.stats()

    with av.open(BytesIO(clip)) as film:
        picture = film.streams.video[0]
        facts = [picture.width, picture.height, str(picture.average_rate), picture.frames, picture.codec_context.name]
    assert (killed, view["status"]) == (-signal.SIGKILL, "SUCCESS")
    assert facts == [640, 640, "24", 97, "h264"]
    assert (stats["posts"], stats["tasks"], stats["downloads"], stats["unfinished"]) == (1, 1, 1, 0)


async def test_the_endpoint_file_is_the_owners_and_goes_with_the_process(tmp_path: Path) -> None:
    """It names url, process and speed, only its owner may read it, and SIGTERM takes it away."""
    async with running_sandbox(tmp_path, speed=50) as at:
        path = at.state / "endpoint.json"
        fields, mode = json.loads(path.read_text()), stat.S_IMODE(path.stat().st_mode)
        code = await at.stop()

    assert fields == {"url": at.url, "pid": at.process.pid, "speed": 50, "control": at.control}
    assert (mode, code, path.exists()) == (0o600, 0, False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_within_two_seconds_whatever_hangs(tmp_path: Path, number: signal.Signals) -> None:
    """With a reply that never comes and a clip under way it still ends in order, and so do its children."""
    async with running_sandbox(tmp_path, speed=100, faults=["hang:prompt~silence"]) as at:
        await submit(at)
        hanging = asyncio.create_task(submit(at, prompt="silence"))
        await asyncio.sleep(0.3)
        children = children_of(at.process.pid)
        code = await asyncio.wait_for(at.stop(number), timeout=2.0)
        with pytest.raises(aiohttp.ClientError):
            await hanging

    assert (code, [child for child in children if alive(child)]) == (0, [])


async def test_a_second_sandbox_on_the_same_folder_says_so(tmp_path: Path) -> None:
    """Exit code 6, and where the first one is."""
    async with running_sandbox(tmp_path) as at:
        second = await start_process(at.state, speed=1)
        _, said = await second.communicate()

    assert second.returncode == 6
    assert f"another sandbox already runs on {at.state}: {at.url}, process {at.process.pid}" in said.decode()


async def test_it_ends_by_itself_when_idle(tmp_path: Path) -> None:
    """No request and nothing unfinished for a while: exit 0 and no endpoint file."""
    process = await start_process(tmp_path, idle_exit=0.3)
    _, said = await asyncio.wait_for(process.communicate(), timeout=30)

    assert (process.returncode, (tmp_path / "endpoint.json").exists()) == (0, False)
    assert "key sk-sandbox" in said.decode()


async def test_unfinished_work_is_not_idleness(tmp_path: Path) -> None:
    """A task under way keeps the process alive, asked or not; this one takes 16 s at least until the poller saw it."""
    async with running_sandbox(tmp_path, speed=20, faults=["input-unreachable"]) as at:
        await submit(at)
        await at.stop()
    process = await start_process(at.state, speed=20, idle_exit=0.2)
    await asyncio.wait_for(process.communicate(), timeout=30)
    with contextlib.closing(State(at.state)) as state:
        tasks, unfinished = state.sizes()

    assert (process.returncode, tasks, unfinished) == (0, 1, 0)


async def test_faults_are_put_in_force_through_the_handle(tmp_path: Path) -> None:
    """The control secret of the endpoint file switches them."""
    async with running_sandbox(tmp_path) as at:
        await at.put_faults("moderation")
        task_id = await submit(at)
        view = await finished(at, task_id)

    assert view["data"]["error"]["code"] == "OutputVideoSensitiveContentDetected"


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        ({"faults": ("rain",)}, 64, "sandbox: unknown fault 'rain'"),
        ({"speed": 0.0}, 64, "sandbox: the speed must be greater than 0"),
    ],
)
async def test_bad_options_are_a_usage_error(tmp_path: Path, options: dict[str, Any], code: int, sentence: str) -> None:
    """Nothing is started, and one line says why."""
    said: list[str] = []

    assert run_sandbox(SandboxOptions(state=tmp_path, **options), say=said.append) == code
    assert said[0].startswith(sentence)


async def test_a_taken_port_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Exit code 1 and the address, no traceback."""
    async with running_sandbox(tmp_path / "one") as at:
        port = int(at.url.rpartition(":")[2])
        process = await start_process(tmp_path / "two", port=port)
        _, said = await process.communicate()

    assert (process.returncode, said.decode()) == (
        1,
        f"sandbox: cannot listen on 127.0.0.1:{port}: Address already in use\n",
    )
