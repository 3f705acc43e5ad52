"""The one way for a verb to stop early with something to say. Nothing that prints may enter."""

from __future__ import annotations

from seedance_spec.cli.exit_codes import ExitCode


class Terminated(KeyboardInterrupt):
    """SIGTERM came where nothing special waits for it: like Ctrl-C, with a code of its own."""


class StopError(Exception):
    """The verb cannot go on. `message` says what is wrong, in the user's words; `hint` is the command that mends it."""

    def __init__(self, code: ExitCode, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
