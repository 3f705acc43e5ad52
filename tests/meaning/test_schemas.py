"""The JSON Schemas say what the reader says: an editor is red where `validate` would be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from seedance_spec.cli.documents import schema_text
from seedance_spec.json_types import JsonObject
from seedance_spec.model.document import Defaults, InputItem, Metadata, ProfileEntry, ShotEntry
from seedance_spec.model.schema import project_schema, spec_schema
from tests.support.reading import SHOT, a_film

ROOT = Path(__file__).parents[2]

EVERYTHING = """\
version: 1
description: the opening
vars: { hero: { name: Miso, age: 3 }, seconds: 5, shape: "16:9", size: "480p", seed: 4, marked: true, spare: x }
profiles:
  draft: { model: dreamina-seedance-2-0-fast, pick: ~, vars: { seconds: 4 }, metadata: { ratio: ~ } }
  final: {}
defaults:
  model: dreamina-seedance-2-0
  metadata: { resolution: "720p", ratio: "16:9", watermark: false }
shots:
  moon-walk:
    prompt: A cat on the moon
    duration: 5
    seconds: "5"
    metadata:
      resolution: "1080p"
      duration: 5
      seed: 42
      camera_fixed: false
      service_tier: default
      execution_expires_after: 172800
      generate_audio: true
      draft: false
      return_last_frame: true
      ratio: ~
    takes: 3
    pick: 2
    tags: [hero]
    description: first
  frames: { prompt: A, metadata: { frames: 121 }, pick: r-1 }
  opened:
    prompt: ${hero.name}
    duration: ${seconds}
    metadata: { ratio: "${shape}", resolution: "${size}", seed: "${seed}", watermark: "${marked}" }
  banner:
    prompt: ${matrix.look} ${matrix.look.words} ${matrix.lang}
    matrix:
      look: [{ name: noir, words: black and white }]
      lang: [en, de, 3]
      exclude: [{ lang: de }]
      include: [{ lang: en, takes: 2, metadata: { seed: 1 } }]
  linked:
    prompt: A
    inputs:
      - { shot: moon-walk, frame: last, take: 2, role: first_frame }
      - { shot: image, frame: first, role: last_frame }
  continued: { prompt: A, inputs: [{ video: { shot: moon-walk } }] }
  image: { prompt: A, image: "https://a.de/1.jpg" }
  images: { prompt: A, images: ["https://a.de/1.jpg"] }
  inputs:
    prompt: A
    inputs:
      - image: "https://a.de/1.jpg"
        role: first_frame
        sha256: abababababababababababababababababababababababababababababababab
      - { image: "https://a.de/2.jpg", role: last_frame }
  content:
    prompt: A
    metadata: { content: [{ type: video_url, video_url: { url: "https://a.de/1.mp4" }, role: reference_video }] }
