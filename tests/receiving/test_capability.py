"""A callback URL proves that we made it, for this attempt, with one of our keys; nothing else does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.attempt_id import imported_attempt_id, project_prefix
from seedance_spec.realm import Realm
from seedance_spec.webhook.capability import (
    attempt_of,
    callback_path,
    derive_key,
    is_long_dead,
    owner_token,
    project_of,
)
from tests.support.attempts import NOW, an_attempt_id

KEY, OTHER = derive_key("a key of the team's own"), derive_key("another key, quite long")
HOUR = 3600.0


def a_token(attempt_id: str | None = None, key: bytes = KEY) -> str:
    return callback_path(attempt_id or an_attempt_id(), key).rpartition("/")[2]


@given(st.integers(1, 2**60), st.sampled_from([(KEY,), (OTHER, KEY), (KEY, OTHER)]))
def test_our_own_url_names_its_attempt(nth: int, keys: tuple[bytes, ...]) -> None:
    """Whatever the attempt, its URL is recognised by the key that made it, whichever others there are."""
    assert attempt_of(a_token(an_attempt_id(nth)), keys) == an_attempt_id(nth)


@pytest.mark.parametrize("keys", [(), (OTHER,)])
def test_another_projects_key_recognises_nothing(keys: tuple[bytes, ...]) -> None:
    """A URL made with another key, or checked with none, is a stranger's."""
    assert attempt_of(a_token(), keys) is None


@given(st.data())
def test_no_change_of_one_character_is_overlooked(data: st.DataObject) -> None:
    """Every single character of attempt id and MAC counts."""
    token = a_token()
    at = data.draw(st.integers(0, len(token) - 1))
    instead = data.draw(st.sampled_from("abz27AZ09-_.").filter(lambda each: each != token[at]))

    assert attempt_of(token[:at] + instead + token[at + 1 :], [KEY]) is None


@given(st.text() | st.from_regex(r"[a-z2-7]{10,70}\.[A-Za-z0-9_-]{30,34}", fullmatch=True))
def test_no_text_is_taken_for_a_url_of_ours(token: str) -> None:
    """Anything that was not made with the key is nobody's, and never an error."""
    assert attempt_of(token, [KEY]) is None


def test_a_url_shows_nothing_but_opaque_characters() -> None:
    """The path holds the attempt id and 192 bits of MAC, and needs no escaping."""
    assert re.fullmatch(r"/v1/callback/[a-z2-7]{56}\.[A-Za-z0-9_-]{32}", callback_path(an_attempt_id(), KEY))


def test_the_url_is_frozen() -> None:
    """A receiver of any version recognises the URLs that a submitter of any version made."""
    assert derive_key("0123456789abcdef").hex() == "f0551f8d8e11cb5cc52311098776c8b64605b503baf55cf5ed118feb6bc37ec4"
    assert a_token("c" * 56, derive_key("0123456789abcdef")) == "c" * 56 + ".7jnprbj9CnKcMSyg4xYRtt39F5NyiBD3"


def test_white_space_around_a_key_does_not_count() -> None:
    """A key pasted with its line end is the same key."""
    assert derive_key("  0123456789abcdef\n") == derive_key("0123456789abcdef")


@pytest.mark.parametrize("short", ["", "   ", "secret", " 0123456789abcde "])
def test_a_key_that_could_be_guessed_is_refused(short: str) -> None:
    """Less than sixteen characters are no key."""
    with pytest.raises(ValueError, match="at least 16 characters"):
        derive_key(short)


@pytest.mark.parametrize(("age", "dead"), [(0, False), (95.9 * HOUR, False), (96.1 * HOUR, True), (-HOUR, False)])
def test_an_attempt_is_long_dead_after_96_hours(age: float, dead: bool) -> None:  # noqa: FBT001 - a row of a table
    """The upstream has 72 h at the most; a day later nobody has a reason to call."""
    assert is_long_dead(an_attempt_id(), NOW + age) is dead


def test_an_imported_task_is_never_waited_for() -> None:
    """No URL was ever given out for it."""
    assert is_long_dead(imported_attempt_id(task_id="task_1", realm=Realm.PAID), NOW)


def test_an_attempt_of_a_newer_version_is_not_taken_for_dead() -> None:
    """A receiver that cannot read the time of an id that its key vouches for accepts it."""
    assert not is_long_dead("z" * 56, NOW)


# ── the owner's token ───────────────────────────────────────────────────────────────────────────────────────────────

PROJECT, OTHER_PROJECT = project_prefix("ab" * 16), project_prefix("cd" * 16)


@pytest.mark.parametrize("keys", [(KEY,), (OTHER, KEY), (KEY, OTHER)])
def test_an_owners_token_names_its_project(keys: tuple[bytes, ...]) -> None:
    """Recognised by the key that made it, whichever others there are."""
    assert project_of(owner_token(PROJECT, KEY), keys) == PROJECT


@pytest.mark.parametrize("keys", [(), (OTHER,)])
def test_an_owners_token_of_another_key_names_nothing(keys: tuple[bytes, ...]) -> None:
    """A token made with another key, or checked with none, is a stranger's."""
    assert project_of(owner_token(PROJECT, KEY), keys) is None


def test_no_owner_makes_anothers_token_of_its_own() -> None:
    """The MAC is the project's: put behind another project's name it is nothing; nor is a callback's MAC."""
    mac = owner_token(PROJECT, KEY)[16:]

    assert project_of(OTHER_PROJECT + mac, [KEY]) is None
    assert project_of(f"{PROJECT}.{a_token().rpartition('.')[2]}", [KEY]) is None
    assert attempt_of(f"{an_attempt_id()}{mac}", [KEY]) is None


@given(st.data())
def test_no_change_of_an_owners_token_is_overlooked(data: st.DataObject) -> None:
    """Every single character of project and MAC counts."""
    token = owner_token(PROJECT, KEY)
    at = data.draw(st.integers(0, len(token) - 1))
    instead = data.draw(st.sampled_from("abf09AZ-_.").filter(lambda each: each != token[at]))

    assert project_of(token[:at] + instead + token[at + 1 :], [KEY]) is None


@given(st.text() | st.from_regex(r"[0-9a-f]{14,18}\.[A-Za-z0-9_-]{30,34}", fullmatch=True))
def test_no_text_is_taken_for_an_owners_token(token: str) -> None:
    """Anything that was not made with the key is nobody's, and never an error."""
    assert project_of(token, [KEY]) is None


def test_the_owners_token_is_frozen() -> None:
    """A receiver of any version recognises the tokens that a client of any version makes."""
    assert owner_token("ab" * 8, derive_key("0123456789abcdef")) == "abababababababab.Q4ycePJ8ZUeQCZZMLRyBerur9TB4F1Tk"
