"""Figures as people read them: money, tokens, bytes, lengths of time, plurals. Pure: no clock and no locale."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta


def usd(amount: float) -> str:
    """`$0.76`; four places under a cent, so that nothing paid looks free."""
    return f"${amount:.4f}" if 0 < amount < 0.005 else f"${amount:,.2f}"


def exact_usd(amount: float) -> str:
    """`$14.40`, `$0.7623`: as many places as it has, from two to four, so that a sum can be checked."""
    text = f"{amount:,.4f}"
    return f"${text[:-2]}{text[-2:].rstrip('0')}"


def range_usd(low: float, high: float) -> str:
    """`$0.90–1.60`."""
    return f"{usd(low)}–{usd(high).removeprefix('$')}"


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


def month_of(when: float) -> str:
    """The UTC calendar month of a Unix time: `2026-09`."""
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m}"


def month_ends(when: float) -> tuple[float, float]:
    """When the UTC calendar month of a Unix time begins, and when the next one does."""
    first = datetime.fromtimestamp(when, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=31)).replace(day=1)
    return first.timestamp(), following.timestamp()


def stretch_of(text: str) -> tuple[float, float]:
    """When a UTC day (`2026-09-12`) or month (`2026-09`) begins and ends, Unix time. Raises ValueError for no date."""
    if re.fullmatch(r"\d{4}-\d\d", text):
        return month_ends(datetime.strptime(f"{text}-01Z", "%Y-%m-%d%z").timestamp())
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        begins = datetime.strptime(f"{text}Z", "%Y-%m-%d%z")
        return begins.timestamp(), (begins + timedelta(days=1)).timestamp()
    raise ValueError(f"{text!r} is neither a day nor a month")


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
