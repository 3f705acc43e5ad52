"""What can go wrong with the journal, in the user's words. Nothing that reads or writes may enter."""

from __future__ import annotations


class JournalFault(Exception):  # noqa: N818 - a fault in the glossary's sense, not an error of the program
    """The journal cannot be read or written. The message names the file and says what to do."""


class JournalBusy(JournalFault):
    """Another process kept the journal locked for longer than we wait (exit 6). Nothing was written."""


class Overtaken(JournalFault):
    """Another process has taken this attempt for dead and freed its claim: its POST must not go out any more."""
