"""The generated parts of the documentation; `python -m tests.support.pages` writes them, the tests compare them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.planning import record as planning
from benchmarks.watching import record as watch_record
from seedance_spec.cli.exit_codes import MEANINGS, PRECEDENCE
from seedance_spec.cli.parser import parser_for, program_help
from seedance_spec.cli.verbs import VERBS, load
from seedance_spec.content_hash import content_hash, display_request
from seedance_spec.lockfile.facts import Label, Reporter, Status
from seedance_spec.lockfile.file import LockFile
from seedance_spec.lockfile.fold import Facts
from seedance_spec.pipeline import read_specs
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace
from tests.hostile import figures, record
from tests.lab.registry import ROWS
from tests.lab.results import RESULTS, Results
from tests.lab.table import markdown
from tests.support.architecture import LAYERS, room_of
from tests.support.attempts import an_attempt_id
from tests.support.facts import a_report, an_attempt
from tests.support.house import House, read_house
from tests.support.life_page import life_diagram, life_table
from tests.support.watch_capture import watch_capture
from tests.support.whole import seedance_spec

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "seedance_spec"

FLOW = (
    "pipeline",
    "rendering",
    "specfiles",
    "model",
    "content_hash",
    "plan",
    "attempts",
    "gateway",
    "webhook",
    "lockfile",
    "journal",
    "clips",
    "sandbox",
    "doctor",
    "cli",
)
"""The rooms in the order of the flow; what is not among them (values that everybody shares) comes last."""


def cli_page() -> str:
    blocks = [
        "# The command line\n\nGenerated from the program itself by `make docs`; a test compares it.\n",
        f"```text\n{program_help()}```\n",
        *(f"## {verb}\n\n```text\n{parser_for(verb, load(verb)).format_help()}```\n" for verb in VERBS),
        f"## Exit codes\n\n{exit_codes()}",
    ]
    return "\n".join(blocks)


def exit_codes() -> str:
    rows = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANINGS.items())
    order = ", ".join(str(code.value) for code in PRECEDENCE)
    return (
        f"| code | meaning |\n| --- | --- |\n{rows}\nWhen several apply, the first of {order} wins; `--json` has all.\n"
    )


def architecture_page() -> str:
    house = read_house(PACKAGE)
    return "\n".join(
        [
            "# The map\n\nGenerated from the modules' own first lines by `make docs`; a test compares it.\n",
            "## Which way imports point\n",
            "From the top down; a room imports only what stands below it. `tests/test_architecture.py` keeps it so.\n",
            f"```text\n{_layers()}```\n",
            *_room_sections(house),
        ]
    )


def tree() -> str:
    """The README's map: every room with its line."""
    house = read_house(PACKAGE)
    rooms = _rooms(house)
    width = max(map(len, map(_shown, rooms)))
    lines = "".join(f"  {_shown(room):{width}}  {_short(house, room)}\n" for room in rooms)
    return f"```text\nseedance_spec/\n{lines}```\n"


def plan() -> str:
    """The README's first spec, planned by the program."""
    with _readme_project() as root:
        return _planned(root)


def plan_after_an_edit() -> str:
    """The same once its clip is on record and one word of the prompt is another."""
    with _readme_project() as root:
        _put_on_record(root)
        spec = root / "specs" / "moon.yaml"
        spec.write_text(spec.read_text(encoding="utf-8").replace("walking", "dancing"), encoding="utf-8")
        return _planned(root)


SEASON: Mapping[str, str] = {
    "trip.yaml": """\
version: 1
vars: { hero: a tabby cat named Miso }
defaults: { model: dreamina-seedance-2-0, duration: 5, metadata: { resolution: 720p } }
shots:
  launch:
    prompt: ${hero} straps on a paper rocket at dusk; slow push-in
    metadata: { return_last_frame: true }
  landing:
    prompt: The rocket settles in silver dust, the hatch swings open
    inputs: [{ shot: launch, frame: last, role: first_frame }]
  salute:
    prompt: A small paw salutes the earth, dust drifting in low gravity
    inputs: [{ shot: landing, frame: last, role: first_frame }]
""",
    "banner.yaml": """\
version: 1
vars: { hero: a tabby cat named Miso }
defaults: { model: dreamina-seedance-2-0-fast, duration: 4, metadata: { resolution: 480p } }
shots:
  banner:
    prompt: ${hero} on a windowsill, poster light
    metadata: { ratio: "${matrix.ratio}" }
    matrix: { ratio: [16:9, 9:16] }
""",
}
"""What the two wide and narrow plans of the README are about: a chain of three shots, and a matrix of two."""


def plan_narrow() -> str:
    return _season_planned(80)


def plan_wide() -> str:
    return _season_planned(140)


