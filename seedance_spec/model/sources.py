"""One written text to the source of an input: URL, data URI or local file. Pure: the look at a file is handed in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import urlsplit

from seedance_spec.model import vocabulary as words
from seedance_spec.model.local_file import HEAD_BYTES, LocalFault, LocalFile, Trouble, media_type_of
from seedance_spec.model.shot import DataSource, FileSource, InputKind, Role, Source, UrlSource
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity, Span
from seedance_spec.specfiles.quoting import quoted

Look: TypeAlias = Callable[[str], LocalFile | LocalFault]
Outcome: TypeAlias = tuple[Source | None, tuple[Diagnostic, ...]]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=://)")
_DATA = re.compile(r"data:(?P<type>[a-z]+/[a-z0-9.+-]+);base64,(?P<payload>[A-Za-z0-9+/=]+)\Z")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_SANDBOX_HOST = "sandbox.localhost"
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")

_TYPES = {
    InputKind.IMAGE: ("image/png", "image/jpeg", "image/webp", "image/bmp", "image/tiff", "image/gif"),
    InputKind.AUDIO: ("audio/wav", "audio/mp3"),
    InputKind.VIDEO: (),
}
_TYPE_NAMES = {InputKind.IMAGE: "a PNG, JPEG, WebP, BMP, TIFF or GIF", InputKind.AUDIO: "a WAV or MP3"}
_MOST_BYTES = {InputKind.IMAGE: words.MAX_IMAGE_BYTES, InputKind.AUDIO: words.MAX_AUDIO_BYTES}

_UPLOAD = "put it where the upstream can fetch it, and write its URL"
_TROUBLES = {
    Trouble.MISSING: ("missing-input", "there is no such file", "paths are relative to the file they stand in"),
    Trouble.OUTSIDE: ("outside-project", "it lies outside the project", "copy it into the project"),
    Trouble.NOT_A_FILE: ("unreadable-input", "it is not a file", "write the path of a file"),
    Trouble.UNREADABLE: ("unreadable-input", "it cannot be read", "check the path and its permissions"),
    Trouble.TOO_LARGE: ("input-too-large", "it is larger than an input may be", f"make it smaller, or {_UPLOAD}"),
    Trouble.EMPTY: ("wrong-input-type", "it is empty", "write the path of another file"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenInput:
    """An input as written: `text` is a URL, a data URI or a path relative to the file of `span`."""

    kind: InputKind
    text: str
    span: Span
    role: Role | None = None
    sha256: str | None = None


def source_of(written: WrittenInput, look: Look) -> Outcome:
    """The source that was meant, or why there is none; warnings may stand beside a source."""
    text = written.text
    if not text.strip():
        return None, (_error(written, "empty-input", f"{written.kind.value} is empty", "write a URL or a path"),)
    if text[:5].lower() == "data:":
        return _pinned(written, *_data(written))
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _pinned(written, *_file(written, look))
    match scheme.group().lower():
        case "http" | "https":
            return _url(written)
        case "asset":
            return UrlSource(url=text, sha256=written.sha256), ()
        case other:
            message = f"{other}:// links cannot be fetched by the upstream"
            hint = "use http:// or https://, or a path inside the project"
            return None, (_error(written, "unsupported-link", message, hint),)


def _url(written: WrittenInput) -> Outcome:
    try:
        host = urlsplit(written.text).hostname
    except ValueError:
        host = None
    if not host or _NOT_IN_A_URL.search(written.text):
        hint = "write it as a browser shows it in the address line: no spaces, a host name after ://"
        return None, (_error(written, "bad-url", f"{quoted(written.text)} is not a URL", hint),)
    source = UrlSource(url=written.text, sha256=written.sha256)
    return source, ((_unreachable(written, host),) if _is_private(host) else ())


def _is_private(host: str) -> bool:
    """Whether only this machine or this network can reach the host. The sandbox's own assets are no such case."""
    host = host.lower().rstrip(".")
    if f".{host}".endswith(f".{_SANDBOX_HOST}"):
        return False
    if ":" not in host and not host[-1:].isdigit():
        return "." not in host or host.endswith(_PRIVATE_ENDINGS)
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _file(written: WrittenInput, look: Look) -> Outcome:
    if written.kind is InputKind.VIDEO:
        return None, (_local_video(written),)
    text = written.text
    if "\\" in text or text.startswith(("/", "~")) or _DRIVE.match(text):
        hint = "write it relative to this file, with /: ./refs/cat.jpg"
        return None, (_error(written, "not-a-relative-path", f"{quoted(text)} is not a relative path", hint),)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(written.span.file), text))
    if path == ".." or path.startswith("../"):
        return None, (_trouble(written, LocalFault(path=path, trouble=Trouble.OUTSIDE)),)
    match look(path):
        case LocalFault() as fault:
            return None, (_trouble(written, fault),)
        case LocalFile() as file:
            fault_found = _wrong_bytes(written, file.media_type, file.bytes)
            if fault_found is not None:
                return None, (fault_found,)
            return FileSource(path=path, sha256=file.sha256, bytes=file.bytes, media_type=file.media_type), ()


