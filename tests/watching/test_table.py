"""The picture of a watch: every state in 80 columns without colour, a small screen, a wide one, and nothing harmful."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_spec.plan.style import COLOUR, PLAIN, cells
from seedance_spec.plan.under_way import Phase, TakeProgress
from seedance_spec.watch.table import Row, Scene, rows_of, table_text

GOLDEN = Path(__file__).parent / "golden"
NOON = 1_800_000_000.0

TAKES = (
    TakeProgress(
        shot_id="film/moon-walk", take=1, phase=Phase.WAITING, since=NOON - 30, said="rendering", estimate=0.27
    ),
    TakeProgress(shot_id="film/jump", take=1, phase=Phase.RENDERED, path="renders/draft/film/jump.mp4", usd=0.31),
    TakeProgress(shot_id="film/exit", take=1, phase=Phase.FAILED, said="moderation: the prompt was refused"),
    TakeProgress(shot_id="film/banner@ratio=9x16", take=2, phase=Phase.DOWNLOADING, done=40_000, total=131_000),
    TakeProgress(shot_id="film/lost", take=1, phase=Phase.UNKNOWN, said="the connection broke", estimate=0.27),
    TakeProgress(shot_id="film/late", take=1, phase=Phase.WAITING, since=NOON - 300, estimate=0.27),
)
HOLDS = {"film/moon-walk": "older version renders", "film/next": "waits for its parent"}
PRICES = {"film/moon-walk": 0.31, "film/next": 0.76}


def a_scene(**fields: object) -> Scene:
    """Six takes in six states, two shots held back, money under a cap, and an error."""
    rows = rows_of({(each.shot_id, each.take): each for each in TAKES}, HOLDS, PRICES)
    told = {
        "rows": rows,
        "standing": 12,
        "spent_usd": 0.62,
        "reserved_usd": 0.81,
        "cap_usd": 5.0,
        "heading": ("a film", "profile draft", "a save renders"),
        "error": "specs/film.yaml:7:9: this bracket is never closed",
    }
    return Scene(**{**told, **fields})  # type: ignore[arg-type] # a test's own words


def drawn(scene: Scene, *, width: int = 80, height: int = 24) -> str:
    return table_text(scene, now=NOON, width=width, height=height, style=PLAIN)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_state_has_its_words_without_colour(width: int) -> None:
    """The picture is the one on record for this width: shot, state, time left, cost, what hinders it, money, keys."""
    golden = (GOLDEN / f"watch-{width}.txt").read_text(encoding="utf-8")

    assert drawn(a_scene(), width=width) + "\n" == golden


@pytest.mark.parametrize("width", range(48, 121, 8))
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    """With colours or without, a line keeps to its columns."""
    for style in (PLAIN, COLOUR):
        text = table_text(a_scene(), now=NOON, width=width, height=24, style=style)

        assert max(map(cells, text.splitlines())) <= width


def test_a_small_screen_hides_what_is_over_first() -> None:
    """What is under way and what waits stays; what was rendered gives way, then the last rows, as a count."""
    text = drawn(a_scene(), height=12)

    assert len(text.splitlines()) <= 12
    assert "film/jump" not in text
    assert "film/moon-walk" in text
    assert "more" in text


def test_what_waits_for_a_yes_says_what_it_may_cost() -> None:
    """Whoever presses `a` has seen the price of each shot, and of all: not that of the version before."""
    (before,) = [each for each in TAKES if each.phase is Phase.RENDERED]
    rows = rows_of({("film/jump", 1): before}, {"film/jump": "waits for your yes"}, {"film/jump": 0.77})

    text = drawn(a_scene(rows=rows, asked_usd=0.77))

    assert "≤$0.77  waits for your yes" in text
    assert "$0.31" not in text
    assert "a pays at most $0.77" in text


def test_words_of_others_cannot_paint() -> None:
    """An escape in a message of the gateway stays text."""
    harmful = TakeProgress(shot_id="film/exit", take=1, phase=Phase.FAILED, said="\x1b[2Jgone")

    assert "\x1b" not in drawn(a_scene(rows=(Row(shot_id="film/exit", take=harmful),)))
