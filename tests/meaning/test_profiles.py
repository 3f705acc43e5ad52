"""Profiles: named overlays over every shot, from the project and from single files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_spec.model.given import Given
from seedance_spec.model.origin import OriginKind
from tests.support.editing import read
from tests.support.reading import a_film, stretch

PROJECT = """\
version: 1
defaults: { model: dreamina-seedance-2-0, metadata: { resolution: 1080p } }
profiles:
  draft: { model: dreamina-seedance-2-0-fast, takes: 1, pick: ~, metadata: { resolution: 480p, seed: ~ } }
  final:
"""
FILM = """\
version: 1
profiles:
  draft: { metadata: { resolution: 720p } }
  loud: { metadata: { generate_audio: true } }
shots:
  moon: { prompt: A, model: dreamina-seedance-2-0, takes: 3, pick: 2, metadata: { seed: 7, generate_audio: false } }
  sun: { prompt: B }
"""
FILES = {"project.yaml": PROJECT, "film.yaml": FILM, "other.yaml": "version: 1\nshots: { sea: { prompt: C } }\n"}
DRAFT = Given(profile="draft")


def test_an_overlay_wins_over_the_shots_own_keys() -> None:
    """That is what it is for; mappings are merged, and a file's overlay wins over the project's."""
    plain, draft = read(FILES), read(FILES, DRAFT)
    moon = plain.shots["film/moon"]

    assert (moon.request.model, moon.takes, moon.pick, moon.request.seed) == ("dreamina-seedance-2-0", 3, 2, 7)
    drafted = draft.shots["film/moon"]
    assert drafted.request == replace(moon.request, model="dreamina-seedance-2-0-fast", resolution="720p", seed=None)
    assert (drafted.takes, drafted.pick, drafted.profile, draft.profile) == (1, None, "draft", "draft")
    assert draft.shots["other/sea"].request.resolution == "480p"


def test_null_in_an_overlay_takes_a_value_away_where_there_is_one() -> None:
    """A shot without a seed is no worse for an overlay that takes seeds away."""
    assert {shot.request.seed for shot in read(FILES, DRAFT).shots.values()} == {None}


def test_an_overlay_replaces_what_says_the_same_in_another_way() -> None:
    """As between all layers: a length in frames replaces a duration, an image replaces inputs."""
    film = (
        "version: 1\nprofiles: { short: { seconds: '4' } }\n"
        "shots: { a: { model: dreamina-seedance-2-0, prompt: x, duration: 10 } }\n"
    )
    assert read({"film.yaml": film}, Given(profile="short")).shots["film/a"].request.duration == 4


def test_an_empty_profile_is_a_profile() -> None:
    """`final:` changes nothing, and its shots are labelled with it all the same."""
    film = read(FILES, Given(profile="final"))

    assert {shot.profile for shot in film.shots.values()} == {"final"}
    assert film.shots["film/moon"].request == read(FILES).shots["film/moon"].request


def test_values_say_which_profile_wrote_them() -> None:
    """Origins name the profile and its place in the file that wrote it."""
    origins = read(FILES, DRAFT).shots["film/moon"].origins

    assert {name: (each.kind, each.name, str(each.span)) for name, each in origins.items() if each.name} == {
        "model": (OriginKind.PROFILE, "draft", "specs/project.yaml:4:19"),
        "takes": (OriginKind.PROFILE, "draft", "specs/project.yaml:4:54"),
        "resolution": (OriginKind.PROFILE, "draft", "specs/film.yaml:3:36"),
    }


@pytest.mark.parametrize(
    ("name", "hint"),
    [("drafd", "did you mean draft?"), ("x", "the specs have draft, final, loud")],
)
def test_an_unknown_profile_is_an_error_with_names(name: str, hint: str) -> None:
    """Nothing is read under an overlay that nobody wrote."""
    specs = {path: text for path, text in FILES.items() if path != "project.yaml"}
    film, complaints = a_film(files=specs, project=PROJECT, given=Given(profile=name))

    errors = [(each.code, each.span, each.hint) for each in complaints if each.severity == "error"]
    assert errors == [("unknown-profile", None, hint)]
    assert film.shots == {}


def test_a_profile_may_be_written_in_one_file_only() -> None:
    """Shots of other files are read as they are."""
    shots = read(FILES, Given(profile="loud")).shots

    assert shots["film/moon"].request.generate_audio is True
    assert shots["other/sea"].request == read(FILES).shots["other/sea"].request


@pytest.mark.parametrize("name", ["sandbox", "Sandbox", "film", "a b", "con", "x.mp4"])
def test_a_profile_is_a_folder_of_its_own(name: str) -> None:
    """It can be called neither like the sandbox nor like a file or folder of specs, and no system must choke on it."""
    text = f"version: 1\nprofiles:\n  {name}: {{}}\nshots: {{ a: {{ model: dreamina-seedance-2-0, prompt: x }} }}\n"
    (complaint,) = a_film(text)[1]

    assert (complaint.severity, stretch(text, complaint.span)) == ("error", name)


def test_an_overlay_that_is_not_asked_for_is_checked_all_the_same() -> None:
    """A typo in a profile is found before the day it is needed; what variables come to is left open."""
    text = (
        "version: 1\nprofiles: { x: { modle: a, takes: three, duration: '${n}' } }\n"
        "shots: { a: { model: dreamina-seedance-2-0, prompt: x } }\n"
    )
    assert [(each.code, stretch(text, each.span)) for each in a_film(text)[1]] == [
        ("unknown-key", "modle"),
        ("wrong-type", "three"),
    ]
