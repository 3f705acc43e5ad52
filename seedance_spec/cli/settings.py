"""What the environment says, read once, as values. No spec may reach these values (D10)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from seedance_spec.cli.environment import SECRETS
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError
from seedance_spec.secret import Secret

DEFAULT_BASE_URL = "https://easyrouter.io"

VARIABLES: Mapping[str, str] = {
    "EASYROUTER_API_KEY": "the key to pay with",
    "EASYROUTER_API_KEY_FILE": "a file that holds the key",
    "EASYROUTER_BASE_URL": f"the gateway (default {DEFAULT_BASE_URL})",
    "SEEDANCE_PUBLIC_URL": "where callbacks reach this machine",
    "SEEDANCE_RECEIVER": "the standing receiver (`serve`) that clones share",
    "SEEDANCE_CALLBACK_KEY": "what submitter and receiver share; else made in .seedance/",
    "SEEDANCE_CALLBACK_KEY_PREVIOUS": "the one before: its URLs still count at the receiver",
    "SEEDANCE_NOTIFY_SECRET": "what signs the messages of `serve --notify https://…` (whsec_…)",
    "SEEDANCE_NOTIFY_SECRET_PREVIOUS": "the one before: messages are signed with both",
    "GITHUB_TOKEN": "what `serve --notify github:…` may dispatch with; GITHUB_API_URL names another GitHub",
    "SEEDANCE_LINK_HOSTS": "more hosts that clips may be fetched from, as .example.com,cdn.example.net",
    "SEEDANCE_MAX_COST": "the most that one run may come to, US dollars; specs can only lower it",
    "SEEDANCE_MAX_COST_MONTH": "the same for a calendar month, with what the lockfile says was spent",
    "SEEDANCE_PRICES_FILE": "a file of prices outside the specs, which caps reckon with",
    "SEEDANCE_VAR_…": "a variable for the specs: SEEDANCE_VAR_hero sets ${hero}",
    "NO_COLOR": "set to anything: no colour",
}
"""Every variable that a person sets. (COLUMNS, TERM, CI, LISTEN_FDS and what a GitHub runner sets are read as well.)"""

_VARIABLE = "SEEDANCE_VAR_"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The environment as values. URLs have no trailing slash; `width` is in cells; `sockets` is how many listening
    sockets the service manager handed to this process, from descriptor 3 on.

    `key_file` is read only when a key is asked for, so that plan and validate never depend on it.
    """

    base_url: str = DEFAULT_BASE_URL
    key: Secret | None = None
    key_file: Path | None = None
    public_url: str | None = None
    receiver: str | None = None
    callback_key: Secret | None = None
    previous_callback_key: Secret | None = None
    notify_secret: Secret | None = None
    previous_notify_secret: Secret | None = None
    github_token: Secret | None = None
    github_api: str | None = None
    link_hosts: tuple[str, ...] = ()
    max_cost: float | None = None
    max_cost_month: float | None = None
    prices_file: Path | None = None
    no_color: bool = False
    dumb_terminal: bool = False
    width: int = 80
    is_ci: bool = False
    github_actions: bool = False
    github_workspace: Path | None = None
    github_summary: Path | None = None
    github_output: Path | None = None
    sockets: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)

    def api_key(self) -> Secret:
        """The key to pay with. Raises StopError (64) naming both ways on: a key, or the sandbox."""
        if self.key is not None:
            return self.key
        if self.key_file is not None:
            return _key_of(_text_of(self.key_file), "EASYROUTER_API_KEY_FILE")
        raise StopError(
            ExitCode.USAGE,
            "there is no API key",
            hint="set EASYROUTER_API_KEY (or EASYROUTER_API_KEY_FILE), or add --sandbox: placeholders, for free",
        )


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process. Raises StopError (64) for a value that cannot be meant."""

    def given(name: str) -> str | None:
        return environ.get(name, "").strip() or None

    key, key_file = given("EASYROUTER_API_KEY"), given("EASYROUTER_API_KEY_FILE")
    callback_key, previous_key = given("SEEDANCE_CALLBACK_KEY"), given("SEEDANCE_CALLBACK_KEY_PREVIOUS")
    base_url, public_url = given("EASYROUTER_BASE_URL"), given("SEEDANCE_PUBLIC_URL")
    receiver = given("SEEDANCE_RECEIVER")
    notify_secret, previous_secret = given("SEEDANCE_NOTIFY_SECRET"), given("SEEDANCE_NOTIFY_SECRET_PREVIOUS")
    github_token = given("GITHUB_TOKEN")
    return Settings(
        base_url=checked_url(base_url, "EASYROUTER_BASE_URL", loopback_only=True) if base_url else DEFAULT_BASE_URL,
        key=_key_of(key, "EASYROUTER_API_KEY") if key else None,
        key_file=Path(key_file) if key_file else None,
        public_url=checked_url(public_url, "SEEDANCE_PUBLIC_URL") if public_url else None,
        receiver=checked_url(receiver, "SEEDANCE_RECEIVER", loopback_only=True) if receiver else None,
        callback_key=Secret(callback_key) if callback_key else None,
        previous_callback_key=Secret(previous_key) if previous_key else None,
        notify_secret=Secret(notify_secret) if notify_secret else None,
        previous_notify_secret=Secret(previous_secret) if previous_secret else None,
        github_token=Secret(github_token) if github_token else None,
        github_api=given("GITHUB_API_URL"),
        link_hosts=tuple(host.strip() for host in environ.get("SEEDANCE_LINK_HOSTS", "").split(",") if host.strip()),
        max_cost=_dollars(given("SEEDANCE_MAX_COST"), "SEEDANCE_MAX_COST"),
        max_cost_month=_dollars(given("SEEDANCE_MAX_COST_MONTH"), "SEEDANCE_MAX_COST_MONTH"),
        prices_file=_path(given("SEEDANCE_PRICES_FILE")),
        no_color=bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb",
        dumb_terminal=environ.get("TERM") == "dumb",
        width=_width(environ.get("COLUMNS", "")),
        is_ci=environ.get("CI", "").lower() not in {"", "0", "false"},
        github_actions=on_github(environ),
        github_workspace=_path(given("GITHUB_WORKSPACE")),
        github_summary=_path(given("GITHUB_STEP_SUMMARY")),
        github_output=_path(given("GITHUB_OUTPUT")),
        sockets=_sockets(environ),
        variables=_variables(environ),
    )


def on_github(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a GitHub runner reads what is written."""
    return environ.get("GITHUB_ACTIONS") == "true"


