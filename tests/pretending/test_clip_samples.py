"""The sandbox's own inputs always exist, are what their names say, and never change."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from seedance_spec.sandbox.clip_samples import SAMPLES, sample_image, sample_video
from seedance_spec.sandbox.clips import VideoFacts, image_size, video_facts

IMAGES = [name for name, kind in SAMPLES.items() if kind == "image"]


def test_the_inputs_of_the_api_pages_examples_are_among_the_samples() -> None:
    """The page's cat.jpg and cat-original.mp4 can be served."""
    assert (SAMPLES["cat.jpg"], SAMPLES["cat-original.mp4"]) == ("image", "video")


@pytest.mark.parametrize("name", IMAGES)
def test_a_sample_image_is_accepted_as_an_input(name: str) -> None:
    """Each sample is an image in the format of its name, inside the upstream's limits of side and ratio."""
    data = sample_image(name)
    width, height = image_size(data)

    assert Image.open(BytesIO(data)).format == {"jpg": "JPEG", "png": "PNG"}[name.rsplit(".", 1)[1]]
    assert min(width, height) > 300
    assert max(width, height) < 6000
    assert 0.4 < width / height < 2.5


def test_a_sample_is_the_same_bytes_whenever_it_is_drawn() -> None:
    """A sample drawn anew equals the one drawn before: its digest may stand in a lockfile."""
    first = sample_image("cat.jpg")
    sample_image.cache_clear()

    assert sample_image("cat.jpg") == first


def test_the_sample_video_is_five_seconds_of_720p() -> None:
    """The film to be continued is inside the upstream's limits."""
    film = sample_video("cat-original.mp4")

    assert video_facts(film) == VideoFacts(width=1280, height=720, seconds=5.0, frames=120)


@pytest.mark.parametrize("name", ["dog.jpg", "../cat.jpg", ""])
def test_an_unknown_sample_is_a_key_error(name: str) -> None:
    """No other name is drawn."""
    with pytest.raises(KeyError):
        sample_image(name)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\xff\xd8\xff"], ids=["empty", "pdf", "torn-jpeg"])
def test_what_is_no_image_is_a_value_error(data: bytes) -> None:
    """Inputs that are no images are refused with a sentence."""
    with pytest.raises(ValueError, match="not a readable image"):
        image_size(data)
