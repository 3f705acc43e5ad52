"""What `apply` and `collect` share: how to learn that it is done, where the gateway is, the run and its exit code."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from seedance_spec.cli.arguments import address, number
from seedance_spec.cli.console import Console
from seedance_spec.cli.detached import is_left, say_left
from seedance_spec.cli.exit_codes import ExitCode, winner
from seedance_spec.cli.github import notes_of_run, report_run
from seedance_spec.cli.patience import Patience
from seedance_spec.cli.settings import Settings, checked_url
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.attempts.endings import Ending
    from seedance_spec.cli.apply_view import View
    from seedance_spec.connection import Connection
    from seedance_spec.pipeline import Decision
    from seedance_spec.plan.change import Plan
    from seedance_spec.plan.events import Event
    from seedance_spec.workplace import Workplace

SANDBOX_SPEED = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How to carry a plan out: shots under way at once, whether it may pay, and how many seconds to stay with it.

    With `fail_fast` nothing more is submitted after the first shot that fails. Without `stays` it waits for no clip;
    with `quiet_seconds` it waits no longer once nothing has changed for so long.
    """

    jobs: int
    pays: bool
    as_json: bool
    seconds: float | None = None
    fail_fast: bool = False
    stays: bool = True
    quiet_seconds: float | None = None


def add_completion_arguments(parser: ArgumentParser) -> None:
    """How a run learns that a clip is finished: the same words for `apply` and `collect`."""
    done = parser.add_argument_group("learn that it is done")
    done.add_argument(
        "--public-url", metavar="URL", help="where the upstream reaches this receiver; also SEEDANCE_PUBLIC_URL"
    )
    done.add_argument(
        "--receiver", metavar="URL", help="a `serve` that clones share: claims and callbacks; also SEEDANCE_RECEIVER"
    )
    done.add_argument(
        "--without-receiver", action="store_true", help="go on without the receiver: poll, and claim nothing there"
    )
    done.add_argument(
        "--listen", metavar="HOST:PORT", type=address, help="where the receiver listens (default 127.0.0.1, any port)"
    )
    done.add_argument(
        "--poll-interval", metavar="SECONDS", type=interval, help="ask the gateway this often; else as the task needs"
    )


def connection_of(
    args: Namespace,
    settings: Settings,
    workplace: Workplace,
    *,
    speed: float = SANDBOX_SPEED,
    faults: Sequence[str] = (),
) -> Connection:
    """Where to work: the sandbox, or the gateway with the user's key. Raises StopError where neither is given."""
    from seedance_spec.connection import Connection
    from seedance_spec.webhook.capability import derive_key

    public_url = (checked_url(args.public_url, "--public-url") if args.public_url else None) or settings.public_url
    receiver = receiver_of(args, settings)
    listen = None if receiver else args.listen or (("127.0.0.1", 0) if public_url or args.sandbox else None)
    callback_key = derive_key(settings.callback_key.reveal()) if settings.callback_key else None
    if not args.sandbox:
        return Connection(
            base_url=settings.base_url,
            key=settings.api_key(),
            poll_interval=args.poll_interval,
            listen=listen,
            public_url=public_url,
            receiver=receiver,
            callback_key=callback_key,
            link_hosts=settings.link_hosts,
        )
    from seedance_spec.cli.sandbox_process import SANDBOX_KEY, sandbox_endpoint
    from seedance_spec.secret import Secret

    endpoint = sandbox_endpoint(workplace.sandbox_state, speed=speed, faults=faults)
    return Connection(
        base_url=endpoint.url,
        key=Secret(SANDBOX_KEY),
        sandbox=True,
        time_scale=endpoint.speed,
        poll_interval=args.poll_interval,
        listen=listen,
        public_url=public_url,
        receiver=receiver,
        callback_key=callback_key,
    )


def receiver_of(args: Namespace, settings: Settings) -> str | None:
    """The standing receiver that this run shares with other clones. Raises StopError for words that contradict."""
    if args.without_receiver:
        return None
    url = checked_url(args.receiver, "--receiver", loopback_only=True) if args.receiver else settings.receiver
    if url is not None and args.listen is not None:
        hint = "drop --listen; --public-url says where the upstream reaches the receiver"
        raise StopError(ExitCode.USAGE, "with a receiver elsewhere nothing listens here", hint=hint)
    return url


def check_identity(
    decision: Decision, workplace: Workplace, connection: Connection, *, pays: bool | None = None
) -> None:
    """Clones that share claims know each other by the project's id. Raises StopError (6) where the lockfile of what is
    paid for has none: each clone would make its own, and pay by itself. `pays` tells whether anything will be paid
    for; None: if this plan does.
    """
    from seedance_spec.realm import Realm

    if connection.receiver is None or workplace.realm is Realm.SANDBOX or decision.facts.project_ids:
        return
    if decision.plan.paid if pays is None else pays:
        raise StopError(
            ExitCode.BUSY,
            "specs/seedance.lock holds no project id, by which clones that share a receiver know each other",
            hint="`seedance-spec init` adds it and changes nothing that is there; commit specs/seedance.lock",
        )


