"""The JSON Schemas that the program publishes, by name. It only collects: no schema is written here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from seedance_spec.cli.json_text import json_text
from seedance_spec.json_types import JsonObject

_SOURCES: Mapping[str, tuple[str, str]] = {
    "spec": ("model.schema", "spec_schema"),
    "project": ("model.schema", "project_schema"),
    "plan": ("plan.document", "plan_schema"),
    "saved-plan": ("plan.saved_document", "saved_plan_schema"),
    "explain": ("plan.explain_document", "explain_schema"),
    "cost": ("plan.cost_document", "costs_schema"),
    "status": ("plan.status", "status_schema"),
    "show": ("plan.show_document", "show_schema"),
    "takes": ("plan.takes_document", "takes_schema"),
    "graph": ("plan.graph_document", "graph_schema"),
    "report": ("ci.results_document", "report_schema"),
    "verify": ("plan.checkup_views", "checkup_schema"),
    "prune": ("plan.pruning_views", "pruning_schema"),
    "resolve": ("cli.resolve", "resolve_schema"),
    "event": ("plan.progress", "event_schema"),
    "watch": ("watch.notices", "watch_schema"),
    "validate": ("cli.validate", "validate_schema"),
    "init": ("cli.init", "init_schema"),
    "sandbox": ("cli.sandbox", "sandbox_schema"),
    "serve": ("cli.serve", "serve_schema"),
    "doctor": ("doctor.views", "doctor_schema"),
    "schema": ("cli.schema", "listing_schema"),
}

NAMES = tuple(_SOURCES)


def schema_of(name: str) -> JsonObject:
    """The schema of one kind of file or output. Raises KeyError for a name that is not in `NAMES`."""
    module, function = _SOURCES[name]
    schema: JsonObject = getattr(import_module(f"seedance_spec.{module}"), function)()
    return schema


def file_name(name: str) -> str:
    return f"{name}.schema.json"


def schema_text(name: str) -> str:
    """The text of the checked-in file, with its final newline."""
    return json_text(schema_of(name)) + "\n"
