"""How a film is spelled says nothing: order, quotes, comments, files and variables never change a content hash."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.content_hash import FIELDS, Bearing, content_hash
from seedance_spec.model.shot import Request
from tests.support.editing import read
from tests.support.facts import some

SHOT: Mapping[str, Any] = {
    "model": "dreamina-seedance-2-0",
    "prompt": "A cat: on the moon, 100 % sure",
    "duration": 5,
    "inputs": [{"image": "https://a.de/cat.jpg", "role": "first_frame"}],
    "metadata": {"ratio": "16:9", "seed": 42, "watermark": False, "resolution": "720p"},
    "tags": ["hero"],
}
OTHERS: Mapping[str, tuple[Any, ...]] = {
    "model": ("dreamina-seedance-2-0-fast",),
    "prompt": ("A dog", "A cat: on the moon, 100 % sure."),
    "duration": (6, -1),
    "inputs": ([], [{"image": "https://a.de/dog.jpg", "role": "first_frame"}], [{"video": "https://a.de/cat.mp4"}]),
    "metadata.ratio": ("9:16", None),
    "metadata.seed": (7, None),
    "metadata.watermark": (True,),
    "metadata.resolution": ("480p",),
    "metadata.generate_audio": (False,),
    "metadata.camera_fixed": (True,),
    "metadata.draft": (True,),
    "metadata.frames": (29, 121),
}


def the_hash(files: Mapping[str, str]) -> str:
    """The hash of the only shot of these files."""
    (shot,) = read(files).shots.values()
    return content_hash(shot.request)


def spelled(value: Any, draw: Any, *, flow: bool = False, indent: int = 0) -> str:
    """YAML for a value: keys in any order, block or flow, quoted in any way, with comments between."""
    match value:
        case dict() if flow or not value or draw(st.booleans()):
            keys = draw(st.permutations(list(value)))
            return "{" + ", ".join(f"{key}: {spelled(value[key], draw, flow=True)}" for key in keys) + "}"
        case dict():
            lines = []
            for key in draw(st.permutations(list(value))):
                comment = draw(st.sampled_from(["", "  # a word", "\n# a line"]))
                below = spelled(value[key], draw, indent=indent + 2)
                lines.append(f"\n{' ' * indent}{key}: {below}{comment}")
            return "".join(lines)
        case list():
            return "[" + ", ".join(spelled(each, draw, flow=True) for each in value) + "]"
        case str():
            single = "'" + value.replace("'", "''") + "'"
            plain = value if not flow and ": " not in value and not value[0].isdigit() else single
            return str(draw(st.sampled_from([json.dumps(value), single, plain])))
        case _:
            return json.dumps(value)


PLAIN = the_hash({"film.yaml": json.dumps({"version": 1, "shots": {"moon": SHOT}})})


@some
@given(st.data())
def test_order_quotes_and_comments_say_nothing(data: st.DataObject) -> None:
    """However the YAML is spelled, the hash is that of the plain spelling."""
    text = spelled({"version": 1, "shots": {"moon": dict(SHOT)}}, data.draw)

    assert the_hash({"film.yaml": text.lstrip("\n")}) == PLAIN


@some
@given(st.data())
def test_where_a_value_is_written_says_nothing(data: st.DataObject) -> None:
    """In the shot, in the file's or the project's defaults, in a profile or behind a variable: one hash."""
    layers: dict[str, dict[str, Any]] = {"project": {}, "file": {}, "shot": {}}
    variables: dict[str, Any] = {}
    for key, value in SHOT.items():
        layer = layers[data.draw(st.sampled_from(sorted(layers)), label=key)]
        is_variable = not isinstance(value, dict | list) and data.draw(st.booleans(), label="as a variable")
        variables |= {key: value} if is_variable else {}
        layer[key] = f"${{{key}}}" if is_variable else value
    project = {"version": 1, "vars": variables, "defaults": layers["project"]}
    film = {"version": 1, "defaults": layers["file"], "shots": {"any-name": layers["shot"]}}
    name = data.draw(st.sampled_from(["film.yaml", "ep1/other.yaml"]))

    assert the_hash({"project.yaml": json.dumps(project), name: json.dumps(film)}) == PLAIN


@pytest.mark.parametrize(("path", "other"), [(path, other) for path in OTHERS for other in OTHERS[path]])
def test_every_picture_field_says_something(path: str, other: Any) -> None:
    """Another value of any picture field is another hash, in whatever layer it is written."""
    *above, key = path.split(".")
    shot = json.loads(json.dumps(SHOT))
    owner = shot["metadata"] if above else shot
    owner.pop(key, None)
    if key == "frames":
        del shot["duration"]  # a clip is as long as one of the two says
    owner |= {key: other} if other is not None else {}

    assert the_hash({"film.yaml": json.dumps({"version": 1, "shots": {"moon": shot}})}) != PLAIN


def test_no_picture_field_is_forgotten_here() -> None:
    """A new field of a request that bears on the picture needs a row in the table above."""
    picture = {row.field for row in FIELDS if row.owner is Request and row.bearing is Bearing.PICTURE}

    assert {path.rpartition(".")[2] for path in OTHERS} == picture


CHAIN: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "moon": ("", {"prompt": "A cat on the moon"}),
    "hop": ("moon", {"prompt": "The cat hops"}),
    "exit": ("hop", {"prompt": "The cat leaves"}),
}
"""Each shot's parent and what else it says."""


