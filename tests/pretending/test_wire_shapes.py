"""The gateway's replies are those of the recorded gateway, byte for byte: headers, both error shapes, the unknown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedance_spec.sandbox.answers import masked
from seedance_spec.sandbox.pace import Limits
from tests.support.pretending import request
from tests.support.pretending_lab import lab

pytestmark = pytest.mark.anyio


async def test_an_accepted_submit_is_the_openai_video_object(tmp_path: Path) -> None:
    """A 200 holds exactly the seven fields of the API page, in their order."""
    async with lab(tmp_path) as here:
        reply = await here.submit(request())

    found = re.fullmatch(
        r'\{"id":"(task_[A-Za-z0-9]{32})","task_id":"\1","object":"video","model":"dreamina-seedance-2-0",'
        r'"status":"queued","progress":0,"created_at":1778236598\}',
        reply.body.decode(),
    )
    assert (reply.status, found is not None) == (200, True)
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert reply.headers["X-New-Api-Version"] == "v0.0.0-sandbox"
    assert reply.headers["X-New-Api-Other-Ratios"] == "{}"
    assert re.fullmatch(r"20260508103638\d{9}[0-9a-f]{8}[A-Za-z0-9]{8}", reply.headers["X-Oneapi-Request-Id"])
    assert "Server" not in reply.headers


async def test_both_submit_routes_are_one(tmp_path: Path) -> None:
    """POST /v1/videos is the same call as POST /v1/video/generations."""
    async with lab(tmp_path) as here:
        reply = await here.call("POST", "/v1/videos", json=request())

    assert (reply.status, reply.json["object"], reply.json["status"]) == (200, "video", "queued")


async def test_video_input_and_high_resolution_show_in_the_ratio_header(tmp_path: Path) -> None:
    """The price ratio beside the model's own is told in X-New-Api-Other-Ratios."""
    async with lab(tmp_path) as here:
        reply = await here.submit(request(metadata={"resolution": "1080p"}))

    assert reply.headers["X-New-Api-Other-Ratios"] == '{"video_input":1.1}'


async def test_json_is_written_as_go_writes_it(tmp_path: Path) -> None:
    """Compact, raw UTF-8, and `&` escaped even inside the signed link."""
    async with lab(tmp_path) as here:
        task_id = await here.accepted()
        view = await here.finished(task_id)
        body = (await here.get(f"/v1/video/generations/{task_id}")).body.decode()

    assert "&" in view["result_url"]
    assert f'"result_url":"{view["result_url"].replace("&", chr(92) + "u0026")}"' in body
    assert "&" not in body


@pytest.mark.parametrize("key", ["nonsense", "", "sk-"])
async def test_a_key_of_no_known_form_is_refused_in_shape_a(tmp_path: Path, key: str) -> None:
    """401, with the request id in the sentence and nowhere else."""
    async with lab(tmp_path) as here:
        reply = await here.submit(request(), key=key)

    wanted = reply.headers["X-Oneapi-Request-Id"]
    assert reply.status == 401
    assert reply.body.decode() == (
        f'{{"error":{{"message":"Invalid token (request id: {wanted})","type":"new_api_error","code":""}}}}'
    )


async def test_the_middleware_speaks_chinese_where_it_is_asked_to(tmp_path: Path) -> None:
    """Texts follow Accept-Language; code and status do not."""
    async with lab(tmp_path) as here:
        reply = await here.submit(request(), key="nonsense", headers={"Accept-Language": "zh-CN,zh;q=0.9"})

    assert reply.json["error"]["message"].startswith("无效的令牌 (request id: ")


async def test_the_task_layer_refuses_in_shape_b_without_a_request_id(tmp_path: Path) -> None:
    """A blank prompt is refused after trimming, in the other shape."""
    async with lab(tmp_path) as here:
        reply = await here.submit(request(prompt="  \n"))

    assert (reply.status, reply.body) == (400, b'{"code":"invalid_request","message":"prompt is required","data":null}')


