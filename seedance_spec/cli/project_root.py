"""Which project is meant: the folder that holds specs/. It only looks; nothing here may create or change a file."""

from __future__ import annotations

from pathlib import Path

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError


def find_root(given: Path | None, *, start: Path | None = None) -> Path:
    """The project folder: `given` (from --project) as it is, else the nearest folder upwards that holds specs/.

    Raises StopError (64) where there is none.
    """
    if given is not None:
        if not (given / "specs").is_dir():
            raise StopError(ExitCode.USAGE, f"{given} has no specs/ folder", hint=f"seedance-spec init {given}")
        return given.resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "specs").is_dir():
            return folder
    raise StopError(
        ExitCode.USAGE,
        "there is no project here: no folder upwards holds specs/",
        hint="seedance-spec init makes one, or --project DIR",
    )
