"""Figures as people read them: money, tokens, bytes, lengths of time, plurals. Pure: no clock and no locale."""

from __future__ import annotations

from datetime import UTC, datetime


def usd(amount: float) -> str:
    """`$0.76`; four places under a cent, so that nothing paid looks free."""
    return f"${amount:.4f}" if 0 < amount < 0.005 else f"${amount:,.2f}"


def count(number: int) -> str:
    """`108 900`."""
    return f"{number:,}".replace(",", " ")


def clock(seconds: float) -> str:
    """`0:07`, `1:38`, `1:02:03`."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def lasting(seconds: float) -> str:
    """`40 s`, `9 min`, `21 h`, `3 days`: one unit, rounded down, for what need not be exact."""
    whole = max(0, int(seconds))
    if whole < 90:
        return f"{whole} s"
    if whole < 90 * 60:
        return f"{whole // 60} min"
    if whole < 48 * 3600:
        return f"{whole // 3600} h"
    return f"{whole // 86400} days"


def size(done: int) -> str:
    """`4.2 MB`, in powers of ten."""
    if done < 1000:
        return f"{done} B"
    return f"{done / 1000:.0f} kB" if done < 1_000_000 else f"{done / 1_000_000:.1f} MB"


def plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def day(when: float) -> str:
    """The UTC day of a Unix time: `2026-09-12`."""
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d}"


def moment(when: float) -> str:
    """The UTC time of day of a Unix time: `14:02:11Z`."""
    return f"{datetime.fromtimestamp(when, UTC):%H:%M:%SZ}"


def short_id(identifier: str, *, room: int = 14) -> str:
    """A long opaque id by its two ends: `task_jEct…YAby`."""
    return identifier if len(identifier) <= room else f"{identifier[: room - 5]}…{identifier[-4:]}"


def short_hash(content_hash: str) -> str:
    """`v1:3f9c2e1a`."""
    version, _, digest = content_hash.partition(":")
    return f"{version}:{digest[:8]}" if digest else content_hash[:8]
