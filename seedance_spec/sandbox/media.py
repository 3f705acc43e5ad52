"""Pictures and clips, made in a process of their own so that the gateway's event loop never waits for an encoder."""

from __future__ import annotations

import asyncio
import pickle
import struct
import sys
from pathlib import Path
from typing import Any, Protocol

from seedance_spec.sandbox.clip_values import ClipRequest, VideoFacts
from seedance_spec.sandbox.upstream import Work


class MediaFault(Exception):  # noqa: N818 - bad bytes or a missing library, told as a sentence
    """The bytes are no such picture or video (`bad_bytes`), or the media libraries are missing or broke."""

    def __init__(self, message: str, *, bad_bytes: bool) -> None:
        super().__init__(message)
        self.message = message
        self.bad_bytes = bad_bytes


class Media(Protocol):
    """Every method raises MediaFault."""

    async def render(self, film: ClipRequest, out: Path) -> None:
        """Write the clip (H.264, faststart) atomically."""

    async def last_frame(self, clip: Path) -> bytes: ...

    async def first_frame(self, video: bytes) -> bytes: ...

    async def image_size(self, image: bytes) -> tuple[int, int]: ...

    async def video_facts(self, video: bytes) -> VideoFacts: ...

    async def sample(self, name: str) -> bytes:
        """One of the sandbox's own assets, by its name: `cat.jpg`, `cat-original.mp4` and so on."""

    async def close(self) -> None: ...


def film_of(work: Work, *, thumbnails: tuple[bytes, ...], continues: bytes | None) -> ClipRequest:
    """The film a task asks for, with its parameters as they stand on the slate."""
    width, height = work.size
    length = f"{work.frames} frames" if work.frames else f"{work.duration} s"
    return ClipRequest(
        width=width,
        height=height,
        frames=work.frame_count,
        title=work.prompt,
        parameters=(
            ("model", work.model),
            ("resolution", f"{work.resolution} · {width}×{height}"),
            ("ratio", work.ratio),
            ("duration", length),
            ("seed", str(work.seed)),
            ("audio", "on" if work.generate_audio else "off"),
        ),
        task_id=work.upstream_id,
        seed=work.seed,
        audio=work.generate_audio,
        thumbnails=thumbnails,
        continues=continues,
    )


class MediaProcesses:
    """Media by up to `most` child processes. They end with us: their standard input closes, whatever kills us."""

    def __init__(self, *, most: int = 2) -> None:
        self._places = asyncio.Semaphore(most)
        self._idle: list[asyncio.subprocess.Process] = []
        self._busy: set[asyncio.subprocess.Process] = set()

    async def render(self, film: ClipRequest, out: Path) -> None:
        await self._ask("render", film, str(out))

    async def last_frame(self, clip: Path) -> bytes:
        return _bytes(await self._ask("last_frame", str(clip)))

    async def first_frame(self, video: bytes) -> bytes:
        return _bytes(await self._ask("first_frame", video))

    async def image_size(self, image: bytes) -> tuple[int, int]:
        width, height = await self._ask("image_size", image)
        return int(width), int(height)

    async def video_facts(self, video: bytes) -> VideoFacts:
        width, height, seconds, frames = await self._ask("video_facts", video)
        return VideoFacts(width=width, height=height, seconds=seconds, frames=frames)

    async def sample(self, name: str) -> bytes:
        return _bytes(await self._ask("sample", name))

    async def close(self) -> None:
        for process in (*self._idle, *self._busy):
            if process.returncode is None:
                process.kill()
                await process.wait()
        self._idle.clear()

    async def _ask(self, verb: str, *arguments: object) -> Any:
        async with self._places:
            process = await self._process()
            self._busy.add(process)
            try:
                kind, value = await _exchange(process, pickle.dumps((verb, arguments)))
            except (OSError, EOFError, asyncio.IncompleteReadError) as fault:
                raise MediaFault(f"the media process ended while it made {verb}", bad_bytes=False) from fault
            else:
                self._idle.append(process)
            finally:
                self._busy.discard(process)
        if kind == "ok":
            return value
        raise MediaFault(str(value), bad_bytes=kind == "bad-bytes")

    async def _process(self) -> asyncio.subprocess.Process:
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "seedance_spec.sandbox.media_process",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )


async def _exchange(process: asyncio.subprocess.Process, question: bytes) -> tuple[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(struct.pack(">Q", len(question)) + question)
        await process.stdin.drain()
        (length,) = struct.unpack(">Q", await process.stdout.readexactly(8))
        kind, value = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - our own child's words
    except asyncio.CancelledError:
        process.kill()
        raise
    return kind, value


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
