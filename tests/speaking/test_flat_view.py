"""The flat view of a task, which stands in where a restricted key is refused the whole one."""

from __future__ import annotations

import json

import pytest

from seedance_spec.attempts.ports import TaskState, TaskView
from seedance_spec.gateway.task_views import read_video_view
from seedance_spec.json_types import JsonObject
from tests.support.speaking import recorded

LINK = "https://ark-acg-x.volces.com/a.mp4?X-Tos-Signature=s"


def test_the_openai_view_stands_in() -> None:
    """The flat view gives state, progress and time; its early completed_at is not believed."""
    assert read_video_view(recorded("video-view.json"), asked="task_a") == TaskView(
        task_id="task_…",
        state=TaskState.RUNNING,
        status="in_progress",
        progress=50,
        submit_time=1778236598,
    )


@pytest.mark.parametrize(
    ("said", "state", "link", "error_class"),
    [
        ({"status": "unknown"}, TaskState.ODD, None, None),
        ({"status": "completed", "metadata": {"url": LINK}}, TaskState.SUCCEEDED, LINK, None),
        ({"status": "completed", "metadata": "?"}, TaskState.SUCCEEDED, None, None),
        (
            {"status": "failed", "error": {"code": "OutputVideoSensitiveContentDetected", "message": "no"}},
            TaskState.FAILED,
            None,
            "moderation",
        ),
    ],
)
def test_the_openai_view_in_every_state(
    said: JsonObject, state: TaskState, link: str | None, error_class: str | None
) -> None:
    """The stand-in's words fold to the same states."""
    told = read_video_view(json.dumps(said).encode(), asked="task_a")
    assert told is not None
    assert (told.task_id, told.state, told.result_url, told.error_class) == ("task_a", state, link, error_class)
