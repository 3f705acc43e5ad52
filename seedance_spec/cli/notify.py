"""`serve --notify`: whom to tell that there is something to collect, with which secret. Nothing is sent from here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from seedance_spec.cli.arguments import number
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.settings import Settings, checked_url
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.secret import Secret
    from seedance_spec.webhook.notice import Pace
    from seedance_spec.webhook.notify_words import Provider, Target

_GITHUB = "github:"
_seconds = partial(number, smallest=0.05)
_HOW_TO_MAKE_ONE = (
    "make one: python3 -c 'import base64, secrets;"
    ' print("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())\''
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifying:
    """Whom a standing receiver tells, when, and by which proxy an address is reached (None: directly)."""

    targets: tuple[Target, ...]
    pace: Pace
    proxy_for: Callable[[str], str | None]


def add_notify_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--notify",
        metavar="[PROJECT=]TARGET",
        action="append",
        default=[],
        help="tell CI when to collect: github:OWNER/REPO (GITHUB_TOKEN) or https://… (SEEDANCE_NOTIFY_SECRET);"
        " with a project's id only of it; repeatable",
    )
    parser.add_argument(
        "--notify-quiet",
        metavar="SECONDS",
        type=_seconds,
        default=30.0,
        help="tell once all attempts heard of a run have ended and nothing new came for so long (default 30)",
    )
    parser.add_argument(
        "--notify-deadline",
        metavar="SECONDS",
        type=_seconds,
        default=900.0,
        help="tell anyway when news is so old (default 900)",
    )


def notifying_of(args: Namespace, settings: Settings) -> Notifying | None:
    """What the flags ask for, None where nobody is to be told. Raises StopError (64)."""
    if not args.notify:
        return None
    from seedance_spec.webhook.notice import Pace

    targets = _targets(args.notify, settings)
    return Notifying(
        targets=targets,
        pace=Pace(quiet=args.notify_quiet, deadline=max(args.notify_quiet, args.notify_deadline)),
        proxy_for=_proxy_for,
    )


def _targets(given: Sequence[str], settings: Settings) -> tuple[Target, ...]:
    """One for each that is named, with all its projects."""
    from seedance_spec.webhook.notify_words import Target, projects_of, split_target

    named: dict[str, set[str | None]] = {}
    for text in given:
        project, target = split_target(text)
        named.setdefault(target, set()).add(project)
    targets = []
    for name, projects in named.items():
        only = frozenset(each for project in projects if project is not None for each in projects_of(project))
        if only and None in projects:
            said = f"--notify {_shown(name)} is given for one project and for all"
            raise StopError(ExitCode.USAGE, said, hint="give it once, with or without PROJECT=")
        targets.append(Target(name=name, provider=_provider(name, settings), projects=only))
    return tuple(targets)


def _provider(name: str, settings: Settings) -> Provider:
    from seedance_spec.webhook.notify_words import GITHUB_API, GitHub, SignedPost, github_repository

    if name.startswith(_GITHUB):
        repository = github_repository(name)
        if repository is None:
            said = f"--notify {_shown(name)} names no repository"
            raise StopError(ExitCode.USAGE, said, hint="--notify github:OWNER/REPO")
        token = _required(settings.github_token, "GITHUB_TOKEN", "a fine-grained token of this one repository")
        api = checked_url(settings.github_api, "GITHUB_API_URL", loopback_only=True) if settings.github_api else None
        return GitHub(repository=repository, token=token, api=api or GITHUB_API)
    url = checked_url(name, "--notify", loopback_only=True)
    secret = _required(settings.notify_secret, "SEEDANCE_NOTIFY_SECRET", _HOW_TO_MAKE_ONE)
    keys = [_signing_key(secret, "SEEDANCE_NOTIFY_SECRET")]
    if settings.previous_notify_secret is not None:
        keys.append(_signing_key(settings.previous_notify_secret, "SEEDANCE_NOTIFY_SECRET_PREVIOUS"))
    return SignedPost(url=url, keys=tuple(keys))


def _signing_key(secret: Secret, variable: str) -> bytes:
    from seedance_spec.webhook.notify_words import signing_key

    try:
        return signing_key(secret)
    except ValueError as error:
        raise StopError(ExitCode.USAGE, f"{variable}: {error}", hint=_HOW_TO_MAKE_ONE) from None


def _required(secret: Secret | None, name: str, hint: str) -> Secret:
    if secret is None:
        raise StopError(ExitCode.USAGE, f"--notify needs {name} in the environment", hint=hint)
    return secret


def _shown(name: str) -> str:
    """The target as it was typed, without what may be secret in it."""
    from seedance_spec.redaction import redact

    return redact(name)


def _proxy_for(url: str) -> str | None:
    """The environment's proxy for a URL; none for this machine itself."""
    from seedance_spec.gateway.address import is_loopback_host
    from seedance_spec.gateway.network import environment_proxy

    return None if is_loopback_host(urlsplit(url).hostname or "") else environment_proxy(url)
