"""Recipe (b) with real processes and real git: submit and leave, be called back, collect twice at once; paid once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedance_spec.webhook.feed_protocol import Outcome
from tests.support.moments import until
from tests.support.notifying import DISPATCH, REPOSITORY, TOKEN, Forge, a_forge
from tests.support.recipe import Recipe, ended_well, outputs, whole_clips
from tests.support.team import APPLY, Gateway, Standing, Team, free_port

NOTIFY = ("--notify", f"github:{REPOSITORY}", "--notify-quiet", "0.3")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A POST whose prompt hangs is never answered; what is slow renders for many seconds."""
    folder = tmp_path_factory.mktemp("gateway")
    faults = ("hang:prompt~hangs", "slow:30:prompt~slow")
    gateway = Gateway(state=folder / "state", clips=folder / "clips", faults=faults)
    gateway.start()
    yield gateway
    gateway.kill()


@pytest.fixture
def berth() -> Iterator[socket.socket]:
    """Where the forge will listen: taken from the beginning, so that nobody else can be there meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


@pytest.fixture
def recipe(tmp_path: Path, gateway: Gateway, berth: socket.socket) -> Iterator[Recipe]:
    """The standing receiver runs, and is to notify a forge at a port where none listens yet."""
    standing = Standing(
        state=tmp_path / "standing",
        port=free_port(),
        words=NOTIFY,
        environment={"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": f"http://127.0.0.1:{berth.getsockname()[1]}"},
    )
    standing.start()
    yield Recipe(team=Team(folder=tmp_path, standing=standing, gateway=gateway))
    standing.kill()


@pytest.fixture
def forge(berth: socket.socket) -> Iterator[Forge]:
    with a_forge(berth=berth) as forge:
        yield forge


def _dispatched(forge: Forge, *, complete: bool) -> str:
    """Wait for the dispatch that tells of one run; the run."""
    until(lambda: any(told.payload["complete"] is complete for told in forge.taken), "a dispatch")
    told = [told for told in forge.taken if told.payload["complete"] is complete][-1]
    assert told.path == DISPATCH
    assert told.json["event_type"] == "seedance-collect"
    (run,) = told.payload["runs"]
    return str(run["run"])


def _kill_once_it_knows(team: Team) -> None:
    """The receiver dies when the submitter has told it of its task, long before that ends."""
    until(lambda: [claim.outcome for claim in team.claims()] == [Outcome.SUBMITTED], "a report")
    team.standing.kill()


def _everything_is_home(recipe: Recipe, *, takes: int) -> None:
    """Two runners collect at once: each has every clip, whole; the lockfile has each take; none is paid twice."""
    pair = recipe.collect_on_two()

    facts = recipe.facts()
    assert [(fact["status"], fact["source"]) for fact in facts] == [("succeeded", "gateway")] * takes
    assert [whole_clips(runner) for runner in pair] == [outputs(facts)] * 2
    assert recipe.team.posts == takes


def test_a_run_is_submitted_left_and_collected_when_the_receiver_says_so(recipe: Recipe, forge: Forge) -> None:
    """A detaches, pushes and is deleted; a dispatch names its run, as main's lockfile does; B and C collect."""
    recipe.found("A cat on the moon, recipe", jump="Make the cat jump, recipe")

    recipe.submit()

    run = _dispatched(forge, complete=True)
    assert {fact["run"] for fact in recipe.facts()} == {run}
    assert recipe.branches_with(run) == ["main"]
    _everything_is_home(recipe, takes=2)


def test_a_receiver_that_was_away_for_every_callback_still_says_so(recipe: Recipe, forge: Forge) -> None:
    """It knows of the take by its submitter alone; once the deadline is over it has CI look, and the clip is there."""
    recipe.found("A slow cat that nobody hears of")
    lost_before = recipe.team.gateway.stats["callbacks_lost"]

    recipe.submit(meanwhile=lambda: _kill_once_it_knows(recipe.team))
    until(lambda: recipe.team.gateway.stats["unfinished"] == 0, "the end of the task")
    until(lambda: recipe.team.gateway.stats["callbacks_lost"] > lost_before, "a callback given up")
    assert forge.heard == []
    recipe.team.standing.words = (*NOTIFY, "--notify-deadline", "0.5")
    recipe.team.standing.start()

    run = _dispatched(forge, complete=False)
    assert {fact["run"] for fact in recipe.facts()} == {run}
    _everything_is_home(recipe, takes=1)


def test_a_forge_that_was_away_is_told_once_it_is_back(recipe: Recipe, berth: socket.socket) -> None:
    """The message waits in the receiver's file, though the receiver is killed too, and reaches the forge later."""
    recipe.found("A cat while nobody listens")

    recipe.submit()
    until(lambda: recipe.team.gateway.stats["unfinished"] == 0, "the last callback")
    recipe.team.standing.kill()
    recipe.team.standing.start()

    with a_forge(berth=berth) as forge:
        _dispatched(forge, complete=True)
    _everything_is_home(recipe, takes=1)


def test_a_runner_that_is_killed_between_its_post_and_the_lockfile_leaves_a_claim(recipe: Recipe, forge: Forge) -> None:
    """Nothing of it reaches git. The receiver dispatches all the same; the next apply adopts the take."""
    recipe.found("A cat that hangs between two steps")
    recipe.team.kill_once(recipe.runner(), lambda: recipe.team.posts == 1)

    run = _dispatched(forge, complete=True)
    assert recipe.facts() == []
    assert recipe.branches_with(run) == []
    # The same workflow again, as docs/ci.md has it.
    runner = recipe.runner()
    ended_well(runner.run(*APPLY))

    assert recipe.team.posts == 1
    assert len(whole_clips(runner)) == 1
