"""Which files are specs: every specs/**/*.yaml, each by its path, and project.yaml apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedance_spec.specfiles.find import MAX_BYTES, find_spec_files
from seedance_spec.specfiles.found import SpecFile
from tests.support.reading import SHOT, pictures, put


def test_every_yaml_file_below_specs_is_found_in_the_order_of_paths(tmp_path: Path) -> None:
    """Folders are walked, other files passed over, and only specs/project.yaml is no spec file."""
    files = (
        "b.yaml",
        "a/z.yaml",
        "a/project.yaml",
        "project.yaml",
        "a-b.yaml",
        "seedance.lock",
        "notes.md",
        ".#b.yaml",
        ".x/c.yaml",
    )
    put(tmp_path, {f"specs/{name}": name for name in files} | {"other/d.yaml": "x"})

    found = find_spec_files(tmp_path)

    assert [each.path for each in found.files] == [
        "specs/a-b.yaml",
        "specs/a/project.yaml",
        "specs/a/z.yaml",
        "specs/b.yaml",
    ]
    assert found.project == SpecFile(path="specs/project.yaml", text="project.yaml")
    assert found.diagnostics == ()


def test_a_link_inside_the_project_is_a_file_like_any_other(tmp_path: Path) -> None:
    """A link is read under its own name, also where the project folder itself is reached by a link."""
    put(tmp_path / "real", {"shared/moon.yaml": SHOT, "specs/moon.yaml": "-> ../shared/moon.yaml"})
    (tmp_path / "project").symlink_to("real")

    assert find_spec_files(tmp_path / "project").files == (SpecFile(path="specs/moon.yaml", text=SHOT),)


def test_a_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    put(tmp_path, {"specs/a.yaml": b"#" * MAX_BYTES})

    found = find_spec_files(tmp_path)

    assert (len(found.files), found.diagnostics) == (1, ())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_complaint(tmp_path: Path) -> None:
    """Missing permissions are said, and the other files are read."""
    put(tmp_path, {"specs/a.yaml": SHOT, "specs/b.yaml": SHOT})
    (tmp_path / "specs/a.yaml").chmod(0)

    found = find_spec_files(tmp_path)

    assert [each.code for each in found.diagnostics] == ["unreadable-file"]
    assert [each.path for each in found.files] == ["specs/b.yaml"]


def test_a_name_that_is_no_text_is_shown_all_the_same(tmp_path: Path) -> None:
    """A file name in another encoding is a complaint that can be printed."""
    put(tmp_path, {"specs/a.yaml": SHOT})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/specs/caf\xe9.yaml")).write_text(SHOT, encoding="utf-8")

    assert "specs/caf\N{REPLACEMENT CHARACTER}.yaml:1:1: " in pictures(tmp_path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_complained_about(tmp_path: Path, data: bytes) -> None:
    """Whatever bytes a spec file holds, its pictures can be drawn."""
    put(tmp_path, {"specs/a.yaml": data})

    assert "specs/a.yaml:" in pictures(tmp_path)
