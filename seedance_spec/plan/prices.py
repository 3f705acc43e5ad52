"""Prices as data, each with its source and date, in versioned tables (D11). Pure data: no request may enter."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from seedance_spec.model.money import ANY_RESOLUTION, Price, Prices

PRICE_TABLE = "seedance-2.0/2026-05"
"""The version of the figures below; every estimate names the table that it was made with."""


def _listed(plain: float, with_video: float) -> Price:
    # EasyRouter publishes no price: these are the list prices that gateways of its kind charge (gateway.md §5.3).
    return Price(plain=plain, with_video=with_video, source="new-api price matrix, gateway.md §5.3", date="2026-05")


PRICES: Mapping[tuple[str, str], Price] = {
    ("dreamina-seedance-2-0", "480p"): _listed(7.0, 4.3),
    ("dreamina-seedance-2-0", "720p"): _listed(7.0, 4.3),
    ("dreamina-seedance-2-0", "1080p"): _listed(7.7, 4.7),
    ("dreamina-seedance-2-0-fast", "480p"): _listed(5.6, 3.3),
    ("dreamina-seedance-2-0-fast", "720p"): _listed(5.6, 3.3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """US dollars per million tokens for one request: what is expected, and the ends between which it lies.

    `is_stated`: somebody said so for this gateway, which no lesson can know better.
    """

    low: float
    expected: float
    high: float
    table: str
    is_stated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """Prices under one version; what it does not name is looked up in the table `beneath`.

    `is_list`: these are list prices. A gateway of this kind may charge a request with an input video at either of a
    row's two rates, because its discounts are keyed by other model names (gateway.md §1.6). A price that somebody
    stated for this gateway has no such doubt.
    """

    version: str
    rows: Prices
    beneath: PriceTable | None = None
    is_list: bool = False

    def rates(self, model: str, resolution: str, *, with_video: bool) -> Rates | None:
        """The rates of this request; None where no table names it: no price is better than a wrong one."""
        row = self.rows.get((model, resolution)) or self.rows.get((model, ANY_RESOLUTION))
        if row is None:
            return None if self.beneath is None else self.beneath.rates(model, resolution, with_video=with_video)
        expected = row.with_video if with_video else row.plain
        ends = (row.plain, row.with_video) if self.is_list and with_video else (expected,)
        return Rates(low=min(ends), expected=expected, high=max(ends), table=self.version, is_stated=not self.is_list)


_PROJECT, _ENVIRONMENT = "project", "environment"

BUILT_IN = PriceTable(version=PRICE_TABLE, rows=PRICES, is_list=True)


def own_table(prices: Prices) -> PriceTable:
    """The prices of a project, under a version made of what they say."""
    return PriceTable(version=_version(_PROJECT, prices), rows=prices)


def environment_table(prices: Prices) -> PriceTable:
    """The prices that the user's environment gives, over the built-in ones."""
    return PriceTable(version=_version(_ENVIRONMENT, prices), rows=prices, beneath=BUILT_IN)


def is_stated(version: str) -> bool:
    """Whether the table of this version was stated by a project or its environment."""
    return version.partition("/")[0] in {_PROJECT, _ENVIRONMENT}


def _version(name: str, prices: Prices) -> str:
    said = sorted([*key, price.plain, price.with_video] for key, price in prices.items())
    return f"{name}/{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:8]}"
