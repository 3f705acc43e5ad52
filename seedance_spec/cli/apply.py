"""`apply`: render what changed, exactly once. Flags, questions, signals; what is done stands in `rendering`."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from math import inf, nan
from typing import TYPE_CHECKING, assert_never

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode, winner
from seedance_spec.cli.plan import add_purchase_arguments
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings, checked_url
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.attempts.endings import Ending
    from seedance_spec.cli.apply_view import View
    from seedance_spec.pipeline import Decision
    from seedance_spec.rendering import Connection
    from seedance_spec.workplace import Workplace

SUMMARY = "render what changed, exactly once; asks before it spends"
EXAMPLES = """
$ seedance-spec apply                        # shows the plan, asks, renders
$ seedance-spec apply --sandbox              # placeholder clips: no key, nothing is paid
$ seedance-spec apply --yes --json           # for CI: JSON lines on stdout
$ seedance-spec apply --public-url https://film.example --listen 0.0.0.0:8080
                                             # be called back instead of asking
$ seedance-spec apply --retry-failed         # submit failed takes once more
"""

SANDBOX_SPEED = 20.0
MOST_JOBS = 64


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask before spending")
    parser.add_argument("--json", action="store_true", help="print events as JSON lines (schemas/event.schema.json)")
    parser.add_argument(
        "-j", "--jobs", metavar="N", type=_count, default=8, help="shots under way at once (default %(default)s)"
    )
    add_purchase_arguments(parser)
    done = parser.add_argument_group("learn that it is done")
    done.add_argument(
        "--public-url", metavar="URL", help="where the upstream reaches this receiver; also SEEDANCE_PUBLIC_URL"
    )
    done.add_argument(
        "--listen", metavar="HOST:PORT", type=_address, help="where the receiver listens (default 127.0.0.1, any port)"
    )
    done.add_argument(
        "--poll-interval", metavar="SECONDS", type=_seconds, help="ask the gateway this often; else as the task needs"
    )
    sandbox = parser.add_argument_group("sandbox")
    sandbox.add_argument("--sandbox", action="store_true", help="render placeholder clips with the gateway at home")
    sandbox.add_argument(
        "--speed",
        metavar="N",
        type=_speed,
        default=SANDBOX_SPEED,
        help="how much faster than life (default %(default)g)",
    )
    sandbox.add_argument(
        "--fault", metavar="FAULT", action="append", default=[], help="a misfortune on request; see `sandbox --help`"
    )


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.spec_check import readable_specs, show_complaints
    from seedance_spec.clock import SystemClock
    from seedance_spec.pipeline import decide_plan
    from seedance_spec.realm import Realm
    from seedance_spec.rendering import tidy
    from seedance_spec.workplace import Workplace

    _check_words(args)
    console = Console.of(settings)
    workplace = Workplace(root=find_root(args.project), realm=Realm.SANDBOX if args.sandbox else Realm.PAID)
    connection = _connection(args, settings, workplace)
    reading = readable_specs(workplace.root, console)
    asyncio.run(tidy(workplace))
    decision = decide_plan(
        reading.film,
        workplace,
        now=SystemClock().now(),
        retry_failed=args.retry_failed,
        retake=frozenset(args.retake),
    )
    show_complaints(decision.diagnostics, reading.texts, console)
    if decision.refused:
        return ExitCode.INVALID_SPEC
    if not _agreed(args, console, decision):
        return ExitCode.REFUSED
    return _rendered(args, console, decision, workplace, connection)


def _check_words(args: Namespace) -> None:
    if not args.sandbox and (args.fault or args.speed != SANDBOX_SPEED):
        raise StopError(ExitCode.USAGE, "--speed and --fault are for --sandbox", hint="add --sandbox")


def _connection(args: Namespace, settings: Settings, workplace: Workplace) -> Connection:
    """Where to submit: the sandbox, or the gateway with the user's key. Raises StopError where neither is given."""
    from seedance_spec.rendering import Connection
    from seedance_spec.webhook.capability import derive_key

    public_url = (checked_url(args.public_url, "--public-url") if args.public_url else None) or settings.public_url
    listen = args.listen or (("127.0.0.1", 0) if public_url or args.sandbox else None)
    callback_key = derive_key(settings.callback_key.reveal()) if settings.callback_key else None
    if not args.sandbox:
        return Connection(
            base_url=settings.base_url,
            key=settings.api_key(),
            poll_interval=args.poll_interval,
            listen=listen,
            public_url=public_url,
            callback_key=callback_key,
            link_hosts=settings.link_hosts,
        )
    from seedance_spec.cli.sandbox_process import SANDBOX_KEY, sandbox_endpoint
    from seedance_spec.secret import Secret

    endpoint = sandbox_endpoint(workplace.sandbox_state, speed=args.speed, faults=args.fault)
    return Connection(
        base_url=endpoint.url,
        key=Secret(SANDBOX_KEY),
        sandbox=True,
        time_scale=endpoint.speed,
        poll_interval=args.poll_interval,
        listen=listen,
        public_url=public_url,
        callback_key=callback_key,
    )


