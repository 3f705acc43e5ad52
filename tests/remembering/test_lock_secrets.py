"""Nothing secret reaches a lockfile; nothing of the author's is refused for looking like it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.content_hash import canonical_request, display_request
from seedance_spec.lockfile.facts import AttemptFact, Estimate, Label, Reporter
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.secrets import SecretInLockError, scrub
from seedance_spec.lockfile.text import parse_lock, render_lock
from seedance_spec.model.shot import UrlSource
from tests.support.facts import a_report, a_request, an_attempt, an_image, some

SIGNED = "https://user:canary@cdn.example.com/cat.jpg?X-Tos-Signature=canary"


@pytest.mark.parametrize(
    "fact",
    [
        an_attempt(task_id="sk-canary"),
        an_attempt(run="Bearer canary"),
        an_attempt(upstream_ids=(SIGNED,)),
        an_attempt(made_from=("https://h/a.mp4?token=canary",)),
        an_attempt(estimate=Estimate(usd=1.5, tokens=1, table="https://user:canary@h/prices")),
        an_attempt(request=canonical_request(a_request(inputs=(an_image(UrlSource(url=SIGNED)),)))),
        an_attempt(request={"inputs": [{"source": {"host": "h", "path": "/a?token=canary"}}]}),
    ],
)
def test_a_fact_that_shows_a_secret_is_not_written(fact: AttemptFact) -> None:
    """A key, a bearer, a URL with query or password in our own fields is a mistake of the program, told at once."""
    with pytest.raises(SecretInLockError, match="attempt a1"):
        render_lock(Facts.of(fact))


@pytest.mark.parametrize("field", ["model_served", "service_tier", "error_class", "error_code", "error_message"])
@pytest.mark.parametrize(
    "words",
    [
        "key sk-canary is bad",
        "Authorization: Bearer canary",
        f"cannot read {SIGNED}",
        "https://h/v1/callback/canary.canary",
        "https://h/v1/input/canary.canary",
        "X-Amz-Signature=canary",
    ],
)
def test_others_words_are_written_without_their_secrets(field: str, words: str) -> None:
    """What gateway and upstream say never keeps a fact from being written: it is scrubbed instead."""
    text = render_lock(Facts.of(an_attempt(reports={Reporter.GATEWAY: a_report(**{field: words})})))

    assert "canary" not in text
    assert json.loads(text)["reports"]["gateway"][field].endswith(("…", "… is bad"))


def test_the_authors_own_words_are_never_refused() -> None:
    """A prompt, a label or a path may speak of bearers and boards: they stand in the spec files beside it."""
    prompt = "The ring bearer rides a sk-8 board past https://example.com/?q=1"
    source = UrlSource(url="https://example.com/sk-8/@bearer one/https://x/cat.jpg?X-Tos-Signature=canary")
    request = display_request(a_request(prompt=prompt, inputs=(an_image(source),)))
    fact = an_attempt(request=request, label=Label(shot="ep1/sk-8", tags=("Bearer of rings",)))

    text = render_lock(Facts.of(fact))

    assert "canary" not in text
    assert parse_lock(text, "lock")[0] == Facts.of(fact)


@some
@given(words=st.lists(st.sampled_from(["sk-", "canary", "Bearer ", "https://", "@", "?", "/", " ", "X-Tos-A=", "…"])))
def test_scrubbing_leaves_nothing_that_the_guard_refuses(words: list[str]) -> None:
    """Scrubbed words can always be written, and scrubbing twice is scrubbing once."""
    scrubbed = scrub("".join(words))

    assert scrub(scrubbed) == scrubbed
    render_lock(Facts.of(an_attempt(reports={Reporter.CALLBACK: a_report(error_message="".join(words))})))


@pytest.mark.parametrize("words", ["", "The task failed: desk-lamp", "see https://docs.example.com/errors"])
def test_harmless_words_stay_as_they_are(words: str) -> None:
    """A message without a secret is kept to the letter."""
    assert scrub(words) == words
