"""`apply --detach` as a CI job: it submits, records and leaves; another clone brings the clips, and goes on."""

from __future__ import annotations

import shutil

import pytest

from tests.support.films import small_film
from tests.support.moments import statuses
from tests.support.reel import Reel

CHAIN = small_film(moon="A cat walking on the moon") + (
    "  exit:\n    prompt: The cat walks out of frame\n    inputs:\n      - video: { shot: moon }\n"
)


def _as_a_fresh_clone(reel: Reel) -> None:
    """What git does not carry is gone: journal, store, renders/."""
    shutil.rmtree(reel.root / ".seedance")
    shutil.rmtree(reel.root / "renders", ignore_errors=True)


def test_it_leaves_with_all_on_record_and_a_fresh_clone_collects(three_shots: Reel) -> None:
    """Exit 0 with three tasks in the lockfile and no clip; elsewhere three clips for the same three POSTs."""
    detached = three_shots.apply("--detach", "--fault", "slow:20", speed="60")

    assert detached.code == 0, detached.err
    assert (
        "detached: 3 takes on record; `seedance-spec collect --sandbox` on any clone brings the clips" in detached.err
    )
    assert statuses(three_shots) == ["submitted"] * 3
    assert not list(three_shots.root.glob("renders/**/*.mp4"))
    _as_a_fresh_clone(three_shots)
    collected = three_shots.run("collect", "--sandbox")
    assert collected.code == 0, collected.err
    assert len(list(three_shots.root.glob("renders/**/*.mp4"))) == 3
    assert three_shots.posts == 3


def test_a_chain_is_submitted_link_by_link(reel: Reel) -> None:
    """The child is said to wait, with the command for it; submit, collect, submit, collect: two clips, two POSTs."""
    reel.write("reel.yaml", CHAIN)

    first = reel.apply("--detach")
    waited = reel.run("collect", "--sandbox")
    second = reel.apply("--detach", "--json")
    last = reel.run("collect", "--sandbox")

    assert [each.code for each in (first, waited, second, last)] == [0, 0, 0, 0], (first.err, second.err)
    assert "1 take starts from clips that are not here yet: once they are, `seedance-spec apply --sandbox`" in first.err
    ends = {take["shot"]: take["end"] for take in second.events()[-1]["takes"]}
    assert ends == {"reel/moon": "rendered", "reel/exit": "running"}
    assert reel.clip("reel/exit").exists()
    assert reel.posts == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "127.0.0.1:0"], "nobody is left here to be called back"),
        (["--public-url", "https://film.example"], "nobody is left here to be called back"),
        (["--locked"], "--detach is for what is to be paid"),
        (["--frozen"], "--detach is for what is to be paid"),
    ],
)
def test_words_that_need_somebody_who_stays_are_refused(three_shots: Reel, words: list[str], said: str) -> None:
    """Exit 64 with a way out, before anything is begun."""
    refused = three_shots.apply("--detach", *words)

    assert refused.code == 64
    assert said in refused.err
    assert not (three_shots.root / ".seedance-sandbox").exists()


def test_a_wait_without_progress_ends(three_shots: Reel) -> None:
    """--no-progress-timeout: renders that do not move are left to run (exit 9), and nothing of them is lost."""
    assert three_shots.apply("--detach", "--fault", "slow:200", speed="60").code == 0

    waited = three_shots.run("collect", "--sandbox", "--no-progress-timeout", "0.5")

    assert waited.code == 9, waited.err
    assert "3 still running" in waited.err
    assert statuses(three_shots) == ["submitted"] * 3
