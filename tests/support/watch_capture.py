"""What `watch` shows in the documents: its own table, of three shots in three states at a moment that never passes."""

from __future__ import annotations

from seedance_spec.plan.style import PLAIN
from seedance_spec.plan.under_way import Phase, TakeProgress
from seedance_spec.watch.table import Scene, rows_of, table_text

NOON = 1_800_000_000.0

_TAKES = (
    TakeProgress(
        shot_id="trip/launch",
        take=1,
        phase=Phase.RENDERED,
        path="renders/draft/trip/launch.mp4",
        estimate=0.18,
        usd=0.18,
    ),
    TakeProgress(
        shot_id="trip/landing",
        take=1,
        phase=Phase.WAITING,
        since=NOON - 30,
        said="rendering",
        estimate=0.18,
        expected=95,
    ),
)
_HOLDS = {"trip/landing": "older version renders", "trip/salute": "waits for its parent"}
_PRICES = {"trip/landing": 0.19, "trip/salute": 0.19}


def watch_capture() -> str:
    """A session in its middle: one clip is here, one renders while its shot was edited again, one waits."""
    scene = Scene(
        rows=rows_of({(each.shot_id, each.take): each for each in _TAKES}, _HOLDS, _PRICES),
        standing=2,
        spent_usd=0.18,
        reserved_usd=0.18,
        cap_usd=5.0,
        heading=("project", "profile draft", "a save renders"),
        error="specs/banner.yaml:5:11: this bracket is never closed",
    )
    text = table_text(scene, now=NOON, width=80, height=24, style=PLAIN)
    return f"```console\n$ seedance-spec watch --max-cost 5\n{text}\n```\n"
