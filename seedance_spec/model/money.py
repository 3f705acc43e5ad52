"""What may be said of money, as values: prices and a budget. Pure: no YAML, no request and no fact may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from seedance_spec.specfiles.diagnostic import Span

ANY_RESOLUTION = ""
"""The resolution of a price that holds for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per million tokens, without and with a video among the inputs; who says so, and when."""

    plain: float
    with_video: float
    source: str = ""
    date: str = ""


Prices: TypeAlias = Mapping[tuple[str, str], Price]
"""Prices by model and resolution (`ANY_RESOLUTION` for those that are not named)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a project may spend, in US dollars: by one run, and in a calendar month (UTC). None: not written.

    `rerender_percent` is the share of finished shots that may re-render without --force. `origins` tells where each
    was written, by its key.
    """

    run: float | None = None
    month: float | None = None
    rerender_percent: float | None = None
    origins: Mapping[str, Span] = field(default_factory=dict)


NO_BUDGET = Budget()
