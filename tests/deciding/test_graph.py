"""The graph of a film: parents over children, each shot once, in text, Mermaid and JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from seedance_spec.content_hash import content_hash
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.origin import Origin
from seedance_spec.model.shot import Input, InputKind, Part, Role, Shot, ShotSource
from seedance_spec.plan.graph import Graph, graph_of, part_of
from seedance_spec.plan.graph_document import graph_document, graph_schema
from seedance_spec.plan.graph_mermaid import graph_mermaid
from seedance_spec.plan.graph_text import graph_text
from seedance_spec.plan.status_rows import status_rows
from seedance_spec.plan.style import COLOUR, PLAIN, cells
from seedance_spec.plan.world import Presence
from tests.support.deciding import NOON, Scene, a_failure, a_rendering, a_scene, a_shot, a_span, an_attempt, an_origin

GOLDEN = Path(__file__).parent / "golden"


def _from(parent: Shot, part: Part = Part.VIDEO, take: int | str = 1) -> Input:
    kind = InputKind.VIDEO if part is Part.VIDEO else InputKind.IMAGE
    role = None if part is Part.VIDEO else Role.FIRST_FRAME
    source = ShotSource(content_hash=content_hash(parent.request), take=take, part=part, shot=parent.id)
    return Input(kind=kind, source=source, role=role)


def _graph(scene: Scene) -> Graph:
    presence = Presence(stored=scene.stored, published=scene.published)
    rows = status_rows(scene.film, Facts.of(*scene.facts), presence, realm=scene.realm, now=NOON + 60)
    return graph_of(scene.film, rows)


def a_family() -> Scene:
    """Two files, a diamond, values of a matrix, a shot that takes two things of one parent, a shot alone."""
    moon = a_shot("film/moon-walk", prompt="moon", takes=2)
    jump = a_shot("film/jump", prompt="jump", inputs=(_from(moon, Part.LAST_FRAME),))
    leap = a_shot("film/leap", prompt="leap", inputs=(_from(moon, take=2),))
    both = a_shot("film/both", prompt="both", inputs=(_from(jump), _from(leap)))
    late = a_shot("film/late", prompt="late", inputs=(_from(both, Part.LAST_FRAME),))
    twice = a_shot("film/twice", prompt="twice", inputs=(_from(moon, Part.LAST_FRAME), _from(moon, take=2)))
    wide = a_shot("ep2/banner@ratio=16x9", prompt="wide", origins={"id": _elsewhere(3)})
    tall = a_shot(
        "ep2/banner@ratio=9x16", prompt="tall", inputs=(_from(late, Part.FIRST_FRAME, "a-long-attempt-id"),),
        origins={"id": _elsewhere(4)},
    )  # fmt: skip
    return a_scene(
        *(moon, jump, leap, both, late, twice, wide, tall),
        facts=[a_rendering(moon, "m1"), an_attempt(jump, "j1"), a_failure(leap, "l1")],
        stored=["m1"],
    )


def _elsewhere(line: int) -> Origin:
    return replace(an_origin(), span=a_span(line, file="specs/ep2.yaml"))


def test_a_family_of_shots_reads_as_a_tree() -> None:
    """The whole text is the golden one: a diamond stands once in full, and is referred to after."""
    assert graph_text(_graph(a_family()), width=80, style=PLAIN) + "\n" == (GOLDEN / "graph-80.txt").read_text("utf-8")


def test_a_family_of_shots_is_a_drawing() -> None:
    """The whole flow chart is the golden one."""
    assert graph_mermaid(_graph(a_family())) + "\n" == (GOLDEN / "graph.mmd").read_text("utf-8")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Long names, deep chains and colours keep to it."""
    shots = [a_shot(f"film/{'very-' * 12}long-0", prompt="0")]
    for number in range(1, 40):
        shots.append(a_shot(f"film/{'very-' * 12}long-{number}", prompt=str(number), inputs=(_from(shots[-1]),)))

    for style in (PLAIN, COLOUR):
        lines = graph_text(_graph(a_scene(*shots)), width=width, style=style).splitlines()
        assert [line for line in lines if cells(line) > width] == []


def test_a_chain_of_a_thousand_shots_is_drawn() -> None:
    """Depth is no concern of the interpreter's stack."""
    shots = [a_shot("film/0000", prompt="0")]
    for number in range(1, 1000):
        shots.append(a_shot(f"film/{number:04}", prompt=str(number), inputs=(_from(shots[-1]),)))

    lines = graph_text(_graph(a_scene(*shots)), width=80, style=PLAIN).splitlines()

    assert lines[-1] == "1000 shots · 999 start from another · longest chain 1000"
    assert [re.sub(r".*film/(\d+) .*", r"\1", line) for line in lines[:-2]] == [f"{n:04}" for n in range(1000)]


def test_every_shot_stands_once_in_full() -> None:
    """Whatever the graph, each shot has one line with its state; other lines refer to it."""
    lines = graph_text(_graph(a_family()), width=120, style=PLAIN).splitlines()[:-2]

    names = (re.sub(r"^[│├└─ ]*(\S+).*", r"\1", line) for line in lines if "see above" not in line)
    told = [name for name in names if "/" in name]
    assert sorted(told) == sorted(a_family().film.shots)


def test_a_part_of_the_graph_holds_ancestors_and_descendants() -> None:
    """Of one shot: what it starts from and what starts from it, and nothing beside."""
    part = part_of(_graph(a_family()), ["film/both"])

    assert list(part.nodes) == [
        "film/moon-walk", "film/jump", "film/leap", "film/both", "film/late", "ep2/banner@ratio=9x16",
    ]  # fmt: skip
    assert part.longest_chain == 5


def test_no_id_is_read_as_syntax_by_mermaid() -> None:
    """Every line is of a known form, and labels hold nothing but plain marks and numbered characters."""
    text = r"(?:[\w /.,=\-:…]|#\d+;)+"
    forms = (
        r"flowchart LR", rf'  subgraph f\d+\["{text}"\]', rf'    s\d+\["{text}<br>{text}"\]:::\w+', r"  end",
        rf'  s\d+ -->\|"{text}"\| s\d+', r"  classDef \w+ [\w:#,]+",
    )  # fmt: skip
    lines = graph_mermaid(_graph(a_family())).splitlines()

    assert [line for line in lines if not any(re.fullmatch(form, line) for form in forms)] == []


def test_the_document_is_valid_by_its_schema_and_has_every_input() -> None:
    """Shots in the film's order, and one edge per input with its take, its part and its place."""
    document = json.loads(json.dumps(graph_document(_graph(a_family()))))

    Draft202012Validator(graph_schema()).validate(document)
    assert [each["shot"] for each in document["shots"]] == list(a_family().film.shots)
    assert [(each["parent"], each["child"], each["take"], each["part"]) for each in document["edges"]][-3:] == [
        ("film/moon-walk", "film/twice", 1, "last_frame"),
        ("film/moon-walk", "film/twice", 2, "video"),
        ("film/late", "ep2/banner@ratio=9x16", "a-long-attempt-id", "first_frame"),
    ]


def test_a_film_without_shots_says_so() -> None:
    """Nothing is drawn where nothing is written."""
    assert graph_text(_graph(a_scene()), width=80, style=PLAIN) == "no shots: specs/ describes nothing"
    assert graph_mermaid(_graph(a_scene())) == "flowchart LR"
