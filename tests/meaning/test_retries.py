"""`retries` of specs/project.yaml: how often a project lets an apply buy a take again by itself."""

from __future__ import annotations

import pytest

from seedance_spec.model.schema import project_schema
from seedance_spec.model.shot import Project
from tests.support.reading import SHOT, a_film, stretch


def _project(written: str) -> str:
    return f"version: 1\n{written}"


@pytest.mark.parametrize("retries", range(6))
def test_a_project_may_allow_up_to_five_retries(retries: int) -> None:
    """0 to 5 are taken as they are written."""
    film, told = a_film(SHOT, project=_project(f"retries: {retries}\n"))

    assert told == ()
    assert film.project == Project(name="project", retries=retries)


@pytest.mark.parametrize("project", [None, "version: 1\nname: nine-lives\n"])
def test_nothing_is_bought_again_by_itself_unless_the_project_says_so(project: str | None) -> None:
    """Without the key, and without a project file, there are no retries."""
    assert a_film(SHOT, project=project)[0].project.retries == 0


@pytest.mark.parametrize("retries", ["-1", "6", "9999999999999999999999"])
def test_a_number_out_of_range_is_an_error_at_its_place(retries: str) -> None:
    """It is said where it stands, with the range; no shot of the project is rendered meanwhile."""
    text = _project(f"retries: {retries}\n")

    film, told = a_film(SHOT, project=text)

    assert film.shots == {}
    assert [(each.code, stretch(text, each.span), each.hint) for each in told] == [
        ("bad-retries", retries, "use 0 to 5; 0 buys nothing again by itself")
    ]


@pytest.mark.parametrize("retries", ["'2'", "two", "1.5", "true", "[2]"])
def test_what_is_no_whole_number_is_an_error(retries: str) -> None:
    """Nothing is converted: a text, a fraction, a list and yes or no are misshapen."""
    film, told = a_film(SHOT, project=_project(f"retries: {retries}\n"))

    assert film.shots == {}
    assert [each.code for each in told] == ["wrong-type"]


@pytest.mark.parametrize("where", [SHOT + "    retries: 2\n", "retries: 2\n" + SHOT])
def test_retries_are_the_project_s_alone(where: str) -> None:
    """Neither a shot nor a spec file has the key: what may be spent is said in one place."""
    _, told = a_film(where)

    assert [each.code for each in told] == ["unknown-key"]


def test_an_editor_knows_the_range() -> None:
    """The schema of project.yaml bounds it as the reader does."""
    properties = project_schema()["properties"]
    assert isinstance(properties, dict)
    written = properties["retries"]
    assert isinstance(written, dict)

    assert (written["type"], written["minimum"], written["maximum"]) == (["integer", "string", "null"], 0, 5)
