"""What whoever is notified gets to read: GitHub's dispatch and Standard Webhooks, to the byte, and nothing secret."""

from __future__ import annotations

import json

import pytest

from seedance_spec import __version__
from seedance_spec.attempts.attempt_id import derived_project_id, project_prefix
from seedance_spec.realm import Realm
from seedance_spec.secret import Secret
from seedance_spec.webhook.notice import Notice, RunTold
from seedance_spec.webhook.notify_words import (
    GitHub,
    Post,
    SignedPost,
    github_repository,
    post_of,
    projects_of,
    signature,
    signing_key,
    split_target,
)

PROJECT = "ab" * 16
NOTICE = Notice(
    id="msg_1",
    target="github:studio/film",
    project=project_prefix(PROJECT),
    realm=Realm.PAID,
    runs=(RunTold(run="0011aabb", attempts=3, ended=3), RunTold(run="22334455", attempts=2, ended=1)),
    made_at=1_778_236_598.9,
)
PAYLOAD = {
    "version": 1,
    "id": "msg_1",
    "project": project_prefix(PROJECT),
    "realm": "paid",
    "complete": False,
    "runs": [
        {"run": "0011aabb", "attempts": 3, "ended": 3},
        {"run": "22334455", "attempts": 2, "ended": 1},
    ],
}
PLAIN = {"Content-Type": "application/json", "User-Agent": f"seedance-spec/{__version__}"}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def test_github_gets_a_repository_dispatch() -> None:
    """Its path, version and media type; the token in its header alone; ten keys are all that a payload may have."""
    post = post_of(NOTICE, GitHub(repository="studio/film", token=Secret("a-token")), now=0.0)

    assert post == Post(
        url="https://api.github.com/repos/studio/film/dispatches",
        body=_compact({"event_type": "seedance-collect", "client_payload": PAYLOAD}),
        headers={
            **PLAIN,
            "Accept": "application/vnd.github+json",
            "Authorization": "Bearer a-token",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    assert len(PAYLOAD) <= 10
    assert "a-token" not in repr(post)


def test_anybody_else_gets_a_signed_message() -> None:
    """The same facts in an envelope whose body never changes; id, time and signature in the headers of the standard."""
    key = signing_key(Secret(SECRET))
    hook = SignedPost(url="https://ci.example/hook", keys=(key,))
    first, again = (post_of(NOTICE, hook, now=now) for now in (5.5, 9.0))

    body = _compact({"type": "seedance.collect", "timestamp": "2026-05-08T10:36:38Z", "data": PAYLOAD})
    assert first == Post(
        url="https://ci.example/hook",
        body=body,
        headers={
            **PLAIN,
            "webhook-id": "msg_1",
            "webhook-timestamp": "5",
            "webhook-signature": signature(key, "msg_1", 5, body),
        },
    )
    assert (again.body, again.headers["webhook-id"]) == (first.body, "msg_1")
    assert again.headers["webhook-signature"] != first.headers["webhook-signature"]


def test_while_a_secret_is_changed_both_sign() -> None:
    """As the standard has it: signatures in one header, a blank between them, the newest first; no key is shown."""
    old, new = bytes(range(24)), bytes(range(24, 48))

    post = post_of(NOTICE, (hook := SignedPost(url="https://ci.example/hook", keys=(new, old))), now=5.0)

    signed = [signature(key, "msg_1", 5, post.body) for key in (new, old)]
    assert post.headers["webhook-signature"] == " ".join(signed)
    assert "keys" not in repr(hook)


def test_a_signature_is_that_of_the_standard() -> None:
    """The standard's published vector; with the prefix or without it is the same secret."""
    signed = signature(signing_key(Secret(SECRET)), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signing_key(Secret(SECRET.removeprefix("whsec_"))) == signing_key(Secret(SECRET))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("whsec_c2hvcnQ=", "24 to 64 random bytes"),
        ("not base64 at all!", "must be base64"),
        ("ümlaut", "must be base64"),
    ],
)
def test_a_secret_that_is_none_is_refused_without_repeating_it(text: str, said: str) -> None:
    """Too short, or not of the standard's form."""
    with pytest.raises(ValueError, match=said) as refusal:
        signing_key(Secret(text))

    assert text not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "repository"),
    [
        ("github:studio/film", "studio/film"),
        ("github:a-b/c.d_e-f", "a-b/c.d_e-f"),
        ("github:studio", None),
        ("github:studio/..", None),
        ("github:studio/film/x", None),
        ("github:studio/film?x", None),
        ("https://ci.example", None),
    ],
)
def test_a_repository_is_an_owner_and_a_name(text: str, repository: str | None) -> None:
    """Nothing in it can lead to another path of GitHub's API."""
    assert github_repository(text) == repository


def test_a_target_may_be_one_projects_own() -> None:
    """By its id, which names it paid and rehearsed, or by how attempt ids name it; an `=` further on is the URL's."""
    prefix = project_prefix(PROJECT)
    rehearsed = project_prefix(derived_project_id(PROJECT, realm=Realm.SANDBOX))

    assert split_target(f"{PROJECT}=github:studio/film") == (PROJECT, "github:studio/film")
    assert split_target("https://ci.example/a=b") == (None, "https://ci.example/a=b")
    assert projects_of(PROJECT) == {prefix, rehearsed}
    assert projects_of(prefix) == {prefix}
