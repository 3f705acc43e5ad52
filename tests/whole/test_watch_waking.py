"""A watch is woken by a feed, by callbacks of its own, or by asking alone; left in the middle, `collect` goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.films import small_film
from tests.support.reel import Reel
from tests.support.team import KEY_TEXT, Standing, free_port
from tests.support.watching import saved_by_rename, watching

HOURS = ("--poll-interval", "3600")


def _feed(standing: Standing) -> tuple[str, ...]:
    standing.start()
    return ("--receiver", standing.url, *HOURS)


def _own(standing: Standing) -> tuple[str, ...]:
    place = f"127.0.0.1:{standing.port}"
    return ("--public-url", f"http://{place}", "--listen", place, *HOURS)


def _asking(_: Standing) -> tuple[str, ...]:
    return ("--fault", "no-callback")


@pytest.mark.parametrize(
    ("way", "number", "code"),
    [(_feed, signal.SIGTERM, 143), (_own, signal.SIGINT, 130), (_asking, signal.SIGTERM, 143)],
    ids=["feed", "own receiver", "asking alone"],
)
def test_a_save_is_rendered_and_leaving_loses_nothing(
    reel: Reel, tmp_path: Path, way: Callable[[Standing], tuple[str, ...]], number: signal.Signals, code: int
) -> None:
    """The first clip comes by this way alone; a signal while the next renders ends the watch, which names what goes on,
    and `collect` has its clip without another POST.
    """
    reel.environment = {"SEEDANCE_CALLBACK_KEY": KEY_TEXT}
    standing = Standing(state=tmp_path / "standing", port=free_port())
    film = reel.write("reel.yaml", small_film(moon="A cat on the moon"))
    try:
        with watching(reel, *way(standing), "--fault", "slow:8:prompt~waltz") as watched:
            watched.hear("rendered", shot="reel/moon")
            watched.after(lambda: saved_by_rename(film, small_film(moon="A waltz there")), "submitted")

            ended = watched.stop(number)
    finally:
        standing.kill()

    assert (ended.code, [line["running"] for line in watched.told("left")]) == (code, [["reel/moon"]])
    assert reel.run("collect", "--sandbox").code == 0
    assert (reel.actions(), reel.posts) == ({"reel/moon#1": "unchanged"}, 2)
