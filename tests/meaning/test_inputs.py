"""Images, video and audio: four ways to write them, one meaning; what cannot be sent or stand together is said."""

from __future__ import annotations

import base64
import hashlib

import pytest

from seedance_spec.model.local_file import LocalFile
from seedance_spec.model.shot import DataSource, FileSource, Input, InputKind, Role, UrlSource
from tests.support.reading import PNG, a_film, a_local_image, a_shot, spec, told_about

CAT, DOG = "https://example.com/cat.jpg", "https://example.com/dog.jpg"
CLIP, SONG = "https://example.com/cat.mp4", "https://example.com/cat.mp3"
DATA = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def image(url: str, role: Role | None = None) -> Input:
    return Input(kind=InputKind.IMAGE, source=UrlSource(url=url), role=role)


CONTENT = f"""
metadata:
  content:
    - {{ type: image_url, image_url: {{ url: {CAT} }}, role: reference_image }}
    - {{ type: video_url, video_url: {{ url: {CLIP} }} }}
"""


@pytest.mark.parametrize(
    ("body", "inputs"),
    [
        (f"image: {CAT}", (image(CAT),)),
        (f"images: [{CAT}, {DOG}]", (image(CAT), image(DOG))),
        (f"inputs: [{{ image: {CAT}, role: first_frame }}]", (image(CAT, Role.FIRST_FRAME),)),
        (
            f"inputs: [{{ image: {CAT} }}, {{ video: {CLIP} }}, {{ audio: {SONG} }}]",
            (
                image(CAT),
                Input(kind=InputKind.VIDEO, source=UrlSource(url=CLIP)),
                Input(kind=InputKind.AUDIO, source=UrlSource(url=SONG)),
            ),
        ),
        (
            CONTENT,
            (image(CAT, Role.REFERENCE_IMAGE), Input(kind=InputKind.VIDEO, source=UrlSource(url=CLIP))),
        ),
        ("image: asset://asset-1", (image("asset://asset-1"),)),
    ],
)
def test_each_way_gives_the_inputs_in_their_order(body: str, inputs: tuple[Input, ...]) -> None:
    """`image`, `images`, `inputs` and `metadata.content` mean the same things; roles stay as written."""
    assert a_shot(body).request.inputs == inputs


def test_a_digest_pins_a_url() -> None:
    """`sha256` beside a URL is kept with it."""
    digest = "ab" * 32

    shot = a_shot(f"inputs: [{{ image: {CAT}, sha256: {digest} }}]")

    assert shot.request.inputs[0].source == UrlSource(url=CAT, sha256=digest)


def test_a_data_uri_is_kept_with_the_digest_of_its_bytes() -> None:
    """Inline bytes are decoded and checked, and travel as they were written."""
    digest = hashlib.sha256(PNG).hexdigest()

    shot = a_shot(f"image: {DATA}")

    expected = DataSource(uri=DATA, sha256=digest, bytes=len(PNG), media_type="image/png")
    assert shot.request.inputs[0].source == expected


def test_a_local_image_is_known_by_its_bytes() -> None:
    """A local path becomes the file's digest, size and type, with its path from the project folder."""
    film, told = a_film(spec("image: ./refs/../cat.png"), local={"specs/cat.png": a_local_image()})

    assert told == ()
    expected = FileSource(path="specs/cat.png", sha256="ab" * 32, bytes=1000, media_type="image/png")
    assert film.shots["film/moon"].request.inputs[0].source == expected


@pytest.mark.parametrize(
    ("file", "body", "code"),
    [
        (a_local_image(size=30 * 2**20), "image: cat.png", "input-too-large"),
        (a_local_image(size=30 * 2**20 - 1), "image: cat.png", None),
        (a_local_image(), "inputs: [{ audio: cat.png }]", "wrong-input-type"),
        (a_local_image(), f"inputs: [{{ image: cat.png, sha256: {'cd' * 32} }}]", "digest-differs"),
        (a_local_image(), f"inputs: [{{ image: cat.png, sha256: {'ab' * 32} }}]", None),
        (a_local_image(), "inputs: [{ video: cat.png }]", "local-video"),
        (a_local_image(size=20 * 2**20), "images: [cat.png, cat.png, cat.png]", "inputs-too-large"),
    ],
)
def test_what_cannot_be_sent_is_an_error(file: LocalFile, body: str, code: str | None) -> None:
    """A file of the wrong kind or size, or with other bytes than were pinned, stops the shot before payment."""
    film, told = a_film(spec(body), local={"specs/cat.png": file})

    assert [each.code for each in told] == ([code] if code else [])
    assert bool(film.shots) is (code is None)


