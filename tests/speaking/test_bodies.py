"""What is sent for a request: every field under the API's name, in the one way that every generation understands."""

from __future__ import annotations

import pytest

from seedance_spec.gateway.wire_request import submit_body
from seedance_spec.json_types import Json, JsonObject
from seedance_spec.model.shot import (
    DataSource,
    FileSource,
    Input,
    InputKind,
    Part,
    Request,
    Role,
    ShotSource,
    UrlSource,
)

A, B = "https://example.com/a.jpg", "https://example.com/b.mp4"
DATA = "data:image/png;base64,AAAA"
PLAIN = Request(model="dreamina-seedance-2-0", prompt="a cat")


def body_of(request: Request, *, callback_url: str | None = None) -> JsonObject:
    return submit_body(request, inline={"5e": DATA}, callback_url=callback_url, execution_expires_after=72_123)


def metadata_of(request: Request) -> JsonObject:
    metadata = body_of(request)["metadata"]
    assert isinstance(metadata, dict)
    return metadata


def with_inputs(*inputs: Input) -> Request:
    return Request(model=PLAIN.model, prompt=PLAIN.prompt, inputs=inputs)


def image(url: str = A, role: Role | None = None) -> Input:
    return Input(kind=InputKind.IMAGE, source=UrlSource(url=url), role=role)


def video(url: str = B, role: Role | None = None) -> Input:
    return Input(kind=InputKind.VIDEO, source=UrlSource(url=url), role=role)


def item(kind: str, url: str, role: str) -> Json:
    return {"type": kind, kind: {"url": url}, "role": role}


def test_a_text_shot_says_model_prompt_length_and_every_default_aloud() -> None:
    """The smallest request is sent with its length thrice, its defaults spelt out and the attempt's own time limit."""
    assert body_of(PLAIN) == {
        "model": "dreamina-seedance-2-0",
        "prompt": "a cat",
        "duration": 5,
        "seconds": "5",
        "metadata": {
            "duration": 5,
            "resolution": "720p",
            "ratio": "adaptive",
            "generate_audio": True,
            "watermark": False,
            "execution_expires_after": 72_123,
        },
    }


def test_what_the_author_wrote_travels_in_metadata_under_its_own_name() -> None:
    """Every optional parameter that was written is sent in metadata, a written `false` too."""
    request = Request(
        model="dreamina-seedance-2-0-fast",
        prompt="a cat",
        resolution="1080p",
        ratio="21:9",
        seed=0,
        camera_fixed=False,
        watermark=True,
        generate_audio=False,
        draft=False,
        service_tier="priority",
        execution_expires_after=3600,
        return_last_frame=True,
    )
    assert body_of(request, callback_url="https://hooks.example/v1/callback/x") == {
        "model": "dreamina-seedance-2-0-fast",
        "prompt": "a cat",
        "duration": 5,
        "seconds": "5",
        "metadata": {
            "duration": 5,
            "resolution": "1080p",
            "ratio": "21:9",
            "generate_audio": False,
            "watermark": True,
            "seed": 0,
            "camera_fixed": False,
            "draft": False,
            "service_tier": "priority",
            "return_last_frame": True,
            "execution_expires_after": 3600,
            "callback_url": "https://hooks.example/v1/callback/x",
        },
    }


@pytest.mark.parametrize("model", ["dreamina-seedance-2-0", "dreamina-seedance-2-0-fast"])
@pytest.mark.parametrize("resolution", ["480p", "720p", "1080p"])
@pytest.mark.parametrize("ratio", ["16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive"])
def test_every_documented_model_resolution_and_ratio_is_sent_as_written(
    model: str, resolution: str, ratio: str
) -> None:
    """The page's words travel letter by letter."""
    request = Request(model=model, prompt="p", resolution=resolution, ratio=ratio)
    sent = metadata_of(request)
    assert (body_of(request)["model"], sent["resolution"], sent["ratio"]) == (model, resolution, ratio)


def test_a_length_left_to_the_model_is_said_in_metadata_alone() -> None:
    """A duration of -1 never stands on the top level, where the gateway refuses it."""
    body = body_of(Request(model="m", prompt="p", duration=-1))
    assert (body.get("duration"), body.get("seconds")) == (None, None)
    assert metadata_of(Request(model="m", prompt="p", duration=-1))["duration"] == -1


def test_frames_take_the_place_of_every_duration() -> None:
    """A request in frames says no duration anywhere."""
    request = Request(model="m", prompt="p", duration=None, frames=121)
    assert body_of(request).keys() == {"model", "prompt", "metadata"}
    assert {name: metadata_of(request).get(name) for name in ("frames", "duration")} == {
        "frames": 121,
        "duration": None,
    }


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        (UrlSource(url=A, sha256="ab"), A),
        (FileSource(path="refs/cat.png", sha256="5e", bytes=3, media_type="image/png"), DATA),
        (DataSource(uri=DATA, sha256="5e", bytes=3, media_type="image/png"), DATA),
    ],
)
def test_a_single_image_without_role_travels_as_image(source: UrlSource | FileSource | DataSource, sent: str) -> None:
    """One role-less image, by URL, file or data URI, is the top-level `image` and nothing else."""
    body = body_of(with_inputs(Input(kind=InputKind.IMAGE, source=source)))
    assert body["image"] == sent
    assert "content" not in metadata_of(with_inputs(Input(kind=InputKind.IMAGE, source=source)))


@pytest.mark.parametrize(
    ("inputs", "content"),
    [
        (
            (image("https://example.com/1.jpg"), image("https://example.com/2.jpg")),
            [
                item("image_url", "https://example.com/1.jpg", "reference_image"),
                item("image_url", "https://example.com/2.jpg", "reference_image"),
            ],
        ),
        ((image(role=Role.FIRST_FRAME),), [item("image_url", A, "first_frame")]),
        (
            (image(role=Role.FIRST_FRAME), image(DATA, role=Role.LAST_FRAME)),
            [item("image_url", A, "first_frame"), item("image_url", DATA, "last_frame")],
        ),
        ((video(),), [item("video_url", B, "reference_video")]),
        (
            (image(), video(), Input(kind=InputKind.AUDIO, source=UrlSource(url="https://example.com/c.mp3"))),
            [
                item("image_url", A, "reference_image"),
                item("video_url", B, "reference_video"),
                item("audio_url", "https://example.com/c.mp3", "reference_audio"),
            ],
        ),
    ],
    ids=["several-images", "image-with-role", "first-and-last", "video", "mixed"],
)
def test_all_other_inputs_travel_in_content_with_their_roles(inputs: tuple[Input, ...], content: Json) -> None:
    """Inputs with a role, several or mixed ones stand in metadata.content, never beside `image` or `images`."""
    body = body_of(with_inputs(*inputs))
    assert metadata_of(with_inputs(*inputs))["content"] == content
    assert not {"image", "images"} & body.keys()


def test_another_shots_clip_is_refused_until_it_is_resolved() -> None:
    """A body is never built around an input that has no bytes and no URL yet."""
    clip = Input(kind=InputKind.VIDEO, source=ShotSource(content_hash="h", take=1, part=Part.VIDEO))
    with pytest.raises(ValueError, match="must be resolved"):
        body_of(with_inputs(clip))


def test_a_local_file_without_its_data_uri_is_refused() -> None:
    """A path never travels in place of a file's bytes."""
    lost = Input(
        kind=InputKind.IMAGE, source=FileSource(path="refs/lost.png", sha256="00", bytes=1, media_type="image/png")
    )
    with pytest.raises(ValueError, match=r"refs/lost\.png"):
        body_of(with_inputs(lost))
