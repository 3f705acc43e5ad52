"""`init`: make a project that renders at once. It adds what is missing and overwrites nothing but its own schemas."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError
from seedance_spec.json_types import JsonObject

SUMMARY = "make a project that renders in the sandbox at once"
EXAMPLES = """
$ seedance-spec init                 # in this folder
$ seedance-spec init my-film         # in a new one
"""

FORMAT = "seedance-spec/init/1"
MEDIA = ("av", "PIL")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", metavar="DIR", type=Path, help="where; else --project, else this folder")
    parser.add_argument("--json", action="store_true", help="print what was made as JSON (schemas/init.schema.json)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Paths under the project folder: written anew, brought to this version (schemas of ours), given more lines, and
    left as they were; `foreign` are those of them that lie in the place of a schema and are none of ours.
    """

    created: tuple[str, ...]
    refreshed: tuple[str, ...]
    foreign: tuple[str, ...]
    extended: tuple[str, ...]
    kept: tuple[str, ...]


def run(args: Namespace, settings: Settings) -> int:
    folder: Path = args.folder or args.project or Path()
    console = Console.of(settings)
    try:
        made = make_project(folder, random=os.urandom(32))
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise StopError(ExitCode.USAGE, f"{error.filename} is in the way: {error.strerror}") from None
    lacking = [module for module in MEDIA if find_spec(module) is None]
    if args.json:
        from seedance_spec.cli.json_text import json_text

        console.data(json_text(_document(folder, made, sandbox_ready=not lacking)))
    else:
        console.say("\n".join(_told(folder, made, sandbox_ready=not lacking)))
    return ExitCode.CONVERGED


def make_project(folder: Path, *, random: bytes) -> Made:
    """Add whatever of a project the folder lacks. Raises OSError where a file stands in a folder's way."""
    from seedance_spec.cli.starter import IGNORED, MERGED

    folder.mkdir(parents=True, exist_ok=True)
    files = _files(folder)
    created = [path for path, content in files.items() if _created(folder / path, content)]
    stale = [path for path in files if path.startswith("schemas/") and _differs(folder / path, files[path])]
    refreshed = [path for path in stale if _refreshed(folder / path, files[path])]
    extended = []
    for path, block in ((".gitignore", IGNORED), (".gitattributes", MERGED)):
        if _created(folder / path, block.encode()):
            created.append(path)
        elif _extended(folder / path, block):
            extended.append(path)
    if _identified(folder, random):
        created.append("specs/seedance.lock")
    known = (*files, ".gitignore", ".gitattributes", "specs/seedance.lock")
    kept = tuple(path for path in known if path not in {*created, *refreshed, *extended})
    foreign = tuple(path for path in stale if path not in refreshed)
    return Made(
        created=tuple(created), refreshed=tuple(refreshed), foreign=foreign, extended=tuple(extended), kept=kept
    )


def init_schema() -> JsonObject:
    """JSON Schema (2020-12) of `init --json`."""
    paths: JsonObject = {"type": "array", "items": {"type": "string"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "seedance-spec init --json",
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "project", "created", "refreshed", "extended", "kept", "sandbox_ready"],
        "properties": {
            "format": {"const": FORMAT},
            "project": {"type": "string", "description": "the project folder, as it was named"},
            "created": paths,
            "refreshed": paths,
            "extended": paths,
            "kept": paths,
            "sandbox_ready": {"type": "boolean", "description": "whether the media extra is there"},
        },
    }


def _files(folder: Path) -> dict[str, bytes]:
    from seedance_spec.cli.documents import NAMES, file_name, schema_text
    from seedance_spec.cli.starter import IMAGE_PATH, project_name, starter_texts
    from seedance_spec.cli.starter_image import dusk_png

    texts = dict(starter_texts(project_name(folder.resolve().name), with_reel=not _has_specs(folder / "specs")))
    texts |= {f"schemas/{file_name(name)}": schema_text(name) for name in NAMES}
    files = {path: text.encode() for path, text in texts.items()}
    return {**files, IMAGE_PATH: dusk_png()} if "specs/first-reel.yaml" in files else files


def _has_specs(folder: Path) -> bool:
    """Whether the author has spec files already; the starter's own does not count."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in {".yaml", ".yml"})
    return any(path not in {"project.yaml", "first-reel.yaml"} for path in found)


def _created(path: Path, content: bytes) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def _differs(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() != content


def _refreshed(path: Path, content: bytes) -> bool:
    """Bring a schema of ours to this version: one whose title is that of the new one. Anything else is its author's."""
    try:
        is_ours = bool(json.loads(path.read_bytes())["title"] == json.loads(content)["title"])
    except (ValueError, LookupError, TypeError):
        return False
    if is_ours:
        path.write_bytes(content)
    return is_ours


def _extended(path: Path, block: str) -> bool:
    from seedance_spec.cli.starter import lacking_lines

    with path.open("a+", encoding="utf-8", newline="") as file:
        file.seek(0)
        lacking = lacking_lines(file.read(), block)
        file.write(lacking)
    return bool(lacking)


def _identified(folder: Path, random: bytes) -> bool:
    """Give the project its id, unless it has one: a committed id makes attempts recognisable in every clone (D1)."""
    from seedance_spec.attempts.attempt_id import new_project_id
    from seedance_spec.lockfile.facts import ProjectFact
    from seedance_spec.lockfile.file import LockFile
    from seedance_spec.lockfile.fold import Facts
    from seedance_spec.realm import Realm
    from seedance_spec.workplace import Workplace

    place = Workplace(root=folder, realm=Realm.PAID)
    lock = LockFile(place.lockfile, root=folder, write_lock=place.write_lock)
    held, _ = lock.read()
    if held.projects:
        return False
    lock.merge(Facts.of(ProjectFact(project_id=new_project_id(random))))
    return True


def _told(folder: Path, made: Made, *, sandbox_ready: bool) -> Iterator[str]:
    from seedance_spec.plan.figures import plural

    schemas = [path for path in made.created if path.startswith("schemas/")]
    yield from (f"  wrote {path}" for path in made.created if path not in schemas)
    if schemas:
        yield f"  wrote schemas/ ({len(schemas)} files, for your editor)"
    if made.refreshed:
        yield f"  brought schemas/ to this version ({plural(len(made.refreshed), 'file')})"
    yield from (f"  kept {path}: it is not one of ours" for path in made.foreign)
    yield from (f"  added lines to {path}" for path in made.extended)
    if not (made.created or made.refreshed or made.extended):
        yield "Everything was there already; nothing is changed."
    yield ""
    yield "Next:"
    if folder != Path():
        yield f"  cd {folder}"
    if not sandbox_ready:
        yield "  pip install 'seedance-spec[media]'   # the sandbox's clips need PyAV and Pillow"
    yield "  seedance-spec plan --sandbox         # what would be rendered, and why"
    yield "  seedance-spec apply --sandbox        # placeholder clips in renders/sandbox: no key, nothing is paid"


def _document(folder: Path, made: Made, *, sandbox_ready: bool) -> JsonObject:
    return {
        "format": FORMAT,
        "project": str(folder),
        "created": made.created,
        "refreshed": made.refreshed,
        "extended": made.extended,
        "kept": made.kept,
        "sandbox_ready": sandbox_ready,
    }
