"""A submit is checked in the gateway's order, and what passes reaches the upstream as generation G1b sends it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.sandbox.adaptor import SubmitRefusal, read_submit, upstream_body
from seedance_spec.sandbox.ark_rules import ArkRefusal, Input, read_order
from tests.support.pretending import request
from tests.support.pretending_lab import lab

SERVED = "dreamina-seedance-2-0-260128"
PNG = "data:image/png;base64," + base64.b64encode(b"picture").decode()


def sent(**changes: Any) -> dict[str, Any]:
    """What the gateway posts upstream for a plain request with changes."""
    return dict(upstream_body(read_submit(request(**changes)), served=SERVED))


def image(url: str = "https://a.example/1.png", role: str | None = None) -> dict[str, Any]:
    item: dict[str, Any] = {"type": "image_url", "image_url": {"url": url}}
    return item if role is None else {**item, "role": role}


def video(url: str = "https://a.example/1.mp4", role: str | None = None) -> dict[str, Any]:
    item: dict[str, Any] = {"type": "video_url", "video_url": {"url": url}}
    return item if role is None else {**item, "role": role}


def audio(url: str = "https://a.example/1.mp3") -> dict[str, Any]:
    return {"type": "audio_url", "audio_url": {"url": url}, "role": "reference_audio"}


ALL_WRONG = {"model": "other", "prompt": "", "seconds": "-1", "metadata": {"duration": 1.5, "resolution": "8k"}}

LADDER = [
    ({}, "nonsense", 401, ""),
    ({"model": 7}, "sk-x", 400, ""),
    ({"model": ""}, "sk-x", 400, ""),
    ({}, "sk-x", 503, "model_not_found"),
    ({"model": "dreamina-seedance-2-0"}, "sk-x", 400, "invalid_request"),
    ({"model": "dreamina-seedance-2-0", "prompt": "p"}, "sk-x", 400, "invalid_seconds"),
    ({"model": "dreamina-seedance-2-0", "prompt": "p", "seconds": "5"}, "sk-x", 403, "insufficient_user_quota"),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("mended", "key", "status", "code"), LADDER)
async def test_the_first_fault_in_the_gateways_order_is_the_one_told(
    tmp_path: Path, mended: dict[str, Any], key: str, status: int, code: str
) -> None:
    """Key, model's type, model present, channel, prompt, seconds, balance: each hides what comes after it."""
    async with lab(tmp_path, dollars=0) as here:
        reply = await here.submit({**ALL_WRONG, **mended}, key=key)

    body = reply.json
    assert (reply.status, body.get("code", body.get("error", {}).get("code"))) == (status, code)


@pytest.mark.anyio
async def test_metadata_is_typed_before_the_upstream_is_asked(tmp_path: Path) -> None:
    """With money enough, the metadata's types come next (500), the upstream's rules last (400)."""
    async with lab(tmp_path) as here:
        untyped = await here.submit(request(metadata={"duration": 1.5, "resolution": "8k"}))
        unknown = await here.submit(request(metadata={"resolution": "8k"}))
        balance = here.sandbox.state.balance()

    assert (untyped.status, untyped.json["code"]) == (500, "build_request_failed")
    assert untyped.json["message"] == (
        "convert request payload failed: unmarshal metadata failed: json: cannot unmarshal number 1.5 into Go "
        "struct field requestPayload.duration of type int"
    )
    assert (unknown.status, unknown.json["code"], balance) == (400, "fail_to_fetch_task", 50_000_000)


@pytest.mark.anyio
@pytest.mark.parametrize("raw", [b"", b"{", b"model: x"])
async def test_what_is_no_json_is_refused_by_the_middleware(tmp_path: Path, raw: bytes) -> None:
    """400 in shape A."""
    async with lab(tmp_path) as here:
        reply = await here.call("POST", "/v1/video/generations", raw=raw)

    assert reply.status == 400
    assert reply.json["error"]["message"].startswith("Invalid request: Invalid request: invalid JSON request body (req")


