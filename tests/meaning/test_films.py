"""From files to film: what is sound is kept, what is wrong is said, all of it, in order."""

from __future__ import annotations

import dataclasses
import gc
from pathlib import Path

import pytest

from seedance_spec.content_hash import content_hash
from seedance_spec.model.film import film_of
from seedance_spec.model.local_files import LocalFiles
from seedance_spec.model.shot import FileSource, Film, Project
from seedance_spec.specfiles.find import find_spec_files
from tests.support.reading import PNG, SHOT, a_film, put, told_about

BAD_SHOT = SHOT + "  sun: { model: dreamina-seedance-2-0 }\n"


@pytest.mark.parametrize(
    ("files", "project", "shots", "codes"),
    [
        ({"a.yaml": SHOT, "b.yaml": BAD_SHOT}, None, ["a/moon", "b/moon"], ["prompt-required"]),
        ({"a.yaml": SHOT, "b.yaml": "var: {}\n" + SHOT}, None, ["a/moon"], ["unknown-key"]),
        ({"a.yaml": SHOT, "b.yaml": SHOT + "  moon: {}\n"}, None, ["a/moon"], ["duplicate-key"]),
        ({"a.yaml": SHOT, "b.yaml": "a: 'b"}, None, ["a/moon"], ["unclosed-quote"]),
        ({"a.yaml": SHOT, "b.yaml": ""}, None, ["a/moon"], ["empty-file"]),
        ({"a.yaml": SHOT, "b.yaml": SHOT.replace("version: 1\n", "")}, None, ["a/moon"], ["missing-version"]),
        ({"a.yaml": SHOT}, "version: 1\nnam: x\n", [], ["unknown-key"]),
        ({"a.yaml": SHOT}, "version: 1\nname: x\n", ["a/moon"], []),
        ({"my film.yaml": SHOT}, None, [], ["bad-file-name"]),
        ({}, None, [], ["no-shots"]),
        ({"a.yaml": "version: 1\n"}, None, [], ["no-shots"]),
        ({"a.yaml": "version: 1\nshots: [a]\n"}, None, [], ["wrong-type"]),
    ],
)
def test_shots_with_errors_are_left_out(
    files: dict[str, str], project: str | None, shots: list[str], codes: list[str]
) -> None:
    """A shot's error leaves out the shot, a file's error its shots, and the project's error all of them."""
    film, told = a_film(files=files, project=project)

    assert list(film.shots) == shots
    assert [each.code for each in told] == codes


def test_complaints_come_in_the_order_of_files_and_lines() -> None:
    """Structure and values are complained about together, sorted as they are read."""
    text = "version: 1\nshots:\n  b: { seed: 1, takes: 0 }\n  a: { model: x, prompt: y, metadata: { ratio: 1x1 } }\n"
    _, told = a_film(files={"b.yaml": text, "a.yaml": "version: 2\nshots: {}\n"}, project="name: ''\n")

    assert [(str(each.span), each.code) for each in told] == [
        ("specs/a.yaml:1:10", "unknown-version"),
        ("specs/b.yaml:3:3", "model-required"),
        ("specs/b.yaml:3:3", "prompt-required"),
        ("specs/b.yaml:3:8", "unknown-key"),
        ("specs/b.yaml:3:24", "bad-takes"),
        ("specs/b.yaml:4:15", "unknown-model"),
        ("specs/b.yaml:4:48", "unknown-ratio"),
        ("specs/project.yaml:1:1", "missing-version"),
        ("specs/project.yaml:1:7", "bad-name"),
    ]


def test_a_project_without_a_name_is_called_project() -> None:
    """The name is optional."""
    assert a_film(SHOT)[0].project == Project(name="project")
    assert a_film(SHOT, project="version: 1\nname: nine-lives\n")[0].project == Project(name="nine-lives")


@pytest.mark.parametrize("where", ["prompt: a {} b", "description: '{}'", "tags: ['{}']", "image: 'https://a.de/{}'"])
def test_an_unknown_variable_is_an_error_in_every_text(where: str) -> None:
    """It is pointed at exactly, wherever a text may stand, and `$${` is a plain `${`."""
    assert told_about(where.format("${hero}")) == ["error undefined-variable: ${hero}"]
    assert told_about(where.format("$${hero}")) == []


@pytest.mark.parametrize("key", ["sk-NotARealKey00000", "sk-proj-NotARealKey_1"])
def test_a_key_in_a_spec_is_an_error_wherever_it_stands(key: str) -> None:
    """A key in a value or in a comment is an error whose message does not repeat it."""
    film, told = a_film(f"# {key}\n" + SHOT + f"    description: '{key}'\n")

    assert [each.code for each in told] == ["key-in-spec", "key-in-spec"]
    assert key not in repr(told)
    assert film.shots == {}


@pytest.mark.parametrize(
    "text", ["sk-canary", "sk-sandbox", "a task-oriented-approach-number-7", "risk-1234567890123456"]
)
def test_words_that_only_look_like_keys_are_fine(text: str) -> None:
    """Placeholders and hyphenated words are no keys."""
    assert told_about(f"description: {text}") == []


def test_a_film_reads_its_local_files(tmp_path: Path) -> None:
    """From a folder on disk to a frozen film, with the digest of the image in it."""
    put(tmp_path, {"specs/a.yaml": SHOT + "    image: ../refs/cat.png\n", "refs/cat.png": PNG})

    film, told = film_of(find_spec_files(tmp_path), LocalFiles(tmp_path).look, content_hash)

    source = film.shots["a/moon"].request.inputs[0].source
    assert told == ()
    assert isinstance(source, FileSource)
    assert (source.path, source.bytes, source.media_type) == ("refs/cat.png", len(PNG), "image/png")


def test_the_same_files_make_the_same_film() -> None:
    """Reading is a function: two readings are equal, and nothing in them can be changed."""
    one, other = a_film(SHOT), a_film(SHOT)

    assert one == other
    with pytest.raises(dataclasses.FrozenInstanceError):
        one[0].shots["film/moon"].takes = 2  # type: ignore[misc] # that it is forbidden is the point


def test_the_garbage_collector_is_left_as_it_was() -> None:
    """Reading pauses the collector and gives it back, running or not."""
    a_film(SHOT)
    assert gc.isenabled()
    gc.disable()
    try:
        a_film(SHOT)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_empty_film_is_a_film() -> None:
    """No files make no shots, not a failure."""
    assert a_film(files={})[0] == Film(project=Project(name="project"), shots={})
