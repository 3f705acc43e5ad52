"""Where everything of a project lies, per realm. Only paths: nothing here may touch the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seedance_spec.realm import Realm


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """The project folder seen from one realm (design: each realm has its own lockfile, journal and store)."""

    root: Path
    realm: Realm

    @property
    def lockfile(self) -> Path:
        return self.root / "specs" / ("seedance.lock" if self.realm is Realm.PAID else "seedance.sandbox.lock")

    @property
    def private(self) -> Path:
        """The machine-local folder of this realm."""
        return self.root / ".seedance" if self.realm is Realm.PAID else self.root / ".seedance" / "sandbox"

    @property
    def journal(self) -> Path:
        return self.private / "journal.db"

    @property
    def store(self) -> Path:
        return self.private / "store"

    @property
    def callback_key(self) -> Path:
        return self.root / ".seedance" / "callback.key"

    @property
    def receiver_state(self) -> Path:
        """The standing receiver's folder: one for both realms."""
        return self.root / ".seedance" / "receiver"

    @property
    def write_lock(self) -> Path:
        return self.private / "lockfile.flock"

    @property
    def work_lock(self) -> Path:
        """Held by every run, and alone by whoever deletes or moves stored bytes."""
        return self.private / "at-work.flock"

    @property
    def sandbox_state(self) -> Path:
        return self.root / ".seedance-sandbox"
