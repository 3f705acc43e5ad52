"""How coverage becomes coloured ink on transparent paper. No text and no layout may enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seedance_spec.sandbox.clip_moods import Colour

if TYPE_CHECKING:
    from PIL import Image

INK: Colour = (255, 255, 255)
SHADE: Colour = (6, 8, 16)


def inked(mask: Image.Image, colour: Colour) -> Image.Image:
    """Coverage (mode L) as RGBA of one colour: no dark fringe where it is thin."""
    from PIL import Image

    ink = Image.new("RGBA", mask.size, (*colour, 0))
    ink.putalpha(mask)
    return ink


def at_strength(mask: Image.Image, strength: float) -> Image.Image:
    return mask.point([round(value * strength) for value in range(256)])


def with_shadow(mask: Image.Image, colour: Colour, unit: float) -> Image.Image:
    """Ink with a soft shadow, on paper that is 8 units larger on each side."""
    from PIL import Image, ImageFilter

    pad = round(8 * unit)
    size = (mask.width + 2 * pad, mask.height + 2 * pad)
    shadow, ink = Image.new("L", size, 0), Image.new("L", size, 0)
    shadow.paste(mask, (pad, pad + max(1, round(2 * unit))))
    ink.paste(mask, (pad, pad))
    paper = inked(at_strength(shadow.filter(ImageFilter.GaussianBlur(3.5 * unit)), 0.75), SHADE)
    paper.alpha_composite(inked(ink, colour))
    return paper
