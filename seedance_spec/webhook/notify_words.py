"""What is said to whoever is notified, and how it is signed: GitHub's dispatch and Standard Webhooks. Pure."""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias, assert_never

from seedance_spec import __version__
from seedance_spec.attempts.attempt_id import derived_project_id, project_prefix
from seedance_spec.json_types import JsonObject
from seedance_spec.realm import Realm
from seedance_spec.secret import Secret
from seedance_spec.webhook.notice import Notice

VERSION = 1
EVENT_TYPE = "seedance-collect"
MESSAGE_TYPE = "seedance.collect"
GITHUB_API = "https://api.github.com"
GITHUB_API_VERSION = "2022-11-28"

SHORTEST_SECRET, LONGEST_SECRET = 24, 64
"""Bytes, as Standard Webhooks has it."""

_SECRET_PREFIX = "whsec_"  # noqa: S105 - what every such secret begins with
_GITHUB = re.compile(r"github:(?P<repository>[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100})")
_FOR_PROJECT = re.compile(r"(?P<project>[0-9a-f]{32}|[0-9a-f]{16})=(?P<target>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """A repository whose workflows hear of `repository_dispatch`."""

    repository: str
    token: Secret
    api: str = GITHUB_API


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPost:
    """Any address that checks a signature by Standard Webhooks. `keys` are what the secrets stand for, the newest
    first: while a secret is changed, whoever knows one of them can verify.
    """

    url: str
    keys: tuple[bytes, ...] = field(repr=False)


Provider: TypeAlias = GitHub | SignedPost


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Who is told of which projects. `name` is how the user wrote the target; no projects: all that nobody else has."""

    name: str
    provider: Provider
    projects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A request to be sent as it is. Its headers hold a secret or what was made with one."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(repr=False)


def split_target(text: str) -> tuple[str | None, str]:
    """`PROJECT=TARGET` or `TARGET` in its parts."""
    found = _FOR_PROJECT.fullmatch(text)
    return (found["project"], found["target"]) if found else (None, text)


def projects_of(project: str) -> frozenset[str]:
    """How the attempt ids of a project name it, paid and rehearsed, by its id or by how its attempt ids name it."""
    if len(project) == len(project_prefix("")):
        return frozenset({project})
    return frozenset({project_prefix(project), project_prefix(derived_project_id(project, realm=Realm.SANDBOX))})


def github_repository(target: str) -> str | None:
    """`owner/repo` of `github:owner/repo`, None for anything else."""
    found = _GITHUB.fullmatch(target)
    return found["repository"] if found else None


def signing_key(secret: Secret) -> bytes:
    """What a Standard Webhooks secret stands for. Raises ValueError, whose text holds nothing of it."""
    try:
        key = b64decode(secret.reveal().strip().removeprefix(_SECRET_PREFIX), validate=True)
    except (Base64Error, ValueError):
        raise ValueError("it must be base64, as whsec_… of Standard Webhooks") from None
    if not SHORTEST_SECRET <= len(key) <= LONGEST_SECRET:
        raise ValueError(f"it must stand for {SHORTEST_SECRET} to {LONGEST_SECRET} random bytes")
    return key


def wants(target: Target, project: str, everybody: frozenset[str]) -> bool:
    """Whether the target is told of a project; `everybody` are the projects that some target names."""
    return project in target.projects if target.projects else project not in everybody


def post_of(notice: Notice, provider: Provider, *, now: float) -> Post:
    """The request that delivers a notice. Sent again, it differs in nothing but time and signature."""
    match provider:
        case GitHub():
            return _dispatch(notice, provider)
        case SignedPost():
            return _signed(notice, provider, int(now))
        case _:
            assert_never(provider)


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """One of the values of `webhook-signature`, as Standard Webhooks has it."""
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode("ascii") + body, "sha256")
    return f"v1,{b64encode(signed).decode('ascii')}"


def message(notice: Notice) -> JsonObject:
    """What a notice says: which runs, how much of each; no task, no link, nothing of a prompt."""
    return {
        "version": VERSION,
        "id": notice.id,
        "project": notice.project,
        "realm": notice.realm.value,
        "complete": notice.is_complete,
        "runs": [{"run": run.run, "attempts": run.attempts, "ended": run.ended} for run in notice.runs],
    }


def _dispatch(notice: Notice, provider: GitHub) -> Post:
    body: JsonObject = {"event_type": EVENT_TYPE, "client_payload": message(notice)}
    return Post(
        url=f"{provider.api}/repos/{provider.repository}/dispatches",
        body=_json(body),
        headers={
            **_plain_headers(),
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {provider.token.reveal()}",
            "X-GitHub-Api-Version": GITHUB_API_VERSION,
        },
    )


def _signed(notice: Notice, provider: SignedPost, now: int) -> Post:
    made_at = datetime.fromtimestamp(int(notice.made_at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = _json({"type": MESSAGE_TYPE, "timestamp": made_at, "data": message(notice)})
    return Post(
        url=provider.url,
        body=body,
        headers={
            **_plain_headers(),
            "webhook-id": notice.id,
            "webhook-timestamp": str(now),
            "webhook-signature": " ".join(signature(key, notice.id, now, body) for key in provider.keys),
        },
    )


def _plain_headers() -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": f"seedance-spec/{__version__}"}


def _json(value: JsonObject) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")
