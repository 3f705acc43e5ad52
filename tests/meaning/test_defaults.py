"""Defaults: project under file under shot, merged deeply, and every value keeps the place where it was written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.model.layers import layered
from seedance_spec.model.shot import InputKind, Request, UrlSource
from seedance_spec.specfiles.located import read_yaml
from seedance_spec.specfiles.nodes import Mapping, Node, Scalar
from tests.support.reading import a_film, a_shot, told_about

PROJECT = """\
version: 1
name: nine-lives
defaults:
  model: dreamina-seedance-2-0
  metadata: { resolution: 480p, watermark: true, seed: 1 }
"""
FILM = """\
version: 1
defaults:
  prompt: A cat on the moon
  metadata: { resolution: 1080p, ratio: 16:9 }
shots:
  moon:
    metadata: { seed: 42 }
  sun:
    prompt: A cat on the sun
"""


def test_each_layer_wins_over_the_one_below() -> None:
    """A shot's own keys beat the file's defaults, which beat the project's; mappings are merged key by key."""
    film, told = a_film(FILM, project=PROJECT)
    shared = Request(model="dreamina-seedance-2-0", prompt="", resolution="1080p", ratio="16:9", watermark=True)

    assert told == ()
    assert film.project.name == "nine-lives"
    assert {name: shot.request for name, shot in film.shots.items()} == {
        "film/moon": replace(shared, prompt="A cat on the moon", seed=42),
        "film/sun": replace(shared, prompt="A cat on the sun", seed=1),
    }


def test_each_value_keeps_its_own_place() -> None:
    """Origins name the file, line and column of every written value, and nothing that nobody wrote."""
    film, _ = a_film(FILM, project=PROJECT)

    assert {name: str(each.span) for name, each in film.shots["film/moon"].origins.items()} == {
        "id": "specs/film.yaml:6:3",
        "model": "specs/project.yaml:4:10",
        "prompt": "specs/film.yaml:3:11",
        "resolution": "specs/film.yaml:4:27",
        "ratio": "specs/film.yaml:4:41",
        "watermark": "specs/project.yaml:5:44",
        "seed": "specs/film.yaml:7:23",
    }


def test_places_of_lengths_and_inputs_are_kept() -> None:
    """Each input has its place by number, and the winning length has its own."""
    shot = a_shot('inputs:\n  - image: http://a.de/1\n  - video: http://a.de/2\nseconds: "7"', defaults="takes: 2")

    assert {name: str(each.span) for name, each in shot.origins.items() if name not in ("id", "model", "prompt")} == {
        "inputs[0]": "specs/film.yaml:9:16",
        "inputs[1]": "specs/film.yaml:10:16",
        "duration": "specs/film.yaml:11:14",
        "takes": "specs/film.yaml:3:10",
    }


def test_lists_are_replaced() -> None:
    """A shot's list stands alone; it is not joined to the list of the defaults."""
    assert a_shot("tags: [b]", defaults="tags: [a, c]").tags == ("b",)


def test_null_takes_a_default_away() -> None:
    """An empty value under a shot means: not this default."""
    shot = a_shot("metadata: { seed: ~ }\ntags:", defaults="metadata: { seed: 42, ratio: 16:9 }\ntags: [a]")

    assert (shot.request.seed, shot.request.ratio, shot.tags) == (None, "16:9", ())


def test_null_without_a_default_is_an_error() -> None:
    """A value that was forgotten is not taken for a wish."""
    assert told_about("metadata: { seed: }") == ["error empty-value: seed"]


@pytest.mark.parametrize(
    ("default", "own", "kinds"),
    [
        ("image: http://a.de/cat.jpg", "inputs: [{ video: http://a.de/cat.mp4 }]", [InputKind.VIDEO]),
        ("images: [http://a.de/1, http://a.de/2]", "image: http://a.de/cat.jpg", [InputKind.IMAGE]),
        ("image: http://a.de/cat.jpg", "inputs: []", []),
        (
            "inputs: [{ image: http://a.de/cat.jpg }]",
            "metadata: { content: [{ type: video_url, video_url: { url: http://a.de/cat.mp4 } }] }",
            [InputKind.VIDEO],
        ),
    ],
)
def test_a_shots_way_of_inputs_replaces_the_defaults_way(default: str, own: str, kinds: list[InputKind]) -> None:
    """Inputs written in one way replace default inputs written in another; they are never mixed."""
    assert [each.kind for each in a_shot(own, defaults=default).request.inputs] == kinds


def test_an_error_in_defaults_is_said_once() -> None:
    """A thousand shots under wrong defaults make one complaint, at the defaults."""
    shots = "".join(f"  shot-{n}: {{ prompt: A cat }}\n" for n in range(1000))
    film, told = a_film(f"version: 1\ndefaults: {{ model: dreamina-seedance-2-0, takes: 0 }}\nshots:\n{shots}")

    assert [(each.code, str(each.span)) for each in told] == [("bad-takes", "specs/film.yaml:2:50")]
    assert film.shots == {}


def test_a_local_path_is_relative_to_the_file_that_names_it() -> None:
    """A path in project.yaml starts at specs/, whatever spec file inherits it."""
    _, told = a_film(
        files={"ep1/moon.yaml": "version: 1\nshots: { a: { prompt: A }, b: { prompt: B, image: ./dog.png } }\n"},
        project="version: 1\ndefaults: { model: dreamina-seedance-2-0, image: ./refs/cat.png }\n",
    )

    assert [each.message for each in told] == [
        '"specs/ep1/dog.png": there is no such file',
        '"specs/refs/cat.png": there is no such file',
    ]


def test_a_url_is_taken_as_written() -> None:
    """Nothing about a URL is changed when it is read."""
    url = "https://a.de/Cat%20one.jpg?b=2&a=1#x"

    assert a_shot(f'image: "{url}"').request.inputs[0].source == UrlSource(url=url)


keys = st.sampled_from(["a", "b", "c"])
trees: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=2)),
    lambda inner: st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, trees, max_size=3), st.dictionaries(keys, trees, max_size=3))
def test_merging_is_what_it_is_for_plain_values(base: dict[str, Any], overlay: dict[str, Any]) -> None:
    """The located merge equals the deep merge of plain mappings, and each leaf knows which side it came from."""
    merged = layered(_located("base", base), _located("overlay", overlay))

    assert _plain(merged) == _deep(base, overlay)
    assert all(_at(overlay if each.file == "overlay" else base, path) is not None for path, each in _leaves(merged))


def _located(file: str, value: dict[str, Any]) -> Mapping:
    root, told = read_yaml(file, repr(value))
    assert told == ()
    assert isinstance(root, Mapping)
    return root


def _plain(node: Node) -> Any:
    match node:
        case Mapping(entries=entries):
            return {name: _plain(entry.value) for name, entry in entries.items()}
        case Scalar(value=value):
            return value
        case _:
            return [_plain(item) for item in node.items]


def _deep(base: Any, overlay: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(overlay, dict)):
        return overlay
    return base | {name: _deep(base.get(name), value) for name, value in overlay.items()}


def _leaves(node: Node, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Node]]:
    if not isinstance(node, Mapping):
        return [(path, node)]
    return [leaf for name, entry in node.entries.items() for leaf in _leaves(entry.value, (*path, name))]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value[step]
    return value
