"""The program as a user meets it: a process with words, an environment and a terminal or none."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a run of the program ended: its exit code and what it wrote on each stream."""

    code: int
    out: str
    err: str


def seedance_spec(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    """Run `seedance-spec WORDS` in a folder, without a terminal."""
    return _run("-m", "seedance_spec", *words, cwd=cwd, env=env)


def python(program: str, *words: str, cwd: Path, env: Mapping[str, str] | None = None, typed: str = "") -> Done:
    """Run a Python program, without a terminal."""
    return _run("-c", program, *words, cwd=cwd, env=env, typed=typed)


def _run(*words: str, cwd: Path, env: Mapping[str, str] | None, typed: str = "") -> Done:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=environment(env),
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def on_a_terminal(program: str, *, cwd: Path, env: Mapping[str, str] | None = None, typed: str = "") -> Done:
    """Run a Python program whose stdin and stderr are one terminal of 24 × 80; `err` is what the terminal was sent."""
    controller, terminal = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=cwd,
        env=environment({"TERM": "xterm", "NO_COLOR": "", **(env or {})}),
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    os.write(controller, typed.encode())
    out, _ = running.communicate(timeout=60)
    sent = _drained(controller)
    os.close(controller)
    return Done(code=running.returncode, out=out.decode(), err=sent.decode())


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A clean environment: no key, no proxy, no colour, and the given variables on top."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    return {**kept, "NO_COLOR": "1", "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", **(more or {})}


def _drained(controller: int) -> bytes:
    blocks: list[bytes] = []
    while True:
        try:
            block = os.read(controller, 65536)
        except OSError:  # Linux says EIO when the other side of a terminal is gone
            return b"".join(blocks)
        if not block:
            return b"".join(blocks)
        blocks.append(block)
