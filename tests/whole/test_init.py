"""`init`: a project that renders at once; it adds and never overwrites."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema.validators import Draft202012Validator
from PIL import Image

from seedance_spec.cli.documents import schema_of
from tests.support.whole import python, seedance_spec


def _contents(folder: Path) -> Mapping[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".seedance" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_new_project_is_valid_and_complete(tmp_path: Path) -> None:
    """Everything a project needs is there, and its specs are right at once."""
    done = seedance_spec("init", "film", cwd=tmp_path)

    checked = json.loads(seedance_spec("-C", "film", "validate", "--json", cwd=tmp_path).out)
    assert done.code == 0
    assert (checked["ok"], checked["project"], checked["shots"], checked["diagnostics"]) == (True, "film", 3, [])
    assert set(_contents(tmp_path / "film")) >= {
        "specs/project.yaml",
        "specs/first-reel.yaml",
        "specs/refs/hill-at-dusk.png",
        "specs/seedance.lock",
        "schemas/spec.schema.json",
        "renders/.gitignore",
        ".gitignore",
        ".gitattributes",
    }


def test_it_says_what_to_do_next(tmp_path: Path) -> None:
    """The last lines are the commands that render it."""
    told = seedance_spec("init", "film", cwd=tmp_path).err.splitlines()

    assert [line.split("#")[0].strip() for line in told[-3:]] == [
        "cd film",
        "seedance-spec plan --sandbox",
        "seedance-spec apply --sandbox",
    ]


def test_a_second_init_changes_nothing(tmp_path: Path) -> None:
    """Running it again leaves every byte as it was, the project id among them."""
    seedance_spec("init", cwd=tmp_path)
    before = _contents(tmp_path)

    done = seedance_spec("init", cwd=tmp_path)

    assert (done.code, _contents(tmp_path)) == (0, before)
    assert done.err.startswith("Everything was there already; nothing is changed.\n")


def test_two_projects_have_two_ids(tmp_path: Path) -> None:
    """Each project's lockfile opens with a random id of its own, on one line."""
    for name in ("one", "two"):
        seedance_spec("init", name, cwd=tmp_path)

    one, two = ((tmp_path / name / "specs" / "seedance.lock").read_text(encoding="utf-8") for name in ("one", "two"))
    assert one != two
    assert one.count("\n") == two.count("\n") == 1
    assert json.loads(one)["kind"] == "project"


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    """Own files stay as they are; git's files only gain the lines that they lack."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "project.yaml").write_text("version: 1\nname: mine\n", encoding="utf-8")
    (tmp_path / "specs" / "own.yaml").write_text("version: 1\nshots: { a: { prompt: Own } }\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_bytes(b"*.tmp\r\n.seedance/")

    seedance_spec("init", cwd=tmp_path)

    after = _contents(tmp_path)
    assert after["specs/project.yaml"] == b"version: 1\nname: mine\n"
    assert after["specs/own.yaml"] == b"version: 1\nshots: { a: { prompt: Own } }\n"
    assert after[".gitignore"].startswith(b"*.tmp\r\n.seedance/\n\n")
    assert after[".gitignore"].count(b".seedance/") == 1
    assert b"specs/seedance.sandbox.lock\n" in after[".gitignore"]
    assert "specs/first-reel.yaml" not in after


def test_old_schemas_of_ours_are_brought_to_this_version_and_others_are_kept(tmp_path: Path) -> None:
    """An editor is not left with the schema of an older version; what somebody else put in its place is said."""
    seedance_spec("init", cwd=tmp_path)
    before = _contents(tmp_path)
    old = json.loads(before["schemas/plan.schema.json"])
    (tmp_path / "schemas" / "plan.schema.json").write_text(json.dumps({"title": old["title"]}), encoding="utf-8")
    (tmp_path / "schemas" / "status.schema.json").write_bytes(b"mine")

    told = seedance_spec("init", cwd=tmp_path).err

    assert _contents(tmp_path) == {**before, "schemas/status.schema.json": b"mine"}
    assert "brought schemas/ to this version (1 file)" in told
    assert "kept schemas/status.schema.json: it is not one of ours" in told


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    """Where a folder is needed and a file stands, the file is named and the exit code is 64."""
    (tmp_path / "specs").write_text("", encoding="utf-8")

    done = seedance_spec("init", cwd=tmp_path)

    assert done.code == 64
    assert "specs is in the way" in done.err


def test_json_says_what_was_made(tmp_path: Path) -> None:
    """`init --json` keeps its published schema, and a second run keeps everything."""
    first, second = (json.loads(seedance_spec("init", "--json", cwd=tmp_path).out) for _ in range(2))

    for each in (first, second):
        Draft202012Validator(dict(schema_of("init"))).validate(each)
    assert (second["created"], second["extended"]) == ([], [])
    assert sorted(second["kept"]) == sorted(first["created"])


@pytest.mark.parametrize("missing", ["av", "PIL"])
def test_the_missing_extra_is_named(tmp_path: Path, missing: str) -> None:
    """Without PyAV or Pillow the next step is the extra that brings them."""
    program = (
        "import sys, importlib.util as util\n"
        "find = util.find_spec\n"
        f"util.find_spec = lambda name: None if name == {missing!r} else find(name)\n"
        "from seedance_spec.cli import main\n"
        "sys.exit(main(['init']))\n"
    )

    assert "pip install 'seedance-spec[media]'" in python(program, cwd=tmp_path).err


def test_the_first_picture_is_one_that_may_be_sent(tmp_path: Path) -> None:
    """The starter's image is a readable PNG of a size that the upstream takes."""
    seedance_spec("init", cwd=tmp_path)

    with Image.open(tmp_path / "specs" / "refs" / "hill-at-dusk.png") as picture:
        picture.verify()
        assert (picture.format, picture.size, picture.mode) == ("PNG", (640, 360), "RGB")
