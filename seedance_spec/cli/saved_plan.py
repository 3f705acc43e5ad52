"""Saved plans as files: `plan -o FILE` writes one, `apply FILE` reads it back. What they mean stands in plan/saved."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_spec.cli.exit_codes import ExitCode
from seedance_spec.cli.json_text import json_text
from seedance_spec.cli.settings import environment_secrets
from seedance_spec.cli.stop import StopError

if TYPE_CHECKING:
    from seedance_spec.plan.saved import SavedPlan
    from seedance_spec.realm import Realm

_MOST_BYTES = 256 << 20


def load_plan(path: Path, realm: Realm) -> SavedPlan:
    """The saved plan in a file. Raises StopError (64) for a file that holds none, or one of the other realm."""
    from seedance_spec.plan.saved_document import read_saved_plan
    from seedance_spec.specfiles.diagnostic import Diagnostic

    text = _text_of(path)
    if text is None:
        hint = f"plan -o {path} saves one; apply --select {path} renders some of the shots"
        raise StopError(ExitCode.USAGE, f"there is no saved plan {path}", hint=hint)
    saved = read_saved_plan(str(path), text)
    if isinstance(saved, Diagnostic):
        raise StopError(ExitCode.USAGE, f"{saved.span}: {saved.message}", hint=saved.hint)
    if saved.realm is not realm:
        is_sandbox = saved.realm.value == "sandbox"
        was, hint = ("the sandbox", "add --sandbox") if is_sandbox else ("real money", "leave --sandbox away")
        raise StopError(ExitCode.USAGE, f"{path} was planned for {was}: the two never mix", hint=hint)
    return saved


def store_plan(saved: SavedPlan, path: Path) -> None:
    """Write the plan, whole or not at all. Raises StopError (64) rather than write over a file that is no saved plan,
    or write down what looks like a secret.
    """
    from seedance_spec.plan.saved_document import is_saved_plan, saved_document

    _refuse_secrets(saved)
    before = _text_of(path)
    if before is not None and not is_saved_plan(before):
        raise StopError(ExitCode.USAGE, f"{path} is no saved plan: it is not written over", hint="name another file")
    content = (json_text(saved_document(saved)) + "\n").encode()
    try:
        _replace(path, content)
    except OSError as fault:
        raise StopError(ExitCode.USAGE, f"{path} cannot be written: {_said(fault)}") from None


def _refuse_secrets(saved: SavedPlan) -> None:
    from seedance_spec.lockfile.secrets import scrub
    from seedance_spec.plan.saved import texts_of
    from seedance_spec.redaction import redact

    secrets = environment_secrets()
    for name, text in texts_of(saved).items():
        if scrub(text) != text or redact(text, secrets) != text:
            hint = "a saved plan holds variables as they were given: keep keys and signed URLs out of them"
            raise StopError(ExitCode.USAGE, f"{name} holds what looks like a secret: the plan was not saved", hint=hint)


def _text_of(path: Path) -> str | None:
    """The file's text; None where there is no file. Raises StopError (64) where it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise StopError(ExitCode.USAGE, f"{path} cannot be read: {_said(fault)}") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise StopError(ExitCode.USAGE, f"{path} is not a file", hint="name a file for the saved plan")
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise StopError(ExitCode.USAGE, f"{path} is larger than any saved plan")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise StopError(ExitCode.USAGE, f"{path} is no saved plan: it is not UTF-8") from None


def _replace(path: Path, content: bytes) -> None:
    """Put a new file in the place of the old one. Prompts are in it: only its owner reads it."""
    draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def _said(fault: OSError) -> str:
    return (fault.strerror or type(fault).__name__).lower()
