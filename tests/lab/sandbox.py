"""The sandbox of the laboratory: the real one, which draws each picture once. Nothing else of it may differ."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

from seedance_spec.sandbox import serve
from seedance_spec.sandbox.clip_values import ClipRequest
from seedance_spec.sandbox.media import MediaProcesses

DOLLARS = 10_000_000.0
IDLE_SECONDS = 120.0


class DrawnOnce(MediaProcesses):
    """A clip of the same words and size is drawn once and kept in `CLIPS`; its slate shows the first task's id."""

    clips: Path

    async def render(self, film: ClipRequest, out: Path) -> None:
        wanted = f"{film.title} {film.width}x{film.height} {film.frames} {film.audio}"
        kept = self.clips / f"{hashlib.sha256(wanted.encode()).hexdigest()[:16]}.mp4"
        if not kept.exists():
            await super().render(film, kept)
        part = out.with_suffix(f".{os.urandom(4).hex()}.copy")
        shutil.copyfile(kept, part)
        part.replace(out)


def main(state: str, clips: str, speed: str, billing_log: str, *faults: str) -> int:
    DrawnOnce.clips = Path(clips)
    DrawnOnce.clips.mkdir(parents=True, exist_ok=True)
    vars(serve)["MediaProcesses"] = DrawnOnce  # the one thing that differs: drawing costs seconds
    options = serve.SandboxOptions(
        port=0,
        state=Path(state),
        speed=float(speed),
        faults=faults,
        balance=DOLLARS,
        billing_log=billing_log == "on",
        idle_exit=IDLE_SECONDS,
    )
    return serve.run_sandbox(options, say=print)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
