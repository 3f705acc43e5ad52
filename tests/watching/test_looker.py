"""What one look finds: real specs, real files; what is broken is left alone, and a profile is never guessed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from seedance_spec.lockfile.facts import Label, Status
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from seedance_spec.realm import Realm
from seedance_spec.watch.happenings import Look
from seedance_spec.watch.looker import Looker, Sight
from seedance_spec.workplace import Workplace
from tests.support.facts import an_attempt
from tests.support.films import small_film
from tests.support.looking import a_looker

PROFILES = "profiles: { draft: { duration: 4 } }\n"


def write(root: Path, name: str, text: str) -> None:
    path = root / "specs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def look(looker: Looker) -> Sight:
    return asyncio.run(looker.look(Look()))


def bought(sight: Sight) -> list[str]:
    return [buy.shot_id for buy in sight.sheet.buys]


def test_the_profile_draft_is_taken_where_the_specs_have_it(tmp_path: Path) -> None:
    """Unless the user said otherwise."""
    write(tmp_path, "project.yaml", "version: 1\nname: film\n" + PROFILES)
    write(tmp_path, "reel.yaml", small_film(moon="A cat"))

    sights = [look(a_looker(tmp_path)), look(a_looker(tmp_path, drafts=False))]

    assert [(sight.plan.profile, bought(sight)) for sight in sights] == [
        ("draft", ["reel/moon"]),
        (None, ["reel/moon"]),
    ]


@pytest.mark.parametrize("name", ["project.yaml", "other.yaml"])
def test_nothing_is_bought_while_the_profile_cannot_be_known(tmp_path: Path, name: str) -> None:
    """A file that cannot be read may hold `draft`: other files' shots would be bought as finals. Mended, it decides."""
    head = "version: 1\nname: film\n" if name == "project.yaml" else small_film(owl="An owl")
    write(tmp_path, name, head + PROFILES + "vars: [")
    write(tmp_path, "reel.yaml", small_film(moon="A cat"))
    looker = a_looker(tmp_path)
    assert bought(look(looker)) == []

    write(tmp_path, name, head + PROFILES)

    sight = look(looker)
    assert (sight.plan.profile, "reel/moon" in bought(sight)) == ("draft", True)
    write(tmp_path, name, head + PROFILES + "vars: [")
    broken_again = look(looker)
    assert bought(broken_again) == []
    assert "unknown-profile" not in {each.code for each in broken_again.complaints}


def test_a_broken_file_without_a_word_of_drafts_leaves_the_others_alone(tmp_path: Path) -> None:
    """Its own shots wait, the others' are bought."""
    write(tmp_path, "other.yaml", small_film(owl="An owl") + "vars: [")
    write(tmp_path, "reel.yaml", small_film(moon="A cat"))

    assert bought(look(a_looker(tmp_path))) == ["reel/moon"]


def test_a_profile_that_left_the_specs_stops_all_buying(tmp_path: Path) -> None:
    """The session rendered drafts: without the profile nothing is bought as a final, and that is said."""
    write(tmp_path, "project.yaml", "version: 1\nname: film\n" + PROFILES)
    write(tmp_path, "reel.yaml", small_film(moon="A cat"))
    looker = a_looker(tmp_path)
    look(looker)

    write(tmp_path, "project.yaml", "version: 1\nname: film\n")

    sight = look(looker)
    assert (bought(sight), [each.code for each in sight.complaints]) == ([], ["unknown-profile"])


def test_specs_that_vanish_drop_no_shot(tmp_path: Path) -> None:
    """A folder that is being moved is no wish to drop all that is on record; what is said names the shots."""
    write(tmp_path, "reel.yaml", small_film(moon="A cat"))
    place = Workplace(root=tmp_path, realm=Realm.SANDBOX)
    fact = an_attempt(realm=Realm.SANDBOX, label=Label(shot="reel/moon"), status=Status.SUCCEEDED)
    LockFile(place.lockfile, root=tmp_path, write_lock=place.write_lock).merge(Facts.of(fact))
    looker = a_looker(tmp_path)
    assert bought(look(looker)) == ["reel/moon"]

    (tmp_path / "specs" / "reel.yaml").unlink()

    sheet = look(looker).sheet
    assert (sheet.free, sheet.refused) == (
        frozenset(),
        "the specs describe no shot, and 1 shot on record would be dropped",
    )


def test_nothing_is_bought_while_a_line_of_the_lockfile_cannot_be_read(tmp_path: Path) -> None:
    """It may be the one that says what is paid for already."""
    write(tmp_path, "reel.yaml", small_film(moon="A cat"))
    place = Workplace(root=tmp_path, realm=Realm.SANDBOX)
    place.lockfile.parent.mkdir(parents=True, exist_ok=True)
    place.lockfile.write_text('{"kind":"attempt","key":\n', encoding="utf-8")
    looker = a_looker(tmp_path)
    assert bought(look(looker)) == []

    place.lockfile.unlink()

    assert bought(look(looker)) == ["reel/moon"]


def test_specs_that_were_moved_into_a_folder_of_specs_buy_nothing(tmp_path: Path) -> None:
    """`mv` into a specs/ that is there already nests it: the same shots under other names are no wish to buy them."""
    write(tmp_path, "moved/project.yaml", "version: 1\nname: film\n")
    write(tmp_path, "moved/reel.yaml", small_film(moon="A cat"))
    write(tmp_path, "other.yaml", small_film(owl="An owl"))

    assert bought(look(a_looker(tmp_path))) == []
