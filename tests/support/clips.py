"""Real films, a gateway whose streams are scripted, and a clock that only moves when somebody sleeps."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import av
from PIL import Image, ImageChops, ImageStat

from seedance_spec.attempts.ports import Content, ContentFault, Mark, SubmitOutcome, TaskAnswer, TaskState, TaskView
from seedance_spec.clips.publish import publish
from seedance_spec.clips.store import Store
from seedance_spec.json_types import JsonObject
from seedance_spec.sandbox.clips import ClipRequest, render_clip

LINK = "https://tos.example.test/clip.mp4"
FRAME_LINK = "https://tos.example.test/last.png"
FINISHED_AT = 1_778_236_696

TASK = TaskView(
    task_id="task_a",
    state=TaskState.SUCCEEDED,
    status="SUCCESS",
    finish_time=FINISHED_AT,
    frames=9,
    frames_per_second=24,
)


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


# ── films ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def film(title: str = "A lighthouse in a storm", *, frames: int = 9) -> bytes:
    """A real clip of a few frames, its index before its pictures."""
    with TemporaryDirectory() as folder:
        out = Path(folder) / "clip.mp4"
        request = ClipRequest(
            width=320,
            height=180,
            frames=frames,
            title=title,
            parameters=(),
            task_id="task_a",
            seed=1,
            audio=True,
        )
        render_clip(request, out)
        return out.read_bytes()


@cache
def film_with_index_last() -> bytes:
    """The same pictures with the index after them, as a plain encoder writes it."""
    target = BytesIO()
    with av.open(BytesIO(film()), "r") as source, av.open(target, "w", format="mp4") as copy:
        track = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = track
                copy.mux(packet)
    return target.getvalue()


def png() -> bytes:
    target = BytesIO()
    Image.new("RGB", (32, 18), (200, 40, 10)).save(target, "PNG")
    return target.getvalue()


def pictures(clip: bytes) -> list[Image.Image]:
    """Every frame of a film, decoded independently of the program's own readers."""
    with av.open(BytesIO(clip), "r") as opened:
        return [_picture(frame) for frame in opened.decode(video=0)]


def _picture(frame: av.VideoFrame) -> Image.Image:
    rgb = frame.reformat(format="rgb24")
    plane = rgb.planes[0]
    return Image.frombytes("RGB", (rgb.width, rgb.height), bytes(plane), "raw", "RGB", plane.line_size, 1)


def distance(first: Image.Image, second: Image.Image) -> float:
    """Mean difference per channel, 0 … 255."""
    means = ImageStat.Stat(ImageChops.difference(first.convert("RGB"), second.convert("RGB"))).mean
    return sum(means) / len(means)


# ── a gateway whose streams are scripted ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """How one source behaves: its bytes, whether it honours Range, after how many bytes of an answer it breaks off.

    `breaks` False: the stream ends quietly there, as a proxy's deadline does. `stall_after` bytes nothing more comes,
    and nothing ends. `refusal` is raised instead of opening.
    """

    data: bytes = b""
    ranges: bool = True
    says_length: bool = True
    cut_after: int | None = None
    breaks: bool = False
    stall_after: int | None = None
    refusal: ContentFault | None = None


@dataclass(slots=True)
class ScriptedGateway:
    """`contents` and `links` are played one stream per request; the last one repeats."""

    contents: list[Stream] = field(default_factory=list)
    links: dict[str, list[Stream]] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    stalled: asyncio.Event = field(default_factory=asyncio.Event)

    async def submit(self, body: JsonObject, *, mark: Callable[[Mark], Awaitable[None]]) -> SubmitOutcome:
        raise AssertionError(f"keeping a clip never submits: {body}, {mark}")

    async def task(self, task_id: str) -> TaskAnswer:
        raise AssertionError(f"keeping a clip never asks for {task_id}")

    def content(self, task_id: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        self.asked.append((task_id, offset))
        return _opened(_next(self.contents), offset, self.stalled)

    def link(self, url: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        self.asked.append((url, offset))
        return _opened(_next(self.links[url]), offset, self.stalled)


def _next(streams: list[Stream]) -> Stream:
    return streams.pop(0) if len(streams) > 1 else streams[0]


@asynccontextmanager
async def _opened(stream: Stream, offset: int, stalled: asyncio.Event) -> AsyncIterator[Content]:
    if stream.refusal is not None:
        raise stream.refusal
    start = offset if stream.ranges else 0
    if start >= len(stream.data) > 0:
        raise ContentFault("416")
    yield Content(
        blocks=_blocks(replace(stream, data=stream.data[start:]), stalled),
        length=len(stream.data) if stream.says_length else None,
        offset=start,
    )


async def _blocks(stream: Stream, stalled: asyncio.Event) -> AsyncIterator[bytes]:
    ends = [each for each in (stream.cut_after, stream.stall_after) if each is not None]
    whole = stream.data[: min(ends, default=None)]
    for at in range(0, len(whole), 1000):
        yield whole[at : at + 1000]
    if stream.stall_after is not None:
        stalled.set()
        await asyncio.Event().wait()
    if stream.breaks:
        raise ContentFault("connection reset")


@dataclass(slots=True)
class StillClock:
    """Time stands still but for sleeping."""

    time: float = float(FINISHED_AT)
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


# ── a project that shows clips ─────────────────────────────────────────────────────────────────────────────────────

OUT = "renders/ep1/intro/moon-walk.mp4"
CLIP, OTHER, FRAME = b"pictures " * 1000, b"other pictures " * 900, b"\x89PNG the last frame"
SAID = {"shot": "ep1/intro/moon-walk", "prompt": "Ein Kätzchen 🐱"}


def stocked(root: Path) -> Store:
    """The store of a project, with two clips and a last frame."""
    store = Store(root / ".seedance" / "store")
    for data, ext in ((CLIP, "mp4"), (OTHER, "mp4"), (FRAME, "png")):
        with store.open_part("attempt-1") as part:
            part.append(data)
            store.admit(part, ext)
    return store


def show(root: Path, store: Store, data: bytes = CLIP, *, output: str = OUT, last_frame: str | None = None) -> None:
    publish(root, store, sha256=digest(data), output=output, sidecar=SAID, last_frame=last_frame)


def shown_files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in (root / "renders").rglob("*") if not path.is_dir()}


# ── a full disk ──────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """The system refuses files larger than `size`, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