def environment_secrets(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Every secret text that the environment holds or points to, for redaction. Never fails."""
    held = tuple(environ.get(name, "").strip() for name in SECRETS)
    try:
        filed = Path(environ["EASYROUTER_API_KEY_FILE"]).read_text(encoding="utf-8").strip()
    except (KeyError, OSError, ValueError):
        return held
    return (*held, filed)


def checked_url(url: str, name: str, *, loopback_only: bool = False) -> str:
    """The URL without trailing slash. Raises StopError (64) where it cannot be a base for requests.

    `loopback_only` allows plain http for this machine alone: a key must not travel in the clear.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _refused(name, "is not a URL") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise _refused(name, "must begin with https:// and name a host", hint=_with_scheme(url))
    if parts.username is not None or parts.query or parts.fragment:
        raise _refused(name, "must hold neither a user, a query nor a fragment")
    if loopback_only and parts.scheme == "http" and host not in _LOOPBACK:
        raise _refused(name, "must be https: the key would travel in the clear")
    return url.rstrip("/")


def dollars(text: str) -> float:
    """US dollars, with or without their sign. Raises ValueError for anything else."""
    amount = text.strip().removeprefix("$")
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", amount):
        raise ValueError(text)
    return float(amount)


def _with_scheme(url: str) -> str | None:
    """What was meant by an address that only lacks its scheme: `http://localhost:8088`. Only this machine's own address
    is shown: anything else may be a secret in the wrong place.
    """
    if not _ADDRESS.fullmatch(url):
        return None
    is_here = urlsplit(f"//{url}").hostname in _LOOPBACK
    return f"did you mean http://{url}?" if is_here else "put https:// before it"


def _refused(name: str, reason: str, *, hint: str | None = None) -> StopError:
    return StopError(ExitCode.USAGE, f"{name} {reason}", hint=hint or f"correct or unset {name}")


def _key_of(text: str, name: str) -> Secret:
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise StopError(ExitCode.USAGE, f"{name} does not hold a key: one word of plain characters is expected")
    return Secret(text)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StopError(ExitCode.USAGE, f"EASYROUTER_API_KEY_FILE cannot be read: {type(error).__name__}") from None


def _dollars(text: str | None, name: str) -> float | None:
    """US dollars, with or without their sign. Raises StopError (64): a cap that nobody can read must not be no cap."""
    if text is None:
        return None
    try:
        return dollars(text)
    except ValueError:
        raise _refused(name, "must be US dollars, as 10 or 2.50") from None


def _variables(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The variables that specs may read: nothing but what the user exported under our prefix (D10)."""
    found = {name.removeprefix(_VARIABLE): text for name, text in environ.items() if name.startswith(_VARIABLE)}
    if found:
        from seedance_spec.model.variables import can_be_set

        for name in found:
            if not can_be_set(name):
                raise _refused(f"{_VARIABLE}{name}", "cannot name a variable")
    return found


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _sockets(environ: Mapping[str, str]) -> int:
    """What sd_listen_fds(3) tells; meant for this process alone, not for one that it started."""
    count = environ.get("LISTEN_FDS", "")
    is_ours = environ.get("LISTEN_PID") == str(os.getpid())
    return int(count) if is_ours and count.isdecimal() else 0


def _width(columns: str) -> int:
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    for descriptor in (2, 1):
        try:
            return os.get_terminal_size(descriptor).columns or 80
        except OSError:
            continue
    return 80