def carried_out(
    console: Console, decision: Decision, workplace: Workplace, connection: Connection, run: Run
) -> ExitCode:
    """See the decision's plan through, show it on the way, and say how it ended.

    The first Ctrl-C waits for answers that are due, the next and SIGTERM do not (D3). Where `run` has a time limit, it
    ends like a first Ctrl-C, without being one.
    """
    from seedance_spec.cli.apply_view import View
    from seedance_spec.plan.durations import Durations

    durations, speed = Durations.of(decision.facts.attempts.values()), connection.time_scale
    with View(console, decision.plan, as_json=run.as_json, time_scale=speed, durations=durations) as view:
        endings, received = asyncio.run(_conducted(decision, workplace, connection, run, view))
    endings = (*endings, *stale_endings(decision.plan))
    codes = sorted({*received, *exit_codes(endings, stays=run.stays)})
    exit_code = winner(codes)
    view.summary(endings, codes, exit_code)
    if console.github is not None:
        console.annotate(notes_of_run(endings))
        report_run(console.github, endings, decision.plan.realm)
    if not (run.stays or run.as_json):
        say_left(endings, decision.plan.realm, console)
    return exit_code


async def _conducted(
    decision: Decision, workplace: Workplace, connection: Connection, run: Run, view: View
) -> tuple[tuple[Ending, ...], list[int]]:
    from seedance_spec.attempts.means import Stop
    from seedance_spec.rendering import Manner, carry_out

    stop = Stop()
    received: list[int] = []
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, _on_signal, received, ExitCode.INTERRUPTED, stop.interrupt)
    loop.add_signal_handler(signal.SIGTERM, _on_signal, received, ExitCode.TERMINATED, stop.terminate)
    if run.seconds is not None:
        loop.call_later(run.seconds, stop.interrupt)
    patience = Patience(run.quiet_seconds, stop.interrupt, loop)

    def tell(event: Event) -> None:
        patience.heard(event)
        view.tell(event)

    async with view.ticking():
        endings = await carry_out(
            decision,
            workplace,
            connection,
            manner=Manner(jobs=run.jobs, pays=run.pays, fail_fast=run.fail_fast, stays=run.stays),
            tell=tell,
            stop=stop,
        )
    return endings, received


def _on_signal(received: list[int], code: int, act: Callable[[], None]) -> None:
    received.append(code)
    act()


_STALE = "stale-plan"
_NOT_SUBMITTED = {
    "no-money": ExitCode.REFUSED,
    "bad-key": ExitCode.REFUSED,
    "no-receiver": ExitCode.BUSY,
    _STALE: ExitCode.STALE,
    "frozen": ExitCode.STALE,
    "released": ExitCode.BUSY,
    "not-landed": ExitCode.BUSY,
}
"""What a take that was not paid for means; `released` and `not-landed` came from another process: apply again."""


def stale_endings(plan: Plan) -> tuple[Ending, ...]:
    """Rows of a saved plan that no longer hold: nothing was sent for them, and each says what changed."""
    from seedance_spec.attempts.endings import End, Ending
    from seedance_spec.plan.saved_check import stale_words

    return tuple(
        Ending(change=change, end=End.NOT_SUBMITTED, code=_STALE, message=stale_words(change)) for change in plan.stale
    )


def exit_codes(endings: Sequence[Ending], *, stays: bool = True) -> list[int]:
    """What the endings mean for the exit (D12). Without `stays` nobody meant to wait: what runs on record is well, and
    so is what could only be submitted after it.
    """
    awaited = (ending for ending in endings if stays or not is_left(ending))
    return [code for ending in awaited if (code := _code(ending)) is not None]


def _code(ending: Ending) -> ExitCode | None:
    from seedance_spec.attempts.endings import End
    from seedance_spec.plan.change import Action

    match ending.end:
        case End.RENDERED | End.STALE:
            return None
        case End.MISSING:
            # A take that was missing before costs nothing and changes nothing; one that this run waited for is news.
            return None if ending.change.action is Action.MISSING else ExitCode.NEEDS_YOU
        case End.FAILED:
            return ExitCode.SHOTS_FAILED
        case End.UNKNOWN:
            return ExitCode.NEEDS_YOU
        case End.NOT_SUBMITTED:
            return _NOT_SUBMITTED.get(ending.code, ExitCode.SHOTS_FAILED)
        case End.BLOCKED:
            # It ends as what it waited for did.
            return (_code(ending.behind) if ending.behind is not None else None) or ExitCode.SHOTS_FAILED
        case End.FAULT:
            return ExitCode.BUSY if ending.code == "busy" else ExitCode.UNEXPECTED
        case End.LATE if ending.code == "bad-key":
            return ExitCode.NEEDS_YOU
        case End.RUNNING | End.LATE:
            return ExitCode.STILL_RUNNING
        case _:
            assert_never(ending.end)


def interval(text: str) -> float:
    """Seconds between two looks, or of a wait. Raises ArgumentTypeError."""
    return number(text, smallest=0.05)
