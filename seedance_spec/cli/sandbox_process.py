"""The sandbox that `--sandbox` uses: the one that runs, else one started here. It is a process of its own (D8)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

SANDBOX_KEY = "sk-sandbox"
IDLE_SECONDS = 300
START_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a sandbox answers, and how much faster than life it runs."""

    url: str
    pid: int
    speed: float


def sandbox_endpoint(state: Path, *, speed: float, faults: Sequence[str]) -> Endpoint:
    """The sandbox of this state folder, started if none runs. Raises StopError when it does not come up."""
    endpoint = _running(state)
    if endpoint is None:
        endpoint = _started(state, speed=speed, faults=faults)
    elif faults:
        raise StopError(
            ExitCode.USAGE,
            f"a sandbox runs already (process {endpoint.pid}): --fault is for one that is started here",
            hint=f"kill {endpoint.pid}, or give the faults to `seedance-spec sandbox`",
        )
    return endpoint


def _running(state: Path) -> Endpoint | None:
    try:
        said = json.loads((state / "endpoint.json").read_text(encoding="utf-8"))
        endpoint = Endpoint(url=str(said["url"]), pid=int(said["pid"]), speed=float(said["speed"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return endpoint if _answers(endpoint) else None


def _answers(endpoint: Endpoint) -> bool:
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    connection = HTTPConnection(urlsplit(endpoint.url).netloc, timeout=5)
    try:
        connection.request("GET", "/sandbox/stats")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
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
        endpoint = _running(state)
        if endpoint is not None:
            return endpoint
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise StopError(ExitCode.UNEXPECTED, f"the sandbox did not start:\n{_last_words(log)}", hint=f"see {log}")


def _last_words(log: Path) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
    except OSError:
        return "(it said nothing)"
