#!/usr/bin/env python3
"""Prints ours and theirs as one lockfile: every fact of both, without lines that ours has taken further. No library."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def lines_of(name: str) -> list[str]:
    """The lines of a file, in their order; bytes that are no UTF-8 come through unharmed."""
    return Path(name).read_text(encoding="utf-8", errors="surrogateescape").split("\n")


def key_of(line: str) -> str | None:
    """Which fact a line is about; None for a line that is none."""
    try:
        fact = json.loads(line)
        return json.dumps([fact["kind"], fact["key"]])
    except (ValueError, LookupError, TypeError):
        return None


def union(ours: list[str], theirs: list[str], base: list[str]) -> list[str]:
    """A line of theirs is left out only where ours knew it when it began (`base`) and speaks of the same fact today:
    then the program has folded it in. All others are kept, and the program folds what speaks of one fact twice.
    """
    held, known = set(ours), set(base)
    keys = {key for line in ours if (key := key_of(line)) is not None}
    strange = (line for line in theirs if line.strip() and line not in held)
    new = [line for line in strange if line not in known or key_of(line) not in keys]
    kept = [line for line in ours if line.strip()]
    return kept if not new else sorted({*kept, *new})


def main(ours: str, theirs: str, base: str) -> int:
    result = union(lines_of(ours), lines_of(theirs), lines_of(base))
    text = "".join(f"{line}\n" for line in result)
    sys.stdout.buffer.write(text.encode("utf-8", errors="surrogateescape"))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
