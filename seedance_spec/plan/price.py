"""What a request costs before it is paid: tokens by formula, prices as data (D11). Pure: no network, no balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from seedance_spec.lockfile.facts import Estimate
from seedance_spec.model.frame_sizes import FRAMES_PER_SECOND, PIXELS
from seedance_spec.model.shot import InputKind, Request

PRICE_TABLE = "seedance-2.0/2026-05"
"""The version of the figures below; every estimate names it."""

LONGEST_SECONDS = 15
"""The longest clip, and the most input video that one request may hold (gateway.md §5.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens, without and with a video among the inputs."""

    plain: float
    with_video: float
    source: str
    date: str


def _listed(plain: float, with_video: float) -> Price:
    # EasyRouter publishes no price: these are the list prices that gateways of its kind charge (gateway.md §5.3).
    return Price(plain=plain, with_video=with_video, source="new-api price matrix, gateway.md §5.3", date="2026-05")


PRICES: Mapping[tuple[str, str], Price] = {
    ("dreamina-seedance-2-0", "480p"): _listed(7.0, 4.3),
    ("dreamina-seedance-2-0", "720p"): _listed(7.0, 4.3),
    ("dreamina-seedance-2-0", "1080p"): _listed(7.7, 4.7),
    ("dreamina-seedance-2-0-fast", "480p"): _listed(5.6, 3.3),
    ("dreamina-seedance-2-0-fast", "720p"): _listed(5.6, 3.3),
}


def estimate(request: Request, *, input_video_seconds: float | None) -> Estimate | None:
    """What one take is expected to cost, at the upper end where something is not known (see `assumptions`).

    `input_video_seconds` is the length of all input videos together, None where not known. None is answered for a
    model, resolution or ratio that the tables do not know: no price is better than a wrong one.
    """
    needed = tokens(request, input_video_seconds=input_video_seconds)
    usd = None if needed is None else billed_usd(request, needed)
    return None if needed is None or usd is None else Estimate(usd=usd, tokens=needed, table=PRICE_TABLE)


def billed_usd(request: Request, tokens_billed: int) -> float | None:
    """What that many tokens cost for this request, in US dollars; None where no price is known."""
    price = PRICES.get((request.model, request.resolution))
    if price is None:
        return None
    return round(tokens_billed * (price.with_video if _has_video(request) else price.plain) / 1_000_000, 6)


def tokens(request: Request, *, input_video_seconds: float | None) -> int | None:
    """Tokens as billed: W × H × (24·s + 1 + 24·s_in) / 1024, or the floor for video input if that is more.

    Rounded up: how the upstream rounds is not known. None for a size that the table does not know.
    """
    size = frame_size(request)
    if size is None:
        return None
    pixels = size[0] * size[1]
    billed = pixels * (_frames(request) + FRAMES_PER_SECOND * _input_seconds(request, input_video_seconds)) / 1024
    floor = pixels * FRAMES_PER_SECOND * ceil(5 * _seconds(request) / 3) / 1024 if _has_video(request) else 0
    return ceil(max(billed, floor))


def frame_size(request: Request) -> tuple[int, int] | None:
    """Width and height of the clip. Where `adaptive` follows an input, the size with the most pixels."""
    sizes = PIXELS.get(request.resolution)
    if sizes is None:
        return None
    if request.ratio != "adaptive":
        return sizes.get(request.ratio)
    if _follows_input(request):
        return max(sizes.values(), key=lambda size: size[0] * size[1])
    return sizes["16:9"]


def assumptions(request: Request, *, input_video_seconds: float | None) -> tuple[str, ...]:
    """What the estimate had to assume; each makes it a guess, at the upper end. Empty: the formula knows it all."""
    assumed = []
    if request.frames is None and _seconds(request) != request.duration:
        assumed.append(f"the model decides the length: priced as {LONGEST_SECONDS} s")
    if _has_video(request) and input_video_seconds is None:
        assumed.append(f"the input video's length is not known: priced as {LONGEST_SECONDS} s")
    if request.ratio == "adaptive" and _follows_input(request):
        assumed.append("the ratio follows the input: priced at the largest size")
    if request.service_tier not in {None, "auto", "default"}:
        assumed.append(f'no price is known for service tier "{request.service_tier}": priced as the default')
    return tuple(assumed)


def _follows_input(request: Request) -> bool:
    return any(each.kind is not InputKind.AUDIO for each in request.inputs)


def _has_video(request: Request) -> bool:
    return any(each.kind is InputKind.VIDEO for each in request.inputs)


def _frames(request: Request) -> float:
    return request.frames if request.frames is not None else FRAMES_PER_SECOND * _seconds(request) + 1


def _seconds(request: Request) -> float:
    if request.frames is not None:
        return request.frames / FRAMES_PER_SECOND
    return float(LONGEST_SECONDS if request.duration is None or request.duration < 0 else request.duration)


def _input_seconds(request: Request, known: float | None) -> float:
    if not _has_video(request):
        return 0.0
    return LONGEST_SECONDS if known is None else known
