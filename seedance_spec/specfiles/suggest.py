"""Did you mean: the nearest of a few words. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST = 64
_NEAR_ENOUGH = 0.6


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was most likely meant to be, or None. Case, `-` and `_` do not count."""
    if len(word) > _LONGEST:
        return None
    by_shape = {_shape(each): each for each in candidates}
    found = difflib.get_close_matches(_shape(word), by_shape, n=1, cutoff=_NEAR_ENOUGH)
    return by_shape[found[0]] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """`did you mean "ratio"?`, or nothing."""
    guess = nearest(word, candidates)
    return f'did you mean "{guess}"?' if guess else ""


def _shape(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")
