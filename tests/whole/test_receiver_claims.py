"""Runners that die and clones that begin at once, as real processes with a shared receiver: a take is paid for once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.lockfile.fold import Facts
from seedance_spec.pipeline import lockfile_of
from seedance_spec.realm import Realm
from seedance_spec.webhook.feed_protocol import Outcome
from seedance_spec.workplace import Workplace
from tests.support.moments import finished, until
from tests.support.reel import Reel
from tests.support.team import APPLY, Gateway, Standing, Team, free_port

ROUNDS, LAB_ROUNDS = 2, 10
"""Of two fresh clones at once."""


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    standing = Standing(state=tmp_path_factory.mktemp("standing"), port=free_port())
    standing.start()
    yield standing
    standing.kill()


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Gateway]]:
    """One with a billing log and one without. A POST whose prompt hangs is never answered."""
    folder = tmp_path_factory.mktemp("gateways")
    hangs = ("hang:prompt~hangs",)
    gateways = {
        name: Gateway(state=folder / name, clips=folder / "clips", billing_log=name == "log", faults=hangs)
        for name in ("log", "no-log")
    }
    for gateway in gateways.values():
        gateway.start()
    yield gateways
    for gateway in gateways.values():
        gateway.kill()


@pytest.fixture
def team(tmp_path: Path, standing: Standing, gateways: dict[str, Gateway]) -> Team:
    return Team(folder=tmp_path, standing=standing, gateway=gateways["log"])


def _clip(clone: Reel) -> Path:
    return clone.root / "renders" / "reel" / "moon.mp4"


def _facts(clone: Reel) -> list[dict[str, Any]]:
    lines = (clone.root / "specs" / "seedance.lock").read_text("utf-8").splitlines()
    return [fact for fact in map(json.loads, lines) if fact["kind"] == "attempt"]


def _lose_a_runner(team: Team) -> Reel:
    """One is killed -9 while the answer of its POST is due, and its folder deleted; a fresh clone, once the upstream
    has called back.
    """
    team.found("A clip that hangs")
    team.kill_once(team.clone(), lambda: team.posts == 1)
    until(lambda: [claim.called_back for claim in team.claims()] == [True], "a callback")
    return team.clone()


def test_a_take_of_a_runner_that_died_is_found_in_the_billing_log(team: Team) -> None:
    """The fresh clone adopts the attempt, no second POST; its clip comes by the log, and the gateway confirms it."""
    fresh = _lose_a_runner(team)

    done = fresh.run(*APPLY)

    assert done.code == 0, done.err
    assert "another clone that shares the receiver has this take" in done.err
    assert _clip(fresh).exists()
    assert team.posts == 1
    assert [(fact["status"], fact["source"]) for fact in _facts(fresh)] == [("succeeded", "gateway")]
    assert [claim.outcome for claim in team.claims()] == [Outcome.SUBMITTED]


def test_without_a_billing_log_its_clip_is_salvaged_and_flagged(team: Team, gateways: dict[str, Gateway]) -> None:
    """The same with a gateway that offers no log: the callback's own clip is checked, kept, and flagged in `status`."""
    team.gateway = gateways["no-log"]
    fresh = _lose_a_runner(team)

    done = fresh.run(*APPLY)

    assert done.code == 0, done.err
    assert _clip(fresh).exists()
    assert team.posts == 1
    assert [(fact["status"], fact["source"]) for fact in _facts(fresh)] == [("succeeded", "callback")]
    assert "known from a callback alone" in fresh.run("status").out


def test_a_runner_that_died_after_its_report_leaves_a_task_to_follow(team: Team) -> None:
    """Killed once the receiver knew its task: a fresh clone simply completes it."""
    team.found("A cat on the moon")
    team.kill_once(team.clone(), lambda: [claim.outcome for claim in team.claims()] == [Outcome.SUBMITTED])
    fresh = team.clone()

    done = fresh.run(*APPLY)

    assert done.code == 0, done.err
    assert _clip(fresh).exists()
    assert team.posts == 1


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(LAB_ROUNDS, marks=pytest.mark.lab)])
def test_two_fresh_clones_at_once_pay_once(team: Team, rounds: int) -> None:
    """Again and again, each time with a new prompt: one POST a take, and both clones have its clip."""
    team.found("A cat of round 0")
    for number in range(1, rounds + 1):
        team.write(f"A cat of round {number}")
        team.commit()
        pair = (team.clone(), team.clone())

        ended = [finished(each) for each in [clone.start(*APPLY) for clone in pair]]

        assert [each.code for each in ended] == [0, 0], [each.err for each in ended]
        assert [_clip(clone).exists() for clone in pair] == [True, True]
        assert team.posts == number


def test_a_users_word_frees_the_take_for_every_clone(team: Team) -> None:
    """`resolve --not-landed` with the receiver of the environment: the claim of the attempt holds nothing any more."""
    team.found("A cat that may have landed")
    clone, claimed = team.clone(), team.claim_in_vain(since=4 * 3600)
    lockfile_of(Workplace(root=clone.root, realm=Realm.PAID)).merge(Facts.of(claimed))

    done = clone.run("resolve", claimed.attempt_id, "--not-landed")

    assert done.code == 0, done.err
    assert [(claim.attempt_id, claim.outcome) for claim in team.claims()] == [(claimed.attempt_id, Outcome.REFUSED)]


def test_a_project_without_an_id_shares_nothing(team: Team) -> None:
    """Nothing is sent, exit 6, and the way out is named: `init` adds the id."""
    team.found("A cat without an id")
    (team.origin / "specs" / "seedance.lock").unlink()
    team.commit()
    clone = team.clone()

    refused = clone.run(*APPLY)

    assert refused.code == 6, refused.err
    assert "seedance-spec init" in refused.err
    assert team.posts == 0
    assert clone.run("init").code == 0
    assert '"kind":"project"' in (clone.root / "specs" / "seedance.lock").read_text()


def test_a_receiver_that_cannot_be_reached_stops_paid_submits(team: Team, tmp_path: Path) -> None:
    """Exit 6, nothing is sent and the reason is said; --without-receiver goes on by polling."""
    team.standing = Standing(state=tmp_path / "nowhere", port=free_port())
    team.found("A cat nobody hears of")
    clone = team.clone()

    refused = clone.run(*APPLY)

    assert refused.code == 6, refused.err
    assert "no-receiver" in refused.err
    assert refused.err.count(team.standing.url) == 1
    assert "cannot be reached (no connection)" in refused.err
    assert "nothing paid is submitted without its claims" in refused.err
    assert "--without-receiver" in refused.err
    assert "polling" not in refused.err
    assert team.posts == 0
    alone = clone.run(*APPLY, "--without-receiver")
    assert alone.code == 0, alone.err
    assert team.posts == 1
