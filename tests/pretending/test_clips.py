"""The sandbox's clips are real films: exact size, rate, length and sound, and a slate that shows its shot."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops

from seedance_spec.sandbox.clips import (
    ClipRequest,
    MediaMissing,
    VideoFacts,
    first_frame_png,
    last_frame_png,
    render_clip,
    video_facts,
)
from tests.support.clips import distance, pictures

# gateway.md §5.1: resolution × ratio, written out so that no table of the program is believed.
SIZES = [
    (864, 496), (752, 560), (640, 640), (560, 752), (496, 864), (992, 432),
    (1280, 720), (1112, 834), (960, 960), (834, 1112), (720, 1280), (1470, 630),
    (1920, 1080), (1664, 1248), (1440, 1440), (1248, 1664), (1080, 1920), (2206, 946),
]  # fmt: skip

SMALL = ClipRequest(
    width=496,
    height=280,
    frames=5,
    title="A lighthouse in a storm",
    parameters=(("model", "dreamina-seedance-2-0"), ("resolution", "480p")),
    task_id="task_0123456789",
    seed=7,
    audio=False,
)


def rendered(folder: Path, request: ClipRequest) -> bytes:
    out = folder / "clip.mp4"
    render_clip(request, out)
    return out.read_bytes()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_size_of_the_upstream_table_is_met_to_the_pixel(tmp_path: Path, size: tuple[int, int]) -> None:
    """A clip has the exact size of its resolution and ratio, and plays at 24 frames per second as H.264 in yuv420p."""
    clip = rendered(tmp_path, replace(SMALL, width=size[0], height=size[1], frames=2))

    with av.open(BytesIO(clip), "r") as film:
        (track,) = film.streams
        assert isinstance(track, av.VideoStream)
        context = track.codec_context
        facts = (context.width, context.height, str(track.average_rate), context.name, str(context.pix_fmt))
        frames = [frame.pts for frame in film.decode(track)]
    assert facts == (*size, "24", "h264", "yuv420p")
    assert len(frames) == 2


def test_five_seconds_of_720p_are_121_frames_in_order(tmp_path: Path) -> None:
    """A 5 s clip holds 24·5+1 frames whose timestamps start at zero and rise by one frame each."""
    clip = rendered(tmp_path, replace(SMALL, width=1280, height=720, frames=121))

    with av.open(BytesIO(clip), "r") as film:
        times = [frame.time for frame in film.decode(video=0)]
    assert times == pytest.approx([index / 24 for index in range(121)])
    assert video_facts(clip) == VideoFacts(width=1280, height=720, seconds=121 / 24, frames=121)
    assert len(clip) < 600_000


@pytest.mark.parametrize("frames", [1, 2, 25, 49])
def test_a_clip_of_any_length_has_exactly_its_frames(tmp_path: Path, frames: int) -> None:
    """The frame count is the one asked for, down to a single frame, with sound as well."""
    clip = rendered(tmp_path, replace(SMALL, frames=frames, audio=True))

    assert len(pictures(clip)) == frames


def test_a_clip_with_sound_has_one_mono_track_as_long_as_its_picture(tmp_path: Path) -> None:
    """generate_audio gives an AAC mono track of the picture's length that is not silent."""
    clip = rendered(tmp_path, replace(SMALL, frames=25, audio=True))

    with av.open(BytesIO(clip), "r") as film:
        (track,) = film.streams.audio
        shape = (track.codec_context.name, track.layout.name, track.sample_rate)
        seconds = float((track.duration or 0) * (track.time_base or 0))
        loudest = max(max(memoryview(bytes(block.planes[0])).cast("f")) for block in film.decode(track))
    assert shape == ("aac", "mono", 48_000)
    assert seconds == pytest.approx(25 / 24, abs=0.03)
    assert loudest > 0.03


def test_a_clip_can_be_played_before_it_is_loaded(tmp_path: Path) -> None:
    """The index stands before the pictures (fast start)."""
    clip = rendered(tmp_path, SMALL)

    assert clip[4:8] == b"ftyp"
    assert 0 < clip.index(b"moov") < clip.index(b"mdat")


def test_a_continued_clip_starts_from_the_last_frame_of_its_input(tmp_path: Path) -> None:
    """Frame 0 is the input's last picture, and half a second later the new slate has taken over."""
    before = rendered(tmp_path, replace(SMALL, title="Snow on a glacier"))
    plain = pictures(rendered(tmp_path, replace(SMALL, frames=20)))
    after = pictures(rendered(tmp_path, replace(SMALL, frames=20, continues=before)))

    last = pictures(before)[-1]
    assert distance(after[0], last) < 3
    assert distance(plain[0], last) > 6
    assert distance(after[15], plain[15]) < 6 < distance(after[15], last)


def test_a_continued_clip_of_another_shape_shows_the_middle_of_its_input(tmp_path: Path) -> None:
    """An input of another size covers the frame, cut at its sides, never squeezed."""
    before = rendered(tmp_path, SMALL)
    after = pictures(rendered(tmp_path, replace(SMALL, width=280, height=280, continues=before)))

    middle = pictures(before)[-1].crop((108, 0, 388, 280))
    assert distance(after[0], middle) < 4


