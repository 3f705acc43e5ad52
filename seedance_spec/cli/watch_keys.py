"""Single keys from the terminal while something else goes on; it is given back as it was. No key has a meaning here."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def keys(pressed: Callable[[str], None], *, wanted: bool) -> Iterator[None]:
    """Call `pressed` with each character that is typed, until the block is left. Nothing where nobody can type."""
    if not wanted:
        yield
        return
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(OSError):
            for character in os.read(terminal, 64).decode(errors="replace"):
                pressed(character)

    try:
        # Ctrl-C stays a signal.
        tty.setcbreak(terminal, termios.TCSADRAIN)
        loop.add_reader(terminal, read)
        yield
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
