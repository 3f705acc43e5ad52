"""The table of verbs: a verb's module is imported only when it is chosen. No verb's logic may enter."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

from seedance_spec.cli.settings import Settings

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Begin": ("init", "sandbox"),
    "Write": ("validate", "schema"),
    "Render": ("plan", "apply", "watch", "collect", "status", "show", "takes", "resolve", "cost", "graph", "report"),
    "Keep": ("verify", "prune"),
    "Receive": ("serve", "doctor"),
}
"""Every verb, in the order in which a newcomer meets them. The verb's module has its name."""

VERBS = tuple(verb for group in GROUPS.values() for verb in group)


class Verb(Protocol):
    """What each verb's module holds. `EXAMPLES` are lines `$ command   # what it is for`."""

    SUMMARY: str
    EXAMPLES: str

    def add_arguments(self, parser: ArgumentParser) -> None: ...

    def run(self, args: Namespace, settings: Settings) -> int: ...


def load(verb: str) -> Verb:
    return cast("Verb", import_module(f"seedance_spec.cli.{verb}"))
