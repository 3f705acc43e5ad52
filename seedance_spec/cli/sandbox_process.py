"""The sandbox that `--sandbox` uses: the one that runs, else one started here. It is a process of its own (D8)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

SANDBOX_KEY = "sk-sandbox"
IDLE_SECONDS = 300
START_SECONDS = 20.0
_LAST_LINES = 8
_FAULTS = "seedance-spec sandbox --help lists the faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a sandbox answers, how much faster than life it runs, and the misfortunes that it has on."""

    url: str
    pid: int
    speed: float
    control: str = field(default="", repr=False)
    faults: tuple[str, ...] = ()


def sandbox_endpoint(state: Path, *, speed: float, faults: Sequence[str]) -> Endpoint:
    """The sandbox of this state folder, started if none runs; `faults` take the place of those that it has.

    Raises StopError when it does not come up, or does not know a fault.
    """
    endpoint = running_sandbox(state)
    if endpoint is None:
        return _started(state, speed=speed, faults=faults)
    if faults:
        status, said = _asked(endpoint, "POST", "/sandbox/faults", {"faults": list(faults), "replace": True})
        if status != HTTPStatus.OK:
            raise StopError(ExitCode.USAGE, str(said.get("error", "the sandbox refuses these faults")), hint=_FAULTS)
    return replace(endpoint, faults=_faults_of(endpoint))


def known_speed(state: Path) -> float:
    """How much faster than life the sandbox of this state folder runs, 1 where none does. It asks nobody."""
    endpoint = _recorded(state)
    return endpoint.speed if endpoint else 1.0


def running_sandbox(state: Path) -> Endpoint | None:
    """The sandbox of this state folder, where one runs and answers. None is started."""
    endpoint = _recorded(state)
    return endpoint if endpoint and _asked(endpoint, "GET", "/sandbox/stats")[0] == HTTPStatus.OK else None


def _recorded(state: Path) -> Endpoint | None:
    try:
        said = json.loads((state / "endpoint.json").read_text(encoding="utf-8"))
        return Endpoint(
            url=str(said["url"]), pid=int(said["pid"]), speed=float(said["speed"]), control=str(said.get("control", ""))
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _faults_of(endpoint: Endpoint) -> tuple[str, ...]:
    listed = _asked(endpoint, "GET", "/sandbox/faults")[1].get("faults")
    return tuple(map(str, listed)) if isinstance(listed, list) else ()


def _asked(
    endpoint: Endpoint, method: str, path: str, body: Mapping[str, object] | None = None
) -> tuple[int, Mapping[str, object]]:
    """Status and JSON of one of the sandbox's own routes; status 0 where nobody answers."""
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    connection = HTTPConnection(urlsplit(endpoint.url).netloc, timeout=5)
    try:
        connection.request(
            method, path, body=json.dumps(body) if body else None, headers={"X-Sandbox-Control": endpoint.control}
        )
        answer = connection.getresponse()
        said = json.loads(answer.read())
        return answer.status, said if isinstance(said, dict) else {}
    except (OSError, HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()


def _started(state: Path, *, speed: float, faults: Sequence[str]) -> Endpoint:
    state.mkdir(parents=True, exist_ok=True)
    words = ["sandbox", "--state", str(state), "--port", "0", "--speed", f"{speed:g}", "--idle-exit", str(IDLE_SECONDS)]
    for fault in faults:
        words += ["--fault", fault]
    log = state / "sandbox.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - this program itself, with words of ours
            [sys.executable, "-m", "seedance_spec", *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # It outlives this program, and a Ctrl-C meant for this program is not meant for it.
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        endpoint = running_sandbox(state)
        if endpoint is not None:
            return endpoint
        if process.poll() == ExitCode.USAGE:
            raise StopError(ExitCode.USAGE, _last_words(log), hint=_FAULTS)
        if process.poll() not in {None, ExitCode.BUSY}:
            break
        # Busy: another program has just started one on this folder, and it is about to answer.
        time.sleep(0.05)
    raise StopError(ExitCode.UNEXPECTED, f"the sandbox did not start:\n{_last_words(log)}", hint=f"see {log}")


def _last_words(log: Path) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:])
    except OSError:
        return "(it said nothing)"
