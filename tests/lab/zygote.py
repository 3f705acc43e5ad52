"""The client's processes for the short form: everything is imported once, and each run is a fork of its own. Real
processes that really die, without two thirds of a second of imports each.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from seedance_spec.attempts import inquiry_search
from tests.lab.hooks import Hooked, hook_of_environment
from tests.lab.world import PATIENCE, Ran
from tests.support.whole import environment

HOPEFUL_SECONDS = 2.0
"""What a run waits for evidence about a POST that may have landed. The product grants real codecs half a minute; here
every clip is drawn already.
"""

_MODULES = (
    "av",
    "seedance_spec.cli.boundary",
    "seedance_spec.cli.apply",
    "seedance_spec.cli.apply_view",
    "seedance_spec.cli.spec_check",
    "seedance_spec.rendering",
    "seedance_spec.clips.probe",
)


class Zygote:
    """One parent process; `run` is one child of it. To be used by one thread at a time."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.lab.zygote"],
            cwd=Path(__file__).parents[2],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, words: tuple[str, ...], root: Path, env: Mapping[str, str]) -> Ran:
        out, err = self._scratch / "out", self._scratch / "err"
        asked = {"words": words, "cwd": str(root), "env": dict(env), "out": str(out), "err": str(err)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Ran(
            code=None if code == -signal.SIGALRM else code,
            out=out.read_text(encoding="utf-8"),
            err=err.read_text(encoding="utf-8"),
        )

    def close(self) -> None:
        self._process.communicate()


def serve() -> None:
    """Fork for each line of standard input; answer with the child's exit code, negative for a signal that killed it."""
    for name in _MODULES:
        importlib.import_module(name)
    assert inquiry_search.SHORTEST_HOPEFUL_WAIT > HOPEFUL_SECONDS
    inquiry_search.SHORTEST_HOPEFUL_WAIT = HOPEFUL_SECONDS
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _be(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _be(asked: dict[str, object]) -> None:
    from seedance_spec.cli.boundary import run

    code = 70
    try:
        signal.alarm(int(PATIENCE))
        os.chdir(str(asked["cwd"]))
        os.environ.update(asked["env"])  # type: ignore[call-overload]  # JSON of our own parent
        for number, name in ((1, "out"), (2, "err")):
            opened = os.open(str(asked[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(opened, number)
            os.close(opened)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        hook = hook_of_environment()
        hooked = Hooked(hook) if hook else None
        words = asked["words"]
        assert isinstance(words, list)
        code = run(words)
        sys.stdout.flush()
        sys.stderr.flush()
        if hooked is not None:
            hooked.finish()
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
