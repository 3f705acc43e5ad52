"""Which files under specs/ are specs, and their text. The only reader of YAML files; no meaning may enter."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from seedance_spec.specfiles.diagnostic import Diagnostic, Severity
from seedance_spec.specfiles.found import Found, SpecFile
from seedance_spec.specfiles.positions import Lines, whole_file

MAX_BYTES = 16 * 2**20
"""The largest spec file that is read."""

_FOLDER = "specs"
_PROJECT = f"{_FOLDER}/project.yaml"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

__all__ = ["MAX_BYTES", "Found", "SpecFile", "find_spec_files", "read_named_file"]


class _UnreadableError(Exception):
    """A file that cannot be taken, with the complaint that says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def find_spec_files(root: Path, only: frozenset[str] | None = None) -> Found:
    """Every specs/**/*.yaml of the project in `root`. Never raises for what lies there: it is said in `diagnostics`.

    Names that start with a dot are passed over (editors keep their locks there). `only` are the files to be read, by
    the path that is shown; None for all of them.
    """
    folder = root / _FOLDER
    if not folder.is_dir():
        return Found(diagnostics=(_no_folder(),))
    search = _Search(Path(os.path.realpath(root)), only)
    search.walk(folder)
    files = sorted(search.files, key=lambda each: each.path)
    return Found(
        files=tuple(each for each in files if each.path != _PROJECT),
        project=next((each for each in files if each.path == _PROJECT), None),
        diagnostics=tuple(search.diagnostics),
    )


def read_named_file(path: Path) -> SpecFile | Diagnostic:
    """The text of a file that the user named, wherever it lies, under the name as given; or why it cannot be taken."""
    shown = _printable(str(path))
    try:
        return SpecFile(path=shown, text=_decoded(_bytes_of(path, shown), shown))
    except _UnreadableError as unreadable:
        return unreadable.diagnostic


class _Search:
    def __init__(self, root: Path, only: frozenset[str] | None) -> None:
        self._root = root
        self._only = only
        self.files: list[SpecFile] = []
        self.diagnostics: list[Diagnostic] = []

    def walk(self, folder: Path, shown: str = _FOLDER) -> None:
        try:
            entries = sorted(os.scandir(folder), key=lambda each: each.name)
        except OSError as error:
            message = f"the folder cannot be read: {_said(error)}"
            self.diagnostics.append(_complaint("unreadable-folder", shown, message))
            return
        for entry in entries:
            if not entry.name.startswith("."):
                self._entry(entry, f"{shown}/{_printable(entry.name)}")

    def _entry(self, entry: os.DirEntry[str], shown: str) -> None:
        path = Path(entry.path)
        suffix = path.suffix
        if suffix == ".yaml" and self._only is not None and shown not in self._only:
            return
        if suffix == ".yaml":
            self._spec_file(path, shown)
        elif suffix.lower() in (".yaml", ".yml"):
            self.diagnostics.append(_wrong_suffix(shown, suffix))
        elif entry.is_dir(follow_symlinks=False):
            self.walk(path, shown)
        elif entry.is_symlink() and path.is_dir():
            self.diagnostics.append(_linked_folder(shown))

    def _spec_file(self, path: Path, shown: str) -> None:
        try:
            data = _bytes_of(self._inside(path, shown), shown)
            if data.startswith(_UTF8_MARK):
                self.diagnostics.append(_byte_order_mark(shown))
            self.files.append(SpecFile(path=shown, text=_decoded(data, shown)))
        except _UnreadableError as unreadable:
            self.diagnostics.append(unreadable.diagnostic)

    def _inside(self, path: Path, shown: str) -> Path:
        """The file itself, links resolved. A link must stay in the project: else a pull request could show any file."""
        try:
            real = path.resolve(strict=True)
        except FileNotFoundError:
            hint = "make the file that it points to, or delete the link"
            raise _UnreadableError(_complaint("dangling-link", shown, "the link leads to nothing", hint)) from None
        except (OSError, RuntimeError):  # a loop is a RuntimeError up to Python 3.12, then an OSError
            raise _UnreadableError(_complaint("link-loop", shown, "the link cannot be followed", "delete it")) from None
        if not real.is_relative_to(self._root):
            hint = "copy the file into the project"
            raise _UnreadableError(_complaint("outside-project", shown, "the link leads out of the project", hint))
        return real


def _bytes_of(path: Path, shown: str) -> bytes:
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _UnreadableError(_complaint("not-a-file", shown, "this is not a file", "give it another name"))
            data = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        hint = "rename the folder so that it does not end in .yaml; spec files inside it are not read"
        raise _UnreadableError(_complaint("not-a-file", shown, "this is a folder, not a spec file", hint)) from None
    except OSError as error:
        hint = "allow this user to read it"
        raise _UnreadableError(_complaint("unreadable-file", shown, f"cannot be read: {_said(error)}", hint)) from None
    if len(data) > MAX_BYTES:
        message = f"a spec file of more than {MAX_BYTES >> 20} MiB is not read"
        raise _UnreadableError(_complaint("file-too-large", shown, message, "split it into several files"))
    return data


def _without_waiting(path: str, flags: int) -> int:
    """Open at once: a pipe that is named like a spec must not hold us up."""
    return os.open(path, flags | os.O_NONBLOCK)


def _decoded(data: bytes, shown: str) -> str:
    if data.startswith(_UTF16_MARKS):
        raise _UnreadableError(_complaint("not-utf-8", shown, "the file is UTF-16, not UTF-8", "save it as UTF-8"))
    try:
        return data.removeprefix(_UTF8_MARK).decode()
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode()
        span = Lines(good + "?").span(shown, len(good), len(good) + 1)
        message = f"byte 0x{error.object[error.start]:02X} (at offset {error.start}) is not UTF-8"
        hint = "save the file as UTF-8"
        raise _UnreadableError(Diagnostic(code="not-utf-8", message=message, span=span, hint=hint)) from None


def _complaint(code: str, shown: str, message: str, hint: str = "") -> Diagnostic:
    return Diagnostic(code=code, message=message, span=whole_file(shown), hint=hint)


def _no_folder() -> Diagnostic:
    return Diagnostic(
        code="no-specs-folder",
        message="there is no specs/ folder here",
        span=None,
        hint="run `seedance-spec init` to make one with a first shot, or go to the project's folder",
    )


def _wrong_suffix(shown: str, suffix: str) -> Diagnostic:
    return Diagnostic(
        code="wrong-suffix",
        message=f"{suffix} files are not read",
        span=whole_file(shown),
        hint="rename it: spec files end in .yaml",
        severity=Severity.WARNING,
    )


def _linked_folder(shown: str) -> Diagnostic:
    return Diagnostic(
        code="linked-folder",
        message="links to folders are not followed: no spec file in there is read",
        span=whole_file(shown),
        hint="move the folder here, or link its files one by one",
        severity=Severity.WARNING,
    )


def _byte_order_mark(shown: str) -> Diagnostic:
    return Diagnostic(
        code="byte-order-mark",
        message="the file starts with a byte order mark, which is passed over",
        span=whole_file(shown),
        hint='save it as "UTF-8", not "UTF-8 with BOM"',
        severity=Severity.WARNING,
    )


def _printable(name: str) -> str:
    return os.fsencode(name).decode(errors="replace")


def _said(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
