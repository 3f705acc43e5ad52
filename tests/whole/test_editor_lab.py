"""A real YAML language server reads a spec file with our schema: it marks typos, completes words, explains keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.language_server import opened
from tests.support.whole import seedance_spec

pytestmark = pytest.mark.lab

MODELINE = "# yaml-language-server: $schema=../schemas/spec.schema.json\n"


def a_spec(project: Path, body: str) -> Path:
    """A spec file of a project that `init` made, schemas and all; its text is a modeline and this."""
    assert seedance_spec("init", cwd=project).code == 0
    assert seedance_spec("schema", "--write", cwd=project).code == 0
    path = project / "specs" / "reel.yaml"
    path.write_text(MODELINE + body, encoding="utf-8")
    return path


def test_a_typo_in_metadata_is_marked_at_its_line(tmp_path: Path) -> None:
    """`resolutoin` is red before anything is planned; nothing else is."""
    path = a_spec(tmp_path, "version: 1\nshots:\n  moon:\n    prompt: A cat\n    metadata:\n      resolutoin: 720p\n")

    with opened(path) as editor:
        assert editor.marks() == [(6, "Property resolutoin is not allowed.")]


def test_a_right_spec_is_not_marked(tmp_path: Path) -> None:
    """The spec that `init` writes is clean."""
    a_spec(tmp_path, "")

    with opened(tmp_path / "specs" / "first-reel.yaml") as editor:
        assert editor.marks() == []


def test_a_ratio_completes_with_every_ratio_there_is(tmp_path: Path) -> None:
    """After `ratio:` the editor offers the words of the API page."""
    path = a_spec(tmp_path, "version: 1\nshots:\n  moon:\n    prompt: A cat\n    metadata:\n      ratio: \n")

    with opened(path) as editor:
        offered = {each.strip('"') for each in editor.offers(6, 13)}

    assert {"16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "adaptive"} <= offered


def test_the_keys_of_metadata_complete(tmp_path: Path) -> None:
    """Under `metadata:` the editor offers its keys."""
    path = a_spec(tmp_path, "version: 1\nshots:\n  moon:\n    prompt: A cat\n    metadata:\n      \n")

    with opened(path) as editor:
        assert {"ratio", "resolution", "seed", "generate_audio"} <= set(editor.offers(6, 6))


def test_a_key_explains_itself(tmp_path: Path) -> None:
    """Over `seed` the editor shows what it is for."""
    path = a_spec(tmp_path, "version: 1\nshots:\n  moon:\n    prompt: A cat\n    metadata:\n      seed: 42\n")

    with opened(path) as editor:
        assert "seed" in editor.explains(6, 8).lower()
