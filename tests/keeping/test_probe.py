"""A clip's own pictures are counted, where a codec is at hand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from seedance_spec.clips.expectation import ClipFacts, fatal_fault
from seedance_spec.clips.probe import probe
from tests.support.clips import film, film_with_index_last, png

NO_FILMS = {
    "empty": b"",
    "page": b"<html>",
    "zeros": b"\0" * 4096,
    "picture": png(),
    "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/clip.ts\n#EXT-X-ENDLIST\n",
}


def written(folder: Path, data: bytes) -> Path:
    path = folder / "clip.mp4"
    path.write_bytes(data)
    return path


def test_a_clip_is_read_through(tmp_path: Path) -> None:
    """Size, rate, length, codec and sound are the file's own."""
    assert probe(written(tmp_path, film())) == ClipFacts(
        width=320, height=180, fps=24.0, frames=9, packets=9, seconds=9 / 24, codec="h264", has_audio=True
    )


def test_a_silent_clip_has_no_sound(tmp_path: Path) -> None:
    """A film without a sound track is told from one with it."""
    facts = probe(written(tmp_path, film_with_index_last()))

    assert facts is not None
    assert (facts.has_audio, facts.packets) == (False, 9)


def test_a_cut_clip_has_fewer_pictures_than_its_index_promises(tmp_path: Path) -> None:
    """A library opens a fast-start file however it is cut; counting its pictures tells."""
    facts = probe(written(tmp_path, film()[: len(film()) // 2]))

    assert facts is not None
    assert facts.packets < facts.frames == 9
    assert "it is cut" in (fatal_fault(facts) or "")


@pytest.mark.parametrize("data", NO_FILMS.values(), ids=NO_FILMS.keys())
def test_what_cannot_be_opened_has_no_picture_track(tmp_path: Path, data: bytes) -> None:
    """Whatever is no film gives facts that say so, not an exception of the codec's."""
    facts = probe(written(tmp_path, data))

    assert facts is not None
    assert fatal_fault(facts) == "it holds no picture track"


def test_without_the_media_extra_nothing_is_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing PyAV is no fault of the clip: there are no facts."""
    monkeypatch.setitem(sys.modules, "av", None)

    assert probe(written(tmp_path, film())) is None