@pytest.mark.parametrize(
    ("given", "duration"),
    [
        ({"duration": 10, "seconds": "8", "metadata": {"duration": 6}}, 10),
        ({"duration": 0, "seconds": "8", "metadata": {"duration": 6}}, 8),
        ({"duration": None, "metadata": {"duration": 6}}, 6),
        ({"duration": None, "metadata": {"duration": -1}}, -1),
        ({"duration": "7"}, 7),
        ({"duration": None, "seconds": "5s"}, None),
        ({"duration": None}, None),
    ],
)
def test_duration_beats_seconds_beats_metadata(given: dict[str, Any], duration: int | None) -> None:
    """The rule of the API page, which generation G1b follows; none at all leaves it to the upstream."""
    assert sent(**given).get("duration") == duration


def test_only_known_metadata_reaches_the_upstream() -> None:
    """A typo, `model` and a top-level callback_url vanish without a word; numbers and flags may be text."""
    body = sent(
        callback_url="https://top.example",
        metadata={"resolutoin": "480p", "model": "x", "watermark": "true", "frames": "121"},
    )

    assert body == {
        "model": SERVED,
        "resolution": "720p",
        "ratio": "16:9",
        "frames": 121,
        "seed": 42,
        "watermark": True,
        "duration": 5,
        "content": [{"type": "text", "text": "A cat walking on the moon"}],
    }


@pytest.mark.parametrize("metadata", ["not json", 7, ["a"], "[1]"])
def test_metadata_that_is_no_object_is_none(metadata: object) -> None:
    """The gateway takes it for absent."""
    assert sent(metadata=metadata).keys() == {"model", "duration", "content"}


def test_metadata_may_be_text_that_holds_an_object() -> None:
    """JSON in a string counts as the object it holds."""
    assert sent(metadata='{"seed": 7}')["seed"] == 7


def test_images_and_content_are_merged_element_by_element_into_nonsense() -> None:
    """Go decodes `content` onto the slice of `images`: same places merge, further images are cut off."""
    body = sent(images=["A", "B"], metadata={"content": [video("C", "reference_video")]})

    assert body["content"] == [
        {
            "type": "video_url",
            "image_url": {"url": "A"},
            "video_url": {"url": "C"},
            "role": "reference_video",
        },
        {"type": "text", "text": "A cat walking on the moon"},
    ]


def test_an_empty_content_deletes_the_images() -> None:
    """`content: []` leaves the prompt alone."""
    assert sent(images=["A"], metadata={"content": []})["content"] == [
        {"type": "text", "text": "A cat walking on the moon"}
    ]


