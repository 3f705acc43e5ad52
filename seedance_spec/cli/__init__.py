"""The verbs: one file each. The only rooms that print, read argv or exit."""

from __future__ import annotations


def main(argv: list[str] | None = None) -> int:
    from seedance_spec.cli.boundary import run

    return run(argv)
