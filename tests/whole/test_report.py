"""`report`: what a branch's shots came to, against the lockfile of its base in real git."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from seedance_spec.cli.documents import schema_of
from tests.support.films import small_film
from tests.support.reel import Reel


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=A Maker", "-c", "user.email=maker@example.test")
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with one rendered shot; on top of it the shot is reworded and rendered, a second one only written."""
    reel = Reel(tmp_path_factory.mktemp("rendered"))
    reel.write("reel.yaml", small_film(moon="A cat walking on the moon"))
    assert reel.apply().code == 0
    git(reel.root, "init", "-q", "-b", "main")
    git(reel.root, "add", "specs")
    git(reel.root, "commit", "-qm", "Walk")
    reel.write("reel.yaml", small_film(moon="A cat dancing on the moon"))
    assert reel.apply().code == 0
    reel.stop_sandbox()
    reel.write("reel.yaml", small_film(moon="A cat dancing on the moon", jump="Make the cat jump"))
    return reel.root


@pytest.fixture
def branch(rendered: Path, tmp_path: Path) -> Reel:
    """A copy of it: nothing here asks the sandbox."""
    return Reel(shutil.copytree(rendered, tmp_path / "film"))


def test_it_shows_what_the_base_had_not(branch: Reel, tmp_path: Path) -> None:
    """One take rendered with its picture before and after, one not submitted; the posters lie in the folder."""
    posters = tmp_path / "posters"
    words = ("--since", "main", "--posters", str(posters), "--poster-url", "https://clips.example/p/")

    told = branch.run("report", "--sandbox", *words)
    document = json.loads(branch.run("report", "--sandbox", *words, "--json").out)

    assert told.code == 0, told.err
    assert told.out.startswith("### <code>project</code>: 1 of 2 takes rendered\n")
    moon, jump = document["results"]
    jsonschema.validate(document, dict(schema_of("report")))
    assert (moon["shot"], moon["state"], moon["billed"]) == ("reel/moon", "rendered", True)
    assert moon["causes"][0] == {"field": "prompt", "text": "", "place": "specs/reel.yaml:8:13"}
    assert (jump["shot"], jump["state"], jump["billed"]) == ("reel/jump", "not submitted", False)
    assert {file.name for file in posters.iterdir()} == {f"{moon['before']}.jpg", f"{moon['after']}.jpg"}
    for clip in (moon["before"], moon["after"]):
        assert f'<img src="https://clips.example/p/{clip}.jpg"' in told.out
        assert (posters / f"{clip}.jpg").read_bytes().startswith(b"\xff\xd8\xff")


def test_a_poster_from_before_is_shown_though_the_clip_is_nowhere(branch: Reel, tmp_path: Path) -> None:
    """On a fresh runner only the branch of posters remembers the old picture."""
    posters = tmp_path / "posters"
    words = ("report", "--sandbox", "--since", "main", "--posters", str(posters), "--poster-url", "https://c.example")
    first = branch.run(*words)
    for stored in (branch.root / ".seedance" / "sandbox" / "store").rglob("*.mp4"):
        stored.unlink()

    again = branch.run(*words)

    assert again.out.count("<img") == first.out.count("<img") == 2


def test_without_a_base_it_is_about_everything(branch: Reel) -> None:
    """All shots, as if nothing had been rendered before."""
    document = json.loads(branch.run("report", "--sandbox", "--json").out)

    assert [(each["shot"], each["before"]) for each in document["results"]] == [
        ("reel/moon", None),
        ("reel/jump", None),
    ]


def test_a_base_without_a_lockfile_had_nothing(branch: Reel) -> None:
    """The paid lockfile never existed there: all is new."""
    document = json.loads(branch.run("report", "--since", "main", "--json").out)

    assert document["totals"] == {"not submitted": 2}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "nowhere"], "git knows no such commit"),
        (["--since", "--help-me"], "expected one argument"),
        (["--since=--output=x"], "git knows no such commit"),
        (["--poster-url", "https://clips.example"], "add --posters DIR"),
        (["--posters", "p", "--poster-url", 'https://x.example/"><script>'], "an address that begins with https://"),
        (["--posters", "p", "--poster-url", "javascript:alert(1)"], "an address that begins with https://"),
    ],
)
def test_words_that_cannot_be_meant_are_refused(branch: Reel, words: list[str], said: str) -> None:
    """Exit 64 with a way out, and nothing written."""
    refused = branch.run("report", "--sandbox", *words)

    assert refused.code == 64
    assert said in refused.err
    assert not (branch.root / "p").exists()