def test_image_counts_only_without_images_and_text_items_are_thrown_away() -> None:
    """`images` hides `image`; the prompt is the only text and comes last."""
    both = sent(image="A", images=["B"])["content"]
    texts = sent(metadata={"content": [{"type": "text", "text": "other"}, image("C")]})["content"]

    assert [item.get("image_url") for item in both] == [{"url": "B"}, None]
    assert texts == [image("C"), {"type": "text", "text": "A cat walking on the moon"}]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"seconds": 5}, "invalid_request"),
        ({"prompt": 5}, "invalid_request"),
        ({"images": "A"}, "invalid_request"),
        ({"images": [1]}, "invalid_request"),
        ({"duration": -1}, "invalid_seconds"),
        ({"duration": 3601}, "invalid_seconds"),
        ({"metadata": {"seed": True}}, "build_request_failed"),
        ({"metadata": {"ratio": 169}}, "build_request_failed"),
        ({"metadata": {"generate_audio": "maybe"}}, "build_request_failed"),
        ({"metadata": {"content": {"type": "image_url"}}}, "build_request_failed"),
        ({"metadata": {"content": [{"type": "image_url", "image_url": "A"}]}}, "build_request_failed"),
    ],
)
def test_go_refuses_wrong_types(given: dict[str, Any], code: str) -> None:
    """Types are judged as Go's decoder judges them."""
    with pytest.raises(SubmitRefusal) as caught:
        sent(**given)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"duration": 3}, "duration"),
        ({"duration": 16}, "duration"),
        ({"metadata": {"resolution": "4k"}}, "resolution"),
        ({"metadata": {"ratio": "2:1"}}, "ratio"),
        ({"metadata": {"seed": 2**32}}, "seed"),
        ({"metadata": {"frames": 30}}, "frames"),
        ({"metadata": {"service_tier": "flex"}}, "service_tier"),
        ({"metadata": {"execution_expires_after": 3599}}, "execution_expires_after"),
        ({"metadata": {"callback_url": "ftp://a.example"}}, "callback_url"),
        ({"images": ["https://a.example/1.png", "https://a.example/2.png"]}, "content"),
        ({"metadata": {"content": [image(), image(role="reference_image")]}}, "content"),
        ({"metadata": {"content": [image(role="last_frame")]}}, "content"),
        ({"metadata": {"content": [image(role="first_frame")] * 2}}, "content"),
        ({"metadata": {"content": [image(role="first_frame"), video()]}}, "content"),
        ({"metadata": {"content": [image(role="reference_image")] * 10}}, "content"),
        ({"metadata": {"content": [video()] * 4}}, "content"),
        ({"metadata": {"content": [audio()]}}, "content"),
        ({"metadata": {"content": [image(role="reference_video")]}}, "content[0].role"),
        ({"metadata": {"content": [{"type": "draft_task"}]}}, "content[0].type"),
        ({"metadata": {"content": [{"type": "image_url"}]}}, "content[0].image_url"),
        ({"metadata": {"content": [image("cat.png")]}}, "content[0].image_url"),
        ({"metadata": {"content": [image("data:image/PNG;base64,AAAA")]}}, "content[0].image_url"),
        ({"metadata": {"content": [image("data:image/png;base64,?")]}}, "content[0].image_url"),
        ({"metadata": {"content": [video("data:video/mp4;base64,AAAA")]}}, "content[0].video_url"),
    ],
)
def test_the_upstream_refuses_what_its_page_forbids(given: dict[str, Any], param: str) -> None:
    """Ranges, roles, modes that exclude one another, counts, and video as base64."""
    with pytest.raises(ArkRefusal) as caught:
        read_order(sent(**given))

    assert (caught.value.status, caught.value.param) == (400, param)


def test_fast_has_no_1080p() -> None:
    """The fast model stops at 720p."""
    body = {**sent(metadata={"resolution": "1080p"}), "model": "dreamina-seedance-2-0-fast-260128"}

    with pytest.raises(ArkRefusal, match="1080p is not supported"):
        read_order(body)


@pytest.mark.parametrize(
    ("content", "inputs"),
    [
        ([image()], [("image_url", None)]),
        (
            [image(role="first_frame"), image(role="last_frame")],
            [("image_url", "first_frame"), ("image_url", "last_frame")],
        ),
        ([image(PNG), video()], [("image_url", None), ("video_url", None)]),
        (
            [image(role="reference_image"), video(role="reference_video"), audio()],
            [("image_url", "reference_image"), ("video_url", "reference_video"), ("audio_url", "reference_audio")],
        ),
    ],
)
def test_every_documented_mode_is_taken(content: list[Any], inputs: list[tuple[str, str | None]]) -> None:
    """First frame, first and last frame, the API page's role-less video, multimodal reference."""
    order = read_order(sent(metadata={"content": content}))

    assert [(one.kind, one.role) for one in order.inputs] == inputs


def test_defaults_are_the_upstreams() -> None:
    """720p, adaptive, 5 s, with sound, no watermark, 48 h; what it does not support is passed over."""
    order = read_order(sent(duration=None, metadata={"draft": True, "camera_fixed": True, "service_tier": "auto"}))
    bare = read_order({"model": SERVED, "content": [{"type": "text", "text": "p"}]})

    assert (order.duration, order.seed, order.inputs) == (5, 42, ())
    assert (bare.resolution, bare.ratio, bare.duration, bare.generate_audio) == ("720p", "adaptive", 5, True)
    assert (bare.watermark, bare.return_last_frame, bare.execution_expires_after) == (False, False, 172_800)


def test_the_merged_nonsense_loses_its_image_upstream() -> None:
    """Of an item with two addresses only the one of its type counts."""
    order = read_order(
        sent(images=["https://a.example/A"], metadata={"content": [video("https://a.example/C", "reference_video")]})
    )

    assert order.inputs == (Input(kind="video_url", url="https://a.example/C", role="reference_video"),)
