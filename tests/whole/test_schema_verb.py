"""The `schema` verb: every JSON Schema by name, and the checked-in files equal to what the models say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema.validators import Draft202012Validator

from seedance_spec.cli.documents import NAMES, file_name, schema_of, schema_text
from seedance_spec.json_types import JsonObject
from tests.support.whole import REPOSITORY, Done, seedance_spec


@pytest.mark.parametrize("name", NAMES)
def test_the_checked_in_schema_is_current(name: str) -> None:
    """schemas/ holds what the models say today; `make schemas` writes it."""
    assert (REPOSITORY / "schemas" / file_name(name)).read_text(encoding="utf-8") == schema_text(name)


def test_schemas_holds_nothing_else() -> None:
    """No file in schemas/ is without a source."""
    found = {path.name for path in (REPOSITORY / "schemas").iterdir()}

    assert found == {file_name(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_a_schema(name: str) -> None:
    """Each is valid JSON Schema 2020-12 with a title to list it by."""
    schema = dict(schema_of(name))

    Draft202012Validator.check_schema(schema)
    assert schema["title"]


def test_a_schema_is_printed_by_name(tmp_path: Path) -> None:
    """`schema spec` prints the checked-in text, and nothing else."""
    assert seedance_spec("schema", "spec", cwd=tmp_path) == Done(code=0, out=schema_text("spec"), err="")


def test_the_schemas_are_listed_as_json_too(tmp_path: Path) -> None:
    """`schema --json` keeps its own schema and names every file."""
    listing = json.loads(seedance_spec("schema", "--json", cwd=tmp_path).out)

    Draft202012Validator(dict(schema_of("schema"))).validate(listing)
    assert [row["file"] for row in listing["schemas"]] == [file_name(name) for name in NAMES]


def test_write_brings_the_folder_up_to_date_and_then_leaves_it(tmp_path: Path) -> None:
    """`schema --write` writes what is missing or stale, and says so; a second run has nothing to do."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "spec.schema.json").write_text("{}", encoding="utf-8")

    first, second = (seedance_spec("schema", "--write", cwd=tmp_path) for _ in range(2))

    assert first.err.splitlines() == [f"wrote schemas/{file_name(name)}" for name in NAMES]
    assert (second.code, second.err) == (0, "schemas/ is current\n")
    assert (tmp_path / "schemas" / "spec.schema.json").read_text(encoding="utf-8") == schema_text("spec")


@pytest.mark.parametrize(
    ("shot", "places"),
    [
        ({"prompt": "A cat", "metadata": {"seed": 42}}, []),
        ({"prompt": "A cat", "metadata": {"sede": 42}}, ["$.shots.moon.metadata"]),
        ({"promt": "A cat"}, ["$.shots.moon"]),
        ({"prompt": "A cat", "takes": "two"}, ["$.shots.moon.takes"]),
    ],
)
def test_what_is_wrong_is_wrong_in_an_editor_too(shot: JsonObject, places: list[str]) -> None:
    """What the reader refuses, an unknown key above all, the schema of spec files refuses at the same place."""
    editor = Draft202012Validator(dict(schema_of("spec")))

    assert [error.json_path for error in editor.iter_errors({"version": 1, "shots": {"moon": shot}})] == places
