"""What of a request the price reads, and the tokens it comes to, between two ends. Pure: no price may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from seedance_spec.json_types import Json, JsonObject
from seedance_spec.model.frame_sizes import FRAMES_PER_SECOND, PIXELS
from seedance_spec.model.shot import InputKind, Request

SHORTEST_SECONDS, LONGEST_SECONDS = 4.0, 15.0
"""The lengths between which a model chooses (gateway.md §5.1)."""

LEAST_INPUT_SECONDS, MOST_INPUT_SECONDS = 2.0, 15.0
"""The least that one input video, and the most that all of a request may hold (gateway.md §5.1)."""

_ABSURD = 10**6
_USUAL_TIERS = frozenset({None, "auto", "default"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Lengths are seconds. `duration` None: the model decides, or `frames` say it. `input_seconds` is the length of
    all input videos together, None where it is not known. `follows_input`: an adaptive ratio is that of an input.
    """

    model: str
    resolution: str
    ratio: str
    duration: float | None
    frames: int | None = None
    videos: int = 0
    input_seconds: float | None = None
    follows_input: bool = False
    service_tier: str | None = None

    @property
    def with_video(self) -> bool:
        return self.videos > 0

    @property
    def is_open(self) -> bool:
        """Whether the tokens are known only between two ends."""
        return bool(self.frames is None and self.duration is None) or self.has_unknown_input or self.has_unknown_size

    @property
    def has_unknown_input(self) -> bool:
        return self.with_video and self.input_seconds is None

    @property
    def has_unknown_size(self) -> bool:
        return self.ratio == "adaptive" and self.follows_input


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a request is billed, as whole tokens; the middle is what is expected where the ends differ."""

    low: int
    high: int

    @property
    def expected(self) -> int:
        return round((self.low + self.high) / 2)


def terms_of(request: Request, *, input_seconds: float | None = None) -> Terms:
    """The terms of a request as the specs say it. `input_seconds` is what is known of its input videos' length."""
    kinds = [each.kind for each in request.inputs]
    return Terms(
        model=request.model,
        resolution=request.resolution,
        ratio=request.ratio,
        duration=_chosen(request.duration),
        frames=request.frames,
        videos=kinds.count(InputKind.VIDEO),
        input_seconds=input_seconds,
        follows_input=any(kind is not InputKind.AUDIO for kind in kinds),
        service_tier=request.service_tier,
    )


def terms_on_record(record: JsonObject, *, input_seconds: float | None = None) -> Terms | None:
    """The terms of a request as the lockfile shows it; None where the record does not say enough."""
    match record:
        case {"model": str(model), "resolution": str(resolution), "ratio": str(ratio), "inputs": list(inputs)}:
            kinds = [each.get("kind") for each in inputs if isinstance(each, Mapping)]
            duration, frames, delivery = record.get("duration"), record.get("frames"), record.get("delivery")
            return Terms(
                model=model,
                resolution=resolution,
                ratio=ratio,
                duration=_chosen(_whole(duration)),
                frames=_whole(frames),
                videos=kinds.count(InputKind.VIDEO.value),
                input_seconds=input_seconds,
                follows_input=any(kind != InputKind.AUDIO.value for kind in kinds),
                service_tier=_word(delivery.get("service_tier")) if isinstance(delivery, Mapping) else None,
            )
        case _:
            return None


def tokens_of(terms: Terms) -> Tokens | None:
    """Tokens as billed: W × H × (24·s + 1 + 24·s_in) / 1024, or the floor for video input if that is more.

    Rounded up: how the upstream rounds is not known. None for a size that the table does not know. Source: gateway.md
    §5.4, whose four known bills the formula reproduces.
    """
    sizes = [width * height for width, height in _frames(terms)]
    if not sizes:
        return None
    if terms.frames is None and terms.duration is None:
        shortest, longest = SHORTEST_SECONDS, LONGEST_SECONDS
    else:
        shortest = longest = _seconds(terms)
    least, most = _input_ends(terms)
    return Tokens(
        low=_billed(terms, min(sizes), shortest, least),
        high=_billed(terms, max(sizes), longest, most),
    )


def largest_frame(terms: Terms) -> tuple[int, int] | None:
    """Width and height of the clip: where they follow an input, the size with the most pixels. None: not known."""
    return max(_frames(terms), key=lambda size: size[0] * size[1], default=None)


def assumptions(terms: Terms) -> tuple[str, ...]:
    """Why the price is a range; empty where the formula knows it all."""
    assumed = []
    if terms.frames is None and terms.duration is None:
        assumed.append(f"the model decides the length, {SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g} s")
    if terms.has_unknown_input:
        least, most = _input_ends(terms)
        assumed.append(f"the input video's length is not known, {least:g} to {most:g} s")
    if terms.has_unknown_size:
        assumed.append("the ratio follows the input")
    if terms.service_tier not in _USUAL_TIERS:
        assumed.append(f'no price is known for service tier "{terms.service_tier}": priced as the default')
    return tuple(assumed)


def _billed(terms: Terms, pixels: int, seconds: float, input_seconds: float) -> int:
    frames = terms.frames if terms.frames is not None else FRAMES_PER_SECOND * seconds + 1
    billed = pixels * (frames + FRAMES_PER_SECOND * input_seconds) / 1024
    floor = pixels * FRAMES_PER_SECOND * ceil(5 * seconds / 3) / 1024 if terms.with_video else 0
    return ceil(max(billed, floor))


def _frames(terms: Terms) -> tuple[tuple[int, int], ...]:
    """Width and height that the clip may have. `adaptive` is 16:9 where there is no picture to follow."""
    sizes = PIXELS.get(terms.resolution, {})
    if terms.has_unknown_size:
        return tuple(sizes.values())
    ratio = "16:9" if terms.ratio == "adaptive" else terms.ratio
    return (sizes[ratio],) if ratio in sizes else ()


def _seconds(terms: Terms) -> float:
    if terms.frames is not None:
        return terms.frames / FRAMES_PER_SECOND
    assert terms.duration is not None, "asked only where a length is written"
    return terms.duration


def _input_ends(terms: Terms) -> tuple[float, float]:
    if not terms.with_video:
        return 0.0, 0.0
    if terms.input_seconds is not None:
        return terms.input_seconds, terms.input_seconds
    return min(LEAST_INPUT_SECONDS * terms.videos, MOST_INPUT_SECONDS), MOST_INPUT_SECONDS


def _chosen(duration: int | None) -> float | None:
    return None if duration is None or duration < 0 else float(duration)


def _whole(value: Json) -> int | None:
    """A number as a request may hold it: a record is a text that anybody can edit."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < _ABSURD else None


def _word(value: Json) -> str | None:
    return value if isinstance(value, str) else None
