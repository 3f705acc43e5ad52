"""Sandbox, `serve` and `apply` in three processes: done by callbacks and feed alone, also when the receiver dies."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.attempts.ports import Mark
from seedance_spec.webhook.capability import callback_path, derive_key
from tests.support.attempts import an_attempt_id
from tests.support.films import THREE_SHOTS
from tests.support.moments import finished, heard, marks, until
from tests.support.reel import Reel
from tests.support.team import KEY_TEXT, Standing, free_port, kill

HOURS = ("--poll-interval", "3600")
SHOTS = ("reel/moon", "reel/jump", "reel/exit")


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Standing]:
    standing = Standing(state=tmp_path / "standing", port=free_port())
    standing.start()
    yield standing
    standing.kill()


def _is_over(reel: Reel) -> bool:
    counted = reel.stats()
    return counted["unfinished"] == 0 and counted["callbacks_lost"] >= len(SHOTS)


def _looks(reel: Reel) -> list[int]:
    """How often each task was asked about, by task id."""
    counted: Any = reel.stats()["gets_by_task"]
    return [int(counted[task_id]) for task_id in sorted(counted)]


def _all_here(reel: Reel) -> bool:
    return all(reel.clip(shot).exists() for shot in SHOTS)


def test_a_reel_completes_through_callbacks_and_feed_alone(three_shots: Reel, standing: Standing) -> None:
    """Asking is hours away: the clips are here all the same, each take claimed and paid for once."""
    three_shots.environment = {"SEEDANCE_CALLBACK_KEY": KEY_TEXT}

    done = three_shots.apply("--receiver", standing.url, *HOURS)

    assert done.code == 0, done.err
    assert _all_here(three_shots)
    assert three_shots.posts == 3


def test_a_receiver_that_dies_and_comes_back_costs_one_look_per_task(three_shots: Reel, standing: Standing) -> None:
    """Killed once all is submitted, started again when every task is over: nothing calls any more, and it completes."""
    three_shots.environment = {"SEEDANCE_CALLBACK_KEY": KEY_TEXT}
    words = ("apply", "--sandbox", "--yes", "--speed", "40", "--receiver", standing.url, *HOURS)
    process = three_shots.start(*words)
    until(lambda: marks(three_shots) == [Mark.ANSWERED] * 3, "three answers on record")

    standing.kill()
    heard(process, f"nothing is heard from the receiver at {standing.url}")
    until(lambda: _is_over(three_shots), "three tasks that are over, and callbacks that nobody took")
    before = _looks(three_shots)
    standing.start()

    done = finished(process)
    assert done.code == 0, done.err
    assert f"the receiver at {standing.url} is heard again" in done.err
    assert _all_here(three_shots)
    assert three_shots.posts == 3
    assert [after - earlier for after, earlier in zip(_looks(three_shots), before, strict=True)] == [1, 1, 1]


def test_a_receiver_that_is_gone_for_good_is_done_without(three_shots: Reel, standing: Standing) -> None:
    """Killed once all is submitted and never started again: the job asks, and has its clips; nothing is resent."""
    three_shots.environment = {"SEEDANCE_CALLBACK_KEY": KEY_TEXT}
    process = three_shots.start("apply", "--sandbox", "--yes", "--speed", "100", "--receiver", standing.url)
    until(lambda: marks(three_shots) == [Mark.ANSWERED] * 3, "three answers on record")

    standing.kill()

    done = finished(process)
    assert done.code == 0, done.err
    assert f"nothing is heard from the receiver at {standing.url}" in done.err
    assert _all_here(three_shots)
    assert three_shots.posts == 3


def test_serve_in_one_terminal_and_apply_in_another_share_what_comes(three_shots: Reel) -> None:
    """The public URL is that of the project's own `serve`: apply reads its file, and needs no --receiver."""
    serving = three_shots.start("serve", "--listen", "127.0.0.1:0", "--json")
    assert serving.stdout is not None
    url = json.loads(serving.stdout.readline())["url"]
    try:
        done = three_shots.apply("--public-url", url, *HOURS)
    finally:
        serving.terminate()
        serving.communicate(timeout=30)

    assert done.code == 0, done.err
    assert _all_here(three_shots)