async def test_the_upstreams_refusal_is_json_inside_the_message(tmp_path: Path) -> None:
    """Shape B carries the upstream's whole body as text, and its status."""
    async with lab(tmp_path) as here:
        reply = await here.submit(request(duration=3))

    assert reply.status == 400
    assert re.fullmatch(
        r'\{"code":"fail_to_fetch_task","message":"\{\\"error\\":\{\\"code\\":\\"InvalidParameter\\",'
        r'\\"message\\":\\"The parameter `duration` specified in the request is not valid: 3 is out of range\. '
        r"Request id: 02[0-9a-f]{51}\\\",\\\"param\\\":\\\"duration\\\",\\\"type\\\":\\\"BadRequest\\\"\}\}\","
        r'"data":null\}',
        reply.body.decode(),
    )


@pytest.mark.parametrize("task_id", ["task_unknown", "cgt-20260508183637-m6gj8"])
async def test_an_unknown_task_is_a_bad_request(tmp_path: Path, task_id: str) -> None:
    """400 task_not_exist on both views, for an upstream id too."""
    async with lab(tmp_path) as here:
        replies = [await here.get(f"/v1/video/generations/{task_id}"), await here.get(f"/v1/videos/{task_id}")]

    for reply in replies:
        assert reply.status == 400
        assert reply.body == b'{"code":"task_not_exist","message":"task_not_exist","data":null}'


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/video/generations/task_x"),
        ("GET", "/v1/video/generations"),
        ("POST", "/v1/videos/task_x/cancel"),
        ("GET", "/api/task/self"),
    ],
)
async def test_there_is_no_list_no_cancel_and_no_delete(tmp_path: Path, method: str, path: str) -> None:
    """Every route that is not there answers 404 with its own sentence, whatever the key."""
    async with lab(tmp_path) as here:
        reply = await here.call(method, path, key="")

    assert reply.status == 404
    assert reply.body.decode() == (
        f'{{"error":{{"message":"Invalid URL ({method} {path})","type":"invalid_request_error","param":"","code":""}}}}'
    )


async def test_head_is_no_route(tmp_path: Path) -> None:
    """HEAD of a task's content is 404, as only GET is registered."""
    async with lab(tmp_path) as here:
        reply = await here.call("HEAD", "/v1/videos/task_x/content")

    assert (reply.status, reply.body) == (404, b"")


async def test_a_body_over_the_limit_is_413_in_shape_b(tmp_path: Path) -> None:
    """A body over the limit is not read to its end."""
    async with lab(tmp_path, limits=Limits(body_bytes=1000)) as here:
        reply = await here.submit(request(prompt="x" * 2000))

    assert (reply.status, reply.json["code"]) == (413, "read_request_body_failed")


async def test_models_is_a_free_key_check(tmp_path: Path) -> None:
    """The list names both models and needs a key."""
    async with lab(tmp_path) as here:
        good, bad = await here.get("/v1/models"), await here.get("/v1/models", key="nonsense")

    assert [one["id"] for one in good.json["data"]] == ["dreamina-seedance-2-0", "dreamina-seedance-2-0-fast"]
    assert (good.json["object"], bad.status) == ("list", 401)


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("Post https://api.x.com/a/b: EOF", "Post https://***.com/***/***: EOF"),
        ("https://api.x.co.uk/a?key=1&b=2", "https://***.co.uk/***?key=***&b=***"),
        ("dial tcp 10.1.2.3:443: refused", "dial tcp ***.***.***.***:443: refused"),
        ("10.1.2.3 said no", "10.1.2.3 said no"),
    ],
)
async def test_addresses_are_masked_where_a_message_speaks_of_http(plain: str, shown: str) -> None:
    """URLs and IPs are masked only in messages that hold `post`, `dial` or `http`."""
    assert masked(plain) == shown


async def test_an_upstream_sentence_that_quotes_an_address_arrives_masked(tmp_path: Path) -> None:
    """A data URI in place of a video is refused; the sentence about a web url stays readable."""
    item = {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAA"}}
    async with lab(tmp_path) as here:
        reply = await here.submit(request(metadata={"content": [item]}))

    assert "reference_video must be provided as a web url" in reply.json["message"]
