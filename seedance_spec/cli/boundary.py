"""The door: words in, exit code out. The only place that turns exceptions into codes; no verb's logic may enter."""

from __future__ import annotations

import sys

from seedance_spec import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

_HELP = frozenset({"-h", "--help"})


def run(argv: Sequence[str] | None = None) -> int:
    """Run the program with these words and give its exit code (D12). No exception escapes."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        # Answered before anything is imported: scripts ask for it often.
        print(f"seedance-spec {__version__}")
        return 0
    if argv is not None:
        return _opened_safely(words)
    return _own_process(words)


def _own_process(words: list[str]) -> int:
    """The same where the process is the program's own: signals are heard, and what was said may be said again."""
    try:
        code = _said_again(words)
    except KeyboardInterrupt as interrupt:
        return _failed(interrupt, words)
    if code is not None:
        return code
    import signal

    # Before the handler is set: a signal in the middle of this import would find half of it.
    from seedance_spec.cli import stop as _stop  # noqa: F401 - see above

    signal.signal(signal.SIGTERM, _terminated)
    try:
        return _opened_safely(words)
    finally:
        # The code is decided and all is recorded: a signal in the interpreter's last moments must not change it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _said_again(words: list[str]) -> int | None:
    """The exit code of a plan whose last answer still holds; it imports next to nothing."""
    from seedance_spec.cli.remembered import say_again

    return say_again(words)


def _opened_safely(words: list[str]) -> int:
    try:
        return _opened(words)
    except KeyboardInterrupt as interrupt:
        return _failed(interrupt, words)
    except Exception as error:
        return _failed(error, words)


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    from seedance_spec.cli.stop import Terminated

    raise Terminated


def _opened(words: list[str]) -> int:
    from seedance_spec.cli.console import write_anything
    from seedance_spec.cli.parser import parser_for, unknown_verb
    from seedance_spec.cli.settings import read_settings
    from seedance_spec.cli.verbs import VERBS, load

    write_anything()
    name, rest = _verb_of(words)
    if name is None:
        return _without_verb(rest)
    if name not in VERBS:
        raise unknown_verb(name)
    verb = load(name)
    parser = parser_for(name, verb)
    if _HELP & set(rest):
        return _shown(parser.format_help())
    args = parser.parse_args(rest)
    args.words = tuple(rest)
    return verb.run(args, read_settings())


def _verb_of(words: list[str]) -> tuple[str | None, list[str]]:
    """The verb, and the other words; options that hold everywhere may stand before it."""
    position = 0
    while position < len(words) and words[position].startswith("-"):
        position += 2 if words[position] in {"-C", "--project"} else 1
    if position >= len(words):
        return None, words
    return words[position], words[:position] + words[position + 1 :]


def _without_verb(words: list[str]) -> int:
    from seedance_spec.cli.exit_codes import ExitCode
    from seedance_spec.cli.parser import PROGRAM, program_help
    from seedance_spec.cli.stop import StopError

    if _HELP & set(words):
        return _shown(program_help())
    raise StopError(ExitCode.USAGE, "a verb is missing", hint=f"{PROGRAM} --help lists the verbs")


def _shown(text: str) -> int:
    from seedance_spec.cli.console import write

    write(sys.stdout, text, end="")
    return 0


def _failed(error: BaseException, words: list[str]) -> int:
    from seedance_spec.cli.console import write
    from seedance_spec.cli.failures import failure_of
    from seedance_spec.cli.settings import on_github

    code, text = failure_of(error, words)
    write(sys.stderr, _for_github(code, text) if on_github() else text)
    return code


def _for_github(code: int, text: str) -> str:
    """Nothing in it that the runner would obey, and an annotation that stands where nobody opens the log."""
    from seedance_spec.ci.workflow_commands import Note, annotated, harmless
    from seedance_spec.cli.exit_codes import ExitCode
    from seedance_spec.specfiles.diagnostic import Severity

    if code in {ExitCode.INVALID_SPEC, ExitCode.INTERRUPTED, ExitCode.TERMINATED}:
        # Complaints stand at their lines already, and whoever cancels a job knows why.
        return harmless(text)
    note = Note(severity=Severity.ERROR, title=f"seedance-spec: exit {int(code)}", message=text)
    return "\n".join([harmless(text), *annotated([note])])
