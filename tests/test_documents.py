"""Nothing written may lie: README, docs, changelog and the repository's own specs agree with the program."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedance_spec import __version__
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.parser import parser_for
from seedance_spec.cli.verbs import VERBS, load
from seedance_spec.plan.change import Action
from tests.support.pages import BLOCKS, GENERATED, REPOSITORY, with_blocks
from tests.support.whole import seedance_spec

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _named(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _blocks(text: str, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(text) if language in languages]


def _commands(text: str) -> Iterator[list[str]]:
    """Every `seedance-spec …` of the shell blocks, as words."""
    for block in _blocks(text, "sh", "console"):
        typed = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")] or block.splitlines()
        for command in re.split(r"&&|\n", "\n".join(typed)):
            words = shlex.split(command, comments=True)
            if len(words) > 1 and words[0].endswith("seedance-spec"):
                yield words[1:]


@pytest.mark.parametrize("path", DOCUMENTS, ids=_named)
def test_every_command_shown_is_one_the_program_knows(path: Path) -> None:
    """Each `seedance-spec …` of a shell block parses: no flag is made up, none was forgotten when it left."""
    for verb, *words in _commands(path.read_text(encoding="utf-8")):
        parser_for(verb, load(verb)).parse_args(words)


def test_the_readme_shows_commands_to_check() -> None:
    """The check above has something to check."""
    assert len(list(_commands(README))) >= 5


@pytest.mark.parametrize("verb", VERBS)
def test_every_example_in_the_help_parses(verb: str) -> None:
    """The commands that help shows to copy are commands."""
    examples = f"```sh\n{load(verb).EXAMPLES.strip()}\n```"

    shown = list(_commands(examples))

    assert shown
    for name, *words in shown:
        parser_for(name, load(name)).parse_args(words)


@pytest.mark.parametrize(("name", "page"), GENERATED.items(), ids=list(GENERATED))
def test_a_generated_page_is_current(name: str, page: Callable[[], str]) -> None:
    """The page is what the program says today; `make docs` writes it."""
    assert (REPOSITORY / name).read_text(encoding="utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize("path", DOCUMENTS, ids=_named)
def test_generated_blocks_are_current(path: Path) -> None:
    """Each block inside a page is what the program says today; `make docs` writes them."""
    text = path.read_text(encoding="utf-8")

    assert with_blocks(text) == text, "run `make docs`"


def test_the_readme_holds_every_block() -> None:
    """The README shows a real plan, the exit codes and the map of the house."""
    assert set(re.findall(r"<!-- generated: ([a-z-]+) -->", README)) == set(BLOCKS)


def test_the_readme_begins_with_a_sentence_a_spec_and_two_commands() -> None:
    """The first screen holds what a newcomer needs: what it is, what one writes, what one types."""
    first = README.split("\n## ")[0].splitlines()

    assert len(first) <= 30
    assert len(_blocks("\n".join(first), "yaml")) == 1
    assert len(_blocks("\n".join(first), "sh")[0].splitlines()) == 2


def test_the_readme_makes_the_promise_and_names_the_test_command() -> None:
    """The promise about money stands in its exact words, and `make test` is named."""
    words = " ".join(README.replace("> ", "").split())

    assert (
        "Within one journal, or among clones that share a receiver, no take is paid for twice by us; "
        "elsewhere a duplicate is kept, shown and priced."
    ) in words
    assert "`make test`" in README


def test_the_changelog_tells_of_this_version() -> None:
    """The newest version of the changelog is the package's."""
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.findall(r"^## \[([0-9.]+)\]", changelog, re.MULTILINE)[0] == __version__


@pytest.mark.parametrize("path", DOCUMENTS, ids=_named)
def test_every_link_leads_somewhere(path: Path) -> None:
    """Each relative link of a document names a file that exists, and each anchor a heading."""
    text = path.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]

    for link in links:
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target.read_text(encoding="utf-8")), link


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_glossary_explains_every_action_of_a_plan() -> None:
    """Whatever word a plan may show stands in the glossary."""
    glossary = (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8")
    explained = {word for cell in re.findall(r"\*\*([^*]+)\*\*", glossary) for word in cell.split(", ")}

    assert {action.value for action in Action} - explained == set()


def test_every_setting_of_the_environment_is_documented() -> None:
    """Each variable that the program reads stands in the README or in the docs."""
    source = (REPOSITORY / "seedance_spec" / "cli" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"((?:EASYROUTER|SEEDANCE)_[A-Z_]+)"', source))
    written = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)

    assert {name for name in read if name not in written} == set()


def test_the_repository_s_own_specs_are_right() -> None:
    """specs/ of the repository holds the four requests of the API page and a film of six shots, without complaint."""
    checked = json.loads(seedance_spec("validate", "--json", cwd=REPOSITORY).out)

    assert (checked["ok"], checked["project"], checked["shots"], checked["diagnostics"]) == (
        True,
        "seedance-spec",
        10,
        [],
    )


def test_ci_runs_what_a_contributor_runs() -> None:
    """CI's script is `make check`, and that holds lint, types and `make test`."""
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")

    assert "\nmake check" in script
    assert "\ncheck: lint types test" in makefile
    assert ".ci/run" in (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=_named)
def test_every_test_that_a_document_cites_exists(path: Path) -> None:
    """A promise names the test that keeps it: file and function are there."""
    cited = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", path.read_text(encoding="utf-8"))

    for file, name in cited:
        source = (REPOSITORY / file).read_text(encoding="utf-8")
        assert not name or re.search(rf"^(?:async )?def {name}\(", source, re.MULTILINE), f"{file}::{name}"


def test_the_page_about_money_says_where_each_promise_is_tested() -> None:
    """docs/money.md holds the promise in its exact words, and every row of its tables cites a test."""
    page = (REPOSITORY / "docs" / "money.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .*[^-] \|$", page, re.MULTILINE)
    told = [row for row in rows if "`tests/" in row]

    assert (
        "Within one journal, or among clones that share a receiver, no take is paid for twice by us; "
        "elsewhere a duplicate is kept, shown and priced."
    ) in " ".join(page.replace("> ", "").split())
    assert len(told) >= 15
    assert [row for row in rows if row not in told and not row.endswith("| where it is tested |")] == []


def test_no_document_names_a_code_that_does_not_exist() -> None:
    """Every `exit N` of the documents is one of the program's exit codes."""
    said = {int(code) for path in DOCUMENTS for code in re.findall(r"\bexit (\d+)\b", path.read_text(encoding="utf-8"))}

    assert said - set(map(int, ExitCode)) == set()


def test_every_spec_file_of_the_readme_can_be_planned(tmp_path: Path) -> None:
    """Each yaml block says which file it is, and a project of that file alone has a plan without a complaint."""
    for spec in _blocks((REPOSITORY / "README.md").read_text(encoding="utf-8"), "yaml"):
        named = re.match(r"# (specs/[a-z]+)\.yaml\n", spec)
        assert named is not None, spec
        root = tmp_path / named[1].rpartition("/")[2]
        (root / "specs").mkdir(parents=True)
        (root / f"{named[1]}.yaml").write_text(spec, encoding="utf-8")

        planned = seedance_spec("plan", cwd=root)

        assert (planned.code, planned.err) == (0, "")
