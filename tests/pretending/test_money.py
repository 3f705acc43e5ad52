"""The gateway holds a flat sum, settles by tokens, gives back on failure, and writes a log that a key may read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from seedance_spec.sandbox.ark_tables import DURATIONS, SIZES, tokens
from tests.support.pretending import request
from tests.support.pretending_lab import START, Lab, lab

pytestmark = pytest.mark.anyio

VIDEO = {"type": "video_url", "video_url": {"url": "http://sandbox.localhost/assets/cat-original.mp4"}}


async def log(here: Lab, **more: Any) -> list[dict[str, Any]]:
    return list((await here.get("/api/log/token", **more)).json["data"])


def written_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("size", "seconds", "video", "billed"),
    [
        ((1280, 720), 5, 0, 108_900),
        ((1280, 720), 4, 0, 87_300),
        ((1280, 720), 15, 0, 324_900),
        ((1920, 1080), 5, 0, 245_025),
        ((864, 496), 5, 0, 50_638),
        ((1280, 720), 4, 4, 173_700),
        ((1280, 720), 11, 8, 411_300),
        ((1280, 720), 5, 2, 194_400),
        ((1280, 720), 4, 2, 151_200),
        ((864, 496), 5, 2, 90_396),
    ],
)
async def test_tokens_are_the_observed_bills(size: tuple[int, int], seconds: int, video: int, billed: int) -> None:
    """The formula gives the four known bills and the table of examples, the floor with a video included."""
    width, height = size

    assert tokens(width=width, height=height, frames=24 * seconds + 1, seconds=seconds, input_seconds=video) == billed


@given(
    some.sampled_from([size for row in SIZES.values() for size in row.values()]),
    some.sampled_from(DURATIONS),
    some.integers(1, 15),
)
async def test_a_video_input_never_makes_a_clip_cost_fewer_tokens(
    size: tuple[int, int], seconds: int, video: int
) -> None:
    """With a video the bill is at least the one without, and at least the floor."""
    width, height = size
    with_video, without = (
        tokens(width=width, height=height, frames=24 * seconds + 1, seconds=seconds, input_seconds=length)
        for length in (video, 0)
    )

    assert with_video >= max(without, 5 * seconds * width * height * 24 // 3072)


async def test_a_success_is_held_flat_and_settled_by_tokens(tmp_path: Path) -> None:
    """$1.75 is held for a $0.76 clip, the difference comes back, and the row shows the hold for ever."""
    async with lab(tmp_path) as here:
        task_id = await here.accepted()
        held = here.sandbox.state.balance()
        view = await here.finished(task_id)
        settled = here.sandbox.state.balance()

    assert (held, settled, view["quota"]) == (50_000_000 - 875_000, 50_000_000 - 381_150, 875_000)


async def test_settlement_may_charge_more_than_there_is(tmp_path: Path) -> None:
    """A long clip costs more than the hold: the balance goes below zero, and the next submit is refused."""
    async with lab(tmp_path, dollars=1.75) as here:
        await here.finished(await here.accepted(duration=15))
        balance = here.sandbox.state.balance()
        refused = await here.submit(request())

    assert balance == 875_000 - int(324_900 * 3.5)
    assert (refused.status, refused.json) == (
        403,
        {"code": "insufficient_user_quota", "message": "用户额度不足, 剩余额度: ＄-0.524300", "data": None},
    )


async def test_less_than_the_hold_is_refused_with_both_sums(tmp_path: Path) -> None:
    """The second sentence of the gateway's two checks, in full-width dollars."""
    async with lab(tmp_path, dollars=0.1) as here:
        refused = await here.submit(request())

    assert refused.json["message"] == "预扣费额度失败, 用户剩余额度: ＄0.100000, 需要预扣费额度: ＄1.750000"


@pytest.mark.parametrize("fault", ["moderation", "input-unreachable", "internal-error", "upstream-timeout"])
async def test_a_failure_is_refunded_in_full(tmp_path: Path, fault: str) -> None:
    """Whatever ended the task, the balance is what it was."""
    async with lab(tmp_path, faults=[fault]) as here:
        view = await here.finished(await here.accepted())
        balance = here.sandbox.state.balance()

    assert (view["status"], view["quota"], balance) == ("FAILURE", 875_000, 50_000_000)


async def test_a_refusal_costs_nothing_and_is_not_logged(tmp_path: Path) -> None:
    """The hold for a submit that the upstream refused leaves no trace."""
    async with lab(tmp_path) as here:
        await here.submit(request(duration=3))

        assert (here.sandbox.state.balance(), await log(here)) == (50_000_000, [])


async def test_a_video_among_the_inputs_has_its_own_price(tmp_path: Path) -> None:
    """Hold and settlement follow the price list's column for video input."""
    async with lab(tmp_path) as here:
        reply = await here.submit(request(metadata={"content": [VIDEO]}))
        held = here.sandbox.state.balance()
        view = await here.finished(reply.json["task_id"])
        spent = 50_000_000 - here.sandbox.state.balance()

    assert reply.headers["X-New-Api-Other-Ratios"] == '{"video_input":0.6142857142857142}'
    assert (50_000_000 - held, view["data"]["usage"]["total_tokens"]) == (537_500, 216_900)
    assert spent == int(216_900 * 4.3 / 2)


