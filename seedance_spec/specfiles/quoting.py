"""How a value that someone wrote is shown inside a message: short, on one line, harmless. Pure."""

from __future__ import annotations

import unicodedata

from seedance_spec.redaction import redact

_MOST_SHOWN = 48
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"


def quoted(text: str) -> str:
    """The text in double quotes, cut to about 48 characters, without keys and without characters that move a cursor."""
    shown = redact(text[: 8 * _MOST_SHOWN])
    if len(shown) > _MOST_SHOWN:
        shown = shown[: _MOST_SHOWN - 1] + "…"
    return f'"{harmless(shown)}"'


def harmless(text: str) -> str:
    """The text with every control, direction and surrogate character replaced by one that shows."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_REPLACEMENT if _moves_the_cursor(each) else each for each in text)


def one_of(words: tuple[str, ...]) -> str:
    """`a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _moves_the_cursor(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in _JOINERS
