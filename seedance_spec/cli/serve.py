"""`serve`: the standing receiver, in the foreground. Flags, keys and words: how it answers is the webhook's affair."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.arguments import address, size
from seedance_spec.cli.callback_keys import previous_callback_key
from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.notify import Notifying, add_notify_arguments, notifying_of
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings, checked_url
from seedance_spec.cli.stop import StopError
from seedance_spec.json_types import Json, JsonObject
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace

if TYPE_CHECKING:
    from seedance_spec.cli.standing_process import Announcements
    from seedance_spec.webhook.notice import Notice
    from seedance_spec.webhook.standing import Tally
    from seedance_spec.webhook.standing_place import Running

SUMMARY = "receive callbacks for everybody: a small server to put online"
EXAMPLES = """
$ seedance-spec serve                          # for this project, until Ctrl-C
$ seedance-spec serve --public-url https://hooks.example.com
$ seedance-spec serve --listen 0.0.0.0:8088 --state /var/lib/seedance-spec
$ seedance-spec serve --notify github:studio/film   # and tell its workflow when to collect
"""

FORMAT = "seedance-spec/serve/1"
SHORTEST_SHARED_KEY = 32
"""Characters of a key that the environment gives: it guards a server that strangers reach."""

_RANDOM_KEY = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
_SHOWN_OF_ATTEMPT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys that count, today's first, and how whoever applies gets the same."""

    keys: tuple[bytes, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is told at the start besides the address: where the key comes from, whether this is a rehearsal, and who
    is told when to collect.
    """

    key_source: str
    rehearses: bool
    notified: tuple[str, ...] = ()


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        type=address,
        default="127.0.0.1:8088",
        help="where to listen; port 0: any free one (default %(default)s)",
    )
    parser.add_argument(
        "--public-url", metavar="URL", help="where the internet reaches it, to be told; also SEEDANCE_PUBLIC_URL"
    )
    parser.add_argument("--state", metavar="DIR", type=Path, help="its folder; else .seedance/receiver of the project")
    parser.add_argument(
        "--max-disk", metavar="SIZE", type=size, default="1G", help="refuse callbacks beyond it (default %(default)s)"
    )
    add_notify_arguments(parser)
    parser.add_argument("--verbose", action="store_true", help="a line for every callback")
    parser.add_argument("--json", action="store_true", help="say it as JSON lines (schemas/serve.schema.json)")


def run(args: Namespace, settings: Settings) -> int:
    root = _project(args.project)
    state = args.state or (Workplace(root=root, realm=Realm.PAID).receiver_state if root else None)
    if state is None:
        raise StopError(ExitCode.USAGE, "outside a project the receiver needs a folder", hint="--state DIR")
    public_url = checked_url(args.public_url, "--public-url") if args.public_url else settings.public_url
    keys = _keys(settings, root)
    notifying = notifying_of(args, settings)

    from seedance_spec.cli.standing_process import StandingOptions, run_standing

    options = StandingOptions(
        state=state,
        keys=keys.keys,
        listen=args.listen,
        max_bytes=args.max_disk,
        public_url=public_url,
        sockets=settings.sockets,
        notifying=notifying,
    )
    run_standing(options, _announcements(Console.of(settings), _hints(keys.source, root, settings, notifying), args))
    return ExitCode.CONVERGED


def serve_schema() -> JsonObject:
    """JSON Schema (2020-12) of each line that `serve --json` says."""
    counts: dict[str, Json] = {name: {"type": "integer", "minimum": 0, "description": said} for name, said in _COUNTS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "seedance-spec serve --json",
        "oneOf": [
            _line(
                "listening",
                {
                    "url": {"type": "string", "format": "uri", "description": "for a client on this machine"},
                    "public_url": {"type": ["string", "null"], "format": "uri"},
                    "pid": {"type": "integer"},
                },
            ),
            _line("notified", {"target": {"type": "string"}, **_NOTICE}),
            _line("not-notified", {"target": {"type": "string"}, "reason": {"type": "string"}, **_NOTICE}),
            _line("stopped", counts),
        ],
    }


_COUNTS = (
    ("callbacks", "callbacks stored"),
    ("granted", "claims granted"),
    ("held", "claims that another attempt held"),
    ("outcomes", "outcomes reported"),
)


_RUN: JsonObject = {
    "type": "object",
    "additionalProperties": False,
    "required": ["run", "attempts", "ended"],
    "properties": {
        "run": {"type": "string", "pattern": "^[0-9a-f]{8}$", "description": "as `run` in the lockfile's facts"},
        "attempts": {"type": "integer", "minimum": 1, "description": "that the receiver heard of"},
        "ended": {"type": "integer", "minimum": 0, "description": "of these"},
    },
}
_NOTICE: dict[str, Json] = {
    "version": {"const": 1},
    "id": {"type": "string", "description": "the same however often the notice is sent"},
    "project": {"type": "string", "description": "as the project's attempt ids name it"},
    "realm": {"enum": [realm.value for realm in Realm]},
    "complete": {"type": "boolean", "description": "all that was heard of has ended; else a deadline spoke"},
    "runs": {"type": "array", "items": _RUN},
}


def _line(event: str, properties: dict[str, Json]) -> JsonObject:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "event", *properties],
        "properties": {"format": {"const": FORMAT}, "event": {"const": event}, **properties},
    }


def _project(given: Path | None) -> Path | None:
    """The project's folder; None outside any: a standing receiver needs none."""
    if given is not None:
        return find_root(given)
    try:
        return find_root(None)
    except StopError:
        return None


def _keys(settings: Settings, root: Path | None) -> Keys:
    """The environment's key, else the project's own. Raises StopError where there is none, KeyFault for a bad file."""
    from seedance_spec.webhook.capability import derive_key
    from seedance_spec.webhook.key_file import load_or_create_key

    previous = previous_callback_key(settings)
    before = () if previous is None else (previous,)
    if settings.callback_key is not None:
        text = settings.callback_key.reveal()
        if len(text) < SHORTEST_SHARED_KEY:
            said = f"SEEDANCE_CALLBACK_KEY must have at least {SHORTEST_SHARED_KEY} random characters"
            raise StopError(ExitCode.USAGE, said, hint=_RANDOM_KEY)
        source = "SEEDANCE_CALLBACK_KEY, the same there as here"
        return Keys(keys=(derive_key(text), *before), source=source)
    if root is None:
        said = "outside a project the key must come from SEEDANCE_CALLBACK_KEY: 32 random characters or more"
        raise StopError(ExitCode.USAGE, said, hint=_RANDOM_KEY)
    path = Workplace(root=root, realm=Realm.PAID).callback_key
    source = "this project's own; elsewhere SEEDANCE_CALLBACK_KEY, set to what .seedance/callback.key holds"
    return Keys(keys=(load_or_create_key(path), *before), source=source)


def _hints(key_source: str, root: Path | None, settings: Settings, notifying: Notifying | None) -> Hints:
    """Without a key to pay with, in a project that has a sandbox, what can be applied here is a rehearsal."""
    has_key = settings.key is not None or settings.key_file is not None
    rehearses = root is not None and not has_key and Workplace(root=root, realm=Realm.SANDBOX).sandbox_state.is_dir()
    notified = () if notifying is None else tuple(target.name for target in notifying.targets)
    return Hints(key_source=key_source, rehearses=rehearses, notified=notified)


def _announcements(console: Console, hints: Hints, args: Namespace) -> Announcements:
    from seedance_spec.cli.standing_process import Announcements
    from seedance_spec.webhook.notifier import Heralds
    from seedance_spec.webhook.notify_words import message

    def listening(here: Running, bound: str) -> None:
        console.say(_told(here, bound, hints))
        say_line("listening", {"url": here.url, "public_url": here.public_url, "pid": here.pid})

    def heard(attempt_id: str) -> None:
        console.say(f"callback · attempt …{attempt_id[-_SHOWN_OF_ATTEMPT:]}")

    def stopped(tally: Tally) -> None:
        counts: dict[str, Json] = {name: getattr(tally, name) for name, _ in _COUNTS}
        console.say("stopped · " + " · ".join(f"{said}: {counts[name]}" for name, said in _COUNTS))
        say_line("stopped", counts)

    def arrived(notice: Notice) -> None:
        console.say(f"notified {notice.target}: {_runs_told(notice)}")
        say_line("notified", {"target": notice.target, **message(notice)})

    def missed(notice: Notice, reason: str) -> None:
        console.say(f"cannot notify {notice.target} ({reason}): trying again, for three days")
        say_line("not-notified", {"target": notice.target, "reason": reason, **message(notice)})

    def say_line(event: str, fields: JsonObject) -> None:
        if args.json:
            from seedance_spec.cli.json_text import json_line

            console.data(json_line({"format": FORMAT, "event": event, **fields}))

    silent: Callable[[str], None] = lambda _: None  # noqa: E731 - nothing to name
    return Announcements(
        listening=listening,
        heard=heard if args.verbose else silent,
        stopped=stopped,
        heralds=Heralds(arrived=arrived, missed=missed),
    )


def _runs_told(notice: Notice) -> str:
    return ", ".join(f"run {run.run}, {run.ended} of {run.attempts} ended" for run in notice.runs)


def _told(here: Running, bound: str, hints: Hints) -> str:
    sandbox = "--sandbox " if hints.rehearses else ""
    return "\n".join(
        [
            f"listening at {bound}",
            f"  → seedance-spec apply {sandbox}--receiver {here.public_url or here.url}",
            f"  key: {hints.key_source}",
            *(f"  notifies: {name}" for name in hints.notified),
        ]
    )
