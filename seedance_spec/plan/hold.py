"""What the gateway holds back when a clip is submitted, and what that means for a short balance (D11). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_spec.plan.change import Change
from seedance_spec.plan.figures import plural, usd

TOKENS_HELD = 250_000
"""The hold is flat: the price of a quarter of a million tokens, whatever the length and size (gateway.md §1.6)."""


def hold_usd(change: Change) -> float | None:
    """US dollars that submitting this take holds back until it is settled; None without a known price."""
    estimate = change.estimate
    return None if estimate is None or not estimate.tokens else estimate.usd / estimate.tokens * TOKENS_HELD


def hold_words(changes: Sequence[Change]) -> str | None:
    """Why a balance that covers the bill may be too short to begin with; None where no price is known."""
    holds = [held for change in changes if (held := hold_usd(change)) is not None]
    if not holds:
        return None
    said = f"a submit holds about {usd(max(holds))} back until its clip is settled, whatever its length"
    if len(holds) == 1:
        return said
    return f"{said}: {plural(len(holds), 'take')} at once need {usd(sum(holds))}; a smaller -j needs less at once"
