"""How a price came about, step by step: tokens, what was learned, the rate, the range, retries. Pure: words only."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from seedance_spec.model.frame_sizes import FRAMES_PER_SECOND
from seedance_spec.plan.figures import count, exact_usd, plural, range_usd, usd
from seedance_spec.plan.lessons import ENOUGH
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.quote import Quote
from seedance_spec.plan.style import printable
from seedance_spec.plan.terms import Terms, largest_frame, tokens_of


def price_steps(terms: Terms, quote: Quote | None, pricing: Pricing, *, retries: int) -> Iterator[tuple[str, str]]:
    """Labelled words, in the order in which the price is made; the last is what one apply may come to at most."""
    tokens = tokens_of(terms)
    if tokens is None or quote is None:
        yield "price", f"not known: no table has a price for {printable(terms.model)} at {printable(terms.resolution)}"
        return
    yield "tokens", _formula(terms)
    surcharge = _surcharge(terms)
    if surcharge:
        yield "surcharge", surcharge
    yield "learned", _learned(quote)
    rate = pricing.shown_rate(terms)
    if rate is not None:
        said = f"{count(quote.estimate.tokens)} tok × {exact_usd(rate)} per million = {exact_usd(quote.estimate.usd)}"
        yield "price", f"{said} · {quote.estimate.table}"
    if quote.is_range:
        yield "range", " · ".join([range_usd(quote.low_usd, quote.high_usd), *quote.guesses])
    if retries:
        most = quote.high_usd * (1 + retries)
        again = "1 retry" if retries == 1 else f"{retries} retries"
        said = f"at most {1 + retries} × {usd(quote.high_usd)} = {usd(most)} with {again}"
        yield "retries", f"{said}; what fails is refunded"


def _formula(terms: Terms) -> str:
    """`1280 × 720 × (24·5 + 1) / 1024 = 108 900`; between two ends where the request leaves something open."""
    tokens, frame = tokens_of(terms), largest_frame(terms)
    assert tokens is not None, "asked only where the size is known"
    assert frame is not None, "asked only where the size is known"
    if terms.is_open:
        ends = f"{count(tokens.low)} to {count(tokens.high)}, {count(tokens.expected)} expected"
        return f"{ends}: the request leaves it open"
    size, billed = f"{frame[0]} × {frame[1]}", count(tokens.low)
    if terms.with_video and tokens.low > ceil(_unfloored(terms, frame)):
        return f"{size} × {FRAMES_PER_SECOND}·{_floor_seconds(terms)} / 1024 = {billed}: the floor for video input"
    return f"{size} × {_frames(terms)} / 1024 = {billed}"


def _frames(terms: Terms) -> str:
    own = f"{terms.frames}" if terms.frames is not None else f"{FRAMES_PER_SECOND}·{terms.duration:g} + 1"
    if terms.with_video and terms.input_seconds is not None:
        return f"({own} + {FRAMES_PER_SECOND}·{_trimmed(terms.input_seconds)})"
    return own if terms.frames is not None else f"({own})"


def _surcharge(terms: Terms) -> str:
    """What the input videos add; empty without one, or where their length is not known."""
    frame = largest_frame(terms)
    if not terms.with_video or terms.input_seconds is None or frame is None:
        return ""
    tokens = ceil(frame[0] * frame[1] * FRAMES_PER_SECOND * terms.input_seconds / 1024)
    return f"{_trimmed(terms.input_seconds)} s of input video are billed too: {count(tokens)} tok of it"


def _unfloored(terms: Terms, frame: tuple[int, int]) -> float:
    assert terms.frames is not None or terms.duration is not None, "asked only where a length is written"
    own = terms.frames if terms.frames is not None else FRAMES_PER_SECOND * (terms.duration or 0) + 1
    return frame[0] * frame[1] * (own + FRAMES_PER_SECOND * (terms.input_seconds or 0)) / 1024


def _floor_seconds(terms: Terms) -> int:
    seconds = terms.frames / FRAMES_PER_SECOND if terms.frames is not None else terms.duration or 0
    return ceil(5 * seconds / 3)


def _learned(quote: Quote) -> str:
    lesson = quote.lesson
    if not lesson.is_learned:
        return f"a guess until {ENOUGH} takes of its kind are finished ({lesson.takes} so far)"
    spread = max(round(100 * lesson.spread), 1)
    return f"× {lesson.factor:.5g}, ±{spread} %, from {plural(lesson.takes, 'finished take')} of its kind"


def _trimmed(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")
