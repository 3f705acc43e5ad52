"""One shot as `show` tells it; the picture is a file under golden/."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from seedance_spec.model.shot import DataSource, FileSource, Input, InputKind, Role, UrlSource
from seedance_spec.plan.show_document import show_document, show_schema
from seedance_spec.plan.show_text import show_text
from seedance_spec.plan.style import COLOUR, PLAIN, Style, cells
from tests.deciding.test_explain import the_edited_reel
from tests.support.deciding import Scene, a_scene, a_shot
from tests.support.explaining import showing

GOLDEN = Path(__file__).parent / "golden"
SIGNED = "https://cdn.example.com/cat.jpg?X-Amz-Signature=5e7dead&v=2"


def a_shot_with_inputs() -> Scene:
    """One local file, one data URI, one signed URL: none of their bytes is to be printed."""
    inputs = (
        Input(
            kind=InputKind.IMAGE,
            source=FileSource(path="specs/cat.png", sha256="ab" * 32, bytes=231_000, media_type="image/png"),
            role=Role.REFERENCE_IMAGE,
        ),
        Input(
            kind=InputKind.IMAGE,
            source=DataSource(
                uri=f"data:image/png;base64,{'QUJD' * 900}", sha256="cd" * 32, bytes=2700, media_type="image/png"
            ),
            role=Role.REFERENCE_IMAGE,
        ),
        Input(kind=InputKind.IMAGE, source=UrlSource(url=SIGNED), role=Role.REFERENCE_IMAGE),
    )
    return a_scene(a_shot("film/jump", inputs=inputs))


@pytest.mark.parametrize(
    ("name", "width", "style"), [("show-80", 80, PLAIN), ("show-80-colour", 80, COLOUR), ("show-140", 140, PLAIN)]
)
def test_a_shot_reads_as_it_should(name: str, width: int, style: Style) -> None:
    """Request, hash with origins, takes, price, parents and children: the whole text is golden."""
    text = show_text(showing(the_edited_reel(), "reel/exit"), width=width, style=style)

    assert text + "\n" == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_inline_bytes_are_cut_short_and_signatures_hidden() -> None:
    """What stands in their place says what they are; the body is otherwise the one that is sent."""
    body = showing(a_shot_with_inputs(), "film/jump").body

    assert [item["image_url"]["url"] for item in json.loads(json.dumps(body))["metadata"]["content"]] == [
        "data:image/png;base64,… (231 kB, specs/cat.png)",
        "data:image/png;base64,… (3 kB)",
        "https://cdn.example.com/cat.jpg?X-Amz-Signature=…&v=2",
    ]


def test_no_callback_url_and_no_number_is_invented() -> None:
    """What only an attempt can know is named, and not made up."""
    told = showing(a_shot_with_inputs(), "film/jump")
    document = json.dumps(show_document(told))

    assert told.added == ("metadata.callback_url", "metadata.execution_expires_after")
    assert "/v1/callback" not in document
    assert {"callback_url", "execution_expires_after"}.isdisjoint(json.loads(document)["request"]["metadata"])


def test_a_number_that_the_author_wrote_is_sent() -> None:
    """The author's own `execution_expires_after` is no secret of the attempt's."""
    told = showing(a_scene(a_shot("film/jump", execution_expires_after=80_000)), "film/jump")

    assert told.added == ("metadata.callback_url",)
    assert json.loads(json.dumps(told.body))["metadata"]["execution_expires_after"] == 80_000


def test_nothing_secret_is_in_any_view() -> None:
    """Neither the text nor the JSON holds the signature or the inline bytes."""
    told = showing(a_shot_with_inputs(), "film/jump")
    for view in (show_text(told, width=100, style=PLAIN), json.dumps(show_document(told))):
        assert "5e7dead" not in view
        assert "QUJDQUJD" not in view


def test_every_value_says_where_it_comes_from() -> None:
    """The prompt names its variable and both places; what nobody wrote is the API's."""
    values = {each.field: each for each in showing(the_edited_reel(), "reel/moon").values}

    prompt, seed = values["prompt"].origin, values["seed"]
    assert prompt is not None
    assert str(prompt.span) == "specs/reel.yaml:5:19"
    assert (seed.value, seed.hashed, seed.origin) == (None, True, None)
    assert not values["service_tier"].hashed


def test_a_shot_is_valid_by_its_schema() -> None:
    """Parents, children, takes and origins are described."""
    scene = the_edited_reel()
    Draft202012Validator.check_schema(show_schema())
    for shot_id in scene.film.shots:
        read = json.loads(json.dumps(show_document(showing(scene, shot_id))))
        Draft202012Validator(show_schema()).validate(read)
    exit_ = json.loads(json.dumps(show_document(showing(scene, "reel/exit"))))
    assert [(each["shot"], each["way"]) for each in exit_["parents"]] == [("reel/moon", "fresh-link")]
    assert [(each["shot"], each["part"]) for each in exit_["children"]] == [("reel/coda", "last_frame")]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_of_a_shot_is_wider_than_the_terminal(width: int) -> None:
    """From 60 cells upwards everything fits, with and without colours, with inputs and without."""
    for scene, shot_id in ((the_edited_reel(), "reel/exit"), (a_shot_with_inputs(), "film/jump")):
        lines = show_text(showing(scene, shot_id), width=width, style=COLOUR).splitlines()
        assert [line for line in lines if cells(line) > width] == []


def test_text_of_a_prompt_cannot_move_the_cursor() -> None:
    """Escapes in a prompt are shown, not obeyed."""
    text = show_text(
        showing(a_scene(a_shot("film/jump", prompt="evil \x1b[2J \u202e red")), "film/jump"), width=80, style=PLAIN
    )

    assert "\x1b" not in text
    assert "\u202e" not in text
