"""`sandbox`: the gateway at home, in the foreground. Flags only: how it behaves is the sandbox's own affair."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from seedance_spec.cli.console import Console
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError
from seedance_spec.json_types import JsonObject

SUMMARY = "serve the gateway at home: no key, no cost"
EXAMPLES = """
$ seedance-spec sandbox                          # until Ctrl-C
$ seedance-spec sandbox --speed 1                # as slow as life
$ seedance-spec sandbox --fault rate-limit:x2    # refuse two submits
$ seedance-spec sandbox --fault moderation:prompt~cat
"""

FORMAT = "seedance-spec/sandbox/1"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--port", metavar="N", type=int, default=8788, help="0: any free port (default %(default)s)")
    parser.add_argument(
        "--speed", metavar="N", type=_positive, default=20.0, help="times faster than life (default 20)"
    )
    parser.add_argument("--balance", metavar="USD", type=float, help="set the account's balance; else it stays ($100)")
    parser.add_argument("--no-billing-log", action="store_true", help="a gateway that offers no billing log")
    parser.add_argument(
        "--fault", metavar="FAULT", action="append", default=[], help=f"a misfortune; repeatable. {_fault_names()}"
    )
    process = parser.add_argument_group("process")
    process.add_argument("--state", metavar="DIR", type=Path, help="its folder; else .seedance-sandbox of the project")
    process.add_argument("--idle-exit", metavar="SECONDS", type=_positive, help="end after so long without work")
    process.add_argument(
        "--json", action="store_true", help="say where it listens as JSON (schemas/sandbox.schema.json)"
    )


def run(args: Namespace, settings: Settings) -> int:
    state = args.state or _project_folder(args.project) / ".seedance-sandbox"
    console = Console.of(settings)

    from seedance_spec.sandbox.serve import DEFAULT_KEY, SandboxOptions, run_sandbox

    options = SandboxOptions(
        port=args.port,
        state=state,
        speed=args.speed,
        faults=tuple(args.fault),
        balance=args.balance,
        idle_exit=args.idle_exit,
        billing_log=not args.no_billing_log,
    )
    if not args.json:
        return run_sandbox(options, say=console.say)
    return run_sandbox(options, say=_Announcer(console, state, DEFAULT_KEY))


class _Announcer:
    """Passes the sandbox's lines on, and says once, as data, where it listens."""

    def __init__(self, console: Console, state: Path, key: str) -> None:
        self._console = console
        self._endpoint = state / "endpoint.json"
        self._key = key
        self._told = False

    def __call__(self, line: str) -> None:
        from seedance_spec.cli.json_text import json_line

        self._console.say(line)
        endpoint = None if self._told else _read(self._endpoint)
        if endpoint is not None:
            self._told = True
            shown = {name: endpoint[name] for name in ("url", "pid", "speed")}
            self._console.data(json_line({"format": FORMAT, **shown, "key": self._key}))


def sandbox_schema() -> JsonObject:
    """JSON Schema (2020-12) of the line that `sandbox --json` says when it listens."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "seedance-spec sandbox --json",
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "url", "pid", "speed", "key"],
        "properties": {
            "format": {"const": FORMAT},
            "url": {"type": "string", "format": "uri", "description": "the base URL, for EASYROUTER_BASE_URL"},
            "pid": {"type": "integer"},
            "speed": {"type": "number", "exclusiveMinimum": 0},
            "key": {"type": "string", "description": "a key that it takes, for EASYROUTER_API_KEY"},
        },
    }


def _read(path: Path) -> JsonObject | None:
    import json

    try:
        found: JsonObject = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _project_folder(given: Path | None) -> Path:
    """The project's folder; outside any project, this one: a sandbox needs no specs."""
    if given is not None:
        return find_root(given)
    try:
        return find_root(None)
    except StopError:
        return Path()


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ArgumentTypeError(f"{text} is not a number above 0")
    return value


def _fault_names() -> str:
    from seedance_spec.sandbox.fault_table import FAULTS

    return f"One of {', '.join(FAULTS)}; more in docs/sandbox.md"
