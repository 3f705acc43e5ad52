"""Text in Pillow's own font: what it can draw, how it wraps and fits. No layout of the slate and no file may enter."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

_LONGEST = 900
_SHRINK = 0.9
LINE_HEIGHT = 1.24
"""In font sizes."""

# The bundled font has little more than ASCII; these have a spelling in it where Unicode itself names none.
_SPELLINGS = str.maketrans(
    {"–": "-", "‑": "-", "−": "-", "’": "'", "‘": "'", "„": '"', "×": "x", "→": "->", "ø": "o", "Ø": "O", "ł": "l",
     "Ł": "L", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "đ": "d", "Đ": "D", "ı": "i", "þ": "th",
     "、": ", ", "。": ". ", ",": ", ", "€": "EUR"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typeface:
    """Pillow's own font in one size (pixels)."""

    size: int

    def width(self, text: str) -> float:
        return sum(self._run_width(drawable, run) for drawable, run in _runs(text))

    def height(self) -> int:
        return round(self.size * LINE_HEIGHT)

    def mask(self, text: str) -> Image.Image:
        """The text as coverage (mode L), one line high. A letter that the font lacks is a soft block in its rhythm."""
        from PIL import Image, ImageDraw

        mask = Image.new("L", (max(1, round(self.width(text)) + 2), self.height()), 0)
        draw = ImageDraw.Draw(mask)
        x = 0.0
        for drawable, run in _runs(text):
            if drawable:
                draw.text((x, 0), run, fill=255, font=_font(self.size))
            else:
                self._blocks(draw, x, len(run))
            x += self._run_width(drawable, run)
        return mask

    def _run_width(self, drawable: bool, run: str) -> float:  # noqa: FBT001 - half of one pair that _runs makes
        return _font(self.size).getlength(run) if drawable else len(run) * self.size * 0.8

    def _blocks(self, draw: ImageDraw.ImageDraw, x: float, count: int) -> None:
        for k in range(count):
            left = x + self.size * (0.8 * k + 0.06)
            box = (left, self.size * 0.34, left + self.size * 0.68, self.size * 0.98)
            draw.rounded_rectangle(box, radius=self.size * 0.12, fill=105)


def legible(text: str) -> str:
    """The text on one line, spelled as far as can be with the font's letters; what draws nothing is left out."""
    spelled = unicodedata.normalize("NFKD", text.translate(_SPELLINGS))
    kept = (" " if char.isspace() else char for char in spelled)
    return " ".join("".join(char for char in kept if char == " " or not _is_silent(char)).split())


def _is_silent(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me", "Cc", "Cf", "Cs", "Co", "Cn"}


def wrapped(text: str, face: Typeface, width: float) -> list[str]:
    """Lines no wider than `width`; a word that is too long for a line is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if face.width(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _cut(word, face, width)
        lines += whole
    return [*lines, line] if line else lines


def _cut(word: str, face: Typeface, width: float) -> list[str]:
    pieces = [""]
    for char in word:
        if pieces[-1] and face.width(pieces[-1] + char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces


def shortened(text: str, face: Typeface, width: float) -> str:
    """The text, or as much of its beginning as fits before an ellipsis."""
    if face.width(text) <= width:
        return text
    while text and face.width(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def fitted(text: str, width: float, height: float, largest: int, smallest: int) -> tuple[Typeface, list[str]]:
    """The largest type in which the text fills no more than the box; in the smallest it is cut with an ellipsis."""
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    size = largest
    while size > smallest:
        face = Typeface(size)
        lines = wrapped(text, face, width)
        if len(lines) * face.height() <= height:
            return face, lines
        size = max(smallest, round(size * _SHRINK) if round(size * _SHRINK) < size else size - 1)
    face = Typeface(smallest)
    lines, room = wrapped(text, face, width), max(1, int(height / face.height()))
    if len(lines) > room:
        lines = [*lines[: room - 1], shortened(lines[room - 1] + "…", face, width)]
    return face, lines


def _runs(text: str) -> list[tuple[bool, str]]:
    return [(drawable, "".join(run)) for drawable, run in groupby(text, key=_has_glyph)]


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@lru_cache(maxsize=4096)
def _has_glyph(char: str) -> bool:
    """Whether the font draws this letter as anything but its box for unknown ones."""
    font = _font(24)
    return char == " " or bytes(font.getmask(char)) != bytes(font.getmask("\uffff"))
