"""A frame cut out of a clip: the clip's own first or last picture, the same bytes every time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from seedance_spec.clips.faults import StoreFault
from seedance_spec.clips.frames import FrameFault, first_frame_png, last_frame_png
from seedance_spec.clips.store import Store
from tests.support.clips import CLIP, digest, distance, film, film_with_index_last, pictures, png, stocked

CUTS = pytest.mark.parametrize(("cut", "place"), [(first_frame_png, 0), (last_frame_png, -1)])
Cut = Callable[[bytes], bytes]

NO_CLIPS = {
    "empty": b"",
    "picture": png(),
    "cut in its pictures": film()[:2000],
    "playlist": b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/clip.ts\n#EXT-X-ENDLIST\n",
}


@CUTS
@pytest.mark.parametrize("clip", [film(frames=60), film_with_index_last()], ids=["several key frames", "index last"])
def test_the_picture_is_the_clips_own(cut: Cut, place: int, clip: bytes) -> None:
    """Losslessly, in the clip's size: nothing but the codec's own loss is between it and the clip."""
    picture = Image.open(BytesIO(cut(clip)))

    assert picture.format == "PNG"
    assert distance(picture, pictures(clip)[place]) == 0.0


@CUTS
def test_the_same_clip_gives_the_same_bytes(cut: Cut, place: int) -> None:
    """Two runs send the same image."""
    assert cut(film()) == cut(film()), place


@CUTS
@pytest.mark.parametrize("data", NO_CLIPS.values(), ids=NO_CLIPS)
def test_what_is_no_clip_gives_no_frame(cut: Cut, place: int, data: bytes) -> None:
    """A fault that says so, and no address in it is followed."""
    with pytest.raises(FrameFault):
        cut(data)
    assert place in {0, -1}


def test_without_the_media_extra_the_fault_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing can be installed."""
    monkeypatch.setitem(sys.modules, "av", None)

    with pytest.raises(FrameFault, match=r"pip install 'seedance-spec\[media\]'"):
        last_frame_png(film())


def test_stored_bytes_are_read_checked(tmp_path: Path) -> None:
    """What is no longer what its name says is a fault, and so is what is not here."""
    store = stocked(tmp_path)

    assert store.read(digest(CLIP)) == CLIP
    store.path(digest(CLIP)).chmod(0o600)
    store.path(digest(CLIP)).write_bytes(b"something else")
    with pytest.raises(StoreFault, match="no longer those"):
        store.read(digest(CLIP))
    with pytest.raises(StoreFault, match="does not hold"):
        Store(tmp_path / "nowhere").read(digest(CLIP))