def _season_planned(columns: int) -> str:
    """All but one banner rendered, then one word of the prompt that the chain begins with is another."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "specs").mkdir()
        for name, text in SEASON.items():
            (root / "specs" / name).write_text(text, encoding="utf-8")
        _put_on_record(root, but="banner/banner@ratio=9x16")
        spec = root / "specs" / "trip.yaml"
        spec.write_text(spec.read_text(encoding="utf-8").replace("at dusk", "at dawn"), encoding="utf-8")
        return _planned(root, columns)


@contextmanager
def _readme_project() -> Iterator[Path]:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^```yaml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert found is not None
    with TemporaryDirectory() as folder:
        (Path(folder) / "specs").mkdir()
        (Path(folder) / "specs" / "moon.yaml").write_text(found[1], encoding="utf-8")
        yield Path(folder)


def _planned(root: Path, columns: int = 100) -> str:
    done = seedance_spec("plan", cwd=root, env={"COLUMNS": str(columns)})
    assert (done.code, done.err) == (0, ""), done
    return f"```console\n$ seedance-spec plan\n{done.out}```\n"


def _put_on_record(root: Path, *, but: str | None = None) -> None:
    shots = [shot for shot in read_specs(root).film.shots.values() if shot.id != but]
    facts = (
        an_attempt(
            attempt_id=an_attempt_id(number, content_hash=content_hash(shot.request)),
            label=Label(shot=shot.id),
            content_hash=content_hash(shot.request),
            request=display_request(shot.request),
            status=Status.SUCCEEDED,
            task_id=f"task_{number}",
            reports={Reporter.GATEWAY: a_report()},
        )
        for number, shot in enumerate(shots, 1)
    )
    place = Workplace(root=root, realm=Realm.PAID)
    LockFile(place.lockfile, root=root, write_lock=place.write_lock).merge(Facts.of(*facts))


def crash_lab() -> str:
    """The README's figures: what the crash laboratory's results file holds for its newest tree."""
    return markdown(Results(REPOSITORY / RESULTS).newest, ROWS)


def receiver_figures() -> str:
    """The receiver's figures: what its results file holds for its newest tree."""
    return figures.page(record.Record(REPOSITORY / record.RESULTS).newest)


def watch_figures() -> str:
    """A watch's figures: what the benchmark's record holds."""
    return watch_record.page(watch_record.recorded(REPOSITORY))


def planning_figures() -> str:
    """What plans cost: what the benchmark measured last."""
    return planning.page(planning.Record.read(REPOSITORY / planning.RESULTS))


GENERATED: Mapping[str, Callable[[], str]] = {
    "docs/cli.md": cli_page,
    "docs/architecture.md": architecture_page,
    figures.PAGE: receiver_figures,
    watch_record.PAGE: watch_figures,
    planning.PAGE: planning_figures,
}
BLOCKS: Mapping[str, Callable[[], str]] = {
    "exit-codes": exit_codes,
    "tree": tree,
    "plan": plan,
    "plan-after-an-edit": plan_after_an_edit,
    "plan-narrow": plan_narrow,
    "plan-wide": plan_wide,
    "watch": watch_capture,
    "crash-lab": crash_lab,
}


PAGE_BLOCKS: Mapping[str, Callable[[], str]] = {"life-table": life_table, "life-diagram": life_diagram}
"""Blocks of pages under docs/, beside those of the README."""


def with_blocks(text: str) -> str:
    """The text with every block between `<!-- generated: NAME -->` and `<!-- end -->` written anew."""
    blocks = {**BLOCKS, **PAGE_BLOCKS}

    def renewed(found: re.Match[str]) -> str:
        return f"{found[1]}\n{blocks[found[2]]()}{found[3]}"

    return re.sub(r"(<!-- generated: ([a-z-]+) -->)\n.*?(<!-- end -->)", renewed, text, flags=re.DOTALL)


def _layers() -> str:
    shown = [", ".join(filter(None, rooms)) for rooms in reversed(LAYERS)]
    return "\n  ↓\n".join(shown) + "\n"


def _room_sections(house: House) -> Iterator[str]:
    for room in _rooms(house):
        members = [name for name in sorted(house.modules) if name.startswith(f"{room}.")]
        yield f"## {_shown(room)}\n\n{_line(house, room)}\n"
        if members:
            rows = "".join(f"| `{name.partition('.')[2]}` | {_line(house, name)} |\n" for name in members)
            yield f"| module | |\n| --- | --- |\n{rows}"


def _rooms(house: House) -> list[str]:
    found = {room_of(name) for name in house.modules if name and not name.startswith("__")}
    return [room for room in FLOW if room in found] + sorted(found - set(FLOW))


def _shown(room: str) -> str:
    return f"{room}/" if (PACKAGE / room).is_dir() else f"{room}.py"


def _line(house: House, name: str) -> str:
    return (ast.get_docstring(house.modules[name].tree) or "").partition("\n")[0].replace("|", "\\|")


def _short(house: House, room: str) -> str:
    """What the room is for; what may not enter it stands in docs/architecture.md."""
    first = re.split(r"(?<=[.:]) ", _line(house, room))
    return (
        first[0].rstrip(":.") if not first[0].endswith(":") or len(first) == 1 else f"{first[0]} {first[1].rstrip('.')}"
    )


def main() -> None:
    for name, page in GENERATED.items():
        (REPOSITORY / name).write_text(page(), encoding="utf-8")
    for path in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))):
        text = path.read_text(encoding="utf-8")
        path.write_text(with_blocks(text), encoding="utf-8")


if __name__ == "__main__":
    main()
