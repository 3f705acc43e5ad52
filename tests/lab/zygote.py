"""The client's processes without their start-up: everything is imported once, and each run is a fork of its own. Real
processes that really die; no row may enter.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from seedance_spec.attempts import inquiry_search
from tests.lab.hooks import Hooked, hook_of_environment
from tests.lab.world import PATIENCE, Ran
from tests.support.whole import environment

_HOPE = "LAB_HOPE_SECONDS"
IN_HASTE = {_HOPE: "2"}
"""For a run that need not wait half a minute, as the product does, for evidence about a POST that may have landed."""

_MODULES = (
    "av",
    "seedance_spec.cli.boundary",
    "seedance_spec.cli.apply",
    "seedance_spec.cli.apply_view",
    "seedance_spec.cli.spec_check",
    "seedance_spec.rendering",
    "seedance_spec.clips.probe",
)
"""What the first run finds imported; later ones find all that those before them imported."""

_LOOKED_FOR = "sniffio"
"""httpcore looks for it at every request where it is not installed."""


class Zygote:
    """One parent process; `run` is one child of it. To be used by one thread at a time.

    `preload` is the library of faults.c: a child whose variables speak to it counts its calls from nothing.
    """

    def __init__(self, scratch: Path, *, preload: Path | None = None) -> None:
        self._scratch = scratch
        # All is on the loopback: a hundred and forty certificates would be read for nobody.
        variables = {"SSL_CERT_DIR": str(scratch), **({"LD_PRELOAD": str(preload)} if preload else {})}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.lab.zygote"],
            cwd=Path(__file__).parents[2],
            env=environment(variables),
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
        """End it, and the child that runs."""
        self._process.terminate()
        self._process.communicate()


def serve() -> None:
    """Fork for each line of standard input; answer with the child's exit code, negative for a signal that killed it."""
    # A Ctrl-C is for whoever started this process, who then ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if importlib.util.find_spec(_LOOKED_FOR) is None:
        sys.modules[_LOOKED_FOR] = None  # type: ignore[assignment]  # the import system's own word for "not there"
    _learn(_MODULES)
    for line in sys.stdin:
        code, imported = _lived(json.loads(line))
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()
        _learn(imported)


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit


def _learn(modules: Iterable[str]) -> None:
    """Import what a child imported: none does it again. What it is made of is kept out of the collector's way."""
    fresh = [name for name in modules if name not in sys.modules]
    for name in fresh:
        with suppress(ImportError):
            importlib.import_module(name)
    if fresh:
        gc.collect()
        gc.freeze()


def _lived(asked: dict[str, object]) -> tuple[int, list[str]]:
    """A child from birth to death: its exit code, and what it imported, where it lived to tell."""
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        _be(asked, tell)
    try:
        os.close(tell)
        with os.fdopen(told, encoding="utf-8") as words:
            imported = words.read().split()
        _, status = os.waitpid(child, 0)
    except SystemExit:
        os.kill(child, signal.SIGKILL)
        raise
    return os.waitstatus_to_exitcode(status), imported


def _be(asked: dict[str, object], tell: int) -> NoReturn:
    code = 70
    try:
        code = _program(asked)
        with os.fdopen(tell, "w", encoding="utf-8") as parent:
            parent.write(" ".join(sys.modules))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _program(asked: dict[str, object]) -> int:
    """The program from its own door on, in the place and with the words that were asked for."""
    from seedance_spec.cli.boundary import run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.alarm(int(PATIENCE))
    os.chdir(str(asked["cwd"]))
    os.environ.update(asked["env"])  # type: ignore[call-overload]  # JSON of our own parent
    for number, name in ((1, "out"), (2, "err")):
        opened = os.open(str(asked[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    hope = float(os.environ.get(_HOPE, inquiry_search.SHORTEST_HOPEFUL_WAIT))
    inquiry_search.SHORTEST_HOPEFUL_WAIT = hope
    words = asked["words"]
    assert isinstance(words, list)
    sys.argv[1:] = words
    hook = hook_of_environment()
    hooked = Hooked(hook) if hook else None
    preloaded = ctypes.CDLL(None) if "LAB_ROOT" in os.environ else None
    if preloaded is not None:
        preloaded.lab_arm()
    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    if preloaded is not None:
        preloaded.lab_end()
    if hooked is not None:
        hooked.finish()
    return code


if __name__ == "__main__":
    serve()
