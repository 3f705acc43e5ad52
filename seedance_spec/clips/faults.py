"""What the disk may refuse, as one fault with a sentence. Pure: no file may enter."""

from __future__ import annotations


class StoreFault(Exception):  # noqa: N818 - a fault in the glossary's sense: the disk refuses, the program is right
    """Bytes cannot be kept or shown. Its text says what and why; what was there before is unharmed.

    `disk_full` tells that room is missing: partial downloads are kept, and free space is the way out.
    `busy`: another process is at it, and nothing is wrong with the disk. `damaged`: stored bytes are not those of their
    name any more, and no repetition mends them.
    """

    def __init__(self, reason: str, *, disk_full: bool = False, busy: bool = False, damaged: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.disk_full = disk_full
        self.busy = busy
        self.damaged = damaged
