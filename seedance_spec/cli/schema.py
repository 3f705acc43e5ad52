"""`schema`: the JSON Schemas of spec files and of every --json output. It reads no spec."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.stop import StopError
from seedance_spec.json_types import JsonObject
from seedance_spec.specfiles.suggest import nearest

SUMMARY = "print or write the JSON Schemas, for editors and for readers of --json"
EXAMPLES = """
$ seedance-spec schema               # which there are
$ seedance-spec schema spec          # the schema of spec files
$ seedance-spec schema --write       # all of them into schemas/
"""

FORMAT = "seedance-spec/schema/1"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="print this schema")
    parser.add_argument("--write", action="store_true", help="write every schema into schemas/ of the project")
    parser.add_argument("--json", action="store_true", help="list as JSON (schemas/schema.schema.json)")


def run(args: Namespace, settings: Settings) -> int:
    from seedance_spec.cli.documents import NAMES, schema_text

    console = Console.of(settings)
    if args.write:
        written = write_schemas(find_root(args.project) / "schemas")
        console.say("\n".join(f"wrote schemas/{name}" for name in written) or "schemas/ is current")
        return ExitCode.CONVERGED
    if args.name is None:
        console.data(_listing(as_json=args.json))
        return ExitCode.CONVERGED
    if args.name not in NAMES:
        guess = nearest(args.name, NAMES)
        hint = f"did you mean {guess}?" if guess else f"there are {', '.join(NAMES)}"
        raise StopError(ExitCode.USAGE, f"there is no schema {args.name!r}", hint=hint)
    console.data(schema_text(args.name).rstrip("\n"))
    return ExitCode.CONVERGED


def write_schemas(folder: Path) -> tuple[str, ...]:
    """Write every schema that is not current in this folder; the names of the files written."""
    from seedance_spec.cli.documents import NAMES, file_name, schema_text

    folder.mkdir(exist_ok=True)
    written = []
    for name in NAMES:
        path, text = folder / file_name(name), schema_text(name)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            written.append(path.name)
    return tuple(written)


def listing_schema() -> JsonObject:
    """JSON Schema (2020-12) of `schema --json`."""
    row: JsonObject = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "file", "title"],
        "properties": {"name": {"type": "string"}, "file": {"type": "string"}, "title": {"type": "string"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "seedance-spec schema --json",
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "schemas"],
        "properties": {"format": {"const": FORMAT}, "schemas": {"type": "array", "items": row}},
    }


def _listing(*, as_json: bool) -> str:
    from seedance_spec.cli.documents import NAMES, file_name, schema_of
    from seedance_spec.cli.json_text import json_text

    rows = [(name, file_name(name), str(schema_of(name).get("title", ""))) for name in NAMES]
    if as_json:
        return json_text({"format": FORMAT, "schemas": [{"name": n, "file": f, "title": t} for n, f, t in rows]})
    return "\n".join(f"{name:10}{file:24}{title}".rstrip() for name, file, title in rows)
