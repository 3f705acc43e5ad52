"""How `doctor` looks: real disk, real git, real HTTP on loopback; it pays nothing, mends nothing and leaves nothing."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_spec.doctor.finding import State, Trouble
from seedance_spec.doctor.looking.machine import see_disk
from seedance_spec.doctor.looking.project import see_git, see_renders
from seedance_spec.doctor.project import GitSight
from seedance_spec.gateway.account import AccountRoute
from seedance_spec.secret import Secret
from tests.support.doctoring import (
    LOG,
    NOW,
    STALL,
    a_gateway,
    a_project,
    examined,
    files_of,
    git,
    looked,
    reply,
    shape_a,
    well,
    with_key,
)
from tests.support.speaking import KEY, unused_url

OK, WARN, FAIL, SKIPPED = State.OK, State.WARN, State.FAIL, State.SKIPPED
GATEWAY_CHECKS = ("gateway", "key", "models", "balance", "version", "clock", "billing log")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return a_project(tmp_path / "film")


# ── the gateway ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
async def test_a_gateway_is_asked_by_get_alone_once_each(project: Path) -> None:
    """Five free routes, each asked once with the key, none by POST, none about a task of ours."""
    async with a_gateway(well()) as gateway:
        found = await looked(examined(project, gateway=with_key(gateway.url)))
    assert {name: found[name].state for name in GATEWAY_CHECKS} == dict.fromkeys(GATEWAY_CHECKS, OK)
    assert sorted((each.method, each.target) for each in gateway.heard) == sorted(
        ("GET", target) for target in (*AccountRoute, LOG)
    )
    assert {each.headers["authorization"] for each in gateway.heard} == {f"Bearer {KEY}"}


@pytest.mark.anyio
async def test_what_the_gateway_says_is_told_without_the_key(project: Path) -> None:
    """A gateway that repeats the key, plainly or in JSON's own spelling, makes nobody say it."""
    key = "canary-of-no-known-form"
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in key)
    body = json.dumps(shape_a("Invalid token PLAIN or SPELLED")).replace("PLAIN", key).replace("SPELLED", spelled)
    async with a_gateway({**well(), AccountRoute.NO_TASK: reply(401, body.encode())}) as gateway:
        found = await looked(examined(project, gateway=replace(with_key(gateway.url), key=Secret(key))))
    assert (found["key"].state, found["key"].said.count("***"), key in found["key"].said) == (FAIL, 2, False)


@pytest.mark.anyio
async def test_an_answer_that_does_not_come_is_not_waited_for(project: Path) -> None:
    """Each route has its own deadline: what the others say is told all the same."""
    answers = {**well(), AccountRoute.LIMIT: STALL, LOG: STALL}
    async with asyncio.timeout(10), a_gateway(answers) as gateway:
        found = await looked(examined(project, gateway=with_key(gateway.url), seconds=0.2))
    assert {name: found[name].state for name in ("key", "models", "balance", "billing log")} == {
        "key": OK, "models": OK, "balance": SKIPPED, "billing log": SKIPPED,
    }  # fmt: skip


@pytest.mark.anyio
async def test_a_gateway_that_hangs_or_is_not_there_is_said(project: Path) -> None:
    """One that never answers and an address at which nobody listens both need the user."""
    async with asyncio.timeout(10), a_gateway({AccountRoute.NO_TASK: STALL}) as gateway:
        hangs = await looked(examined(project, gateway=with_key(gateway.url), seconds=0.2))
    nobody = await looked(examined(project, gateway=with_key(await unused_url())))
    assert [hangs["gateway"].state, nobody["gateway"].state] == [FAIL, FAIL]
    assert "no answer within 0.2 s" in hangs["gateway"].said


@pytest.mark.anyio
async def test_a_key_that_fits_no_header_is_said(project: Path) -> None:
    """Nothing is sent with it, and it is not shown."""
    async with a_gateway(well()) as gateway:
        reach = replace(with_key(gateway.url), key=Secret("sk canary"))
        found = await looked(examined(project, gateway=reach))
    assert (found["gateway"].state, gateway.heard, "sk canary" in found["gateway"].said) == (FAIL, [], False)


@pytest.mark.anyio
async def test_the_clock_is_compared_with_the_gateways(project: Path) -> None:
    """A gateway whose Date is an hour behind shows that this machine is ahead."""
    async with a_gateway(well(now=NOW - 3600)) as gateway:
        found = await looked(examined(project, gateway=with_key(gateway.url)))
    assert (found["clock"].state, "ahead of the gateway" in found["clock"].said) == (FAIL, True)


@pytest.mark.anyio
async def test_the_models_of_the_specs_are_the_ones_looked_for(project: Path) -> None:
    """A key that is told other models is warned about the one that the specs name."""
    async with a_gateway(well(models=["dreamina-seedance-2-0-fast"])) as gateway:
        found = await looked(examined(project, gateway=with_key(gateway.url)))
    assert (found["models"].state, found["models"].said) == (WARN, "not listed for this key: dreamina-seedance-2-0")


