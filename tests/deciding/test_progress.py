"""An apply under way: folded from events, drawn as a table, told line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_spec.model.shot import Request
from seedance_spec.plan.change import Plan
from seedance_spec.plan.events import (
    Came,
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
from seedance_spec.plan.progress import Phase, Progress, event_line, expected_seconds, progress_text
from seedance_spec.plan.style import COLOUR, PLAIN, Style, cells
from tests.support.deciding import NOON, Scene, a_rendering, a_request, a_scene, a_shot, an_attempt
from tests.support.editing import a_spec, read

GOLDEN = Path(__file__).parent / "golden"


def a_plan() -> Plan:
    names = ("harbor", "quay", "pier", "fight", "storm", "rope", "gull")
    shots = [a_shot(f"ep1/{name}", prompt=name) for name in names]
    lost, gull = a_shot("ep1/lost", prompt="lost"), shots[-1]
    twin = a_shot("ep1/rope-again", prompt="rope")
    return a_scene(*shots, twin, lost, facts=[an_attempt(gull), a_rendering(lost, "l")]).plan()


HALF_WAY: tuple[Event, ...] = (
    Submitting(shot_id="ep1/harbor", take=1, at=NOON),
    Submitted(shot_id="ep1/harbor", take=1, at=NOON + 1, task_id="task_harbor"),
    Waiting(shot_id="ep1/harbor", take=1, at=NOON + 31, status="IN_PROGRESS", elapsed=30),
    Submitted(shot_id="ep1/quay", take=1, at=NOON + 1, task_id="task_quay"),
    Downloading(shot_id="ep1/quay", take=1, at=NOON + 40, done=2_100_000, total=4_200_000),
    Rendered(shot_id="ep1/pier", take=1, at=NOON + 40, path="renders/ep1/pier.mp4", seconds=39.2),
    ShotFailed(shot_id="ep1/fight", take=1, at=NOON + 40, code="moderation", message="blocked", advice="reword"),
    ShotUnknown(shot_id="ep1/storm", take=1, at=NOON + 41, reason="the connection was lost"),
    Told(message="listening at http://127.0.0.1:8080", at=NOON + 41),
)


def _half_way() -> Progress:
    progress = Progress.of(a_plan())
    for event in HALF_WAY:
        progress = progress.after(event)
    return progress


@pytest.mark.parametrize(("name", "style"), [("progress-80", PLAIN), ("progress-80-colour", COLOUR)])
def test_an_apply_half_way_reads_as_it_should(name: str, style: Style) -> None:
    """The whole picture is the golden one."""
    shown = progress_text(_half_way(), now=NOON + 41, width=80, style=style)
    assert shown + "\n" == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_every_event_moves_its_take() -> None:
    """The phases after half a run, take by take."""
    phases = {name: take.phase for (name, _), take in _half_way().takes.items()}
    assert phases == {
        "ep1/harbor": Phase.WAITING,
        "ep1/quay": Phase.DOWNLOADING,
        "ep1/pier": Phase.RENDERED,
        "ep1/fight": Phase.FAILED,
        "ep1/storm": Phase.UNKNOWN,
        "ep1/rope": Phase.PLANNED,
        "ep1/gull": Phase.WAITING,
        "ep1/rope-again": Phase.PLANNED,
        "ep1/lost": Phase.PLANNED,
    }


def test_a_take_that_no_plan_named_is_followed_too() -> None:
    """An event is never lost because its take was not expected."""
    progress = Progress.of(a_plan()).after(Submitted(shot_id="new/one", take=2, at=NOON, task_id="t"))
    assert progress.takes["new/one", 2].phase is Phase.WAITING


def test_a_bar_is_shown_only_where_it_is_honest() -> None:
    """A rendering has no percentage: within the usual time its share of that is shown, past it only a sentence."""
    progress = Progress.of(a_scene(a_shot("a/b")).plan())
    progress = progress.after(Submitted(shot_id="a/b", take=1, at=NOON, task_id="t"))
    early, *_ = progress_text(progress, now=NOON + 49, width=80, style=PLAIN).splitlines()
    late, *_ = progress_text(progress, now=NOON + 200, width=80, style=PLAIN).splitlines()
    assert early == "… a/b  submitted     0:49  ━━━━━━━━━━┈┈┈┈┈┈┈┈┈┈  ~0:49 left"
    assert late == "… a/b  submitted     3:20  longer than usual (1:38)"


def test_a_download_of_unknown_length_has_no_bar() -> None:
    """Without a total there is no share to draw."""
    progress = Progress().after(Downloading(shot_id="a/b", take=1, at=NOON, done=900, total=None))
    assert progress_text(progress, now=NOON, width=80, style=PLAIN).splitlines()[0].endswith("  900 B")


def test_a_faster_gateway_is_expected_faster() -> None:
    """time_scale shortens what is usual; more pixels and more seconds lengthen it."""
    (slow,) = Progress.of(a_scene(a_shot("a/b")).plan()).takes.values()
    (fast,) = Progress.of(a_scene(a_shot("a/b")).plan(), time_scale=20).takes.values()
    assert (slow.expected, fast.expected) == (98, 4.9)


@pytest.mark.parametrize(
    ("request_", "seconds"),
    [
        (None, 98.0),
        (a_request(), 98.0),
        (a_request(duration=10), 98.0 * 241 / 121),
        (a_request(resolution="1080p"), 98.0 * 2.25),
        (a_request(duration=None, frames=242), 196.0),
        (a_request(duration=-1), 98.0 * 361 / 121),
        (a_request(resolution="odd"), 98.0),
    ],
)
def test_what_is_usual_follows_the_pixels(request_: Request | None, seconds: float) -> None:
    """The one observed time is scaled by size and length."""
    assert expected_seconds(request_) == pytest.approx(seconds)


def test_a_picture_taller_than_the_screen_leaves_out_what_tells_least() -> None:
    """Finished takes give way first, then those that wait for their turn; what was left out is counted."""
    lines = progress_text(_half_way(), now=NOON + 41, width=80, style=PLAIN, height=9).splitlines()
    assert len(lines) <= 9
    assert "  and 1 rendered, 4 more" in lines
    assert [line.split()[1] for line in lines[:2]] == ["ep1/harbor", "ep1/quay"]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Names, paths and messages give way, with colours too."""
    for style in (PLAIN, COLOUR):
        lines = progress_text(_half_way(), now=NOON + 41, width=width, style=style).splitlines()
        assert [line for line in lines if cells(line) > width] == []


