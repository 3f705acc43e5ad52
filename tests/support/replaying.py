"""`plan` asked again and again in this process: with what it remembers, and without."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import MappingProxyType

from seedance_spec.cli.boundary import run
from seedance_spec.cli.remembered import say_again
from tests.support.rendered import render_film
from tests.support.whole import Done

FILM = """\
version: 1
vars: { hero: a tabby cat }
defaults:
  model: dreamina-seedance-2-0
  metadata: { ratio: 16:9 }
shots:
  moon:
    prompt: "${hero} walking on the moon"
  jump:
    prompt: Make the cat jump
    inputs:
      - image: ./refs/cat.png
        role: first_frame
  exit:
    prompt: The cat walks out of frame
    inputs:
      - { shot: moon, frame: last, role: first_frame }
"""
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)
CLIP = "renders/film/moon.mp4"


class Replayed:
    """A finished film, of three shots unless `specs` says otherwise. Its files are older than any plan of it."""

    def __init__(self, root: Path, specs: Mapping[str, str] = MappingProxyType({"specs/film.yaml": FILM})) -> None:
        self.root = root
        for path, text in specs.items():
            self.write(path, text)
        self.write("specs/refs/cat.png", PICTURE)
        render_film(root)
        self.age()

    def path(self, name: str) -> Path:
        return self.root / name

    def write(self, name: str, content: str | bytes) -> None:
        """In place, as many editors do: the file stays the same file."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def age(self) -> None:
        """Let the disk's clock go on until whatever was written is older than what will be."""
        probe = self.root.parent / "clock"
        probe.write_bytes(b"")
        before = probe.stat().st_mtime_ns
        while probe.stat().st_mtime_ns <= before:
            probe.write_bytes(b"")

    def plan(self, *words: str) -> Done:
        """The plan, said again where it may be."""
        return _said(["plan", *words, "-C", str(self.root)], again=True)

    def fresh(self, *words: str) -> Done:
        """The plan as a project says it that has no cache."""
        for kept in self.kept:
            kept.unlink()
        return _said(["plan", *words, "-C", str(self.root)], again=False)

    def beside(self, *words: str) -> Done:
        """The same, but what is remembered stays as it was."""
        kept = [(path, path.read_bytes()) for path in self.kept]
        said = self.fresh(*words)
        for path in self.kept:
            path.unlink()
        for path, content in kept:
            path.write_bytes(content)
        return said

    def says_again(self, *words: str) -> bool:
        """Whether these words would be answered from memory."""
        out, err = _stream(), _stream()
        with redirect_stdout(out), redirect_stderr(err):
            return say_again(["plan", *words, "-C", str(self.root)]) is not None

    @property
    def kept(self) -> list[Path]:
        """Everything that is remembered."""
        return sorted(self.path(".seedance/cache").glob("*-*"))

    @property
    def answers(self) -> list[Path]:
        return sorted(self.path(".seedance/cache").glob("plan-*"))


def _said(words: list[str], *, again: bool) -> Done:
    out, err = _stream(), _stream()
    with redirect_stdout(out), redirect_stderr(err):
        code = say_again(words) if again else None
        code = run(words) if code is None else code
    return Done(code=code, out=_text(out), err=_text(err))


def _stream() -> TextIOWrapper:
    return TextIOWrapper(BytesIO(), encoding="utf-8")


def _text(stream: TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, BytesIO)
    return stream.buffer.getvalue().decode()
