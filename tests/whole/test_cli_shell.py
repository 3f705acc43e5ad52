"""The shell around every verb: words in, exit code out, help, complaints about usage, and what a fault looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations
from pathlib import Path

import pytest

from seedance_spec import __version__
from seedance_spec.cli.exit_codes import MEANINGS, PRECEDENCE, ExitCode, winner
from seedance_spec.cli.parser import parser_for
from seedance_spec.cli.verbs import VERBS, load
from tests.support.whole import Done, on_a_terminal, python, seedance_spec

NO_PROJECT = """\
there is no project here: no folder upwards holds specs/
  → seedance-spec init makes one, or --project DIR
"""

FAULTY = """
import sys
from seedance_spec.cli import boundary, verbs
class Faulty:
    SUMMARY, EXAMPLES = "fail", ""
    def add_arguments(self, parser): parser.add_argument("--key")
    def run(self, args, settings): {body}
verbs.load = lambda name: Faulty()
sys.exit(boundary.run(["plan", *sys.argv[1:]]))
"""


def _failing(body: str, *words: str, cwd: Path, env: dict[str, str] | None = None) -> Done:
    """A run of the program whose chosen verb does just this."""
    return python(FAULTY.format(body=body), *words, cwd=cwd, env=env)


def test_the_version_is_one_line_on_stdout(tmp_path: Path) -> None:
    """`--version` names the program and its version."""
    assert seedance_spec("--version", cwd=tmp_path) == Done(code=0, out=f"seedance-spec {__version__}\n", err="")


@pytest.mark.parametrize("words", [(), *((verb,) for verb in VERBS)], ids=lambda words: " ".join(words) or "program")
def test_help_fits_80_columns_and_begins_with_examples(tmp_path: Path, words: Sequence[str]) -> None:
    """Every help page shows a command to copy before it lists options, and no line is wider than 80."""
    done = seedance_spec(*words, "--help", cwd=tmp_path)

    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert [line for line in lines if len(line) > 80] == []
    assert 0 < done.out.index("  $ seedance-spec") < done.out.index("Usage:") < done.out.index("Options")


def test_program_help_names_every_verb_with_its_summary(tmp_path: Path) -> None:
    """No verb is hidden: each stands in the program's help."""
    shown = " ".join(seedance_spec("--help", cwd=tmp_path).out.split())

    assert [verb for verb in VERBS if f"{verb} {load(verb).SUMMARY}" not in shown] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_speaks_to_machines_too(verb: str) -> None:
    """Each verb has `--json`, and every option of it is explained."""
    parser = parser_for(verb, load(verb))

    assert "--json" in parser.flags
    assert [action.dest for action in parser._actions if not action.help] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a verb is missing\n  → seedance-spec --help lists the verbs\n"),
        (("valdate",), "there is no verb 'valdate'\n  → did you mean seedance-spec validate?\n"),
        (("qqq",), "there is no verb 'qqq'\n  → seedance-spec --help lists the verbs\n"),
        (
            ("validate", "--jsom"),
            "seedance-spec validate: unrecognized arguments: --jsom\n  → did you mean --json?\n",
        ),
        (
            ("validate", "--jso"),
            "seedance-spec validate: unrecognized arguments: --jso\n  → did you mean --json?\n",
        ),
        (
            ("schema", "sepc"),
            "there is no schema 'sepc'\n  → did you mean spec?\n",
        ),
        (
            ("validate",),
            NO_PROJECT,
        ),
        (
            ("-C", "nowhere", "validate"),
            "nowhere has no specs/ folder\n  → seedance-spec init nowhere\n",
        ),
    ],
)
def test_wrong_usage_exits_64_and_says_what_was_meant(tmp_path: Path, words: Sequence[str], said: str) -> None:
    """A command line that cannot be meant ends with 64, nothing on stdout, and the way out on stderr."""
    assert seedance_spec(*words, cwd=tmp_path) == Done(code=64, out="", err=said)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("EASYROUTER_BASE_URL", "http://example.com", "EASYROUTER_BASE_URL must be https"),
        ("EASYROUTER_BASE_URL", "easyrouter.io", "EASYROUTER_BASE_URL must begin with https://"),
        ("EASYROUTER_BASE_URL", "https://me:pw@example.com", "EASYROUTER_BASE_URL must hold neither a user"),
        ("EASYROUTER_BASE_URL", "https://[x", "EASYROUTER_BASE_URL is not a URL"),
        ("SEEDANCE_PUBLIC_URL", "ftp://example.com", "SEEDANCE_PUBLIC_URL must begin with https://"),
        ("EASYROUTER_API_KEY", "sk-canary pasted twice", "EASYROUTER_API_KEY does not hold a key"),
    ],
)
def test_a_wrong_environment_exits_64_and_names_the_variable(tmp_path: Path, name: str, value: str, said: str) -> None:
    """A value that cannot be meant is refused by its variable's name and never shown."""
    done = seedance_spec("schema", cwd=tmp_path, env={name: value})

    assert (done.code, done.out) == (64, "")
    assert said in done.err
    assert value not in done.err


