"""Misfortune comes on request: a small language, a table of rows, for chosen shots and a chosen number of times."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from seedance_spec.sandbox.fault_effects import Slower, TaskExpires
from seedance_spec.sandbox.fault_table import FAULTS, Stage
from seedance_spec.sandbox.faults import Misfortune, Subject, parse_fault
from tests.support.pretending import receiver, request
from tests.support.pretending_lab import eventually, lab

DOCS = Path(__file__).parents[2] / "docs" / "sandbox.md"


@pytest.mark.parametrize(
    ("text", "number", "times", "field", "pattern"),
    [
        ("moderation", None, None, None, None),
        ("rate-limit:2", 2, 2, None, None),
        ("moderation:x3", None, 3, None, None),
        ("slow:2.5", 2.5, None, None, None),
        ("slow:2:x1:model~fast", 2, 1, "model", "fast"),
        ("moderation:prompt~war:|peace", None, None, "prompt", "war:|peace"),
        ("moderation:shot-text~cat", None, None, "prompt", "cat"),
        ("unauthorized:key~^sk-canary$", None, None, "key", "^sk-canary$"),
    ],
)
def test_a_fault_is_a_name_a_number_a_count_and_a_selector(
    text: str, number: float | None, times: int | None, field: str | None, pattern: str | None
) -> None:
    """The selector takes the rest of the text, colons and all."""
    fault = parse_fault(text)

    assert (fault.number, fault.times, fault.field) == (number, times, field)
    assert (fault.pattern.pattern if fault.pattern else None) == pattern


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rain", "unknown fault 'rain'; known are unauthorized, "),
        ("slow:fast", "'fast' in fault 'slow:fast' is neither a number, a count like x2 nor a selector"),
        ("slow:0", "'0' in fault"),
        ("moderation:mood~bad", "selects by 'mood'; known are prompt, shot-text, model, key"),
        ("moderation:prompt~(", "has a bad regular expression"),
    ],
)
def test_a_bad_fault_is_explained(text: str, sentence: str) -> None:
    """The sentence names what is known."""
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parse_fault(text)


def test_a_counted_fault_strikes_so_often() -> None:
    """Twice for the cat, never for the dog, then no more."""
    faults = Misfortune([parse_fault("rate-limit:2:prompt~cat")])
    prompts = ["dog", "cat", "a cat", "cat"]

    struck = [faults.strike(Stage.UPSTREAM, Subject(prompt=prompt)) is not None for prompt in prompts]

    assert (struck, faults.texts()) == ([False, True, True, False], [])


def test_a_number_changes_the_effect() -> None:
    """A factor or minutes in place of the row's own."""
    assert parse_fault("slow:3").effect == Slower(factor=3.0)
    assert parse_fault("slow").effect == Slower(factor=10.0)
    assert parse_fault("upstream-timeout:2").effect == TaskExpires(minutes=2.0)


def test_every_fault_is_documented() -> None:
    """Each row's name stands in the page of the sandbox."""
    page = DOCS.read_text()

    assert [name for name in FAULTS if f"`{name}`" not in page and f"`{name}[" not in page] == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("unauthorized", 401, {"message": "Invalid token", "type": "new_api_error", "code": ""}),
        (
            "model-forbidden",
            403,
            {
                "message": "This token has no access to model dreamina-seedance-2-0",
                "type": "new_api_error",
                "code": "",
            },
        ),
        (
            "no-channel",
            503,
            {
                "message": "No available channel for model dreamina-seedance-2-0 under group default (distributor)",
                "type": "new_api_error",
                "code": "model_not_found",
            },
        ),
    ],
)
async def test_the_middlewares_misfortunes_have_shape_a(
    tmp_path: Path, fault: str, status: int, body: dict[str, str]
) -> None:
    """Nothing is created and nothing is charged."""
    async with lab(tmp_path, faults=[fault]) as here:
        reply = await here.submit(request())
        stats = here.sandbox.stats()

    wanted = f"{body['message']} (request id: {reply.headers['X-Oneapi-Request-Id']})"
    assert (reply.status, reply.json) == (status, {"error": {**body, "message": wanted}})
    assert (stats["tasks"], stats["refused"], stats["balance"]) == (0, 1, 50_000_000)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "status", "code", "message"),
    [
        ("no-money", 402, "insufficient_user_quota", "insufficient user quota"),
        ("no-money-403", 403, "insufficient_user_quota", "用户额度不足, 剩余额度: ＄0.000000"),
        ("rate-limit", 429, "fail_to_fetch_task", "当前分组上游负载已饱和，请稍后再试"),
        ("gateway-account", 401, "fail_to_fetch_task", '{"error":{"code":"AuthenticationError","message":'),
        ("moderation-text", 400, "fail_to_fetch_task", '{"error":{"code":"InputTextSensitiveContentDetected",'),
        (
            "do-request-failed",
            500,
            "do_request_failed",
            'do request failed: Post "https://***.com/***/***/***/***/***": EOF',
        ),
    ],
)
async def test_the_task_layers_misfortunes_have_shape_b(
    tmp_path: Path, fault: str, status: int, code: str, message: str
) -> None:
    """Nothing is created and nothing is charged."""
    async with lab(tmp_path, faults=[fault]) as here:
        reply = await here.submit(request())
        stats = here.sandbox.stats()

    assert (reply.status, reply.json["code"], reply.json["data"]) == (status, code, None)
    assert reply.json["message"].startswith(message)
    assert (stats["tasks"], stats["refused"], stats["balance"]) == (0, 1, 50_000_000)


