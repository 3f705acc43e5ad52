"""The slate: words and inputs drawn once, timecode and progress per frame. No scene, codec or file may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedance_spec.sandbox.clip_moods import Colour
from seedance_spec.sandbox.clip_planes import Layer, Planes, lay, layer_of, planes_of
from seedance_spec.sandbox.clip_values import FRAMES_PER_SECOND
from seedance_spec.sandbox.slate_ink import INK, SHADE, at_strength, inked, with_shadow
from seedance_spec.sandbox.slate_parts import clapper_stripes, parameter_block, scrim, thumbnail_row, watermark
from seedance_spec.sandbox.slate_text import Typeface, fitted, legible

if TYPE_CHECKING:
    from PIL import Image

_TIMECODE = "00:00:00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlateText:
    """What stands on a slate, as the caller wrote it."""

    title: str
    parameters: tuple[tuple[str, str], ...]
    thumbnails: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slate:
    """A finished slate. `draw` lays it over a frame."""

    still: Layer
    digits: Mapping[str, Layer]
    clock_at: tuple[int, int]
    digit_step: int
    bar: tuple[int, int, int, int]
    accent: tuple[int, int, int]

    def draw(self, canvas: Planes, index: int, progress: float) -> None:
        """Lay the slate over `canvas`, showing frame `index`; `progress` runs from 0 to 1."""
        lay(canvas, self.still)
        x, y = self.clock_at
        for place, char in enumerate(timecode(index)):
            lay(canvas, self.digits[char], (x + place * self.digit_step, y))
        left, top, right, bottom = self.bar
        reach = left + round((right - left) * progress)
        canvas.y.paste(self.accent[0], (left, top, reach, bottom))
        for plane, value in ((canvas.cb, self.accent[1]), (canvas.cr, self.accent[2])):
            plane.paste(value, (left // 2, top // 2, reach // 2, bottom // 2))


def timecode(index: int) -> str:
    """HH:MM:SS:FF at 24 frames per second."""
    seconds, frame = divmod(index, FRAMES_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}:{frame:02}"


def slate_of(size: tuple[int, int], text: SlateText, accent: Colour) -> Slate:
    """Draw everything that does not move."""
    width, height = size
    unit = min(size) / 720
    margin = round(44 * unit)
    bar_top = (height - margin) // 2 * 2
    bar = (margin // 2 * 2, bar_top, width - margin, bar_top + max(2, round(6 * unit) // 2 * 2))
    clock = Typeface(round(34 * unit))
    step = round(clock.width("0")) + max(1, round(2 * unit))
    return Slate(
        still=layer_of(_still(size, text, accent, bar)),
        digits={char: layer_of(_digit(clock, char, step)) for char in "0123456789:"},
        clock_at=(width - margin - len(_TIMECODE) * step, round(margin * 0.98)),
        digit_step=step,
        bar=bar,
        accent=_yuv(accent),
    )


def _still(size: tuple[int, int], text: SlateText, accent: Colour, bar: tuple[int, int, int, int]) -> Image.Image:
    from PIL import Image

    width, height = size
    unit = min(size) / 720
    margin = round(44 * unit)
    inside = width - 2 * margin
    sheet = Image.new("RGBA", size, (*SHADE, 0))
    sheet.alpha_composite(scrim(size))
    sheet.alpha_composite(watermark(size))
    sheet.alpha_composite(clapper_stripes((width, round(16 * unit))))
    _kicker(sheet, unit, margin, accent)
    block = parameter_block(text.parameters, inside, unit, room=round(height * 0.3))
    floor = bar[1] - round(20 * unit) - block.height
    sheet.alpha_composite(block, (margin, floor))
    row = thumbnail_row(text.thumbnails, inside, round(124 * unit), unit)
    if row is not None:
        floor -= row.height + round(16 * unit)
        sheet.alpha_composite(row, (margin - round(8 * unit), floor))
    top = margin + round(72 * unit)
    _title(sheet, text.title, unit, (margin, top, margin + inside, floor - round(12 * unit)))
    track = Image.new("RGBA", (bar[2] - bar[0], bar[3] - bar[1]), (*INK, 70))
    sheet.alpha_composite(track, bar[:2])
    return sheet


def _kicker(sheet: Image.Image, unit: float, margin: int, accent: Colour) -> None:
    from PIL import Image

    tall = round(34 * unit)
    sheet.alpha_composite(Image.new("RGBA", (max(2, round(6 * unit)), tall), (*accent, 255)), (margin, margin))
    face = Typeface(round(20 * unit))
    words = with_shadow(face.mask("S E E D A N C E   S A N D B O X"), INK, unit)
    sheet.alpha_composite(words, (margin + round(12 * unit), margin + (tall - words.height) // 2))


def _title(sheet: Image.Image, title: str, unit: float, box: tuple[int, int, int, int]) -> None:
    """The shot's prompt in the largest type that leaves the landscape some room."""
    left, top, right, bottom = box
    words = legible(title) or "(no prompt)"
    wide = (right - left) * (0.8 if right - left > bottom - top else 1.0)
    face, lines = fitted(words, wide, max(1, bottom - top) * 0.82, round(58 * unit), max(9, round(19 * unit)))
    pad = round(8 * unit)
    for place, line in enumerate(lines):
        picture = with_shadow(face.mask(line), INK, unit)
        y = top + place * face.height() - pad
        if 0 <= y < sheet.height:
            sheet.alpha_composite(picture, (left - pad, y))


def _digit(face: Typeface, char: str, step: int) -> Image.Image:
    """One glyph of the timecode in a cell of fixed width: digits of a proportional font would dance."""
    from PIL import Image

    cell = Image.new("L", ((step + 1) // 2 * 2, (face.height() + 1) // 2 * 2), 0)
    glyph = face.mask(char)
    cell.paste(glyph, ((step - glyph.width) // 2 + 1, 0))
    return inked(at_strength(cell, 0.95), INK)


def _yuv(colour: Colour) -> tuple[int, int, int]:
    from PIL import Image

    planes = planes_of(Image.new("RGB", (2, 2), colour))
    return planes.y.tobytes()[0], planes.cb.tobytes()[0], planes.cr.tobytes()[0]
