"""Rules per model as data: what a field may hold, who says so, and how bad it is. Pure; one reader of the table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from seedance_spec.model import vocabulary as words
from seedance_spec.model.origin import Origin
from seedance_spec.model.shot import Request
from seedance_spec.specfiles.diagnostic import Diagnostic, Severity
from seedance_spec.specfiles.quoting import one_of, quoted
from seedance_spec.specfiles.suggest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    values: tuple[str, ...]
    or_like: str = r"(?!)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Bounds are inclusive, None is none; `also` is a value outside of them, `meaning` what it does."""

    low: int
    high: int | None = None
    also: int | None = None
    meaning: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """The field, or this one value of it, is not supported. Writing false asks for nothing, and is fine."""

    value: str | None = None


Limit: TypeAlias = OneOf | Between | Never


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row. `field` is a field of `Request`; `models` are those it holds for, empty for all."""

    field: str
    limit: Limit
    code: str
    severity: Severity
    source: str
    models: tuple[str, ...] = ()
    hint: str = ""


_E, _W = Severity.ERROR, Severity.WARNING
_AUTO, _DECIDES = words.AUTO_DURATION, "to let the model decide"
_DURATION = Between(low=words.SHORTEST, high=words.LONGEST, also=_AUTO, meaning=_DECIDES, unit=" s")
_SOME_DURATION = Between(low=1, also=_AUTO, meaning=_DECIDES, unit=" s")
_EXPIRY = Between(low=words.SHORTEST_EXPIRY, high=words.LONGEST_EXPIRY, unit=" s")
_TIERS = OneOf(values=words.RESOLUTIONS, or_like=words.TIER_PATTERN)
_FLEX = Never(value="flex")
_NO_FRAMES = "write a duration"
_NO_SEED = "leave seed away for a random one"

RULES: tuple[Rule, ...] = (
    Rule(field="model", limit=OneOf(values=words.MODELS), code="unknown-model", severity=_W, source=words.API_MODELS),
    Rule(field="ratio", limit=OneOf(values=words.RATIOS), code="unknown-ratio", severity=_E, source=words.API_SHAPE),
    Rule(field="resolution", limit=_TIERS, code="unknown-resolution", severity=_E, source=words.API_SHAPE),
    Rule(
        field="resolution",
        limit=OneOf(values=words.RESOLUTIONS),
        code="untried-resolution",
        severity=_W,
        source=words.API_SHAPE,
    ),
    Rule(
        field="resolution",
        limit=Never(value="1080p"),
        code="unsupported-resolution",
        severity=_W,
        source=words.UPSTREAM,
        models=(words.FAST,),
        hint=f"use 720p or 480p, or model: {words.STANDARD}",
    ),
    Rule(
        field="seed",
        limit=Between(low=0, high=words.MAX_SEED),
        code="seed-out-of-range",
        severity=_E,
        source=words.API_SHAPE,
        hint=_NO_SEED,
    ),
    Rule(
        field="duration",
        limit=_SOME_DURATION,
        code="bad-duration",
        severity=_E,
        source=words.API_SUBMIT,
    ),
    Rule(
        field="duration",
        limit=_DURATION,
        code="unsupported-duration",
        severity=_W,
        source=words.UPSTREAM,
        models=words.MODELS,
    ),
    Rule(field="frames", limit=Between(low=1), code="bad-frames", severity=_E, source=words.API_SHAPE),
    Rule(
        field="frames",
        limit=Never(),
        code="unsupported-frames",
        severity=_W,
        source=words.UPSTREAM,
        models=words.MODELS,
        hint=_NO_FRAMES,
    ),
    Rule(
        field="camera_fixed",
        limit=Never(),
        code="unsupported-camera-fixed",
        severity=_W,
        source=words.UPSTREAM,
        models=words.MODELS,
        hint="say it in the prompt: the camera stands still",
    ),
    Rule(
        field="draft",
        limit=Never(),
        code="unsupported-draft",
        severity=_W,
        source=words.UPSTREAM,
        models=words.MODELS,
        hint=f"for cheap takes use model: {words.FAST} and resolution: 480p",
    ),
    Rule(
        field="service_tier",
        limit=OneOf(values=words.SERVICE_TIERS),
        code="unknown-service-tier",
        severity=_W,
        source=words.API_ADVANCED,
    ),
    Rule(
        field="service_tier",
        limit=_FLEX,
        code="unsupported-service-tier",
        severity=_W,
        source=words.UPSTREAM,
        models=words.MODELS,
        hint="use default",
    ),
    Rule(
        field="execution_expires_after",
        limit=_EXPIRY,
        code="unsupported-expiry",
        severity=_W,
        source=words.UPSTREAM,
        hint="leave it away: each attempt has a value of its own",
    ),
)


def broken_rules(request: Request, origins: Mapping[str, Origin]) -> Iterator[Diagnostic]:
    """What the table says about the written fields of a request. One complaint per field: the first row that breaks.

    `origins` tells where each field was written; what nobody wrote is a default, and right.
    """
    told: set[str] = set()
    for rule in RULES:
        origin = origins.get(rule.field)
        if origin is None or rule.field in told or (rule.models and request.model not in rule.models):
            continue
        value = getattr(request, rule.field)
        if value is not None and (wrong := _wrong(rule, value, request.model)):
            told.add(rule.field)
            message, hint = wrong
            yield Diagnostic(
                code=rule.code,
                message=message,
                span=origin.span,
                hint="; ".join(filter(None, (hint, rule.hint))),
                severity=rule.severity,
                source=rule.source,
            )


def _wrong(rule: Rule, value: str | int, model: str) -> tuple[str, str] | None:
    """The message and a hint, if the value breaks the rule."""
    name = rule.field.replace("_", " ") if rule.field == "service_tier" else rule.field
    match rule.limit:
        case OneOf(values=values, or_like=or_like):
            if value in values or re.match(or_like, str(value)):
                return None
            listed = f"use {one_of(values)}"
            guess = did_you_mean(str(value), values)
            return (
                f"unknown {name} {quoted(str(value))}",
                f"{guess} {listed[0].upper()}{listed[1:]}" if guess else listed,
            )
        case Between(low=low, high=high, also=also, meaning=meaning, unit=unit):
            if value == also or (int(value) >= low and (high is None or int(value) <= high)):
                return None
            allowed = f"at least {low}{unit}" if high is None else f"{low} to {high}{unit}"
            extra = f", or {also} {meaning}" if also is not None else ""
            return f"{name} {value}{unit} is out of range", f"use {allowed}{extra}"
        case Never(value=None):
            return (f"{name} is not supported by {model}", "") if value else None
        case Never(value=refused):
            return (f"{name} {refused} is not supported by {model}", "") if value == refused else None
        case _ as never:
            assert_never(never)
