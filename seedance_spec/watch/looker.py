"""One look at the project: read, tidy up, decide, reckon; a sheet for the desk. It prints nothing and sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from seedance_spec.clock import SystemClock
from seedance_spec.model.given import Given
from seedance_spec.model.profiles import UNKNOWN_PROFILE
from seedance_spec.model.shot import Film, Project
from seedance_spec.pipeline import Decision, Reading, decide_plan, read_specs
from seedance_spec.plan.budget import Caps, Refused, Verdict, verdict
from seedance_spec.plan.change import Change, Plan
from seedance_spec.plan.parent_delivery import Connected
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.prices import PriceTable
from seedance_spec.plan.selection import Selection
from seedance_spec.plan.world import Options
from seedance_spec.specfiles.diagnostic import Diagnostic, has_errors
from seedance_spec.tidying import tidy
from seedance_spec.watch.commits import NO_COMMITS, Commits
from seedance_spec.watch.happenings import Look
from seedance_spec.watch.reading import (
    Broken,
    Money,
    broken_files,
    hides_profile,
    key_of,
    narrowed_caps,
    reckoned_money,
    sheet_of,
)
from seedance_spec.watch.sheet import Sheet
from seedance_spec.workplace import Workplace

DRAFT = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What the watch is about: what the specs are read with, which shots, by what prices and caps.

    With `drafts` the profile `draft` is taken where the specs have it. `caps` tells the caps of a project, and whether
    the brake is let go because the user said yes to all of it.
    """

    given: Given
    drafts: bool = False
    scope: Selection
    trusted: PriceTable
    connected: Connected
    caps: Callable[[Project, bool], Caps]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a look found. `plan` holds what is not under way yet; `complaints` are all there are."""

    sheet: Sheet
    reading: Reading
    decision: Decision
    plan: Plan
    verdict: Verdict
    money: Money

    @property
    def complaints(self) -> tuple[Diagnostic, ...]:
        return (*self.reading.diagnostics, *self.decision.diagnostics)


class Looker:
    """Looks at one project, again and again. `run` is the id of this session's attempts, once it is known."""

    def __init__(self, workplace: Workplace, aim: Aim, *, commits: Commits = NO_COMMITS) -> None:
        self.run = ""
        self.root = workplace.root
        self._workplace = workplace
        self._aim = aim
        self._commits = commits
        self._given = aim.given
        self._is_settled = not aim.drafts

    async def look(self, ask: Look) -> Sight:
        """Raises SelectionError, and the faults of journal, store and lockfile."""
        before = await asyncio.to_thread(self._commits.look)
        reading = await asyncio.to_thread(self._read)
        commit = before.until(await asyncio.to_thread(self._commits.look))
        await tidy(reading.film, self._workplace)
        now = SystemClock().now()
        decision = await asyncio.to_thread(self._decided, reading.film, now)
        broken = self._broken(reading, decision)
        plan = _open_rows(decision, ask, broken)
        money = self._money(reading.film, decision, ask)
        judged = self._judged(reading.film.project, decision, plan, money, ask, now)
        refused = "; ".join(each.said for each in judged.objections) if isinstance(judged, Refused) else ""
        sheet = sheet_of(
            broken, decision, plan, busy=ask.busy, commit=commit, refused=refused, empties=judged.caps.force
        )
        return Sight(sheet=sheet, reading=reading, decision=decision, plan=plan, verdict=judged, money=money)

    def _decided(self, film: Film, now: float) -> Decision:
        return decide_plan(
            film,
            self._workplace,
            Options(now=now, trusted=self._aim.trusted),
            connected=self._aim.connected,
            scope=self._aim.scope,
        )

    def _read(self) -> Reading:
        """The specs, under `draft` where they have it: the first reading that can tell decides that for good."""
        reading = read_specs(self._workplace.root, self._given)
        if not self._is_settled:
            has_draft = DRAFT in reading.film.profiles
            self._is_settled = has_draft or not hides_profile(reading, DRAFT)
            if has_draft:
                self._given = replace(self._given, profile=DRAFT)
                return read_specs(self._workplace.root, self._given)
        if self._misses_draft(reading):
            # Whoever mends the other errors mends this one: the profile was taken by us, not by the user.
            others = tuple(each for each in reading.diagnostics if each.code != UNKNOWN_PROFILE)
            return replace(reading, diagnostics=others) if has_errors(others) else reading
        return reading

    def _misses_draft(self, reading: Reading) -> bool:
        """Whether the specs had the profile draft and have it no longer."""
        return self._aim.drafts and self._given.profile == DRAFT and DRAFT not in reading.film.profiles

    def _broken(self, reading: Reading, decision: Decision) -> Broken:
        """Where something is wrong: everywhere, while nobody knows under which profile shots are meant."""
        broken = broken_files((*reading.diagnostics, *decision.diagnostics))
        is_known = self._is_settled and not self._misses_draft(reading)
        return broken if is_known else replace(broken, everything=True)

    def _money(self, film: Film, decision: Decision, ask: Look) -> Money:
        pricing = self._pricing(film.project, decision)
        return reckoned_money(decision.facts, ask.buying, run=self.run, pricing=pricing)

    def _judged(self, project: Project, decision: Decision, plan: Plan, money: Money, ask: Look, now: float) -> Verdict:
        is_agreed = bool(plan.paid) and all(key_of(change) in ask.agreed for change in plan.paid)
        caps = narrowed_caps(self._aim.caps(project, is_agreed), money)
        return verdict(plan, caps, decision.facts, now, pricing=self._pricing(project, decision))

    def _pricing(self, project: Project, decision: Decision) -> Pricing:
        attempts = tuple(each for each in decision.facts.attempts.values() if each.realm is decision.plan.realm)
        return Pricing.of(project, attempts, trusted=self._aim.trusted)


def _open_rows(decision: Decision, ask: Look, broken: Broken) -> Plan:
    """The plan without what is under way here, and without what stands in a file with an error."""

    def is_open(change: Change) -> bool:
        return not (change.pays and (key_of(change) in ask.busy or broken.holds(change)))

    return replace(decision.plan, changes=tuple(filter(is_open, decision.plan.changes)))
