"""What a request costs before it is paid: terms, tables and lessons to a quote (D11). Pure: no network, no balance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from seedance_spec.lockfile.facts import AttemptFact, Estimate
from seedance_spec.model.shot import Project, Request
from seedance_spec.plan.lessons import Group, Lesson, group_of, lessons_of
from seedance_spec.plan.prices import BUILT_IN, PRICE_TABLE, PRICES, PriceTable, Rates, own_table
from seedance_spec.plan.quote import Quote
from seedance_spec.plan.terms import LONGEST_SECONDS, Terms, Tokens, assumptions, largest_frame, terms_of, tokens_of

__all__ = ["LONGEST_SECONDS", "PRICES", "PRICE_TABLE", "Pricing", "estimate", "frame_size"]

_WHOLE = 1_000_000
"""Prices are per million tokens."""

_EITHER_RATE = "with a video as input the gateway may charge either of two rates"


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """Everything that a price is made of. No slots: lessons are drawn once, when the first price is asked for.

    `trusted` are the built-in and the environment's prices, `own` those of specs/project.yaml, `facts` what happened,
    `taught` the lessons of it where they were drawn before.
    What is shown goes by the project's own prices, else by the environment's, else by the rate that finished takes
    taught, else by the built-in ones; guards reckon with the highest of them (D10).
    """

    trusted: PriceTable = BUILT_IN
    own: PriceTable | None = None
    facts: Iterable[AttemptFact] = field(default=(), repr=False)
    taught: Mapping[Group, Lesson] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, project: Project, facts: Iterable[AttemptFact], *, trusted: PriceTable = BUILT_IN) -> Pricing:
        return cls(trusted=trusted, own=own_table(project.prices) if project.prices else None, facts=facts)

    def quote(self, terms: Terms) -> Quote | None:
        """The price of one attempt; None for a model, resolution or ratio that no table knows."""
        tokens, lesson = tokens_of(terms), self._lesson(terms)
        rates = self._shown_rates(terms, lesson)
        if tokens is None or rates is None:
            return None
        expected, low, high = _learned(tokens, lesson)
        guard = self.guard_rate(terms)
        return Quote(
            estimate=Estimate(usd=_usd(expected, rates.expected), tokens=expected, table=rates.table),
            low_usd=_usd(low, rates.low),
            high_usd=_usd(high, rates.high),
            guard_usd=None if guard is None else _usd(max(tokens.high * lesson.surplus, high), guard),
            lesson=lesson,
            guesses=(*assumptions(terms), *([_EITHER_RATE] if rates.low != rates.high else [])),
        )

    def guard_rate(self, terms: Terms) -> float | None:
        """US dollars per million tokens that guards reckon with: the highest that anybody gives. None where no trusted
        table knows one: what a pull request can edit must not be the only word (D10).
        """
        trusted = self._rates(self.trusted, terms)
        if trusted is None:
            return None
        own, learned = self._rates(self.own, terms), self._lesson(terms).usd_per_million
        return max(trusted.high, own.high if own else 0.0, learned or 0.0)

    def shown_rate(self, terms: Terms) -> float | None:
        """US dollars per million tokens, as it is shown; None where no table knows one."""
        rates = self._shown_rates(terms, self._lesson(terms))
        return None if rates is None else rates.expected

    @staticmethod
    def _rates(table: PriceTable | None, terms: Terms) -> Rates | None:
        return None if table is None else table.rates(terms.model, terms.resolution, with_video=terms.with_video)

    def _shown_rates(self, terms: Terms, lesson: Lesson) -> Rates | None:
        rates = self._rates(self.own, terms) or self._rates(self.trusted, terms)
        rate = lesson.usd_per_million
        if rates is None or rates.is_stated or rate is None:
            return rates
        return Rates(low=rate, expected=rate, high=rate, table=f"{rates.table}+learned")

    def learned_rate(self, terms: Terms) -> float | None:
        """US dollars per million tokens, as the quota of finished takes tells it."""
        return self._lesson(terms).usd_per_million

    def _lesson(self, terms: Terms) -> Lesson:
        group = group_of(terms)
        return self._lessons.get(group) or Lesson(group=group)

    @cached_property
    def _lessons(self) -> Mapping[Group, Lesson]:
        return lessons_of(self.facts, self.trusted) if self.taught is None else self.taught


_LISTED = Pricing()


def estimate(request: Request, *, input_video_seconds: float | None) -> Estimate | None:
    """What one take is expected to cost by the built-in table alone; None where it knows no price."""
    quote = _LISTED.quote(terms_of(request, input_seconds=input_video_seconds))
    return None if quote is None else quote.estimate


def frame_size(request: Request) -> tuple[int, int] | None:
    """Width and height of the clip. Where `adaptive` follows an input, the size with the most pixels."""
    return largest_frame(terms_of(request))


def _learned(tokens: Tokens, lesson: Lesson) -> tuple[int, float, float]:
    """Tokens expected, least and most, once finished takes have been asked."""
    if not lesson.is_learned:
        return tokens.expected, tokens.low, tokens.high
    if lesson.group.is_open:
        expected = min(max(tokens.expected * lesson.factor, tokens.low), tokens.high * lesson.surplus)
        return round(expected), tokens.low, tokens.high * lesson.surplus
    expected = tokens.expected * lesson.factor
    return round(expected), expected * (1 - lesson.spread), expected * (1 + lesson.spread)


def _usd(tokens: float, rate: float) -> float:
    return round(tokens * rate / _WHOLE, 6)
