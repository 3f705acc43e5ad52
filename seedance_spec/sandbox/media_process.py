"""The child process that draws and encodes: answers one question after the other until its standard input closes."""

from __future__ import annotations

import pickle
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

from seedance_spec.sandbox.clip_values import ClipRequest


def _answer(verb: str, arguments: tuple[Any, ...]) -> object:
    from seedance_spec.sandbox import clips

    match verb, arguments:
        case "render", (ClipRequest() as request, out):
            clips.render_clip(request, Path(out))
            return None
        case "last_frame", (clip,):
            return clips.last_frame_png(Path(clip))
        case "first_frame", (video,):
            return clips.first_frame_png(video)
        case "image_size", (image,):
            return clips.image_size(image)
        case "video_facts", (video,):
            facts = clips.video_facts(video)
            return facts.width, facts.height, facts.seconds, facts.frames
        case "sample", (str() as name,) if name.endswith((".mp4", ".mov")):
            return clips.sample_video(name)
        case "sample", (name,):
            return clips.sample_image(name)
        case _:
            raise AssertionError(verb)


def _say(question: bytes) -> bytes:
    verb, arguments = pickle.loads(question)  # noqa: S301 - our own parent's words
    try:
        answer = "ok", _answer(verb, arguments)
    except (ValueError, KeyError) as fault:
        answer = "bad-bytes", str(fault)
    except Exception as fault:  # whatever an encoder raises is told to the parent, which goes on
        answer = "broken", f"{type(fault).__name__}: {fault}"
    return pickle.dumps(answer)


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Length-prefixed pickles (8 bytes, big endian) both ways."""
    while head := questions.read(8):
        (length,) = struct.unpack(">Q", head)
        said = _say(questions.read(length))
        answers.write(struct.pack(">Q", len(said)) + said)
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
