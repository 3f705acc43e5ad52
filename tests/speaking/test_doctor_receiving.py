"""How `doctor` looks at receivers: a real one is asked, and a callback is sent to ourselves and seen to come in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seedance_spec.attempts.attempt_id import project_prefix, read_attempt_id
from seedance_spec.doctor.finding import State
from seedance_spec.doctor.looking.receiver import see_key
from seedance_spec.lockfile.facts import ProjectFact
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from seedance_spec.realm import Realm
from seedance_spec.secret import Secret
from seedance_spec.webhook.probe_id import is_probe
from seedance_spec.webhook.standing_place import Running, alone, announced
from seedance_spec.workplace import Workplace
from tests.support.doctoring import a_gateway, a_project, examined, looked
from tests.support.receiving import KEY
from tests.support.speaking import Act, reply, unused_url
from tests.support.standing import OURS, THEIRS, Stand, a_stand

OK, WARN, FAIL, SKIPPED = State.OK, State.WARN, State.FAIL, State.SKIPPED

TEAM_KEY = Secret("a key of the team's own")
STRANGERS_KEY = Secret("the key of somebody else")
CHECKS = ("receiver", "feed", "claims", "public URL")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one id."""
    return with_ids(a_project(tmp_path / "film"), OURS)


def with_ids(root: Path, *ids: str) -> Path:
    place = Workplace(root=root, realm=Realm.PAID)
    lock = LockFile(place.lockfile, root=root, write_lock=place.write_lock)
    lock.merge(Facts.of(*(ProjectFact(project_id=each) for each in ids)))
    return root


@contextmanager
def served(state: Path, stand: Stand) -> Iterator[None]:
    """The marks that a running `serve` leaves in its folder."""
    with alone(state), announced(state, Running(url=stand.url, pid=os.getpid(), public_url=stand.url)):
        yield


async def states_of(root: Path, **overrides: Any) -> dict[str, State]:
    """As beside a gateway on this machine, which may call loopback."""
    found = await looked(examined(root, **{"callback_key": TEAM_KEY, "sandbox": True, "seconds": 2.0, **overrides}))
    return {name: found[name].state for name in CHECKS if name in found}


@pytest.mark.anyio
async def test_a_receiver_that_shares_our_key_is_all_right(project: Path, tmp_path: Path) -> None:
    """Health, feed and claims answer, and a callback through its own URL comes back by the feed."""
    async with a_stand(tmp_path) as stand:
        assert await states_of(project, receiver=stand.url) == dict.fromkeys(CHECKS, OK)
    assert [is_probe(attempt_id) for attempt_id in stand.heard] == [True]


@pytest.mark.anyio
async def test_another_key_than_the_receivers_is_told_from_an_unknown_claim(project: Path, tmp_path: Path) -> None:
    """Both are an empty 404: the feed's answer decides which it was. Nothing is looked up for a stranger."""
    async with a_stand(tmp_path) as stand:
        assert await states_of(project, receiver=stand.url, callback_key=STRANGERS_KEY) == {
            "receiver": OK, "feed": FAIL, "public URL": SKIPPED,
        }  # fmt: skip
        assert (stand.records.calls, stand.heard) == ([], [])


@pytest.mark.anyio
async def test_every_id_of_a_merged_project_is_asked_for(project: Path, tmp_path: Path) -> None:
    """After a merge both ids are ours, and each has a feed of its own."""
    with_ids(project, THEIRS)
    async with a_stand(tmp_path) as stand:
        found = await looked(examined(project, callback_key=TEAM_KEY, receiver=stand.url))
        assert found["feed"].said == "our token is accepted, events can be read for 2 project ids"


@pytest.mark.anyio
async def test_a_receiver_whose_disk_refuses_is_said(project: Path, tmp_path: Path) -> None:
    """It is well by its own word, and cannot answer an owner."""
    async with a_stand(tmp_path) as stand:
        stand.records.broken = True
        assert await states_of(project, receiver=stand.url) == {"receiver": OK, "feed": FAIL, "public URL": SKIPPED}


@pytest.mark.anyio
@pytest.mark.parametrize("otherwise", [None, reply(200, b"ok")], ids=["no health", "all is well"])
async def test_another_service_is_no_receiver(project: Path, otherwise: Act | None) -> None:
    """Whoever answers at the URL without being a receiver is found out."""
    async with a_gateway({}, otherwise=otherwise) as other:
        found = await states_of(project, receiver=other.url, seconds=0.5)
    assert FAIL in {found["receiver"], found.get("feed")}


@pytest.mark.anyio
async def test_a_receiver_that_is_away_is_said(project: Path) -> None:
    """Nobody listens: the receiver needs the user, and so does the way of callbacks through it."""
    assert await states_of(project, receiver=await unused_url()) == {"receiver": FAIL, "public URL": SKIPPED}


