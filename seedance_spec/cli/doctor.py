"""`doctor`: is all that a render needs in place? Flags and words; what is looked at stands in the room `doctor`."""

from __future__ import annotations

import asyncio
import secrets
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.arguments import address
from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings, checked_url, environment_secrets
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.doctor.finding import Finding
    from seedance_spec.doctor.gateway import NoGateway, NoKey
    from seedance_spec.doctor.looking.rounds import Examined, Reach
    from seedance_spec.doctor.sights import Sights
    from seedance_spec.workplace import Workplace

SUMMARY = "is all in place? Looks at machine, project, gateway and receiver"
EXAMPLES = """
$ seedance-spec doctor               # changes nothing, pays nothing
$ seedance-spec doctor --sandbox     # the same for the gateway at home
$ seedance-spec doctor --json        # for machines (schemas/doctor.schema.json)
$ seedance-spec doctor --receiver https://hooks.example.com
                                     # ask the receiver that clones share
$ seedance-spec doctor --public-url https://film.example --listen 0.0.0.0:8080
                                     # see whether a callback finds its way here
"""

_NO_SANDBOX = "no sandbox runs for this project"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--sandbox", action="store_true", help="look at the sandbox in place of the gateway")
    parser.add_argument("--json", action="store_true", help="print findings as JSON (schemas/doctor.schema.json)")
    receive = parser.add_argument_group("receive")
    receive.add_argument("--receiver", metavar="URL", help="a shared receiver to be asked; also SEEDANCE_RECEIVER")
    receive.add_argument(
        "--public-url", metavar="URL", help="where callbacks reach this project; also SEEDANCE_PUBLIC_URL"
    )
    receive.add_argument(
        "--listen",
        metavar="HOST:PORT",
        type=address,
        help="where apply would listen, to see a callback come in there (default 127.0.0.1, any port)",
    )


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.doctor.finding import needs_user
    from seedance_spec.doctor.sights import findings_of

    console = Console.of(settings)
    seen = _looked(_examined(args, settings), console)
    findings = tuple(_without_secrets(finding) for finding in findings_of(seen))
    _show(findings, console, as_json=args.json)
    return ExitCode.NEEDS_YOU if needs_user(findings) else ExitCode.CONVERGED


def _looked(examined: Examined, console: Console) -> Sights:
    """Look at everything, and show on a terminal what is still waited for."""
    from seedance_spec.doctor.looking.rounds import rounds

    with console.live() as block:

        def tell(names: Sequence[str]) -> None:
            block.update(f"looking at {', '.join(names)} …" if names else "")

        return asyncio.run(rounds(examined, tell))


def _show(findings: Sequence[Finding], console: Console, *, as_json: bool) -> None:
    from seedance_spec.cli.json_text import json_text
    from seedance_spec.doctor.views import doctor_document, doctor_text

    if as_json:
        console.data(json_text(doctor_document(findings)))
    else:
        console.data(doctor_text(findings, width=console.width, style=console.out))


def _examined(args: Namespace, settings: Settings) -> Examined:
    from seedance_spec.clock import SystemClock
    from seedance_spec.doctor.looking.rounds import Examined
    from seedance_spec.realm import Realm
    from seedance_spec.workplace import Workplace

    root, no_project = _root(args.project)
    place = Workplace(root=root, realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    return Examined(
        place=place,
        sandbox=args.sandbox,
        no_project=no_project,
        gateway=_sandbox(place) if args.sandbox else _gateway(settings),
        now=SystemClock().now,
        random=secrets.token_bytes,
        callback_key=settings.callback_key,
        receiver=_receiver(args, settings),
        public_url=checked_url(args.public_url, "--public-url") if args.public_url else settings.public_url,
        listen=args.listen or ("127.0.0.1", 0),
    )


def _root(given: Path | None) -> tuple[Path, str]:
    """The project's folder; this folder and why it is none, where nothing upwards is one."""
    if given is not None:
        return find_root(given), ""
    try:
        return find_root(None), ""
    except StopError as stop:
        return Path.cwd(), stop.message


def _receiver(args: Namespace, settings: Settings) -> str | None:
    """The receiver that apply would share. Raises StopError for words that contradict, as apply does."""
    url = checked_url(args.receiver, "--receiver", loopback_only=True) if args.receiver else settings.receiver
    if url is not None and args.listen is not None:
        hint = "drop --listen, or unset SEEDANCE_RECEIVER"
        raise StopError(ExitCode.USAGE, "with a receiver elsewhere nothing listens here", hint=hint)
    return url


def _gateway(settings: Settings) -> Reach | NoKey:
    from seedance_spec.doctor.gateway import NoKey
    from seedance_spec.doctor.looking.rounds import Reach

    source = "EASYROUTER_API_KEY" if settings.key is not None else "EASYROUTER_API_KEY_FILE"
    try:
        return Reach(base_url=settings.base_url, key=settings.api_key(), source=source)
    except StopError as stop:
        needed = settings.key_file is not None
        return NoKey(reason=stop.message, way_out=stop.hint or f"correct or unset {source}", needed=needed)


def _sandbox(place: Workplace) -> Reach | NoGateway:
    from seedance_spec.cli.sandbox_process import SANDBOX_KEY, running_sandbox
    from seedance_spec.doctor.gateway import NoGateway
    from seedance_spec.doctor.looking.rounds import Reach
    from seedance_spec.secret import Secret

    endpoint = running_sandbox(place.sandbox_state)
    if endpoint is None:
        return NoGateway(reason=_NO_SANDBOX, way_out="seedance-spec apply --sandbox starts one when it is needed")
    return Reach(base_url=endpoint.url, key=Secret(SANDBOX_KEY), source="the sandbox's own")


def _without_secrets(finding: Finding) -> Finding:
    from seedance_spec.redaction import redact

    secret = environment_secrets()
    return replace(finding, said=redact(finding.said, secret), way_out=redact(finding.way_out, secret))
