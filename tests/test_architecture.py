"""The house keeps its rules: layers one way, pure rooms pure, heavy libraries in their rooms and off fast paths."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import architecture
from tests.support.architecture import MAX_LINES, every_violation, pure_share
from tests.support.house import IMPURE, House, read_house, within
from tests.support.whole import python

SOURCE = Path(__file__).parents[1] / "seedance_spec"
HEAVY = ("httpx", "aiohttp", "av", "PIL")


@pytest.fixture(scope="module")
def house() -> House:
    return read_house(SOURCE)


@pytest.mark.parametrize(
    "rule",
    [
        architecture.back_imports,
        architecture.cycles,
        architecture.impurities,
        architecture.reserved_imports,
        architecture.effects_outside_their_room,
        architecture.missing_lines_of_purpose,
        architecture.oversized,
    ],
    ids=lambda rule: str(rule.__name__).replace("_", "-"),
)
def test_the_house_keeps_each_rule(house: House, rule: Callable[[House], Iterator[str]]) -> None:
    """No module breaks the rule."""
    broken = list(rule(house))

    assert not broken, "\n".join(["", *broken])


SEEDED = [
    ("plan.change", "import os", "imports os: the module is pure"),
    ("model.shot", "from pathlib import Path", "imports pathlib.Path: the module is pure"),
    ("attempts.life", "def f(): import asyncio", "imports asyncio: the module is pure"),
    ("content_hash", "X = open('x')", "uses open: the module is pure"),
    ("model.shot", "import seedance_spec.plan.change", "imports seedance_spec.plan.change: imports point one way"),
    ("lockfile.facts", "def f(): import seedance_spec.plan.change", ": there are no import cycles"),
    ("plan.change", "import httpx", "imports httpx: only gateway.client and webhook.shared_receiver may"),
    (
        "cli",
        "import aiohttp.web",
        (
            "imports aiohttp.web: only webhook.receiver and webhook.standing and webhook.serving "
            "and webhook.input_route and webhook.notify_sender and sandbox may"
        ),
    ),
    ("sandbox", "import seedance_spec.realm", "imports seedance_spec.realm: the sandbox shares no code"),
    ("realm", "print('hello')", "uses print: only cli prints"),
    ("rendering", "sys.exit(1)", "uses sys.exit: only cli prints, reads argv or exits"),
    ("clock", "HOME = os.environ", "uses os.environ: only cli.settings and cli.environment read the environment"),
]


@pytest.mark.parametrize(("module", "line", "complaint"), SEEDED)
def test_a_seeded_violation_is_named(house: House, module: str, line: str, complaint: str) -> None:
    """One added line that breaks a rule is reported with its module, its line number and the rule."""
    number = house.modules[module].lines + 1

    named = every_violation(house.with_line(module, line))

    assert [each for each in named if each.startswith(f"seedance_spec.{module}:{number} ") and complaint in each], named


def test_a_copy_of_the_package_that_breaks_a_rule_is_found_out(tmp_path: Path) -> None:
    """The rules read files: a copy on disk in which a pure module imports the system is reported."""
    copy = tmp_path / "seedance_spec"
    shutil.copytree(SOURCE / "plan", copy / "plan", ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "plan" / "change.py").open("a", encoding="utf-8") as file:
        file.write("import os\n")

    (named,) = architecture.impurities(read_house(copy))

    assert named.startswith("seedance_spec.plan.change:")
    assert named.endswith(" imports os: the module is pure: no files, clock, network, environment")


def test_a_file_that_grew_too_long_is_named(house: House) -> None:
    """A module of more lines than one room should hold is reported with its length."""
    grown = house.with_line("realm", "X = 1\n" * MAX_LINES)

    assert f"seedance_spec.realm has {house.modules['realm'].lines + MAX_LINES + 1} lines" in "\n".join(
        every_violation(grown)
    )


def test_a_module_without_its_line_of_purpose_is_named(tmp_path: Path) -> None:
    """A module that opens without saying what it is for is reported."""
    (tmp_path / "bare.py").write_text("X = 1\n", encoding="utf-8")

    assert list(architecture.missing_lines_of_purpose(read_house(tmp_path))) == [
        "seedance_spec.bare:1 must open with one line: what the room is for and what may not enter it"
    ]


def test_every_exception_to_purity_is_still_needed(house: House) -> None:
    """Each entry of the list of impure rooms names a room or module that exists."""
    stale = [room for room in IMPURE if not any(within(name, room) for name in house.modules)]

    assert stale == []


def test_at_least_half_of_the_lines_are_transitively_pure(house: House) -> None:
    """At least half of the package's lines touch no file, clock, network or environment, not even through imports."""
    assert pure_share(house) >= 0.5


def _imported_by(words: list[str], project: Path) -> set[str]:
    """The top-level libraries that a run of the program loads."""
    program = (
        "import json, sys\n"
        "from seedance_spec.cli import main\n"
        f"code = main({words!r})\n"
        "print(json.dumps([code, sorted({name.partition('.')[0] for name in sys.modules})]), file=sys.stderr)\n"
    )
    done = python(program, cwd=project)
    code, loaded = json.loads(done.err.splitlines()[-1])
    assert code == 0, done.err
    return set(loaded)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "reel.yaml").write_text(
        "version: 1\nshots: { moon: { model: dreamina-seedance-2-0, prompt: A cat on the moon } }\n", encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize("verb", ["validate", "plan", "status"])
def test_reading_verbs_load_no_heavy_library(project: Path, verb: str) -> None:
    """`validate`, `plan` and `status` answer without loading an HTTP or media library."""
    assert _imported_by([verb], project) & {*HEAVY, "watchfiles"} == set()


@pytest.mark.parametrize("words", [["--help"], ["plan", "--help"], ["apply", "--help"], ["init", "--help"]])
def test_help_loads_neither_heavy_nor_reading_libraries(project: Path, words: list[str]) -> None:
    """Help is shown without loading the libraries that read specs, let alone those that fetch or decode."""
    assert _imported_by(words, project) & {*HEAVY, "watchfiles", "rich", "pydantic", "yaml"} == set()


def test_the_version_is_told_before_anything_is_loaded(project: Path) -> None:
    """`--version` loads no module that a bare interpreter does not, but the program's own door."""
    bare = {"argparse", "dataclasses", "json", "pathlib", "enum"} & _imported_by(["--version"], project)

    assert bare - {"json", "enum"} == set()