@pytest.mark.parametrize("before", [True, False], ids=["before-the-verb", "after-it"])
def test_the_project_may_be_named_before_or_after_the_verb(tmp_path: Path, *, before: bool) -> None:
    """`-C DIR` stands where the user writes it, and beats the folder one is in."""
    words = ("-C", "film", "validate") if before else ("validate", "--project", "film")

    assert "nowhere" not in seedance_spec(*words, cwd=tmp_path).err
    assert seedance_spec(*words, cwd=tmp_path).err.startswith("film has no specs/ folder")


def test_a_fault_of_the_program_ends_with_1_and_a_report_to_paste(tmp_path: Path) -> None:
    """An exception that nobody foresaw becomes a short report: version, command, place; no folder of the machine."""
    done = _failing("raise ValueError('boom')", cwd=tmp_path)

    assert (done.code, done.out) == (1, "")
    assert f"seedance-spec {__version__} · Python 3." in done.err
    assert "$ seedance-spec plan" in done.err
    assert "seedance_spec/cli/boundary.py:" in done.err
    assert done.err.rstrip().endswith("ValueError: boom")
    assert str(tmp_path) not in done.err
    assert len(done.err.splitlines()) <= 20


SECRETS = {
    "a key": "sk-canary",
    "an odd key of the environment": "0ddKeyWithoutPrefix",
    "a callback capability": "/v1/callback/aaaa.bbbb",
    "a signed link": "https://h.example/x.mp4?X-Tos-Signature=cafe01&X-Tos-Credential=cafe02",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_report_holds_no_secret(tmp_path: Path, secret: str) -> None:
    """Whatever an exception or the command line holds, keys, capabilities and signatures stay unsaid."""
    env = {"EASYROUTER_API_KEY": "0ddKeyWithoutPrefix", "SECRET": secret}

    done = _failing("raise ValueError(args.key)", "--key", secret, cwd=tmp_path, env=env)

    assert done.code == 1
    assert "ValueError" in done.err
    for part in ("canary", "0ddKey", "aaaa", "bbbb", "cafe"):
        assert part not in done.err


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("raise KeyboardInterrupt", 130, "interrupted; the same command continues\n"),
        ("from seedance_spec.journal.faults import JournalBusy; raise JournalBusy('wait')", 6, "wait\n"),
        ("from seedance_spec.lockfile.file import LockFileFault; raise LockFileFault('full')", 1, "full\n"),
        ("return 8", 8, ""),
    ],
)
def test_every_end_has_its_code(tmp_path: Path, body: str, code: int, said: str) -> None:
    """Interrupts, faults with their own words and a verb's own verdict each end with their code."""
    assert _failing(body, cwd=tmp_path) == Done(code=code, out="", err=said)


def test_a_reader_that_goes_away_changes_nothing(tmp_path: Path) -> None:
    """Output into a closed pipe ends the talk, not the work: the exit code stands and no traceback is shown."""
    program = (
        "import sys, os\n"
        "reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1)\n"
        "from seedance_spec.cli import main\n"
        "sys.exit(main(['--help']))\n"
    )
    assert python(program, cwd=tmp_path) == Done(code=0, out="", err="")


def test_a_narrow_terminal_encoding_is_no_error(tmp_path: Path) -> None:
    """Where a character cannot be shown, `?` stands for it."""
    done = seedance_spec("aply", cwd=tmp_path, env={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})

    assert done == Done(code=64, out="", err="there is no verb 'aply'\n  ? did you mean seedance-spec apply?\n")


ASKING = """
from seedance_spec.cli.console import Console
from seedance_spec.cli.settings import read_settings
console = Console.of(read_settings())
console.data(str(console.ask("Spend $1.64?")))
"""


@pytest.mark.parametrize(
    ("typed", "answer"), [("y\n", "True"), ("YES\n", "True"), ("\n", "False"), ("no\n", "False"), ("yeah\n", "False")]
)
def test_only_a_clear_yes_is_a_yes(tmp_path: Path, typed: str, answer: str) -> None:
    """On a terminal the question is asked and anything but y or yes means no."""
    done = on_a_terminal(ASKING, cwd=tmp_path, typed=typed)

    assert done.out == f"{answer}\n"
    assert "Spend $1.64? [y/N]" in done.err


def test_where_nobody_can_answer_the_answer_is_no(tmp_path: Path) -> None:
    """Without a terminal nothing is asked and nothing is agreed to."""
    assert python(ASKING, cwd=tmp_path, typed="y\n") == Done(code=0, out="False\n", err="")


def _subsets(codes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(codes, size) for size in range(1, 4))


def test_the_first_of_the_order_wins() -> None:
    """When several codes apply, the program exits with the first of the documented order; zero never wins."""
    order = (130, 143, 1, 64, 3, 6, 8, 5, 7, 4, 9, 2)

    assert all(winner((0, *held)) == min(held, key=order.index) for held in _subsets(order))
    assert winner(()) is ExitCode.CONVERGED


def test_every_exit_code_has_a_meaning_and_a_rank() -> None:
    """No code is without a sentence, and each but zero has its place in the order."""
    assert set(MEANINGS) == set(ExitCode)
    assert {*PRECEDENCE, ExitCode.CONVERGED} == set(ExitCode)
