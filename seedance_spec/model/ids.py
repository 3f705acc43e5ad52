"""What a shot may be called: ASCII, file-safe on every system, nothing reserved, no two alike. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from seedance_spec.model.document import KEY_PATTERN
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.quoting import quoted

_PART = re.compile(KEY_PATTERN.removesuffix("$") + r"\Z")
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))))
_CLIP_SUFFIXES = (".mp4", ".png", ".json")
_SANDBOX = "sandbox"
_FOLDER, _SUFFIX = "specs/", ".yaml"


def folder_of(path: str) -> str:
    """The ids' first part: the spec file's path under specs/, without its suffix."""
    return path.removeprefix(_FOLDER).removesuffix(_SUFFIX)


def folder_fault(path: str, span: Span) -> Diagnostic | None:
    """Why the file's path cannot be the first part of an id."""
    parts = folder_of(path).split("/")
    for part in parts:
        fault = _part_fault(part, "a file or folder name under specs/", span, code="bad-file-name")
        if fault is not None:
            return fault
        if part.lower().endswith(_CLIP_SUFFIXES):
            message = f"{quoted(part)} would be a folder in renders/ that looks like a clip"
            return Diagnostic(code="bad-file-name", message=message, span=span, hint="rename it without that ending")
    if parts[0].lower() == _SANDBOX:
        message = "renders/sandbox/ belongs to the sandbox: no spec file or folder can be called sandbox"
        return Diagnostic(code="reserved-name", message=message, span=span, hint="rename it")
    return None


def key_fault(key: str, span: Span) -> Diagnostic | None:
    """Why this cannot be the key of a shot."""
    return _part_fault(key, "a shot's key", span, code="bad-shot-key")


def profile_fault(name: str, span: Span) -> Diagnostic | None:
    """Why this cannot be the name of a profile, which is a folder in renders/."""
    fault = _part_fault(name, "the name of a profile", span, code="bad-profile-name")
    if fault is not None:
        return fault
    if name.lower().endswith(_CLIP_SUFFIXES):
        message = f"{quoted(name)} would be a folder in renders/ that looks like a clip"
        return Diagnostic(code="bad-profile-name", message=message, span=span, hint="rename it without that ending")
    if name.lower() == _SANDBOX:
        message = "renders/sandbox/ belongs to the sandbox: no profile can be called sandbox"
        return Diagnostic(code="reserved-name", message=message, span=span, hint="rename it")
    return None


def collisions(ids: Mapping[str, Span]) -> Iterator[tuple[str, Diagnostic]]:
    """Ids that differ from an earlier one only in case: one file on macOS and Windows. Both places are named."""
    first: dict[str, str] = {}
    for shot_id, span in ids.items():
        other = first.setdefault(shot_id.casefold(), shot_id)
        if other != shot_id:
            message = f"{quoted(shot_id)} and {quoted(other)} (at {ids[other]}) would be one file on some systems"
            yield (
                shot_id,
                Diagnostic(
                    code="ids-collide",
                    message=message,
                    span=span,
                    hint="rename one of them by more than upper and lower case",
                ),
            )


def _part_fault(part: str, what: str, span: Span, *, code: str) -> Diagnostic | None:
    if _PART.match(part) is None:
        message = f"{quoted(part)} cannot be {what}"
        return Diagnostic(code=code, message=message, span=span, hint=_spelled(part))
    if part.lower().partition(".")[0] in _DEVICES:
        message = f"{quoted(part)} is the name of a device on Windows"
        return Diagnostic(code=code, message=message, span=span, hint="add a word to it")
    return None


def _spelled(part: str) -> str:
    rule = "use ASCII letters, digits, hyphen, underscore and dot, at most 64, a letter or digit at both ends"
    ascii_only = unicodedata.normalize("NFKD", part[:200]).encode("ascii", "ignore").decode()
    guess = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_only).strip("-._")[:64].rstrip("-._")
    return f"{rule}; for instance {guess}" if guess and _PART.match(guess) else rule
