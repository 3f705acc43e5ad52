"""`validate`: are the spec files right? Offline; of the record it asks only whether a named take exists."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from seedance_spec.cli.console import Console
from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.given import add_given_arguments, given_of
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.project_root import find_root
from seedance_spec.cli.settings import Settings
from seedance_spec.cli.spec_check import annotate, refuse_words, show_complaints

if TYPE_CHECKING:
    from seedance_spec.json_types import Json, JsonObject
    from seedance_spec.pipeline import Reading
    from seedance_spec.specfiles.diagnostic import Diagnostic, Span

SUMMARY = "check every spec file and show all that is wrong, at its line"
EXAMPLES = """
$ seedance-spec validate             # every complaint; exit 3 for an error
$ seedance-spec validate --json      # the same for editors and CI
$ seedance-spec validate --profile draft --var hero="a black cat"
"""

FORMAT = "seedance-spec/validate/1"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON (schemas/validate.schema.json)")
    add_given_arguments(parser)


def run(args: Namespace, settings: Settings) -> int:
    root = find_root(args.project)

    from seedance_spec.pipeline import read_specs, refused_takes
    from seedance_spec.specfiles.diagnostic import has_errors

    reading = read_specs(root, given_of(args, settings))
    refuse_words(reading)
    reading = replace(reading, diagnostics=(*reading.diagnostics, *refused_takes(reading.film, root)))
    console = Console.of(settings)
    if console.github is not None:
        console.github.stand_at(root)
    if args.json:
        console.data(json_text(validate_document(reading)))
        annotate(reading.diagnostics, console)
    else:
        show_complaints(reading.diagnostics, reading.texts, console)
        console.say(_summary(reading))
    return ExitCode.INVALID_SPEC if has_errors(reading.diagnostics) else ExitCode.CONVERGED


def validate_document(reading: Reading) -> JsonObject:
    errors, warnings = _counted(reading)
    return {
        "format": FORMAT,
        "ok": errors == 0,
        "project": reading.film.project.name,
        "shots": len(reading.film.shots),
        "errors": errors,
        "warnings": warnings,
        "diagnostics": [diagnostic_document(each) for each in reading.diagnostics],
    }


def diagnostic_document(diagnostic: Diagnostic) -> JsonObject:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "source": diagnostic.source,
        "span": _span_document(diagnostic.span),
    }


def validate_schema() -> JsonObject:
    """JSON Schema (2020-12) of `validate --json`."""
    count: Json = {"type": "integer", "minimum": 0}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "seedance-spec validate --json",
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "ok", "project", "shots", "errors", "warnings", "diagnostics"],
        "properties": {
            "format": {"const": FORMAT},
            "ok": {"type": "boolean", "description": "whether an apply would be allowed to start"},
            "project": {"type": "string"},
            "shots": count,
            "errors": count,
            "warnings": count,
            "diagnostics": {"type": "array", "items": _diagnostic_schema()},
        },
    }


def _diagnostic_schema() -> JsonObject:
    position: Json = {"type": "integer", "minimum": 1}
    numbers = ("line", "column", "end_line", "end_column")
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["code", "severity", "message", "hint", "source", "span"],
        "properties": {
            "code": {"type": "string", "pattern": "^[a-z0-9-]+$"},
            "severity": {"enum": ["error", "warning"]},
            "message": {"type": "string"},
            "hint": {"type": "string", "description": "the edit or command that mends it, or empty"},
            "source": {"type": "string", "description": "who forbids it, where that is not the tool itself"},
            "span": {
                "type": ["object", "null"],
                "description": "where; lines and columns count from 1, the end is exclusive",
                "additionalProperties": False,
                "required": ["file", *numbers],
                "properties": {"file": {"type": "string"}, **dict.fromkeys(numbers, position)},
            },
        },
    }


def _span_document(span: Span | None) -> JsonObject | None:
    if span is None:
        return None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _counted(reading: Reading) -> tuple[int, int]:
    severities = [each.severity.value for each in reading.diagnostics]
    return severities.count("error"), severities.count("warning")


def _summary(reading: Reading) -> str:
    errors, warnings = _counted(reading)
    shots = len(reading.film.shots)
    counts = ((errors, "error"), (warnings, "warning"))
    told = [f"{count} {noun}{'s' * (count != 1)}" for count, noun in counts if count]
    return f"{shots} shot{'s' * (shots != 1)} in {reading.film.project.name}: {', '.join(told) or 'all right'}"