def test_audio_has_a_limit_of_its_own() -> None:
    """An audio of 15 MiB is too large, whatever images may be."""
    song = LocalFile(path="specs/song.wav", sha256="ab" * 32, bytes=15 * 2**20, media_type="audio/wav")

    _, told = a_film(spec("inputs: [{ audio: song.wav }]"), local={"specs/song.wav": song})

    assert [each.code for each in told] == ["input-too-large"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://localhost/cat.jpg", ["unreachable-input"]),
        ("http://127.0.0.1:8080/cat.jpg", ["unreachable-input"]),
        ("http://[::1]/cat.jpg", ["unreachable-input"]),
        ("http://10.0.0.7/cat.jpg", ["unreachable-input"]),
        ("http://192.168.1.2/cat.jpg", ["unreachable-input"]),
        ("http://169.254.169.254/latest", ["unreachable-input"]),
        ("http://nas/cat.jpg", ["unreachable-input"]),
        ("http://printer.local/cat.jpg", ["unreachable-input"]),
        ("http://app.localhost/cat.jpg", ["unreachable-input"]),
        ("http://notsandbox.localhost/cat.jpg", ["unreachable-input"]),
        ("http://sandbox.localhost/assets/cat-original.mp4", []),
        ("http://SANDBOX.localhost:9000/assets/cat.png", []),
        ("http://eu.sandbox.localhost/assets/cat.png", []),
        ("https://8.8.8.8/cat.jpg", []),
        ("https://example.com/cat.jpg", []),
        ("http://[::1/cat.jpg", ["bad-url"]),
        ("https://", ["bad-url"]),
        ("file:///etc/passwd", ["unsupported-link"]),
        ("s3://bucket/cat.jpg", ["unsupported-link"]),
    ],
)
def test_links_that_the_upstream_cannot_fetch_are_said(url: str, told: list[str]) -> None:
    """Addresses of this machine or network are warned about, but never the sandbox's own assets."""
    assert [each.split(":")[0].split()[1] for each in told_about(f'image: "{url}"')] == told


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ([f"image: {CAT}"], []),
        ([f"image: {CAT}, role: first_frame", f"image: {DOG}, role: last_frame"], []),
        ([f"image: {CAT}", f"video: {CLIP}", f"audio: {SONG}"], []),
        ([f"image: {CAT}, role: first_frame", f"video: {CLIP}"], ["mixed-modes"]),
        ([f"image: {CAT}", f"image: {DOG}, role: last_frame"], ["last-frame-alone", "mixed-modes"]),
        ([f"image: {CAT}, role: last_frame"], ["last-frame-alone"]),
        ([f"image: {CAT}, role: first_frame", f"image: {DOG}, role: first_frame"], ["two-frames"]),
        ([f"audio: {SONG}"], ["audio-alone"]),
        ([f"video: {CLIP}, role: first_frame"], ["role-misfit"]),
        ([f"image: {CAT}, role: reference_video"], ["role-misfit"]),
        ([f"image: {CAT}"] * 9 + [f"video: {CLIP}"] * 3 + [f"audio: {SONG}"] * 3, []),
        ([f"image: {CAT}"] * 10, ["too-many-inputs"]),
        ([f"video: {CLIP}"] * 4, ["too-many-inputs"]),
        ([f"image: {CAT}"] + [f"audio: {SONG}"] * 4, ["too-many-inputs"]),
    ],
)
def test_inputs_that_exclude_each_other_are_warned_about(inputs: list[str], told: list[str]) -> None:
    """The upstream's modes are known: a clash is a warning with its source, and the shot still stands."""
    film, complaints = a_film(spec(f"inputs: [{', '.join(f'{{ {each} }}' for each in inputs)}]"))

    assert sorted(each.code for each in complaints) == told
    assert all(each.source == "upstream: Ark's create-task page" for each in complaints)
    assert list(film.shots) == ["film/moon"]