async def test_the_log_ties_request_id_task_and_true_cost_together(tmp_path: Path) -> None:
    """The submit row has the POST's request id, the settlement row the task id and both sums; newest first."""
    async with lab(tmp_path) as here:
        reply = await here.submit(request())
        view = await here.finished(reply.json["task_id"])
        settlement, submit = await log(here)

    assert (submit["type"], submit["quota"], submit["created_at"]) == (2, 875_000, int(START))
    assert submit["request_id"] == reply.headers["X-Oneapi-Request-Id"]
    assert json.loads(submit["other"])["is_task"] is True
    assert "task_id" not in json.loads(submit["other"])
    assert (settlement["type"], settlement["quota"], settlement["request_id"]) == (6, 493_850, "")
    assert settlement["content"] == (
        "token重算：tokens=108900, modelRatio=3.50, groupRatio=1.00, otherMultiplier=1.0000"
    )
    assert json.loads(settlement["other"]) == {
        "model_price": -1,
        "model_ratio": 3.5,
        "group_ratio": 1,
        "is_model_mapped": True,
        "upstream_model_name": "dreamina-seedance-2-0-260128",
        "task_id": view["task_id"],
        "pre_consumed_quota": 875_000,
        "actual_quota": 381_150,
    }


async def test_a_refund_row_tells_its_reason(tmp_path: Path) -> None:
    """Type 6, the whole hold, the task and the failure's sentence."""
    async with lab(tmp_path, faults=["moderation"]) as here:
        view = await here.finished(await here.accepted())
        refund = (await log(here))[0]

    other = json.loads(refund["other"])
    assert (refund["type"], refund["quota"], refund["content"]) == (6, 875_000, "")
    assert (other["task_id"], other["reason"]) == (view["task_id"], view["fail_reason"])


async def test_the_log_is_the_keys_own(tmp_path: Path) -> None:
    """Another key sees none of it, and no key is written down anywhere."""
    async with lab(tmp_path) as here:
        await here.submit(request(), key="sk-canary")
        mine, theirs = await log(here, key="sk-canary"), await log(here)

    assert (len(mine), theirs, b"sk-canary" in written_under(tmp_path)) == (1, [], False)


async def test_the_log_is_rationed(tmp_path: Path) -> None:
    """Twenty calls in twenty minutes, then 429 without a body until the window has passed."""
    async with lab(tmp_path) as here:
        statuses = [(await here.get("/api/log/token")).status for _ in range(21)]
        await here.clock.advance(1201)
        later = await here.get("/api/log/token")

    assert (statuses, later.status) == ([200] * 20 + [429], 200)


async def test_the_log_can_be_closed(tmp_path: Path) -> None:
    """Without the billing log the route is not there; the key's own sums still are."""
    async with lab(tmp_path, billing_log=False) as here:
        closed, usage = await here.get("/api/log/token"), await here.get("/api/usage/token/")

    assert (closed.status, closed.json["error"]["message"]) == (404, "Invalid URL (GET /api/log/token)")
    assert usage.status == 200


async def test_a_key_may_ask_what_is_left(tmp_path: Path) -> None:
    """The same balance in quota units, in dollars and in cents."""
    async with lab(tmp_path, dollars=10) as here:
        await here.finished(await here.accepted())
        usage = await here.get("/api/usage/token/")
        limits = await here.get("/v1/dashboard/billing/subscription")
        spent = await here.get("/v1/dashboard/billing/usage")

    assert usage.json["data"]["total_available"] == 5_000_000 - 381_150
    assert usage.json["data"]["total_used"] == 381_150
    assert limits.json["hard_limit_usd"] == 10
    assert spent.body == b'{"object":"list","total_usage":76.23}'


@pytest.mark.parametrize(("key", "sentence"), [("", "Token not provided"), ("nonsense", "Invalid token")])
async def test_read_only_routes_refuse_in_their_own_shape(tmp_path: Path, key: str, sentence: str) -> None:
    """401 as `success: false`."""
    async with lab(tmp_path) as here:
        reply = await here.call("GET", "/api/usage/token/", headers={"Authorization": f"Bearer {key}".strip()})

    assert (reply.status, reply.json) == (401, {"success": False, "message": sentence})


async def test_the_balance_is_kept_until_it_is_set_anew(tmp_path: Path) -> None:
    """A restart keeps what is left; naming a balance sets it."""
    async with lab(tmp_path) as here:
        await here.accepted()
    async with lab(tmp_path) as here:
        kept = here.sandbox.state.balance()
    async with lab(tmp_path, dollars=2) as here:
        assert (kept, here.sandbox.state.balance()) == (50_000_000 - 875_000, 1_000_000)
