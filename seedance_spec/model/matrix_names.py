"""Matrix values inside ids: file-safe, the same for the same value for ever, never two alike. Pure."""

from __future__ import annotations

import re
import unicodedata

AT, IS, AND = "@", "=", ","
"""`banner@lang=en,ratio=9x16`: these three are reserved in the keys of shots (D9)."""

_LONGEST = 40
_SAFE = re.compile(rf"-?[A-Za-z0-9](?:[A-Za-z0-9._-]{{0,{_LONGEST - 2}}}[A-Za-z0-9])?\Z")
_RATIO_COLON = re.compile(r"(?<=[0-9]):(?=[0-9])")


def safe_name(value: str) -> str | None:
    """The value as part of an id: `9:16` is `9x16`, `black & white` is `black-white`; None where nothing is left of it.

    Two values may get one name: whoever names several must look for that.
    """
    spelled = _RATIO_COLON.sub("x", value)
    if _SAFE.match(spelled):
        return spelled
    plain = unicodedata.normalize("NFKD", spelled[: 4 * _LONGEST]).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")
    return words if _SAFE.match(words) else None


def suffix_of(names: dict[str, str]) -> str:
    """`@lang=en,ratio=9x16`: axes in alphabetical order, so that their order in the file says nothing."""
    return AT + AND.join(f"{axis}{IS}{names[axis]}" for axis in sorted(names)) if names else ""


def canonical_id(text: str) -> str:
    """The id that a reference means: its axes may stand in any order, its values as in a matrix."""
    base, at, told = text.partition(AT)
    pairs = [pair.partition(IS) for pair in told.split(AND)]
    if not at or not all(axis and equals for axis, equals, _ in pairs):
        return text
    return base + suffix_of({axis: safe_name(value) or value for axis, _, value in pairs})
