"""One conductor per project (D5): a lease that dies with its holder. The clock is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from seedance_spec.journal.owner import Sight, sight

LEASE_SECONDS = 30.0
"""A conductor that has not renewed for so long leads no more, whether it is seen running or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who leads, and when it last said so (Unix seconds)."""

    owner: str
    beat_at: float


class Leases(Protocol):
    """The one row that a lease is, as every journal keeps it."""

    def hold(self, owner: str, *, at: float, may_take: Callable[[Lease], bool]) -> bool:
        """Take or renew the lease in one durable step, unless another holds it that may not be taken from."""

    def leader(self) -> Lease | None: ...

    def resign(self, owner: str) -> None:
        """Give the lease back if it is ours."""


class Conductorship:
    """The right to ask, fetch and tidy up for all; whoever does not get it claims what is free and follows."""

    def __init__(
        self,
        leases: Leases,
        *,
        now: Callable[[], float],
        see: Callable[[str], Sight] = sight,
        seconds: float = LEASE_SECONDS,
    ) -> None:
        self._leases = leases
        self._now = now
        self._see = see
        self._seconds = seconds

    def lead(self, owner: str) -> bool:
        """Whether `owner` leads now: nobody did, it did already, or the one who did is dead or silent."""
        now = self._now()
        return self._leases.hold(owner, at=now, may_take=lambda lease: self._is_over(lease, now))

    def renew(self, owner: str) -> bool:
        """Say that we are here, every third of the lease; False once another leads."""
        return self._leases.hold(owner, at=self._now(), may_take=lambda _: False)

    def resign(self, owner: str) -> None:
        self._leases.resign(owner)

    def leader(self) -> str | None:
        """Who leads, as far as the journal says."""
        lease = self._leases.leader()
        return None if lease is None else lease.owner

    def _is_over(self, lease: Lease, now: float) -> bool:
        # A beat from the future is a clock that was set back: it would otherwise hold the lease until then.
        silent = abs(now - lease.beat_at) > self._seconds
        return silent or self._see(lease.owner) is Sight.DEAD
