"""The sound of a slate: a quiet chord with a soft tick on every second, as samples. No codec and no file may enter."""

from __future__ import annotations

from array import array
from functools import lru_cache
from math import exp, pi, sin

SAMPLES_PER_SECOND = 48_000

_FLOAT = 4
_ROOTS = (196, 220, 247, 262, 294)


def one_second(seed: int) -> bytes:
    """Mono samples in -1 … 1 as 32-bit floats, that repeat without a seam: all tones have whole periods in a second."""
    return _chord(_ROOTS[seed % len(_ROOTS)])


@lru_cache(maxsize=len(_ROOTS))
def _chord(root: int) -> bytes:
    turn = 2 * pi / SAMPLES_PER_SECOND
    chord = [(root, 0.035), (round(root * 1.5), 0.022), (root * 2, 0.016)]
    samples = array("f", bytes(_FLOAT * SAMPLES_PER_SECOND))
    for pitch, size in chord:
        for k in range(SAMPLES_PER_SECOND):
            samples[k] += size * sin(turn * pitch * k) * (0.7 + 0.3 * sin(turn * k))
    for k in range(SAMPLES_PER_SECOND // 5):
        fade = exp(-k / 1500) * min(1.0, k / 90)
        samples[k] += 0.16 * fade * sin(turn * 880 * k)
    return samples.tobytes()


def looped(second: bytes, start: int, count: int) -> bytes:
    """`count` samples from position `start` of the endless loop, `count` no longer than the loop."""
    at = start % SAMPLES_PER_SECOND * _FLOAT
    return (second[at:] + second)[: count * _FLOAT]
