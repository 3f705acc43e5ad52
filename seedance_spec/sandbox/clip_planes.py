"""Pictures as Y, Cb and Cr planes: a frame costs a few pastes and no conversion. No text and no file may enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Planes:
    """A yuv420p picture (BT.709, limited range): `cb` and `cr` are half as wide and high. Images of mode L."""

    y: Image.Image
    cb: Image.Image
    cr: Image.Image

    def copy(self) -> Planes:
        return Planes(self.y.copy(), self.cb.copy(), self.cr.copy())


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture with a mask for each plane size, to be laid over another."""

    planes: Planes
    mask: Image.Image
    half_mask: Image.Image


def planes_of(picture: Image.Image) -> Planes:
    """An RGB picture with even sides as planes."""
    import av

    frame = av.VideoFrame(picture.width, picture.height, "rgb24")
    plane = frame.planes[0]
    rows = picture.convert("RGB").tobytes("raw", "RGB", plane.line_size, 1)
    plane.update(rows.ljust(plane.buffer_size, b"\0"))
    return planes_of_frame(frame.reformat(format="yuv420p", dst_colorspace="ITU709"))


def planes_of_frame(frame: av.VideoFrame) -> Planes:
    """A yuv420p frame of whatever row padding as planes."""
    from PIL import Image

    y, cb, cr = (
        Image.frombytes("L", (plane.width, plane.height), bytes(plane), "raw", "L", plane.line_size, 1)
        for plane in frame.planes
    )
    return Planes(y, cb, cr)


def picture_of(frame: av.VideoFrame, colours: str = "ITU709") -> Image.Image:
    """A frame as an RGB picture; `colours` is the frame's own matrix."""
    from PIL import Image

    rgb = frame.reformat(format="rgb24", src_colorspace=colours)
    plane = rgb.planes[0]
    return Image.frombytes("RGB", (rgb.width, rgb.height), bytes(plane), "raw", "RGB", plane.line_size, 1)


def frame_of(planes: Planes) -> av.VideoFrame:
    """A frame for the encoder; rows are padded as the codec wants them."""
    import av

    frame = av.VideoFrame(planes.y.width, planes.y.height, "yuv420p")
    for plane, image in zip(frame.planes, (planes.y, planes.cb, planes.cr), strict=True):
        rows = image.tobytes("raw", "L", plane.line_size, 1)
        plane.update(rows.ljust(plane.buffer_size, b"\0"))
    return frame


def layer_of(picture: Image.Image) -> Layer:
    """An RGBA picture with even sides as a layer."""
    from PIL import Image

    mask = picture.getchannel("A")
    half = mask.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)
    return Layer(planes_of(picture), mask, half)


def lay(base: Planes, layer: Layer, at: tuple[int, int] = (0, 0)) -> None:
    """Lay `layer` over `base` with its left upper corner `at`; what sticks out is cut. Changes `base`."""
    half = (at[0] // 2, at[1] // 2)
    base.y.paste(layer.planes.y, at, layer.mask)
    base.cb.paste(layer.planes.cb, half, layer.half_mask)
    base.cr.paste(layer.planes.cr, half, layer.half_mask)


def mixed(first: Planes, second: Planes, share: float) -> Planes:
    """A cross-fade: `share` 0 is the first picture, 1 the second."""
    from PIL import Image

    return Planes(
        Image.blend(first.y, second.y, share),
        Image.blend(first.cb, second.cb, share),
        Image.blend(first.cr, second.cr, share),
    )
