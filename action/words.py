#!/usr/bin/env python3
"""Prints the words of ARGS, one a line, as a shell would split them; refuses what it cannot split. No library."""

from __future__ import annotations

import os
import shlex
import sys

USAGE = 64


def main(text: str) -> int:
    try:
        words = shlex.split(text)
    except ValueError as error:
        # Without its words a command means something else: `plan --locked "` would let everything pass.
        sys.stderr.write(f"args: {error}\n")
        return USAGE
    if any("\n" in word for word in words):
        sys.stderr.write("args: a word holds a line break\n")
        return USAGE
    sys.stdout.write("".join(f"{word}\n" for word in words))
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ.get("ARGS", "")))
