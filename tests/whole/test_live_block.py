"""The live view: lines repainted in place on a terminal, plain lasting lines elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.whole import Done, environment, on_a_terminal, python

REEL = """
from seedance_spec.cli.console import Console
from seedance_spec.cli.settings import read_settings
with Console.of(read_settings()).live() as block:
    block.update("moon 10 %\\njump 5 %")
    block.say("moon done")
    block.update("jump 95 %")
"""

HIDE, SHOW, BEGIN, END = "\x1b[?25l", "\x1b[?25h", "\x1b[?2026h", "\x1b[?2026l"


def test_elsewhere_only_lasting_lines_are_written(tmp_path: Path) -> None:
    """Without a terminal no escape is sent: what lasts is said, what moves is not."""
    assert python(REEL, cwd=tmp_path) == Done(code=0, out="", err="moon done\n")


@pytest.mark.parametrize("env", [{"CI": "true"}, {"TERM": "dumb"}], ids=["ci", "dumb"])
def test_a_terminal_that_cannot_be_repainted_is_left_alone(tmp_path: Path, env: dict[str, str]) -> None:
    """On CI and on a dumb terminal the live view is plain lines too."""
    assert on_a_terminal(REEL, cwd=tmp_path, env=env).err == "moon done\r\n"


def test_a_terminal_is_repainted_in_place(tmp_path: Path) -> None:
    """Each picture goes back over the one before in one write, lasting lines go above it, the cursor comes back."""
    sent = on_a_terminal(REEL, cwd=tmp_path).err.replace("\r\n", "\n")

    assert sent == "".join(
        [
            HIDE,
            f"{BEGIN}\x1b[Jmoon 10 %\njump 5 %\n{END}",
            f"{BEGIN}\x1b[2F\x1b[Jmoon done\nmoon 10 %\njump 5 %\n{END}",
            f"{BEGIN}\x1b[2F\x1b[Jjump 95 %\n{END}",
            SHOW,
        ]
    )


def test_a_block_too_large_for_the_screen_is_cut(tmp_path: Path) -> None:
    """What exceeds the screen becomes a count, or ends in `…`: it could not be painted over."""
    program = REEL.replace('"jump 95 %"', '"\\n".join(["x" * 99] * 99)')

    last = on_a_terminal(program, cwd=tmp_path).err.replace("\r\n", "\n").split(BEGIN)[-1].split("\x1b[J")[1]
    lines = last.removesuffix(f"{END}{SHOW}").splitlines()

    assert lines == ["x" * 79 + "…"] * 22 + ["… 77 more"]


def test_the_cursor_comes_back_after_a_fault(tmp_path: Path) -> None:
    """Whatever happens inside, the terminal is left as it was."""
    done = on_a_terminal(REEL + "    raise SystemExit(3)\n", cwd=tmp_path)

    assert (done.code, done.err.endswith(SHOW)) == (3, True)


@pytest.mark.lab
def test_a_real_terminal_shows_the_last_picture_only(tmp_path: Path) -> None:
    """In tmux, the screen holds what lasts and the last picture, and no trace of the ones before."""
    assert shutil.which("tmux"), "this test needs tmux"
    script = tmp_path / "reel.py"
    script.write_text(REEL, encoding="utf-8")
    tmux = ["tmux", "-f", "/dev/null", "-S", str(tmp_path / "socket")]
    pane = f"{sys.executable} {script}; {' '.join(tmux)} wait-for -S done; cat"
    env = environment({"TERM": "xterm-256color", "SHELL": "/bin/sh"})

    subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "24", pane], env=env, cwd=tmp_path, check=True)
    try:
        subprocess.run([*tmux, "wait-for", "done"], env=env, timeout=30, check=True)
        screen = subprocess.run([*tmux, "capture-pane", "-p"], env=env, capture_output=True, text=True, check=True)
    finally:
        subprocess.run([*tmux, "kill-server"], env=env, check=False)

    assert screen.stdout.split("\n")[:3] == ["moon done", "jump 95 %", ""]
