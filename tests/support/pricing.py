"""Builders for prices and budgets: finished takes that teach, plans that cost, caps that refuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from seedance_spec.lockfile.facts import AttemptFact, Estimate, Fact, Report, Reporter
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.money import ANY_RESOLUTION, Budget, Price, Prices
from seedance_spec.model.shot import Input, InputKind, Project, Request, Shot, UrlSource
from seedance_spec.plan.change import Plan
from seedance_spec.plan.decide import decide
from seedance_spec.plan.prices import BUILT_IN, PriceTable
from seedance_spec.plan.world import Options, Presence
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, a_film, a_rendering, a_request, a_shot
from tests.support.facts import digest

STANDARD, FAST = "dreamina-seedance-2-0", "dreamina-seedance-2-0-fast"
VIDEO = Input(kind=InputKind.VIDEO, source=UrlSource(url="https://example.com/a.mp4"))
IMAGE = Input(kind=InputKind.IMAGE, source=UrlSource(url="https://example.com/a.png"))
AUDIO = Input(kind=InputKind.AUDIO, source=UrlSource(url="https://example.com/a.mp3"))

PRICE = 0.7623
"""US dollars of 5 s at 720p by the built-in table."""


def prices(**per_million: float) -> Prices:
    """Prices of the two models (`standard`, `fast`), for every resolution and kind of input."""
    models = {"standard": STANDARD, "fast": FAST}
    return {
        (models.get(name, name), ANY_RESOLUTION): Price(plain=usd, with_video=usd) for name, usd in per_million.items()
    }


def a_finished(
    attempt_id: str,
    request: Request | None = None,
    *,
    tokens: int | None = 108_900,
    quota: int | None = None,
    **more: Any,
) -> AttemptFact:
    """A take that was settled at so many tokens; `quota` is what the gateway's row shows."""
    shot = Shot(id=f"film/{attempt_id}", request=request or a_request(prompt=attempt_id))
    report = Report(tokens=tokens, quota=quota, output=digest(attempt_id), finished_at=NOON + 98)
    return a_rendering(shot, attempt_id, **{"reports": {Reporter.GATEWAY: report}, **more})


def at(fact: AttemptFact, when: int) -> AttemptFact:
    return replace(fact, submitted_at=when)


def estimated(usd: float, tokens: int = 108_900, table: str = "seedance-2.0/2026-05") -> Estimate:
    return Estimate(usd=usd, tokens=tokens, table=table)


def a_plan(
    *shots: Shot,
    facts: Iterable[Fact] = (),
    budget: Budget | None = None,
    own: Prices | None = None,
    retries: int = 0,
    trusted: PriceTable = BUILT_IN,
    realm: Realm = Realm.PAID,
    stored: Iterable[str] = (),
) -> Plan:
    """The plan of a film with these shots. `stored` names clips by attempt id."""
    project = Project(name="teaser-q4", retries=retries, budget=budget or Budget(), prices=own or {})
    plan, complaints = decide(
        replace(a_film(*shots), project=project),
        Facts.of(*facts),
        Presence(stored=frozenset(digest(each) for each in stored)),
        realm=realm,
        options=Options(trusted=trusted),
    )
    assert complaints == ()
    return plan


def some_shots(count: int, **overrides: Any) -> list[Shot]:
    """So many shots that differ in their prompt alone."""
    return [a_shot(f"film/s{number:02}", prompt=f"shot {number}", **overrides) for number in range(count)]
