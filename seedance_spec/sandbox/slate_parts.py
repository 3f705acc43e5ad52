"""The parts of a slate, each a picture on transparent paper. Their places and all files stay outside."""

from __future__ import annotations

from io import BytesIO
from math import atan2, degrees, hypot
from typing import TYPE_CHECKING

from seedance_spec.sandbox.slate_ink import INK, SHADE, at_strength, inked, with_shadow
from seedance_spec.sandbox.slate_text import Typeface, legible, shortened

if TYPE_CHECKING:
    from PIL import Image

READABLE_IMAGES = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")


def scrim(size: tuple[int, int]) -> Image.Image:
    """Darkness behind the words: down from the top, up from the foot."""
    from PIL import Image

    curve = Image.new("L", (1, 33))
    for y in range(33):
        share = y / 32
        curve.putpixel(
            (0, y), round(112 * max(0.0, 1 - share / 0.6) ** 1.3 + 205 * max(0.0, (share - 0.55) / 0.45) ** 0.8)
        )
    return inked(curve.resize(size, Image.Resampling.BICUBIC), SHADE)


def watermark(size: tuple[int, int]) -> Image.Image:
    """SANDBOX along the rising diagonal, translucent, over three quarters of its length."""
    from PIL import Image

    width, height = size
    diagonal = hypot(width, height)
    face = Typeface(200)
    word = face.mask("SANDBOX")
    word = word.crop(word.getbbox())
    wide = round(diagonal * 0.72)
    tall = min(round(word.height * wide / word.width), round(min(size) * 0.3))
    word = word.resize((wide, tall), Image.Resampling.BICUBIC)
    turned = word.rotate(degrees(atan2(height, width)), Image.Resampling.BICUBIC, expand=True)
    sheet = Image.new("L", size, 0)
    sheet.paste(turned, ((width - turned.width) // 2, (height - turned.height) // 2))
    return inked(at_strength(sheet, 0.15), INK)


def clapper_stripes(size: tuple[int, int]) -> Image.Image:
    """The striped edge of a clapperboard."""
    from PIL import Image, ImageDraw

    width, height = size
    fine = Image.new("L", (width * 2, height * 2), 0)
    draw = ImageDraw.Draw(fine)
    step = height * 2 * 3
    for x in range(-step, width * 2 + step, step * 2):
        draw.polygon(
            [(x, height * 2), (x + step, height * 2), (x + step + height * 2, 0), (x + height * 2, 0)], fill=255
        )
    band = Image.new("RGBA", size, (*SHADE, 235))
    band.alpha_composite(inked(at_strength(fine.resize(size, Image.Resampling.BOX), 0.92), INK))
    return band


def parameter_block(parameters: tuple[tuple[str, str], ...], width: int, unit: float, *, room: int) -> Image.Image:
    """Labels over their values, flowing from left to right; no higher than `room`."""
    from PIL import Image

    cells = [_cell(label, value, width, unit) for label, value in parameters]
    gap, line = round(26 * unit), round(58 * unit)
    places: list[tuple[int, int]] = []
    x, row = 0, 0
    for cell in cells:
        if x and x + cell.width > width:
            x, row = 0, row + 1
        places.append((x, row))
        x += cell.width + gap
    rows = min(row + 1, max(1, room // line))
    block = Image.new("RGBA", (width, rows * line), (*SHADE, 0))
    for cell, (left, place) in zip(cells, places, strict=True):
        if place < rows:
            block.alpha_composite(cell, (left, place * line))
    return block


def _cell(label: str, value: str, width: int, unit: float) -> Image.Image:
    from PIL import Image

    small, large = Typeface(max(8, round(15 * unit))), Typeface(max(10, round(23 * unit)))
    above = small.mask(shortened(legible(label).upper()[:200] or " ", small, width))
    below = large.mask(shortened(legible(value)[:200] or "-", large, width))
    tall = round(24 * unit)
    cell = Image.new("RGBA", (min(width, max(above.width, below.width)), tall + below.height), (*SHADE, 0))
    cell.alpha_composite(inked(at_strength(above, 0.78), INK))
    cell.alpha_composite(inked(below, INK), (0, tall - round(4 * unit)))
    return cell


def thumbnail_row(thumbnails: tuple[bytes, ...], width: int, height: int, unit: float) -> Image.Image | None:
    """The inputs side by side, framed; what does not fit is counted. None without inputs."""
    from PIL import Image

    if not thumbnails:
        return None
    shown: list[Image.Image] = []
    reach, count_room = 0, round(70 * unit)
    for data in thumbnails:
        tile = _tile(data, height, unit)
        if shown and reach + tile.width + count_room > width:
            break
        shown.append(tile)
        reach += tile.width
    hidden = len(thumbnails) - len(shown)
    if hidden:
        shown.append(with_shadow(Typeface(round(30 * unit)).mask(f"+{hidden}"), INK, unit))
    row = Image.new("RGBA", (max(1, sum(tile.width for tile in shown)), shown[0].height), (*SHADE, 0))
    x = 0
    for tile in shown:
        row.alpha_composite(tile, (x, (row.height - tile.height) // 2))
        x += tile.width
    return row


def _tile(data: bytes, height: int, unit: float) -> Image.Image:
    """One input in a white frame with round corners and a shadow."""
    from PIL import Image, ImageDraw

    picture = _readable(data, (height * 2, height))
    frame = max(1, round(3 * unit))
    mask = Image.new("L", (picture.width + 2 * frame, picture.height + 2 * frame), 0)
    ImageDraw.Draw(mask).rounded_rectangle([0, 0, mask.width - 1, mask.height - 1], radius=round(9 * unit), fill=255)
    tile = with_shadow(mask, INK, unit)
    window = Image.new("L", picture.size, 0)
    ImageDraw.Draw(window).rounded_rectangle(
        [0, 0, picture.width - 1, picture.height - 1], radius=round(6 * unit), fill=255
    )
    pad = round(8 * unit) + frame
    tile.paste(picture, (pad, pad), window)
    return tile


def _readable(data: bytes, bounds: tuple[int, int]) -> Image.Image:
    """The picture within `bounds`, opaque; a crossed grey field where it cannot be read."""
    from PIL import Image, ImageDraw

    try:
        with Image.open(BytesIO(data), formats=READABLE_IMAGES) as opened:
            opened.thumbnail((bounds[0] * 2, bounds[1] * 2))
            picture = opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        field = Image.new("RGB", (bounds[1], bounds[1]), (70, 74, 84))
        ImageDraw.Draw(field).line([(0, 0), field.size], fill=(130, 134, 144), width=2)
        return field
    share = min(bounds[0] / picture.width, bounds[1] / picture.height)
    fit = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(fit, Image.Resampling.LANCZOS)
