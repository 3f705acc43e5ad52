"""Spec files for tests: projects in a folder, films from texts, and what readers are told about them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from seedance_spec.content_hash import content_hash
from seedance_spec.model.chain import HashOf
from seedance_spec.model.film import film_of
from seedance_spec.model.given import NOTHING_GIVEN, Given
from seedance_spec.model.local_file import LocalFault, LocalFile, Trouble
from seedance_spec.model.local_files import LocalFiles
from seedance_spec.model.shot import Film, Shot
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.find import find_spec_files
from seedance_spec.specfiles.found import Found, SpecFile
from seedance_spec.specfiles.snippet import picture

PNG = b"\x89PNG\r\n\x1a\n" + b"a small picture"
WAV = b"RIFF\x10\x00\x00\x00WAVEfmt some noise"
MP4 = b"\x00\x00\x00\x18ftypmp42 some motion"

SHOT = """\
version: 1
shots:
  moon:
    model: dreamina-seedance-2-0
    prompt: A cat on the moon
"""
"""The smallest spec file without a complaint."""


def put(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below `root`; a text starting with `-> ` makes a link. Returns `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case bytes():
                path.write_bytes(content)
            case str() if content.startswith("-> "):
                path.symlink_to(content.removeprefix("-> "))
            case str():
                path.write_text(textwrap.dedent(content), encoding="utf-8")
    return root


def pictures(root: Path) -> str:
    """Everything that is said about the project in `root`, as a user sees it."""
    found = find_spec_files(root)
    _, told = film_of(found, LocalFiles(root).look, content_hash)
    texts = {each.path: each.text for each in (*found.files, *((found.project,) if found.project else ()))}
    shown = [picture(each, texts.get(each.span.file) if each.span else None) for each in told]
    return "\n\n".join(shown) + "\n" if shown else "nothing to complain about\n"


def a_film(
    text: str = "",
    *,
    project: str | None = None,
    files: Mapping[str, str] | None = None,
    local: Mapping[str, LocalFile] | None = None,
    given: Given = NOTHING_GIVEN,
    hash_of: HashOf = content_hash,
) -> tuple[Film, tuple[Diagnostic, ...]]:
    """The film of specs/film.yaml with this text (or of `files` under specs/), without a disk."""
    texts = files if files is not None else {"film.yaml": text}
    found = Found(
        files=tuple(SpecFile(path=f"specs/{name}", text=textwrap.dedent(each)) for name, each in texts.items()),
        project=SpecFile(path="specs/project.yaml", text=textwrap.dedent(project)) if project is not None else None,
    )
    known = local or {}
    missing = Trouble.MISSING
    return film_of(found, lambda path: known.get(path) or LocalFault(path=path, trouble=missing), hash_of, given)


def a_shot(body: str, *, defaults: str = "", project: str | None = None) -> Shot:
    """The one shot of a film whose other needs (model, prompt) are met. Fails on any error, passes over warnings."""
    film, told = a_film(spec(body, defaults=defaults), project=project)
    assert list(film.shots) == ["film/moon"], told
    return film.shots["film/moon"]


def told_about(body: str, *, defaults: str = "", project: str | None = None) -> list[str]:
    """What is said about such a shot, as `severity code: stretch of the source`."""
    text = spec(body, defaults=defaults)
    _, told = a_film(text, project=project)
    return [f"{each.severity} {each.code}: {stretch(text, each.span)}" for each in told]


def spec(body: str, *, defaults: str = "") -> str:
    """A spec file with one shot, `moon`; `body` and `defaults` are more keys, in YAML."""
    shot = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    shared = textwrap.indent(textwrap.dedent(defaults).strip(), "  ")
    own = "" if "prompt:" in body + defaults else "    prompt: A cat on the moon\n"
    model = "" if "model:" in body + defaults else "    model: dreamina-seedance-2-0\n"
    above = f"defaults:\n{shared}\n" if shared else ""
    return f"version: 1\n{above}shots:\n  moon:\n{own}{model}{shot}\n"


def stretch(text: str, span: Span | None) -> str:
    """The text that a span covers, as far as its first line goes."""
    if span is None:
        return "nothing"
    line = text.split("\n")[span.line - 1]
    return line[span.column - 1 : span.end_column - 1 if span.end_line == span.line else None]


def a_local_image(path: str = "specs/cat.png", *, sha256: str = "ab" * 32, size: int = 1000) -> LocalFile:
    return LocalFile(path=path, sha256=sha256, bytes=size, media_type="image/png")
