"""The command line's grammar and help: examples first, complete at 80 columns. No verb's own flags may enter."""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from typing import NoReturn

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.settings import VARIABLES
from seedance_spec.cli.stop import StopError
from seedance_spec.cli.verbs import GROUPS, VERBS, Verb, load
from seedance_spec.specfiles.suggest import nearest

PROGRAM = "seedance-spec"

_PROJECT_HELP = "the project folder; else the nearest one upwards that holds specs/"
_WIDTH = 80
_COLUMN = 26
_VERB_COLUMN = 11


class Parser(ArgumentParser):
    """One verb's parser: complains by StopError (64), knows what was meant, and shows examples before options."""

    def __init__(self, *, prog: str, summary: str, examples: str) -> None:
        super().__init__(prog=prog, description=summary, add_help=False, allow_abbrev=False)
        self.examples = examples

    def error(self, message: str) -> NoReturn:
        unknown = message.partition("unrecognized arguments: ")[2].split()
        guesses = filter(None, (nearest(word.partition("=")[0], self.flags) for word in unknown))
        guess = next(guesses, None)
        hint = f"did you mean {guess}?" if guess else f"{self.prog} --help"
        raise StopError(ExitCode.USAGE, f"{self.prog}: {message}", hint=hint)

    @property
    def flags(self) -> tuple[str, ...]:
        return tuple(flag for action in self._actions for flag in action.option_strings)

    def format_help(self) -> str:
        blocks = [_wrapped(f"{self.prog}: {self.description}"), _examples(self.examples), self._usage()]
        blocks += [block for title, actions in self._titled() if (block := _options(title, actions))]
        return "\n\n".join(blocks) + "\n"

    def _usage(self) -> str:
        words = [_operand(action) for action in self._actions if not action.option_strings]
        return " ".join([f"Usage: {self.prog} [options]", *words])

    def _titled(self) -> Iterator[tuple[str, Sequence[Action]]]:
        """The actions under the titles of their groups, in the order in which the verb declared them."""
        titles: dict[str, list[Action]] = {}
        for action in self._actions:
            group = getattr(action, "container", None)
            title = getattr(group, "title", None) if action.option_strings else "arguments"
            titles.setdefault(title or "options", []).append(action)
        return iter((title.capitalize(), actions) for title, actions in titles.items())


def parser_for(name: str, verb: Verb) -> Parser:
    parser = Parser(prog=f"{PROGRAM} {name}", summary=verb.SUMMARY, examples=verb.EXAMPLES)
    verb.add_arguments(parser)
    everywhere = parser.add_argument_group("everywhere")
    everywhere.add_argument("-C", "--project", metavar="DIR", type=Path, help=_PROJECT_HELP)
    everywhere.add_argument("-h", "--help", action="store_true", default=SUPPRESS, help="show this and exit")
    return parser


def program_help() -> str:
    """What `seedance-spec --help` shows. It imports every verb's module, and none of what those need to work."""
    groups = [
        "\n".join([title, *(_row(verb, load(verb).SUMMARY, column=_VERB_COLUMN) for verb in verbs)])
        for title, verbs in GROUPS.items()
    ]
    options = "\n".join(
        [
            "Options",
            _row("-C, --project DIR", _PROJECT_HELP),
            _row("--version", "show the version and exit"),
            _row("-h, --help", "show this, or a verb's own options and examples, and exit"),
        ]
    )
    environment = "\n".join(["Environment", *(_row(name, meaning) for name, meaning in VARIABLES.items())])
    first = [f"{PROGRAM}: shots are code; render what changed, exactly once", _examples(_PROGRAM_EXAMPLES)]
    return "\n\n".join([*first, f"Usage: {PROGRAM} VERB [options]", *groups, options, environment]) + "\n"


_PROGRAM_EXAMPLES = """
$ seedance-spec init my-film         # a project that renders at once
$ seedance-spec plan                 # what, why, and what it costs
$ seedance-spec apply --sandbox      # placeholder clips: no key, no cost
$ seedance-spec apply                # render what changed; asks first
"""


def unknown_verb(word: str) -> StopError:
    guess = nearest(word, VERBS)
    hint = f"did you mean {PROGRAM} {guess}?" if guess else f"{PROGRAM} --help lists the verbs"
    return StopError(ExitCode.USAGE, f"there is no verb {word!r}", hint=hint)


def _wrapped(text: str) -> str:
    return "\n".join(wrap(text, _WIDTH, subsequent_indent="  "))


def _examples(text: str) -> str:
    """Commands with their comments beside them in one column, or above where a line has no room for both."""
    pairs = [(command.strip(), comment.strip()) for command, _, comment in _parted(text)]
    column = max((len(command) for command, comment in pairs if _fits(command, comment)), default=0)
    return "\n".join(line for command, comment in pairs for line in _example(command, comment, column))


def _parted(text: str) -> Iterator[tuple[str, str, str]]:
    joined = text.strip().replace("\n ", " ")
    return (line.partition(" # ") for line in joined.splitlines())


def _fits(command: str, comment: str, column: int = 0) -> bool:
    return len(f"  {command:{column}}  # {comment}") <= _WIDTH


def _example(command: str, comment: str, column: int) -> list[str]:
    if not comment:
        return [f"  {command}"]
    if not _fits(command, comment):
        return [f"  # {comment}:", f"  {command}"]
    width = column if _fits(command, comment, column) else 0
    return [f"  {command:{width}}  # {comment}"]


def _options(title: str, actions: Sequence[Action]) -> str:
    rows = [_row(_left(action), _explained(action)) for action in actions if action.help != SUPPRESS]
    return "\n".join([title, *rows]) if rows else ""


def _left(action: Action) -> str:
    if not action.option_strings:
        return _operand(action)
    names = ", ".join(action.option_strings)
    return names if action.nargs == 0 else f"{names} {_value_of(action)}"


def _operand(action: Action) -> str:
    name = _value_of(action)
    return {"?": f"[{name}]", "*": f"[{name} ...]", "+": f"{name} [{name} ...]"}.get(str(action.nargs), name)


def _value_of(action: Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    return "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()


def _explained(action: Action) -> str:
    return (action.help or "") % vars(action)


def _row(left: str, right: str, *, column: int = _COLUMN) -> str:
    lines = wrap(right, _WIDTH - column - 2, break_on_hyphens=False) or [""]
    head = f"  {left}".ljust(column)
    first = [f"{head}  {lines[0]}".rstrip()] if len(head) <= column else [head, " " * (column + 2) + lines[0]]
    return "\n".join([*first, *(" " * (column + 2) + line for line in lines[1:])])
