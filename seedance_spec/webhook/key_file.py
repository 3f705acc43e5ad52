"""The callback key of one machine: made once, private, whole or not there. It may hold no other secret."""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from seedance_spec.webhook.capability import derive_key

_RANDOM_BYTES = 32


class KeyFault(Exception):  # noqa: N818 - a fault in the glossary's sense, not an error of the program
    """The key file cannot be read or made. The message names the file and the way out, never the key."""


def load_or_create_key(path: Path, *, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """The key in the file, or a new one; of several processes that make it at once all get the same. Raises KeyFault.

    The file holds a text, so that its content can be given to a shared receiver as SEEDANCE_CALLBACK_KEY.
    """
    try:
        text = _read(path)
        if text is None:
            _create(path, urlsafe_b64encode(random(_RANDOM_BYTES)).rstrip(b"=").decode("ascii"))
            text = _read(path)
        return derive_key(text or "")
    except OSError as error:
        raise KeyFault(f"{path} cannot be used: {error.strerror or error}") from error
    except ValueError as error:
        raise KeyFault(
            f"{path} holds no callback key: delete it, and callbacks under way are lost to polling"
        ) from error


def _read(path: Path) -> str | None:
    try:
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with os.fdopen(opened, encoding="utf-8") as file:
        if os.fstat(opened).st_mode & 0o077:
            os.fchmod(opened, 0o600)
        return file.read()


def _create(path: Path, text: str) -> None:
    """A link gives the finished file its name, unless another process was first: nobody ever sees half a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, text)
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write(draft: Path, text: str) -> None:
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(opened)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
