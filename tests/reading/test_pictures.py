"""What is written, and what is said about it: `NN-name.yaml` and `NN-name.txt`, side by side.

After a wanted change of a message, write the expected texts anew and read their diff:

    python -m tests.reading.test_pictures --write
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.reading import MP4, PNG, SHOT, pictures, put

HERE = Path(__file__).parent
MALFORMED = sorted(HERE.glob("*.yaml"))

BESIDE: Mapping[str, str | bytes] = {
    "specs/cat.png": PNG,
    "specs/cat.mp4": MP4,
    "specs/empty.png": b"",
    "specs/refs/dog.png": PNG,
    "specs/link-out.png": "-> ../../elsewhere.png",
}
"""What lies in the project beside the malformed spec."""


def a_folder_named_like_a_spec(root: Path) -> None:
    put(root, {"specs/good.yaml": SHOT, "specs/scenes.yaml/moon.txt": "not a spec"})


def links_that_lead_nowhere_good(root: Path) -> None:
    put(root.parent, {"elsewhere.yaml": SHOT, "others/sun.yaml": SHOT})
    put(
        root,
        {
            "specs/dangling.yaml": "-> gone.yaml",
            "specs/folder": "-> ../../others",
            "specs/loop.yaml": "-> loop.yaml",
            "specs/out.yaml": "-> ../../elsewhere.yaml",
        },
    )


def a_pipe_named_like_a_spec(root: Path) -> None:
    put(root, {"specs/good.yaml": SHOT})
    os.mkfifo(root / "specs" / "pipe.yaml")


def no_specs_folder(root: Path) -> None:
    put(root, {"README.md": "a project"})


def no_shots(root: Path) -> None:
    put(root, {"specs/a.yaml": "version: 1\nshots: {}\n", "specs/seedance.lock": ""})


def other_suffixes(root: Path) -> None:
    put(root, {"specs/good.yaml": SHOT, "specs/old.yml": SHOT, "specs/SHOUTING.YAML": SHOT, "specs/.hidden.yaml": "["})


def bad_file_names(root: Path) -> None:
    put(
        root,
        {
            "specs/my film.yaml": SHOT,
            "specs/sandbox/moon.yaml": SHOT,
            "specs/Ep1.yaml": SHOT,
            "specs/ep1.yaml": SHOT,
            "specs/clip.mp4.yaml": SHOT,
        },
    )


def a_broken_project_file(root: Path) -> None:
    project = "version: 2\nname: 7\nshots: {}\ndefaults: { metadata: { ratio: 16x9 } }\n"
    put(root, {"specs/project.yaml": project, "specs/moon.yaml": SHOT})


def ten_megabytes_in_one_line(root: Path) -> None:
    words = "far away " * 1_200_000
    put(
        root,
        {
            "specs/fine.yaml": SHOT.replace("on the moon", words),
            "specs/unclosed.yaml": f'version: 1\nshots:\n  moon:\n    prompt: "{words}\n',
            "specs/wrong.yaml": SHOT.replace("prompt:", f'prompt: A cat\n    tags: ["{words}", 7]\n    promt:'),
        },
    )


def more_than_sixteen_mebibytes(root: Path) -> None:
    put(root, {"specs/huge.yaml": SHOT + "# far away\n" * 1_600_000})


SCENES: Mapping[str, Callable[[Path], None]] = {
    "60-folder-named-like-a-spec": a_folder_named_like_a_spec,
    "61-links": links_that_lead_nowhere_good,
    "62-pipe": a_pipe_named_like_a_spec,
    "63-no-specs-folder": no_specs_folder,
    "64-no-shots": no_shots,
    "65-other-suffixes": other_suffixes,
    "66-file-names": bad_file_names,
    "67-project-file": a_broken_project_file,
    "68-ten-megabytes-in-one-line": ten_megabytes_in_one_line,
    "69-more-than-sixteen-mebibytes": more_than_sixteen_mebibytes,
}
"""What no single checked-in file can show."""


def malformed(written: Path, root: Path) -> str:
    put(root.parent, {"elsewhere.png": PNG})
    put(root, {**BESIDE, f"specs/{written.name}": written.read_bytes()})
    os.mkfifo(root / "specs" / "pipe.png")
    return pictures(root)


def scene(name: str, root: Path) -> str:
    root.mkdir()
    SCENES[name](root)
    return pictures(root)


@pytest.mark.parametrize("written", MALFORMED, ids=lambda each: str(each.stem))
def test_a_malformed_spec_is_explained(written: Path, tmp_path: Path) -> None:
    """Every complaint about the file is shown at its place, with a caret and a way out, all at once."""
    expected = written.with_suffix(".txt").read_text(encoding="utf-8")

    assert malformed(written, tmp_path / "project") == expected


@pytest.mark.parametrize("name", SCENES)
def test_a_malformed_project_is_explained(name: str, tmp_path: Path) -> None:
    """Whatever lies under specs/ is read or complained about, without a traceback and without waiting."""
    assert scene(name, tmp_path / "project") == (HERE / f"{name}.txt").read_text(encoding="utf-8")


def test_every_expected_text_belongs_to_a_case() -> None:
    """No expected text is left over from a case that is gone, and there are at least the twenty that were asked for."""
    cases = {each.stem for each in MALFORMED} | set(SCENES)

    assert {each.stem for each in HERE.glob("*.txt")} == cases
    assert len(cases) >= 20


def write_expected_texts() -> None:
    for written in MALFORMED:
        with tempfile.TemporaryDirectory() as folder:
            written.with_suffix(".txt").write_text(malformed(written, Path(folder) / "project"), encoding="utf-8")
    for name in SCENES:
        with tempfile.TemporaryDirectory() as folder:
            (HERE / f"{name}.txt").write_text(scene(name, Path(folder) / "project"), encoding="utf-8")


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write_expected_texts()
