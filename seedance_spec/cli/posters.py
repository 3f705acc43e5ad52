"""Small pictures of clips, for a page that cannot show clips: one JPEG per clip, under its SHA-256. No page is made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.clips.store import Store

POSTER_PIXELS = 480


def file_name(sha256: str) -> str:
    return f"{sha256}.jpg"


def made(clips: Iterable[str], store: Store, folder: Path) -> frozenset[str]:
    """Which of these clips have a poster in the folder now; made for those whose bytes are here and that had none.

    Raises StopError (64) where none can be cut or written.
    """
    from seedance_spec.clips.faults import StoreFault
    from seedance_spec.clips.frames import FrameFault, can_cut, poster_jpeg

    if not can_cut():
        hint = "pip install 'seedance-spec[media]', or drop --posters"
        raise StopError(ExitCode.USAGE, "--posters cuts pictures, which needs the media extra", hint=hint)
    found = set()
    for clip in clips:
        place = folder / file_name(clip)
        try:
            if not place.exists() and store.has(clip):
                folder.mkdir(parents=True, exist_ok=True)
                _keep(place, poster_jpeg(store.read(clip), width=POSTER_PIXELS))
            if place.exists():
                found.add(clip)
        except (StoreFault, FrameFault):
            # A clip without a picture is still a row of the page; `verify` tells what is wrong with it.
            continue
        except OSError as error:
            raise StopError(ExitCode.USAGE, f"--posters {folder} cannot be written: {error.strerror}") from None
    return frozenset(found)


def _keep(place: Path, picture: bytes) -> None:
    """Whole or not at all: what lies there is never made again."""
    half = place.with_suffix(f".{os.getpid()}.part")
    try:
        half.write_bytes(picture)
        half.replace(place)
    finally:
        half.unlink(missing_ok=True)


def addresses(clips: Iterable[str], base: str) -> Mapping[str, str]:
    """Where each poster is shown: below `base`, whatever serves the folder there."""
    return {clip: f"{base.rstrip('/')}/{file_name(clip)}" for clip in clips}