# ── disk and folders ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trial_of_the_disk_leaves_nothing(tmp_path: Path) -> None:
    """A file is written, locked, fsynced and renamed, timed by the clock that is given, and gone."""
    ticks = iter([10.0, 10.25])
    seen = see_disk(tmp_path, shown="here", now=lambda: next(ticks))
    assert (seen.fault, seen.fsync_seconds, files_of(tmp_path)) == ("", 0.25, {})
    assert seen.free


def test_a_folder_that_takes_no_file_is_a_fault(tmp_path: Path) -> None:
    """What the system says is what is said."""
    seen = see_disk(tmp_path / "gone", shown="here", now=lambda: 0.0)
    assert seen.fault == "No such file or directory"


def test_a_trial_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refuses to rename keeps no trial file."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", refuse)
    seen = see_disk(tmp_path, shown="here", now=lambda: 0.0)
    assert (seen.fault, files_of(tmp_path)) == ("No space left on device", {})


def test_renders_behind_a_link_is_a_fault(project: Path, tmp_path: Path) -> None:
    """A link or a file where renders/ must be is said; a missing one is none."""
    assert see_renders(project) == ""
    (project / "renders").symlink_to(tmp_path)
    assert "renders" in see_renders(project)
    (project / "renders").unlink()
    (project / "renders").write_text("a file")
    assert "renders" in see_renders(project)


def test_a_folder_that_may_not_be_written_is_a_fault(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """specs/ must be writable, for facts are kept there; the system's word is taken, since root may write anywhere."""
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path).name != "specs")
    assert see_renders(project) == "specs/ cannot be written"


# ── git ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def repository(project: Path) -> Path:
    git(project, "init", "--quiet")
    (project / "specs" / "seedance.lock").write_text("")
    (project / ".gitattributes").write_text("specs/seedance.lock merge=union\n")
    (project / ".gitignore").write_text(".seedance/\n.seedance-sandbox/\nspecs/seedance.sandbox.lock\n")
    (project / "renders").mkdir()
    (project / "renders" / ".gitignore").write_text("*\n!.gitignore\n")
    git(project, "add", ".")
    return project


def test_git_s_own_word_counts(repository: Path) -> None:
    """Attributes, ignore rules and index are asked of git itself, wherever they are written."""
    seen = see_git(repository)
    assert not isinstance(seen, Trouble)
    assert (seen.merge, seen.tracked) == ("union", frozenset({"specs/seedance.lock"}))
    assert seen.ignored == {".seedance/", ".seedance-sandbox/", "specs/seedance.sandbox.lock", "renders/"}


def test_a_committed_private_folder_is_seen_though_it_is_ignored(repository: Path) -> None:
    """What was added by force stays in the index."""
    (repository / ".seedance").mkdir()
    (repository / ".seedance" / "callback.key").write_text("sk-canary")
    git(repository, "add", "--force", ".seedance")
    seen = see_git(repository)
    assert not isinstance(seen, Trouble)
    assert seen.tracked == {"specs/seedance.lock", ".seedance/"}


def test_an_ignored_lockfile_is_seen(repository: Path) -> None:
    """An ignore rule over the lockfile is found, tracked or not."""
    with (repository / ".gitignore").open("a") as file:
        file.write("*.lock\n")
    seen = see_git(repository)
    assert not isinstance(seen, Trouble)
    assert "specs/seedance.lock" in seen.ignored


def test_a_repository_that_ignores_nothing_is_no_fault_of_git(project: Path) -> None:
    """No rule and no lockfile are answers too."""
    git(project, "init", "--quiet")
    assert see_git(project) == GitSight(
        merge="unspecified", lock_exists=False, ignored=frozenset(), tracked=frozenset()
    )


def test_a_folder_outside_git_is_no_fault(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is a machine without git."""
    assert see_git(project) == Trouble("the project is in no git work tree")
    monkeypatch.setenv("PATH", str(project))
    assert see_git(project) == Trouble("git is not installed here")


# ── the whole ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
async def test_looking_changes_no_file(repository: Path) -> None:
    """Not a byte, not a mode, not a new name: neither in the project nor in its .git, whatever is found."""
    key = repository / ".seedance" / "callback.key"
    key.parent.mkdir()
    key.write_text("a key of this project alone\n")
    key.chmod(0o644)
    before = files_of(repository)
    async with a_gateway(well()) as gateway:
        found = await looked(examined(repository, gateway=with_key(gateway.url), public_url=gateway.url, seconds=0.5))
    assert files_of(repository) == before
    assert {name: found[name].state for name in ("callback key", "public URL")} == {
        "callback key": FAIL, "public URL": FAIL,
    }  # fmt: skip


@pytest.mark.anyio
async def test_what_is_waited_for_is_told(project: Path) -> None:
    """Whoever shows progress hears what has begun and what is left, down to nothing."""
    from seedance_spec.doctor.looking.rounds import rounds

    heard: list[tuple[str, ...]] = []
    await rounds(examined(project), lambda names: heard.append(tuple(names)))
    assert (heard[-1], max(map(len, heard)) > 1) == ((), True)
    assert "the disk" in {name for names in heard for name in names}
