"""The two worlds that never mix: facts that cost money and facts of the sandbox. Pure."""

from __future__ import annotations

from enum import StrEnum


class Realm(StrEnum):
    """Where an attempt was made. Each realm has its own lockfile, journal, store and folder under renders/ (D8)."""

    PAID = "paid"
    SANDBOX = "sandbox"