def test_the_first_and_last_frame_are_those_of_the_film(tmp_path: Path) -> None:
    """The PNGs that a task hands out are the film's own first and last picture."""
    clip = rendered(tmp_path, replace(SMALL, frames=60))
    shown = pictures(clip)

    first, last = first_frame_png(clip), last_frame_png(tmp_path / "clip.mp4")

    assert first.startswith(b"\x89PNG")
    assert distance(Image.open(BytesIO(first)), shown[0]) < 3
    assert distance(Image.open(BytesIO(last)), shown[-1]) < 3
    assert distance(shown[0], shown[-1]) > 3


def test_the_picture_moves_all_the_time(tmp_path: Path) -> None:
    """No two neighbouring frames are alike: timecode, progress and landscape move."""
    shown = pictures(rendered(tmp_path, replace(SMALL, frames=12)))

    assert all(distance(a, b) > 0.05 for a, b in pairwise(shown))


def test_the_inputs_are_seen_on_the_slate(tmp_path: Path) -> None:
    """A thumbnail of pure green brings green into a picture that had none."""
    green = BytesIO()
    Image.new("RGB", (640, 360), (0, 255, 0)).save(green, "PNG")

    with_input = pictures(rendered(tmp_path, replace(SMALL, thumbnails=(green.getvalue(),))))[0]
    without = pictures(rendered(tmp_path, SMALL))[0]

    assert _green(with_input) > 400 > _green(without)


def _green(picture: Image.Image) -> int:
    red, green, blue = (picture.convert("RGB").getchannel(channel) for channel in "RGB")
    excess = ImageChops.subtract(green, ImageChops.lighter(red, blue))
    return sum(excess.histogram()[120:])


def test_the_watermark_lies_across_the_picture(tmp_path: Path) -> None:
    """Along the rising diagonal the picture is brighter than beside it, whatever the prompt."""
    shown = pictures(rendered(tmp_path, replace(SMALL, width=640, height=640)))[0].convert("L")
    turned = shown.rotate(-45, Image.Resampling.BICUBIC)
    on, beside = (turned.crop((120, top, 520, top + 6)) for top in (317, 230))

    assert len(set(_levels(on))) > len(set(_levels(beside)))


def _levels(strip: Image.Image) -> list[int]:
    narrow = strip.resize((strip.width, 1), Image.Resampling.BOX)
    values = narrow.tobytes()
    return [place for place in range(1, len(values)) if abs(values[place] - values[place - 1]) > 4]


def test_one_request_makes_one_picture_and_another_seed_another(tmp_path: Path) -> None:
    """The bytes are a function of the request."""
    assert rendered(tmp_path, SMALL) == rendered(tmp_path, SMALL)
    assert rendered(tmp_path, SMALL) != rendered(tmp_path, replace(SMALL, seed=8))


HOSTILE = {
    "empty": "",
    "blank": " \n\n\t ",
    "emoji": "🐱" * 30,
    "right to left": "שלום עולם, חתול על הירח",
    "chinese": "一只猫在月球上行走" * 20,
    "5000 characters": "word " * 1000,
    "one long word": "x" * 5000,
    "control": "a\x00b\x1b[31mc\u202e",
    "lone surrogate": "\ud83d half",
    "marks": "e\u0301" * 50,
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_prompt_breaks_the_slate(tmp_path: Path, title: str) -> None:
    """Whatever a prompt or a parameter holds, the clip is whole."""
    clip = rendered(tmp_path, replace(SMALL, title=title, parameters=((title, title), ("ratio", "16:9"))))

    assert video_facts(clip).frames == SMALL.frames


@pytest.mark.parametrize(
    "data", [b"", b"not an image", b"\x89PNG\r\n\x1a\n" + b"\0" * 40], ids=["empty", "text", "torn"]
)
def test_an_input_that_cannot_be_read_leaves_an_empty_frame(tmp_path: Path, data: bytes) -> None:
    """A thumbnail that is no image costs its picture, not the clip."""
    clip = rendered(tmp_path, replace(SMALL, thumbnails=(data,) * 12))

    assert video_facts(clip).frames == SMALL.frames


def test_a_clip_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    """The file appears whole or not at all, and no draft stays."""
    with pytest.raises(ValueError, match="not a readable video"):
        render_clip(replace(SMALL, continues=b"no film"), tmp_path / "clip.mp4")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("module", "name"), [("av", "PyAV"), ("PIL", "Pillow")])
def test_without_the_media_extra_the_message_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    """A missing PyAV or Pillow is said with the command that brings it."""
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(MediaMissing, match=rf"{name} is missing: pip install 'seedance-spec\[media\]'"):
        render_clip(SMALL, tmp_path / "clip.mp4")


@pytest.mark.parametrize("read", [first_frame_png, video_facts], ids=["first-frame", "facts"])
@pytest.mark.parametrize("data", [b"", b"text", b"\0\0\0\x18ftypmp42" + b"\0" * 12], ids=["empty", "text", "only-ftyp"])
def test_what_is_no_video_is_a_value_error(read: Callable[[bytes], object], data: bytes) -> None:
    """Inputs that are no videos are refused with a sentence, never with the codec's own error."""
    with pytest.raises(ValueError, match=r"video|picture"):
        read(data)
