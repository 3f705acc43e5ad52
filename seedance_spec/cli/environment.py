"""Every variable that may change what a verb says, as it stands. Light: `cli.settings` gives them their meaning."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECRETS = (
    "EASYROUTER_API_KEY",
    "SEEDANCE_CALLBACK_KEY",
    "SEEDANCE_CALLBACK_KEY_PREVIOUS",
    "SEEDANCE_NOTIFY_SECRET",
    "SEEDANCE_NOTIFY_SECRET_PREVIOUS",
    "GITHUB_TOKEN",
)
_PREFIXES = ("SEEDANCE_", "EASYROUTER_", "GITHUB_")
_NAMES = ("NO_COLOR", "TERM", "COLUMNS", "CI", "LISTEN_FDS", "LISTEN_PID")


def standing(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """`NAME=text` of each, sorted. Of a secret only whether it could be one: its text goes nowhere."""
    for name in sorted(environ):
        if name in SECRETS:
            yield f"{name}{_kind(environ[name].strip())}"
        elif name in _NAMES or name.startswith(_PREFIXES):
            yield f"{name}={environ[name]}"


def _kind(secret: str) -> str:
    plain = secret.isascii() and secret.isprintable() and " " not in secret
    return "" if not secret else " is given" if plain else " is malformed"