def test_a_public_url_that_leads_nowhere_is_told_to_nobody(three_shots: Reel) -> None:
    """The test call does not come back: said once, and the reel completes by polling, without one callback."""
    nowhere = f"http://127.0.0.1:{free_port()}"

    done = three_shots.apply("--public-url", nowhere)

    assert done.code == 0, done.err
    assert done.err.count(f"a test call to {nowhere} did not come back") == 1
    assert _all_here(three_shots)
    assert three_shots.stats()["callbacks_sent"] == 0


def test_a_receiver_and_a_listener_of_ones_own_contradict(three_shots: Reel) -> None:
    """Exit 64 with the way out; a receiver's URL must not carry a token in the clear."""
    both = three_shots.run("apply", "--sandbox", "--receiver", "https://hooks.example.com", "--listen", "127.0.0.1:0")
    plain = three_shots.run("apply", "--sandbox", "--receiver", "http://hooks.example.com")

    assert (both.code, plain.code) == (64, 64)
    assert "--public-url" in both.err
    assert "must be https" in plain.err


def test_a_port_that_is_taken_costs_callbacks_and_no_clip(three_shots: Reel) -> None:
    """Somebody listens there already: it is said, and the reel completes by polling."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = three_shots.apply("--listen", where)

    assert ran.code == 0, ran.err
    assert f"cannot listen at {where} (Address already in use): going on by polling" in ran.err
    assert three_shots.posts == len(SHOTS)


def test_a_run_that_was_killed_is_collected_through_the_feed(three_shots: Reel, standing: Standing) -> None:
    """Its callbacks wait at the receiver: `collect` asks hours apart, and brings every clip home by the feed alone."""
    three_shots.environment = {"SEEDANCE_CALLBACK_KEY": KEY_TEXT}
    words = ("apply", "--sandbox", "--yes", "--speed", "60", "--receiver", standing.url, *HOURS)
    process = three_shots.start(*words)
    until(lambda: marks(three_shots) == [Mark.ANSWERED] * 3, "three answers on record")
    kill(process)

    done = three_shots.run("collect", "--sandbox", "--receiver", standing.url, *HOURS)

    assert done.code == 0, done.err
    assert _all_here(three_shots)
    assert three_shots.posts == 3


def test_one_receiver_serves_three_projects_each_its_own(tmp_path: Path, standing: Standing) -> None:
    """Three projects apply at once, asking hours apart: each has its clips by its own feed and its own claims."""
    reels = [Reel(tmp_path / name, {"SEEDANCE_CALLBACK_KEY": KEY_TEXT}) for name in ("one", "two", "three")]
    for number, reel in enumerate(reels):
        reel.write("reel.yaml", THREE_SHOTS.replace("A cat", f"Cat {number}"))
    words = ("apply", "--sandbox", "--yes", "--speed", "400", "--receiver", standing.url, *HOURS)
    try:
        runs = [finished(process) for process in [reel.start(*words) for reel in reels]]

        assert [(run.code, run.err) for run in runs if run.code] == []
        assert [(_all_here(reel), reel.posts) for reel in reels] == [(True, 3)] * 3
        assert standing.held_by_project() == [3, 3, 3]
    finally:
        for reel in reels:
            reel.stop_sandbox()


def test_a_receiver_of_ones_own_takes_urls_of_the_key_before_as_well(three_shots: Reel) -> None:
    """The callback key was changed while renders are under way: what they call still counts; a stranger's does not."""
    before, today, port = "the callback key of last week", KEY_TEXT, free_port()
    three_shots.environment = {"SEEDANCE_CALLBACK_KEY": today, "SEEDANCE_CALLBACK_KEY_PREVIOUS": before}
    words = ("apply", "--sandbox", "--yes", "--speed", "1", "--listen", f"127.0.0.1:{port}")
    process = three_shots.start(*words)
    until(lambda: marks(three_shots) == [Mark.ANSWERED] * 3, "three answers on record")

    answers = [_called(port, key) for key in (today, before, "a key that nobody here has")]

    process.terminate()
    finished(process)
    assert answers == [200, 200, 404]


def _called(port: int, key: str) -> int:
    path = callback_path(an_attempt_id(now=time.time()), derive_key(key))
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=b"{}", method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_an_address_without_its_scheme_is_told_what_was_meant(three_shots: Reel) -> None:
    """Exit 64, and the URL to write."""
    refused = three_shots.run("apply", "--sandbox", "--receiver", "localhost:8088")

    assert refused.code == 64
    assert "did you mean http://localhost:8088?" in refused.err
