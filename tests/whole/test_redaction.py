"""What may be shown: keys, bearers, callback capabilities and URL signatures never; everything else unchanged."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.redaction import redact
from seedance_spec.secret import Secret

CANARY = st.text("abcdefghijklmnopqrstuvwxyzABCDEF0123456789", min_size=8, max_size=40).map(lambda text: f"Q7{text}")

PLACES = [
    "sk-{}",
    "key=sk-{}, next",
    "Authorization: Bearer {}",
    '{{"authorization": "bearer {}"}}',
    "Basic {}",
    "https://easyrouter.io/v1/callback/{}",
    "the url https://film.example/v1/input/{} could not be accessed",
    "POST /v1/callback/{} HTTP/1.1",
    "https://h.example/x.mp4?X-Tos-Signature={}&a=1",
    "https://h.example/x.mp4?a=1&x-tos-security-token={}",
    "https://h.example/x.mp4%3FX-Amz-Signature%3D{}",
    "https://h.example/x?Signature={}",
    "https://blob.example/x?sv=2024&sig={}",
    "https://me:{}@h.example/x",
    '<a href="https://h.example/?token={}">',
]


@pytest.mark.parametrize("place", PLACES)
@given(secret=CANARY)
def test_no_secret_survives_wherever_it_stands(place: str, secret: str) -> None:
    """A secret in any of its usual places is not in the text that is shown."""
    assert secret not in redact(f"before {place.format(secret)} after")


@given(secret=CANARY, around=st.text(max_size=20))
def test_a_known_secret_is_hidden_whatever_it_looks_like(secret: str, around: str) -> None:
    """A value that is known to be secret never stays, even without a telling prefix."""
    assert secret not in redact(f"{around} {secret}{around}", [secret])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://h.example/x.mp4?X-Tos-Date=20261124&a=1", "https://h.example/x.mp4?X-Tos-Date=…&a=1"),
        ("curl -H 'Authorization: Bearer sk-canary' x", "curl -H 'Authorization: Bearer …' x"),
        ("the ring bearer walks to the desk-lamp, 5 risk-free steps", None),
        ("specs/reel.yaml:3:5: unknown ratio 16x9 (task_jEctEHDF1vefS2L3HND2JnzXPslnAYby)", None),
        ("GET /v1/videos/task_abc/content?x=1", None),
    ],
)
def test_what_is_not_secret_stays(text: str, shown: str | None) -> None:
    """Only the secret part is replaced: a message stays a message."""
    assert redact(text) == (text if shown is None else shown)


@given(text=st.text(max_size=200))
def test_redacting_twice_changes_nothing(text: str) -> None:
    """What was redacted once is stable."""
    assert redact(redact(text)) == redact(text)


def test_a_secret_shows_itself_only_when_asked() -> None:
    """No way of printing, formatting, copying or storing gives its text away; `reveal` does."""
    secret = Secret("sk-canary")

    assert [str(secret), repr(secret), f"{secret}", f"{secret:>9}", repr([secret])] == [
        *["Secret(…)"] * 4,
        "[Secret(…)]",
    ]
    assert (secret, hash(secret)) == (Secret("sk-canary"), hash(Secret("sk-canary")))
    assert secret != Secret("sk-other")
    assert secret.reveal() == "sk-canary"


@pytest.mark.parametrize("store", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_cannot_be_stored(store: object) -> None:
    """Pickling or copying a secret is refused."""
    assert callable(store)
    with pytest.raises(TypeError, match="secret"):
        store(Secret("sk-canary"))
