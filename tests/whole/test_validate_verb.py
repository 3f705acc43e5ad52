"""The `validate` verb: all complaints with their lines for people, the same as JSON for machines, 3 for an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema.validators import Draft202012Validator

from seedance_spec.cli.documents import schema_of
from tests.support.whole import Done, seedance_spec

RIGHT = """\
version: 1
shots:
  moon: { model: dreamina-seedance-2-0, prompt: A cat on the moon }
"""
WRONG = """\
version: 1
defaults: { model: dreamina-seedance-2-0, prompt: A cat on the moon }
shots:
  moon:
    promt: A cat
    metadata: { ratio: 16x9 }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    return tmp_path


def _validated(project: Path, text: str, *words: str) -> Done:
    (project / "specs" / "reel.yaml").write_text(text, encoding="utf-8")
    return seedance_spec("validate", *words, cwd=project)


def test_specs_without_fault_are_said_to_be_right(project: Path) -> None:
    """Nothing on stdout, one line on stderr, exit 0."""
    done = _validated(project, RIGHT)

    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("1 shot in ")
    assert done.err.endswith(": all right\n")


def test_every_complaint_is_shown_with_its_line(project: Path) -> None:
    """All that is wrong is shown at once, each with file, line and column; exit 3."""
    done = _validated(project, WRONG)

    assert (done.code, done.out) == (3, "")
    assert "specs/reel.yaml:5:5" in done.err
    assert "specs/reel.yaml:6:24" in done.err
    assert "^" in done.err


@pytest.mark.parametrize(("text", "code"), [(RIGHT, 0), (WRONG, 3)], ids=["right", "wrong"])
def test_json_keeps_its_published_schema(project: Path, text: str, code: int) -> None:
    """`--json` is one document of the published schema on stdout, nothing on stderr, and the same exit code."""
    done = _validated(project, text, "--json")

    document = json.loads(done.out)
    Draft202012Validator(dict(schema_of("validate"))).validate(document)
    assert (done.code, done.err, document["ok"]) == (code, "", code == 0)
    assert document["errors"] == sum(each["severity"] == "error" for each in document["diagnostics"])


def test_json_gives_each_complaint_its_place(project: Path) -> None:
    """A machine finds code, severity and the span of the wrong words."""
    (unknown,) = [
        each
        for each in json.loads(_validated(project, WRONG, "--json").out)["diagnostics"]
        if each["span"] and each["span"]["line"] == 5
    ]

    assert (unknown["code"], unknown["severity"]) == ("unknown-key", "error")
    assert unknown["span"] == {"file": "specs/reel.yaml", "line": 5, "column": 5, "end_line": 5, "end_column": 10}
    assert "prompt" in unknown["hint"]


def test_the_project_is_found_from_a_folder_within(project: Path) -> None:
    """Called below the project folder, it finds the project upwards."""
    _validated(project, RIGHT)
    (project / "notes" / "deep").mkdir(parents=True)

    done = seedance_spec("validate", cwd=project / "notes" / "deep")

    assert (done.code, done.err.endswith(": all right\n")) == (0, True)


CHOSEN = """\
version: 1
defaults: { model: dreamina-seedance-2-0 }
shots:
  moon: { prompt: A cat on the moon, takes: 2, pick: 5 }
  exit: { prompt: It walks out, inputs: [{ shot: moon }] }
  last: { prompt: It is gone, inputs: [{ shot: exit, take: 3, frame: last }] }
"""


def test_takes_that_nobody_has_are_errors_at_their_places(project: Path) -> None:
    """A pick beyond takes and a child's take beyond its parent's are what a plan would refuse (D1): each is said where
    it is written, with a way out, and the children of a wrong pick are not blamed for it.
    """
    done = _validated(project, CHOSEN, "--json")

    told = [
        (each["span"]["line"], each["span"]["column"], each["message"], each["hint"])
        for each in json.loads(done.out)["diagnostics"]
    ]
    assert done.code == 3
    assert told == [
        (
            4,
            54,
            "pick 5 is beyond takes 2, and this request has no take 5",
            "it has none yet; takes: 5 would buy what lacks",
        ),
        (6, 48, "reel/exit has takes: 1, and no take 3", "takes: 3 in reel/exit would buy it"),
    ]