def _agreed(args: Namespace, console: Console, decision: Decision) -> bool:
    """Show the plan; ask before spending. Without a terminal to ask on, only --yes spends."""
    from seedance_spec.plan.figures import usd
    from seedance_spec.plan.text import plan_text

    plan = decision.plan
    if not args.json:
        console.say(plan_text(plan, width=console.width, style=console.err, applying=True) + "\n")
    if not plan.paid or args.yes or args.sandbox:
        return True
    if not console.interactive:
        console.say("nothing was submitted: there is no terminal to ask on; say --yes to spend")
        return False
    takes = "take" if len(plan.paid) == 1 else "takes"
    return console.ask(f"Render {len(plan.paid)} {takes} for about {usd(plan.total_usd)}?")


def _rendered(
    args: Namespace, console: Console, decision: Decision, workplace: Workplace, connection: Connection
) -> int:
    from seedance_spec.cli.apply_view import View

    with View(console, decision.plan, as_json=args.json, time_scale=connection.time_scale) as view:
        endings, interrupt = asyncio.run(_run(args, decision, workplace, connection, view))
    view.summary(endings)
    return winner([*interrupt, *exit_codes(endings)])


async def _run(
    args: Namespace, decision: Decision, workplace: Workplace, connection: Connection, view: View
) -> tuple[tuple[Ending, ...], list[int]]:
    """Carry out the plan. The first Ctrl-C waits for answers that are due, the next and SIGTERM do not (D3)."""
    from seedance_spec.attempts.means import Stop
    from seedance_spec.rendering import carry_out

    stop = Stop()
    received: list[int] = []
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, _on_signal, received, ExitCode.INTERRUPTED, stop.interrupt)
    loop.add_signal_handler(signal.SIGTERM, _on_signal, received, ExitCode.TERMINATED, stop.terminate)
    async with view.ticking():
        endings = await carry_out(decision, workplace, connection, jobs=args.jobs, tell=view.tell, stop=stop)
    return endings, received


def _on_signal(received: list[int], code: int, act: Callable[[], None]) -> None:
    received.append(code)
    act()


def exit_codes(endings: Sequence[Ending]) -> list[int]:
    """What the endings mean for the exit (D12)."""
    return [code for ending in endings if (code := _code(ending)) is not None]


def _code(ending: Ending) -> ExitCode | None:
    from seedance_spec.attempts.endings import End

    match ending.end:
        case End.RENDERED | End.MISSING:
            return None
        case End.FAILED:
            return ExitCode.SHOTS_FAILED
        case End.UNKNOWN:
            return ExitCode.NEEDS_YOU
        case End.NOT_SUBMITTED:
            return ExitCode.REFUSED if ending.code in {"no-money", "bad-key"} else ExitCode.SHOTS_FAILED
        case End.FAULT:
            return ExitCode.UNEXPECTED
        case End.RUNNING | End.LATE:
            return ExitCode.STILL_RUNNING
        case _:
            assert_never(ending.end)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise ArgumentTypeError(f"a number from 1 to {MOST_JOBS}, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    return _number(text, smallest=0.05)


def _speed(text: str) -> float:
    return _number(text, smallest=1.0)


def _number(text: str, *, smallest: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not smallest <= number < inf:
        raise ArgumentTypeError(f"a number of at least {smallest:g}, not {text!r}")
    return number


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        raise ArgumentTypeError(f"HOST:PORT, as 127.0.0.1:8080, not {text!r}")
    return host.strip("[]") or "127.0.0.1", int(port)
