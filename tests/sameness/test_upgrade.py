"""A new version of the content hash renders nothing again (D2): a picture's old name is found beside its new one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from seedance_spec.attempts.means import Stop
from seedance_spec.connection import Connection
from seedance_spec.content_hash import Hashing, content_hash
from seedance_spec.lockfile.aliases import new_aliases
from seedance_spec.lockfile.facts import AliasFact, AttemptFact, Fact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Film
from seedance_spec.pipeline import decide_plan, lockfile_of, read_specs
from seedance_spec.plan.change import Action, Plan
from seedance_spec.plan.decide import Options, Presence, decide
from seedance_spec.realm import Realm
from seedance_spec.rendering import Manner, carry_out
from seedance_spec.secret import Secret
from seedance_spec.workplace import Workplace
from tests.support.deciding import NOON, rows
from tests.support.editing import read, rendered
from tests.support.facts import digest
from tests.support.upgrading import UPGRADED, second_hash

FILM = {
    "reel.yaml": """\
version: 1
defaults: { model: dreamina-seedance-2-0 }
shots:
  exit: { prompt: out, inputs: [{ shot: hop, frame: last }] }
  moon: { prompt: a cat }
  hop: { prompt: hops, inputs: [{ video: { shot: moon } }] }
"""
}


def after(files: Mapping[str, str], hashing: Hashing) -> Film:
    """The film as a tool reads it that names pictures so."""
    return read(files, hash_of=hashing.content_hash)


def the_plan(film: Film, facts: tuple[Fact, ...], hashing: Hashing) -> Plan:
    stored = frozenset(digest(each.attempt_id) for each in facts if isinstance(each, AttemptFact))
    shown = {f"renders/{shot_id}.mp4": digest(shot_id) for shot_id in film.shots}
    options = Options(hashing=hashing)
    presence = Presence(stored=stored, published=shown)
    plan, complaints = decide(film, Facts.of(*facts), presence, realm=Realm.PAID, options=options)
    assert complaints == ()
    return plan


def test_an_upgrade_changes_nothing_in_the_plan() -> None:
    """Shots that were bought under version 1, chains among them, are unchanged under version 2."""
    bought = rendered(read(FILM))

    plan = the_plan(after(FILM, UPGRADED), bought, UPGRADED)

    assert rows(plan) == [(shot, 1, Action.UNCHANGED) for shot in ("reel/exit", "reel/moon", "reel/hop")]
    assert {change.content_hash[:3] for change in plan.changes} == {"v2:"}


def test_without_the_older_version_everything_would_be_bought_again() -> None:
    """The test bites: a tool that forgot version 1 finds nothing."""
    forgetful = Hashing(versions=(second_hash,))

    assert len(the_plan(after(FILM, forgetful), rendered(read(FILM)), forgetful).paid) == 3


def test_every_alias_leads_from_the_newest_hash_to_the_one_that_was_paid_for() -> None:
    """A child counts with its parent's hash of the same version: one alias per shot, and none is missing."""
    old, new = read(FILM), after(FILM, UPGRADED)

    assert new_aliases(Facts(), new.shots, UPGRADED) == tuple(
        AliasFact(content_hash=second_hash(new.shots[each].request), stands_for=content_hash(old.shots[each].request))
        for each in old.shots
    )


def test_an_edit_after_an_upgrade_is_said_as_ever() -> None:
    """Only what changed is a cause: a parent is the same under each of its hashes."""
    edited = {"reel.yaml": FILM["reel.yaml"].replace("hops", "hops twice")}

    plan = the_plan(after(edited, UPGRADED), rendered(read(FILM)), UPGRADED)

    assert [(change.shot_id, change.action, [cause.field for cause in change.causes]) for change in plan.changes] == [
        ("reel/exit", Action.RERENDER, ["parent"]),
        ("reel/moon", Action.UNCHANGED, []),
        ("reel/hop", Action.RERENDER, ["prompt"]),
    ]


def test_a_rename_after_an_upgrade_is_free() -> None:
    """The label of the old name is found by the old hash, the shot by the new one."""
    moved = {"reel.yaml": FILM["reel.yaml"].replace("exit:", "leave:")}

    plan = the_plan(after(moved, UPGRADED), rendered(read(FILM)), UPGRADED)

    assert plan.paid == ()
    assert rows(plan)[0] == ("reel/leave", 1, Action.RENAMED)


def test_a_tool_that_knows_version_1_alone_refuses_to_pay_after_an_upgrade() -> None:
    """The aliases themselves tell it."""
    film = read(FILM)
    facts = Facts.of(*rendered(film), *new_aliases(Facts(), after(FILM, UPGRADED).shots, UPGRADED))

    _, complaints = decide(film, facts, Presence(), realm=Realm.PAID, options=Options())

    assert [each.code for each in complaints] == ["newer-hash-version"]


@pytest.mark.anyio
async def test_an_apply_after_an_upgrade_writes_the_aliases_and_posts_nothing(tmp_path: Path) -> None:
    """Real files, and a gateway that nobody reaches: 0 POSTs, one alias per shot, and the next apply adds none."""
    workplace = a_bought_project(tmp_path)

    for expected in (3, 0):
        film = read_specs(tmp_path, hashing=UPGRADED).film
        decision = decide_plan(film, workplace, Options(now=float(NOON), hashing=UPGRADED))
        assert (decision.diagnostics, decision.plan.paid, len(decision.aliases)) == ((), (), expected)
        nowhere = Connection(base_url="http://127.0.0.1:9", key=Secret("a-key"))
        await carry_out(decision, workplace, nowhere, manner=Manner(jobs=2), tell=lambda _: None, stop=Stop())

    kinds = [json.loads(line)["kind"] for line in workplace.lockfile.read_text().splitlines()]
    assert kinds == ["alias"] * 3 + ["attempt"] * 3 + ["project"]


def a_bought_project(root: Path) -> Workplace:
    """A project on the disk whose three shots were bought by version 1, clips in the store."""
    (root / "specs").mkdir()
    (root / "specs/reel.yaml").write_text(FILM["reel.yaml"])
    workplace = Workplace(root=root, realm=Realm.PAID)
    workplace.lockfile.parent.mkdir(exist_ok=True)
    lockfile_of(workplace).merge(Facts.of(*rendered(read_specs(root).film)))
    for shot_id in ("reel/exit", "reel/moon", "reel/hop"):
        path = workplace.store / digest(shot_id)[:2] / f"{digest(shot_id)}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(shot_id.encode())
    return workplace