"""


def complaints(schema: JsonObject, text: str) -> list[str]:
    found = Draft202012Validator(dict(schema)).iter_errors(yaml.safe_load(text))
    return sorted("/".join(map(str, each.absolute_path)) for each in found)


@pytest.mark.parametrize("make", [spec_schema, project_schema])
def test_the_schemas_are_schemas(make: Any) -> None:
    """Both are valid draft 2020-12, and their own examples satisfy them."""
    schema = make()

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert [complaints(schema, json.dumps(each)) for each in schema["examples"]] == [[]]


@pytest.mark.parametrize("text", [SHOT, EVERYTHING])
def test_a_right_spec_is_right_in_an_editor(text: str) -> None:
    """What the reader takes without an error, the schema takes too."""
    film, told = a_film(text)

    assert [each for each in told if each.severity == "error"] == []
    assert film.shots
    assert complaints(spec_schema(), text) == []


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ("version: 2\nshots: {}\n", "version"),
        ("shots: {}\n", ""),
        ("version: 1\nshot: {}\n", ""),
        ("version: 1\nshots: { 'a b': { prompt: x } }\n", "shots"),
        ("version: 1\nshots: { a: { promt: x } }\n", "shots/a"),
        ("version: 1\nshots: { a: { prompt: 3 } }\n", "shots/a/prompt"),
        ("version: 1\nshots: { a: { ratio: '16:9' } }\n", "shots/a"),
        ("version: 1\nshots: { a: { seconds: 5 } }\n", "shots/a/seconds"),
        ("version: 1\nshots: { a: { seconds: 5s } }\n", "shots/a/seconds"),
        ("version: 1\nshots: { a: { duration: '5' } }\n", "shots/a/duration"),
        ("version: 1\nshots: { a: { takes: 0 } }\n", "shots/a/takes"),
        ("version: 1\nshots: { a: { metadata: { ratio: 16x9 } } }\n", "shots/a/metadata/ratio"),
        ("version: 1\nshots: { a: { metadata: { resolution: HD } } }\n", "shots/a/metadata/resolution"),
        ("version: 1\nshots: { a: { metadata: { seed: 2147483648 } } }\n", "shots/a/metadata/seed"),
        ("version: 1\nshots: { a: { metadata: { callback_url: 'https://a.de' } } }\n", "shots/a/metadata"),
        ("version: 1\nshots: { a: { inputs: [{ role: first_frame }] } }\n", "shots/a/inputs/0"),
        ("version: 1\nshots: { a: { inputs: [{ image: x, video: y }] } }\n", "shots/a/inputs/0"),
        ("version: 1\nshots: { a: { inputs: [{ image: x, role: first }] } }\n", "shots/a/inputs/0/role"),
        ("version: 1\nshots: { a: { metadata: { content: [{ type: text }] } } }\n", "shots/a/metadata/content/0/type"),
        ("version: 1\ndefaults: { pick: 2 }\n", "defaults"),
        ("version: 1\ndefaults: { matrix: { a: [1] } }\n", "defaults"),
        ("version: 1\nvars: { a: [1] }\n", "vars/a"),
        ("version: 1\nvars: { matrix: a }\n", "vars"),
        ("version: 1\nvars: { a b: c }\n", "vars"),
        ("version: 1\nprofiles: { draft: { takes: many } }\n", "profiles/draft/takes"),
        ("version: 1\nprofiles: { draft: { matrix: { a: [1] } } }\n", "profiles/draft"),
        ("version: 1\nshots: { a: { prompt: x, matrix: { a: 1 } } }\n", "shots/a/matrix/a"),
        ("version: 1\nshots: { a: { prompt: x, matrix: { a: [] } } }\n", "shots/a/matrix/a"),
        ("version: 1\nshots: { a: { prompt: x, matrix: { a: [[1]] } } }\n", "shots/a/matrix/a/0"),
        ("version: 1\nshots: { a: { inputs: [{ shot: b, frame: middle }] } }\n", "shots/a/inputs/0/frame"),
        ("version: 1\nshots: { a: { inputs: [{ image: b, frame: last }] } }\n", "shots/a/inputs/0"),
        ("version: 1\nshots: { a: { duration: 'five' } }\n", "shots/a/duration"),
    ],
)
def test_a_wrong_spec_is_wrong_in_an_editor(wrong: str, path: str) -> None:
    """Each mistake is found by the schema, at its place, and by the reader as an error."""
    _, told = a_film(wrong.replace("version: 1\nshots: { a: {", "version: 1\nshots: { a: { model: m,"))

    assert path in complaints(spec_schema(), wrong)
    assert any(each.severity == "error" for each in told)


def test_a_wrong_project_file_is_wrong_in_an_editor() -> None:
    """project.yaml has a schema of its own."""
    assert complaints(project_schema(), "version: 1\nname: nine-lives\ndefaults: { takes: 2 }\n") == []
    assert complaints(project_schema(), "version: 1\nname: ''\nshots: {}\n") == ["", "name"]


@pytest.mark.parametrize("shape", [Defaults, ShotEntry, ProfileEntry, Metadata, InputItem])
def test_every_key_is_explained(shape: Any) -> None:
    """An editor can say about every key what it is for."""
    assert [name for name, field in shape.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("name", ["spec", "project"])
def test_the_checked_in_schemas_are_the_generated_ones(name: str) -> None:
    """`seedance-spec schema --write` would change nothing."""
    assert (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8") == schema_text(name)