@pytest.mark.anyio
async def test_without_a_key_or_an_id_no_receiver_can_be_asked(tmp_path: Path) -> None:
    """A project that has no callback key has nothing to show; one without an id has no feed."""
    bare = a_project(tmp_path / "bare")
    async with a_stand(tmp_path) as stand:
        assert await states_of(bare, receiver=stand.url, callback_key=None) == {"receiver": FAIL, "public URL": SKIPPED}
        assert await states_of(bare, receiver=stand.url) == {
            "receiver": OK, "feed": SKIPPED, "claims": SKIPPED, "public URL": SKIPPED,
        }  # fmt: skip


@pytest.mark.anyio
async def test_the_sandbox_goes_by_an_id_that_every_clone_derives(project: Path, tmp_path: Path) -> None:
    """Its lockfile is not committed: the id comes from the paid one's, and is another."""
    sandbox = Workplace(root=project, realm=Realm.SANDBOX)
    async with a_stand(tmp_path) as stand:
        assert await states_of(project, receiver=stand.url, place=sandbox, sandbox=True) == dict.fromkeys(CHECKS, OK)
        (probe,) = map(read_attempt_id, stand.heard)
    assert probe is not None
    assert (probe.realm, probe.project == project_prefix(OURS)) == (Realm.SANDBOX, False)


# ── the key ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o604, 0o644])
def test_a_key_file_is_read_and_its_mode_told_and_left(tmp_path: Path, mode: int) -> None:
    """Whoever else may read it is found out; nothing is mended here."""
    file = tmp_path / "callback.key"
    file.write_text(f"{TEAM_KEY.reveal()}\n")
    file.chmod(mode)
    seen = see_key(None, file, shown="callback.key")
    assert (seen.key, seen.sight.open_to_others) == (KEY, mode & 0o077 != 0)
    assert file.stat().st_mode & 0o777 == mode


def test_what_is_no_key_file_is_said(tmp_path: Path) -> None:
    """A link, a folder and a short text hold no key; a file that is not there is made when it is needed, not now."""
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    (tmp_path / "short").write_text("short")
    spoilt = {name: see_key(None, tmp_path / name, shown=name) for name in ("link", "folder", "short")}
    assert [(seen.key, seen.sight.exists, seen.sight.fault != "") for seen in spoilt.values()] == [
        (None, True, True)
    ] * 3
    missing = see_key(None, tmp_path / "missing", shown="missing")
    assert (missing.key, missing.sight.exists, missing.sight.fault) == (None, False, "")
    assert not (tmp_path / "missing").exists()


def test_a_key_of_the_environment_comes_first(tmp_path: Path) -> None:
    """As for apply: the file is not even looked at. One that could be guessed is refused, and not shown."""
    seen = see_key(TEAM_KEY, tmp_path / "missing", shown="missing")
    assert (seen.key, seen.sight.from_environment) == (KEY, True)
    short = see_key(Secret("guess me"), tmp_path / "missing", shown="missing")
    assert (short.key, "guess me" in short.sight.fault, short.sight.fault != "") == (None, False, True)


# ── the way round ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
async def test_a_callback_of_our_own_comes_in_where_apply_would_listen(project: Path) -> None:
    """With a public URL that leads to --listen, it is seen to arrive; the port is free again afterwards."""
    url = await unused_url()
    listen = ("127.0.0.1", int(url.rpartition(":")[2]))
    for _ in range(2):
        assert await states_of(project, public_url=url, listen=listen) == {"receiver": SKIPPED, "public URL": OK}


@pytest.mark.anyio
async def test_a_public_url_that_leads_elsewhere_is_found_out(project: Path) -> None:
    """Somebody who answers 200 to everything is not us."""
    async with a_gateway({}, otherwise=reply(200)) as other:
        found = await looked(examined(project, callback_key=TEAM_KEY, public_url=other.url, seconds=0.5))
    assert (found["public URL"].state, "somebody else took it" in found["public URL"].said) == (FAIL, True)


@pytest.mark.anyio
async def test_a_port_that_is_taken_is_said(project: Path, tmp_path: Path) -> None:
    """Where another process listens already, the finding says so and names the address."""
    async with a_stand(tmp_path) as stand:
        port = int(stand.url.rpartition(":")[2])
        found = await looked(examined(project, public_url="https://film.example", listen=("127.0.0.1", port)))
    assert found["public URL"].state is FAIL
    assert f"nothing can listen at 127.0.0.1:{port}" in found["public URL"].said


@pytest.mark.anyio
async def test_a_serve_of_the_project_sees_the_callback(project: Path, tmp_path: Path) -> None:
    """Where `serve` runs in the project, its feed tells whether its public URL leads to it."""
    state = Workplace(root=project, realm=Realm.PAID).receiver_state
    async with a_stand(tmp_path) as stand:
        with served(state, stand):
            found = await looked(examined(project, callback_key=TEAM_KEY, sandbox=True, seconds=2.0))
    assert {name: found[name].state for name in ("serve", "receiver", "public URL")} == {
        "serve": OK, "receiver": SKIPPED, "public URL": OK,
    }  # fmt: skip
    assert len(stand.heard) == 1