def _data(written: WrittenInput) -> Outcome:
    if written.kind is InputKind.VIDEO:
        return None, (_local_video(written),)
    found = _DATA.match(written.text)
    try:
        data = base64.b64decode(found["payload"], validate=True) if found else b""
    except binascii.Error:
        data = b""
    if found is None or not data:
        hint = "write data:image/png;base64, and the bytes in base64, without line breaks; a path is simpler"
        return None, (_error(written, "bad-data-uri", "this data URI cannot be read", hint),)
    fault = _wrong_bytes(written, media_type_of(data[:HEAD_BYTES]), len(data))
    if fault is None and not found["type"].startswith(f"{written.kind.value}/"):
        fault = _error(written, "bad-data-uri", f"{found['type']} is not an {written.kind.value} type", "correct it")
    if fault is not None:
        return None, (fault,)
    digest = hashlib.sha256(data).hexdigest()
    return DataSource(uri=written.text, sha256=digest, bytes=len(data), media_type=found["type"]), ()


def _wrong_bytes(written: WrittenInput, media_type: str, size: int) -> Diagnostic | None:
    if media_type not in _TYPES[written.kind]:
        kind = media_type.partition("/")[0]
        seen = f": its bytes are {media_type}" if kind in ("image", "audio", "video") else ""
        hint = f"{written.kind.value} takes {_TYPE_NAMES[written.kind]} file; the bytes count, not the file's name"
        message = f"this is not {_TYPE_NAMES[written.kind]} file{seen}"
        return _error(written, "wrong-input-type", message, hint, source=words.UPSTREAM)
    most = _MOST_BYTES[written.kind]
    if size >= most:
        message = f"{size / 2**20:.1f} MiB: an {written.kind.value} must be under {most >> 20} MiB"
        return _error(written, "input-too-large", message, f"make it smaller, or {_UPLOAD}", source=words.UPSTREAM)
    return None


def _pinned(written: WrittenInput, source: Source | None, complaints: tuple[Diagnostic, ...]) -> Outcome:
    """A digest beside bytes that are here must be theirs."""
    if isinstance(source, FileSource | DataSource) and written.sha256 not in (None, source.sha256):
        hint = f"if the change is meant, write sha256: {source.sha256}"
        return None, (_error(written, "digest-differs", "the bytes are not those that sha256 names", hint),)
    return source, complaints


def _local_video(written: WrittenInput) -> Diagnostic:
    message = "a video cannot travel inside the request: the upstream takes it from a URL only"
    return _error(written, "local-video", message, _UPLOAD, source=words.UPSTREAM)


def _trouble(written: WrittenInput, fault: LocalFault) -> Diagnostic:
    code, what, hint = _TROUBLES[fault.trouble]
    detail = f" ({fault.detail})" if fault.detail and fault.trouble is Trouble.UNREADABLE else ""
    return _error(written, code, f"{quoted(fault.path)}: {what}{detail}", hint)


def _unreachable(written: WrittenInput, host: str) -> Diagnostic:
    message = f"{quoted(host)} cannot be reached from the internet, where the upstream fetches inputs"
    hint = "write a public URL, or a local path; a sandbox on this machine can fetch it"
    return replace(_error(written, "unreachable-input", message, hint), severity=Severity.WARNING)


def _error(written: WrittenInput, code: str, message: str, hint: str, *, source: str = "") -> Diagnostic:
    return Diagnostic(code=code, message=message, span=written.span, hint=hint, source=source)
