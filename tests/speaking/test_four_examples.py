"""The four requests of the API page's section 4, and the closed table of how ours differ from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from seedance_spec.gateway.normalisations import NORMALISATIONS
from seedance_spec.gateway.wire_request import submit_body
from seedance_spec.json_types import Json, JsonObject
from seedance_spec.model.shot import Input, InputKind, Request, UrlSource
from tests.support.speaking import FIXTURES, recorded_json

CALLBACK = "https://hooks.example/v1/callback/attempt.mac"
AUDIO_AND_MARK: JsonObject = {"generate_audio": True, "watermark": False}
OURS: JsonObject = {"duration": 5, "execution_expires_after": 72_123, "callback_url": CALLBACK}

REQUESTS = {
    "request-text": Request(
        model="dreamina-seedance-2-0",
        prompt="A cat walking on the moon with a starry background",
        ratio="16:9",
        seed=42,
    ),
    "request-image": Request(
        model="dreamina-seedance-2-0",
        prompt="Make the cat jump",
        inputs=(Input(kind=InputKind.IMAGE, source=UrlSource(url="https://example.com/cat.jpg")),),
        ratio="16:9",
    ),
    "request-continuation": Request(
        model="dreamina-seedance-2-0",
        prompt="Extend this video: make the cat walk out of frame",
        inputs=(Input(kind=InputKind.VIDEO, source=UrlSource(url="https://example.com/cat-original.mp4")),),
    ),
    "request-fast": Request(
        model="dreamina-seedance-2-0-fast",
        prompt="Cyberpunk city street with neon lights on a rainy night",
        ratio="16:9",
        camera_fixed=False,
    ),
}
SENT: Mapping[str, JsonObject] = {
    "request-text": {
        "model": "dreamina-seedance-2-0",
        "prompt": "A cat walking on the moon with a starry background",
        "duration": 5,
        "seconds": "5",
        "metadata": {"resolution": "720p", "ratio": "16:9", "seed": 42, **AUDIO_AND_MARK, **OURS},
    },
    "request-image": {
        "model": "dreamina-seedance-2-0",
        "prompt": "Make the cat jump",
        "image": "https://example.com/cat.jpg",
        "duration": 5,
        "seconds": "5",
        "metadata": {"resolution": "720p", "ratio": "16:9", **AUDIO_AND_MARK, **OURS},
    },
    "request-continuation": {
        "model": "dreamina-seedance-2-0",
        "prompt": "Extend this video: make the cat walk out of frame",
        "duration": 5,
        "seconds": "5",
        "metadata": {
            "content": [
                {
                    "type": "video_url",
                    "video_url": {"url": "https://example.com/cat-original.mp4"},
                    "role": "reference_video",
                }
            ],
            "resolution": "720p",
            "ratio": "adaptive",
            **AUDIO_AND_MARK,
            **OURS,
        },
    },
    "request-fast": {
        "model": "dreamina-seedance-2-0-fast",
        "prompt": "Cyberpunk city street with neon lights on a rainy night",
        "duration": 5,
        "seconds": "5",
        "metadata": {
            "resolution": "720p",
            "ratio": "16:9",
            "camera_fixed": False,
            **AUDIO_AND_MARK,
            **OURS,
        },
    },
}


def sent(name: str) -> JsonObject:
    return submit_body(REQUESTS[name], inline={}, callback_url=CALLBACK, execution_expires_after=72_123)


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every scalar of a body by its dotted path; `[0]` for the items of a list."""
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from leaves(inner, f"{path}.{name}" if path else name)
        case list():
            for index, inner in enumerate(value):
                yield from leaves(inner, f"{path}[{index}]")
        case _:
            yield path, value


def differences(name: str) -> set[str]:
    """The paths that only we send. Fails where the page's own value is missing or another."""
    page, ours = dict(leaves(recorded_json(f"{name}.json"))), dict(leaves(sent(name)))
    assert {path: ours.get(path) for path in page} == page
    return {path.replace("[0]", "[]") for path in ours.keys() - page.keys()}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_example_is_the_pages_own(name: str) -> None:
    """The recorded example stands in the API page letter by letter."""
    page = (FIXTURES / "easyrouter-api.txt").read_text()
    assert f"-d '{(FIXTURES / f'{name}.json').read_text().rstrip()}'" in page


@pytest.mark.parametrize("name", REQUESTS)
def test_the_example_gives_exactly_this_body(name: str) -> None:
    """Each of the page's four requests becomes one body, known whole."""
    assert sent(name) == SENT[name]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_body_differs_from_the_page_only_by_the_table(name: str) -> None:
    """Nothing of the page is changed or left out, and whatever is added has a row with its reason."""
    assert differences(name) <= {row.path for row in NORMALISATIONS}


def test_every_row_of_the_table_is_needed() -> None:
    """A normalisation that no example shows is not in the table."""
    assert {row.path for row in NORMALISATIONS} == set().union(*(differences(name) for name in REQUESTS))


def test_every_row_gives_its_reason_and_source() -> None:
    """A difference without a reason and a source is not allowed."""
    assert all(row.reason and row.source and row.value for row in NORMALISATIONS)