def chained(ids: Mapping[str, str], order: Sequence[str]) -> dict[str, str]:
    """The hash of each shot of the chain when the shots have these ids and are written in this order."""
    files: dict[str, dict[str, Any]] = {}
    for name in order:
        parent, said = CHAIN[name]
        folder, _, key = ids[name].rpartition("/")
        inputs = {"inputs": [{"shot": ids[parent], "frame": "last"}]} if parent else {}
        files.setdefault(folder, {})[key] = {"model": "dreamina-seedance-2-0", **said, **inputs}
    texts = {f"{folder}.yaml": json.dumps({"version": 1, "shots": shots}) for folder, shots in files.items()}
    film = read(texts)
    return {name: content_hash(film.shots[ids[name]].request) for name in CHAIN}


@some
@given(
    folders=st.lists(st.sampled_from(["reel", "ep1/intro", "ep2/end"]), min_size=3, max_size=3),
    keys=st.permutations(["a", "b-2", "Zoom_3"]),
    order=st.permutations(list(CHAIN)),
)
def test_moves_and_renames_say_nothing_down_a_whole_chain(
    folders: list[str], keys: list[str], order: list[str]
) -> None:
    """Shots may go to other files under other names, parents too, in any order: every hash stays."""
    ids = {name: f"{folder}/{key}" for name, folder, key in zip(CHAIN, folders, keys, strict=True)}

    assert chained(ids, order) == chained({name: f"film/{name}" for name in CHAIN}, list(CHAIN))


AXES: Mapping[str, tuple[Any, ...]] = {"ratio": ("16:9", "9:16"), "seed": (1, 2, 3), "who": ("cat", "dog")}


def combined(axes: Mapping[str, Sequence[Any]], exclude: Sequence[Any], include: Sequence[Any]) -> dict[str, str]:
    """The hash of every combination, by id."""
    matrix = {**axes, "exclude": list(exclude), "include": list(include)}
    metadata = {"ratio": "${matrix.ratio}", "seed": "${matrix.seed}"}
    shot = {"model": "dreamina-seedance-2-0", "prompt": "A ${matrix.who}", "matrix": matrix, "metadata": metadata}
    film = read({"film.yaml": json.dumps({"version": 1, "shots": {"banner": shot}})})
    return {shot_id: content_hash(shot.request) for shot_id, shot in film.shots.items()}


EXCLUDED = ({"who": "dog", "seed": 2}, {"ratio": "9:16", "seed": 3})
INCLUDED = ({"who": "fox", "ratio": "1:1", "seed": 9}, {"who": "cat", "takes": 2})


@some
@given(data=st.data())
def test_the_order_of_a_matrix_says_nothing(data: st.DataObject) -> None:
    """Axes, their values, what is left out and what is added may stand in any order: ids and hashes stay."""
    axes = {axis: data.draw(st.permutations(AXES[axis])) for axis in data.draw(st.permutations(list(AXES)))}
    exclude, include = data.draw(st.permutations(EXCLUDED)), data.draw(st.permutations(INCLUDED))

    assert combined(axes, exclude, include) == combined(AXES, EXCLUDED, INCLUDED)


def test_a_profile_is_no_part_of_the_hash() -> None:
    """What comes of an overlay counts, not that there was one: a draft that changes nothing is paid for once."""
    film = {"version": 1, "profiles": {"draft": {"takes": 1}}, "shots": {"moon": SHOT}}

    assert the_hash({"film.yaml": json.dumps(film)}) == PLAIN