@pytest.mark.anyio
async def test_a_proxy_answers_in_html(tmp_path: Path) -> None:
    """bad-gateway is no JSON at all."""
    async with lab(tmp_path, faults=["bad-gateway:1"]) as here:
        replies = [await here.submit(request()) for _ in range(2)]

    assert (replies[0].status, replies[0].headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert (b"502 Bad Gateway" in replies[0].body, replies[1].status) == (True, 200)


@pytest.mark.anyio
async def test_a_rate_limit_ends_after_its_number(tmp_path: Path) -> None:
    """429 twice, then accepted."""
    async with lab(tmp_path, faults=["rate-limit:2"]) as here:
        statuses = [(await here.submit(request())).status for _ in range(3)]
        stats = here.sandbox.stats()

    assert statuses == [429, 429, 200]
    assert (stats["posts"], stats["accepted"], stats["refused"], stats["tasks"]) == (3, 1, 2, 1)


@pytest.mark.anyio
async def test_only_the_chosen_key_is_unauthorized_and_everywhere(tmp_path: Path) -> None:
    """A refused key cannot read either."""
    async with lab(tmp_path, faults=["unauthorized:key~canary"]) as here:
        task_id = await here.accepted()
        theirs = await here.get(f"/v1/video/generations/{task_id}", key="sk-canary")
        ours = await here.get(f"/v1/video/generations/{task_id}")

    assert (theirs.status, ours.status) == (401, 200)


@pytest.mark.anyio
async def test_a_timeout_is_the_gateways_own_and_comes_soon(tmp_path: Path) -> None:
    """The upstream expires the task, the gateway shows 30 % and then its Chinese sentence after ten minutes."""
    async with lab(tmp_path, faults=["upstream-timeout"]) as here:
        task_id = await here.accepted()
        await here.clock.advance(300)
        hidden = await here.task(task_id)
        await here.clock.advance(330)
        gone = await here.task(task_id)

    assert (hidden["progress"], hidden["data"]["status"]) == ("30%", "expired")
    assert (gone["status"], gone["fail_reason"]) == ("FAILURE", "任务超时（1440分钟）")


@pytest.mark.anyio
async def test_slow_and_mute_can_strike_one_task_together(tmp_path: Path) -> None:
    """Ten times as long, and not one callback."""
    async with receiver() as at, lab(tmp_path, faults=["slow", "no-callback"]) as here:
        view = await here.finished(await here.accepted(metadata={"callback_url": at.url}))

    took = view["data"]["updated_at"] - view["data"]["created_at"]
    assert (view["status"], at.came) == ("SUCCESS", [])
    assert 800 <= took <= 1150


@pytest.mark.anyio
@pytest.mark.parametrize("fault", ["lost-reply", "hang"])
async def test_a_lost_reply_leaves_a_task_that_is_charged(tmp_path: Path, fault: str) -> None:
    """The connection is cut or left hanging; the callback and the log prove that it was accepted."""
    body = request()
    async with receiver() as at, lab(tmp_path, faults=[f"{fault}:1"]) as here:
        body["metadata"]["callback_url"] = at.url
        with pytest.raises((aiohttp.ServerDisconnectedError, asyncio.TimeoutError, aiohttp.ClientOSError)):
            await here.submit(body, timeout=aiohttp.ClientTimeout(total=0.2))
        await eventually(lambda: len(at.came) == 1)
        stats = here.sandbox.stats()
        log: list[dict[str, Any]] = (await here.get("/api/log/token")).json["data"]

    assert (stats["posts"], stats["accepted"], stats["tasks"], stats["balance"]) == (1, 1, 1, 50_000_000 - 875_000)
    assert [(row["type"], row["quota"]) for row in log] == [(2, 875_000)]


@pytest.mark.anyio
async def test_dead_links_can_be_had_at_once(tmp_path: Path) -> None:
    """links-dead ages every result of the chosen shots."""
    async with lab(tmp_path, faults=["links-dead:prompt~old"]) as here:
        old, new = await here.accepted(prompt="old"), await here.accepted(prompt="new")
        for task in (old, new):
            await here.finished(task)
        statuses = [(await here.get(f"/v1/videos/{task}/content")).status for task in (old, new)]

    assert statuses == [502, 200]


@pytest.mark.anyio
async def test_faults_are_switched_at_run_time_by_the_owner_alone(tmp_path: Path) -> None:
    """With the secret of endpoint.json they change; without it nobody changes them, and what is wrong is explained."""
    async with lab(tmp_path, faults=["moderation"]) as here:
        secret = {"X-Sandbox-Control": here.sandbox.control}
        stranger = await here.call("POST", "/sandbox/faults", json={"faults": ["hang"]})
        wrong = await here.call("POST", "/sandbox/faults", json={"faults": ["rain"]}, headers=secret)
        malformed = await here.call("POST", "/sandbox/faults", json=["hang"], headers=secret)
        added = await here.call("POST", "/sandbox/faults", json={"faults": ["no-money"]}, headers=secret)
        replaced = await here.call(
            "POST", "/sandbox/faults", json={"faults": ["slow:2"], "replace": True}, headers=secret
        )
        shown = await here.get("/sandbox/faults")

    assert (stranger.status, wrong.status, malformed.status) == (403, 400, 400)
    assert wrong.json["error"].startswith("unknown fault 'rain'")
    assert added.json == {"faults": ["moderation", "no-money"]}
    assert replaced.json == shown.json == {"faults": ["slow:2"]}
