"""What a callback's body says of a finished clip: unverified, to be checked against the request (D4). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from seedance_spec.attempts.ports import Poke, TaskState, TaskView
from seedance_spec.clips.expectation import Expectation, expectation_of
from seedance_spec.gateway.json_answers import read_json
from seedance_spec.gateway.task_views import read_task
from seedance_spec.json_types import Json
from seedance_spec.lockfile.facts import AttemptFact

SUCCEEDED = "succeeded"


def clip_told(poke: Poke) -> TaskView | None:
    """The finished task that a callback tells of, without a task id; None where it names no link to a clip."""
    if poke.upstream_status != SUCCEEDED:
        return None
    wrapped = {"code": "success", "data": {"status": "SUCCESS", "data": _core(read_json(poke.body))}}
    view = read_task(json.dumps(wrapped).encode())
    return view if view is not None and view.result_url is not None else None


def salvage_expectation(fact: AttemptFact, told: TaskView) -> Expectation | None:
    """What the clip must be: size and length as the attempt's request asks; what that leaves open (ratio `adaptive`,
    duration -1), as the callback itself says. None where neither says enough to check anything by.
    """
    asked = TaskView(
        task_id="",
        state=TaskState.SUCCEEDED,
        status="",
        resolution=_text(fact.request.get("resolution")) or told.resolution,
        ratio=_fixed(_text(fact.request.get("ratio"))) or told.ratio,
        duration=_positive(fact.request.get("duration")) or told.duration,
        frames=_positive(fact.request.get("frames")),
    )
    expectation = expectation_of(None, asked)
    return expectation if expectation.sizes and expectation.frames is not None else None


def _core(said: object) -> Json:
    """The upstream's own object, however many wrappers are round it."""
    for _ in range(3):
        if not isinstance(said, dict) or not isinstance(said.get("data"), dict):
            break
        said = said["data"]
    return dict(said) if isinstance(said, Mapping) else {}


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _fixed(ratio: str | None) -> str | None:
    return None if ratio == "adaptive" else ratio


def _positive(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
