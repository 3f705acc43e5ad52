"""An attempt id says where it belongs, fits everywhere, and is read the same by every version to come."""

from __future__ import annotations

import re
from base64 import b32decode, b32encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.attempt_id import (
    AttemptIdParts,
    hash_prefix,
    imported_attempt_id,
    mint,
    new_project_id,
    new_run_id,
    project_prefix,
    read_attempt_id,
)
from seedance_spec.realm import Realm
from tests.support.attempts import an_attempt_id

made = st.fixed_dictionaries(
    {
        "realm": st.sampled_from(Realm),
        "project_id": st.text(max_size=40),
        "run": st.binary(min_size=4, max_size=4).map(new_run_id),
        "content_hash": st.text(max_size=80),
        "take": st.integers(1, 65535),
        "now": st.floats(0, 2**32 - 1),
        "random": st.binary(min_size=10, max_size=16),
    }
)


@given(made)
def test_what_is_put_in_is_read_out(parts: dict[str, Any]) -> None:
    """Realm, project, run, content, take and time come back as they were minted."""
    assert read_attempt_id(mint(**parts)) == AttemptIdParts(
        realm=parts["realm"],
        imported=False,
        project=project_prefix(parts["project_id"]),
        run=parts["run"],
        content=hash_prefix(parts["content_hash"]),
        take=parts["take"],
        minted_at=int(parts["now"]),
    )


@given(made)
def test_an_id_fits_files_urls_and_yaml(parts: dict[str, Any]) -> None:
    """56 characters of a–z and 2–7, the first one a letter: no file system, URL or YAML reader takes it for else."""
    assert re.fullmatch(r"[cd][a-z2-7]{55}", mint(**parts))


@given(st.text() | st.from_regex(r"[a-z2-7]{56}", fullmatch=True))
def test_any_text_is_an_id_or_none(text: str) -> None:
    """Reading never raises, and what it reads has one spelling only."""
    parts = read_attempt_id(text)

    assert parts is None or re.fullmatch(r"[cd][a-z2-7]{55}", text)


@pytest.mark.parametrize("spoilt", ["", "moon-walk", "1", "x" * 56, "c" * 55, "c" * 57, "C" * 56, "c" * 55 + "\n"])
def test_what_is_no_id_is_none(spoilt: str) -> None:
    """A take's number, a shot's name, a truncated or a shouted id is no attempt id."""
    assert read_attempt_id(spoilt) is None


@pytest.mark.parametrize("head", [0x00, 0x11, 0x12, 0x20, 0xF0])
def test_an_id_of_another_version_is_none(head: int) -> None:
    """A layout that this version does not know is not read as if it were its own."""
    raw = bytes([head]) + b32decode(an_attempt_id().upper())[1:]

    assert read_attempt_id(b32encode(raw).decode().lower()) is None


def test_the_format_is_frozen() -> None:
    """These ids mean the same for ever: they stand in lockfiles and in URLs that the upstream calls."""
    minted = mint(
        realm=Realm.PAID,
        project_id="ab" * 16,
        run="0011aabb",
        content_hash="v1:" + "f" * 64,
        take=3,
        now=1_800_000_000.9,
        random=bytes(range(10)),
    )

    assert minted == "cdv36fbiooalrsyacgvlwnaq7puytjyaanvutuqaaaaqeayeaudaocaj"
    assert (
        imported_attempt_id(task_id="task_abc123", realm=Realm.PAID)
        == "ctdl3obgfbi4mwdq3cymv5wnf3haaq6nsbewahn3rnbey6t5ff4dep6v"
    )
    assert (project_prefix("ab" * 16), hash_prefix("v1:" + "f" * 64)) == ("ebbf14287380b8cb", "3410fbe989a7")


@given(st.text(), st.sampled_from(Realm))
def test_an_imported_task_has_one_id_in_every_clone(task_id: str, realm: Realm) -> None:
    """The id of an imported task depends on the task id and the realm alone, and says that it is imported."""
    once, again = (imported_attempt_id(task_id=task_id, realm=realm) for _ in range(2))

    assert once == again
    assert read_attempt_id(once) == AttemptIdParts(realm=realm, imported=True)


def test_two_attempts_at_one_take_differ() -> None:
    """Nothing but chance tells two attempts of one run at one take apart, and it does."""
    assert an_attempt_id(1) != an_attempt_id(2)


@pytest.mark.parametrize(
    "wrong",
    [{"run": "run-1"}, {"take": 0}, {"take": 65536}, {"now": -1.0}, {"now": 2.0**32}, {"random": b"short"}],
    ids=str,
)
def test_what_does_not_fit_is_refused_when_minted(wrong: dict[str, Any]) -> None:
    """A value that has no place in the layout is an error before anything is claimed."""
    with pytest.raises(ValueError, match=r"run id|take|time|random bytes"):
        an_attempt_id(**wrong)


@pytest.mark.parametrize("new", [new_project_id, new_run_id])
def test_ids_need_enough_chance(new: Any) -> None:
    """A project or run id is not made of fewer random bytes than it shows."""
    with pytest.raises(ValueError, match="random bytes are needed"):
        new(b"abc")