def test_the_log_form_is_one_line_per_event() -> None:
    """Without a terminal each event is a line with its time in UTC."""
    assert [event_line(event, PLAIN) for event in HALF_WAY] == [
        "10:40:00Z … ep1/harbor submitting",
        "10:40:01Z … ep1/harbor submitted task_harbor",
        "10:40:31Z … ep1/harbor rendering 0:30",
        "10:40:01Z … ep1/quay submitted task_quay",
        "10:40:40Z … ep1/quay downloading 2.1 MB of 4.2 MB",
        "10:40:40Z ✓ ep1/pier rendered in 0:39 → renders/ep1/pier.mp4",
        "10:40:40Z x ep1/fight failed: moderation: blocked → reword",
        "10:40:41Z ? ep1/storm unknown: the connection was lost; not sent again",
        "10:40:41Z · listening at http://127.0.0.1:8080",
    ]


def test_words_of_a_server_cannot_move_the_cursor() -> None:
    """Escapes in a message are shown as �, breaks as ⏎: one event stays one line."""
    event = ShotFailed(shot_id="a/b", take=2, at=NOON, code="other", message="x\x1b[2J\ny", advice="")
    assert event_line(event, PLAIN) == "10:40:00Z x a/b take 2 failed: other: x\ufffd[2J⏎y"


@pytest.mark.parametrize(
    ("came", "said"),
    [(Came.FETCHED, "fetched"), (Came.PUT_BACK, "put back"), (Came.RENAMED, "renamed"), (Came.RENDERED, "rendered")],
)
def test_a_clip_that_came_for_free_is_not_said_to_be_rendered(came: Came, said: str) -> None:
    """The line of a log and the live picture name how it came to be here."""
    event = Rendered(shot_id="film/moon", take=1, at=NOON, path="renders/film/moon.mp4", seconds=0.0, came=came)

    assert event_line(event, PLAIN).endswith(f"✓ film/moon {said} → renders/film/moon.mp4")
    assert f"✓ film/moon  {said} " in progress_text(Progress().after(event), now=NOON, width=80, style=PLAIN)


def test_a_shot_that_waits_for_its_parent_says_so() -> None:
    """The line of a child names what comes first, until it is its turn."""
    film = read({"reel.yaml": a_spec("moon: { prompt: A }", "exit: { prompt: B, inputs: [{ shot: moon }] }")})
    progress = Progress.of(Scene(film=film, facts=()).plan())

    assert [each.said for each in progress.takes.values()] == ["", "after reel/moon"]
    lines = progress_text(progress, now=NOON, width=80, style=PLAIN).splitlines()
    assert lines[1].split() == ["·", "reel/exit", "planned", "after", "reel/moon"]
