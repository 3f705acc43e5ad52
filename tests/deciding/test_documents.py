"""What --json prints: versioned documents that their published schemas describe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.plan.document import plan_document, plan_schema
from seedance_spec.plan.events import (
    Downloading,
    Event,
    Rendered,
    ShotFailed,
    ShotUnknown,
    Submitted,
    Submitting,
    Told,
    Waiting,
)
from seedance_spec.plan.json_schema import json_object
from seedance_spec.plan.progress import event_document, event_schema
from seedance_spec.plan.status import status_document, status_rows, status_schema
from seedance_spec.plan.world import Presence
from tests.support.deciding import NOON, Scene, a_failure, a_rendering, a_scene, a_shot, an_attempt

SCHEMAS = Path(__file__).parents[2] / "schemas"

EVENTS: tuple[Event, ...] = (
    Submitting(shot_id="film/moon", take=1, at=1.5),
    Submitted(shot_id="film/moon", take=1, at=2.0, task_id="task_1"),
    Waiting(shot_id="film/moon", take=1, at=3.0, status="QUEUED", elapsed=1.0),
    Downloading(shot_id="film/moon", take=1, at=4.0, done=1, total=None),
    Rendered(shot_id="film/moon", take=1, at=5.0, path="renders/film/moon.mp4", seconds=3.0, tokens=108_900, usd=0.76),
    ShotFailed(shot_id="film/moon", take=2, at=6.0, code="moderation", message="blocked", advice="reword"),
    ShotUnknown(shot_id="film/moon", take=3, at=7.0, reason="lost"),
    Told(message="stopping", at=8.0),
)


def a_varied_scene() -> Scene:
    moon, twin = a_shot("film/moon"), a_shot("film/twin")
    edited, storm, fight = (
        a_shot("film/edit", prompt="new"),
        a_shot("film/storm", prompt="s"),
        a_shot("film/f", prompt="f"),
    )
    facts = [
        a_rendering(a_shot("film/edit", prompt="old"), "old"),
        an_attempt(storm, "st", Status.UNKNOWN, task_id=None),
        a_failure(fight, "fi"),
        a_rendering(a_shot("film/gone", prompt="gone"), "go"),
        an_attempt(a_shot("film/edit", prompt="older"), "run", submitted_at=NOON - 50),
    ]
    return a_scene(moon, twin, edited, storm, fight, facts=facts)


def _check(document: JsonObject, schema: JsonObject) -> Any:
    """The document as a reader of the printed text sees it, valid by its schema."""
    Draft202012Validator.check_schema(schema)
    read = json.loads(json.dumps(document))
    Draft202012Validator(schema).validate(read)
    return read


def test_a_plan_is_valid_by_its_schema_and_says_what_pays() -> None:
    """Every kind of row is described; totals count what the rows say."""
    read = _check(plan_document(a_varied_scene().plan()), plan_schema())
    assert read["format"] == "seedance-spec/plan/1"
    assert [(row["shot"], row["action"], row["pays"], row["follows"]) for row in read["changes"]] == [
        ("film/moon", "new", True, None),
        ("film/twin", "in-flight", False, "film/moon"),
        ("film/edit", "re-render", True, None),
        ("film/edit", "in-flight", False, None),
        ("film/storm", "unknown", False, None),
        ("film/f", "failed", False, None),
        ("film/gone", "dropped", False, None),
    ]
    assert read["totals"] == {
        "actions": {"dropped": 1, "failed": 1, "in-flight": 2, "new": 1, "re-render": 1, "unknown": 1},
        "paid": 2,
        "usd": 1.5246,
        "least_usd": 1.5246,
        "most_usd": 1.5246,
        "tokens": 217_800,
        "unpriced": 0,
        "at_risk_usd": 0.7623,
        "learned_from": 0,
        "spread": None,
    }


def test_a_cause_is_whole_in_json() -> None:
    """Field, both values, and the exact stretch of the spec file."""
    row = _check(plan_document(a_varied_scene().plan()), plan_schema())["changes"][2]
    assert row["causes"] == [
        {
            "field": "prompt",
            "before": "old",
            "after": "new",
            "span": {"file": "specs/film.yaml", "line": 4, "column": 13, "end_line": 4, "end_column": 17},
            "text": "",
            "author": {"kind": "shot", "name": "", "before": None, "after": None},
        }
    ]


def test_a_status_is_valid_by_its_schema() -> None:
    """Rows of every state are described."""
    scene = a_varied_scene()
    rows = status_rows(
        scene.film, Facts.of(*scene.facts), Presence(stored=scene.stored), realm=scene.realm, now=NOON + 60
    )
    read = _check(status_document(rows), status_schema())
    assert read["format"] == "seedance-spec/status/1"
    assert read["totals"] == {"failed": 1, "in flight": 1, "missing": 2, "not submitted": 3, "unknown": 1}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_is_valid_by_its_schema(event: Event) -> None:
    """Each kind of event is one closed shape with its name in it."""
    read = _check(event_document(event), event_schema())
    assert read["format"] == "seedance-spec/event/1"
    assert read["at"] == event.at


def test_an_event_of_a_strange_shape_is_refused_by_the_schema() -> None:
    """The schema is closed: a renamed or additional field is no event."""
    document = {**event_document(EVENTS[0]), "more": 1}
    assert not Draft202012Validator(event_schema()).is_valid(document)


@pytest.mark.parametrize(
    ("name", "schema"), [("plan", plan_schema), ("status", status_schema), ("event", event_schema)]
)
def test_the_checked_in_schema_is_current(name: str, schema: Any) -> None:
    """schemas/ holds what the program generates; `seedance-spec schema --write` renews it."""
    text = (SCHEMAS / f"{name}.schema.json").read_text("utf-8")
    assert json.loads(text) == schema()


def test_a_value_that_json_lacks_is_a_fault_of_the_program() -> None:
    """Nothing is quietly turned into text."""
    with pytest.raises(TypeError, match="set has no place in JSON"):
        json_object({"shots": {1}})
