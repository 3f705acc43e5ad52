"""What a clip should be, and how it differs. Pure: no file, no codec and no network may enter."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_spec.attempts.ports import TaskView
from seedance_spec.model.frame_sizes import FRAMES_PER_SECOND, PIXELS
from seedance_spec.model.shot import Request

_OPEN = "adaptive"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """What a probe found. `codec` is None without a picture track; `packets` is how many frames the bytes really hold,
    `frames` how many the index promises; `seconds` is the picture's length.
    """

    width: int
    height: int
    fps: float
    frames: int
    packets: int
    seconds: float
    codec: str | None
    has_audio: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """None and the empty set mean: anything will do."""

    sizes: frozenset[tuple[int, int]] = frozenset()
    frames: int | None = None
    fps: int | None = None
    audio: bool | None = None


def expectation_of(request: Request | None, task: TaskView | None) -> Expectation:
    """What was asked for; what the author left open (adaptive ratio, duration -1) is what the task says it made."""
    said = (request, task)
    resolutions = (each.resolution for each in said if each is not None and each.resolution)
    ratios = (each.ratio for each in said if each is not None and each.ratio and each.ratio != _OPEN)
    fps = task.frames_per_second if task is not None else None
    return Expectation(
        sizes=_sizes(next(resolutions, ""), next(ratios, _OPEN)),
        frames=_frames(request, task),
        fps=fps or FRAMES_PER_SECOND,
        audio=request.generate_audio if request is not None else None,
    )


def fatal_fault(facts: ClipFacts) -> str | None:
    """Why these bytes are no clip at all, None where they are one: only that keeps them out of the store."""
    if facts.codec is None:
        return "it holds no picture track"
    if facts.packets == 0:
        return "it holds no picture"
    if facts.packets < facts.frames:
        return f"it holds {facts.packets} of the {facts.frames} frames that its index promises: it is cut"
    return None


def disagreements(facts: ClipFacts, expectation: Expectation) -> tuple[str, ...]:
    """How a playable clip differs from what was expected: warnings. A paid clip is kept, whatever it is."""
    found: list[str] = []
    size = (facts.width, facts.height)
    if expectation.sizes and size not in expectation.sizes:
        wanted = " or ".join(f"{width}×{height}" for width, height in sorted(expectation.sizes))
        found.append(f"the clip is {facts.width}×{facts.height} pixels, expected {wanted}")
    if expectation.fps is not None and abs(facts.fps - expectation.fps) > 0.01:
        found.append(f"the clip runs at {facts.fps:g} frames per second, expected {expectation.fps}")
    if expectation.frames is not None and abs(facts.frames - expectation.frames) > 1:
        found.append(_length(facts, expectation.frames))
    if expectation.audio is not None and facts.has_audio is not expectation.audio:
        found.append("the clip has a sound track, expected none" if facts.has_audio else "the clip has no sound track")
    return tuple(found)


def _length(facts: ClipFacts, frames: int) -> str:
    seconds = frames / FRAMES_PER_SECOND
    return f"the clip has {facts.frames} frames ({facts.seconds:.1f} s), expected {frames} ({seconds:.1f} s)"


def _frames(request: Request | None, task: TaskView | None) -> int | None:
    """A duration of s seconds makes 24·s+1 frames; one more or less is no difference."""
    for said in (request, task):
        if said is not None and said.frames is not None:
            return said.frames
        if said is not None and said.duration is not None and said.duration > 0:
            return FRAMES_PER_SECOND * said.duration + 1
    return None


def _sizes(resolution: str, ratio: str) -> frozenset[tuple[int, int]]:
    """The size of resolution and ratio; any of the resolution's where the ratio is open; none of an unknown one."""
    table = PIXELS.get(resolution, {})
    if ratio == _OPEN:
        return frozenset(table.values())
    return frozenset({table[ratio]}) if ratio in table else frozenset()
