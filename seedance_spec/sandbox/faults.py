"""Misfortune on request: the `--fault` language, and the faults in force. Pure: no I/O may enter.

fault    = name [":" number] [":x" count] [":" selector]
selector = ("prompt" | "shot-text" | "model" | "key") "~" regex      takes the rest of the text
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seedance_spec.sandbox.fault_effects import Effect, NoCallback, Slower, TaskExpires
from seedance_spec.sandbox.fault_table import FAULTS, FaultRow, Means, Stage
from seedance_spec.sandbox.upstream import Fate
from seedance_spec.sandbox.wire import Json

_FIELDS = {"prompt": "prompt", "shot-text": "prompt", "model": "model", "key": "key"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a selector can look at. A field that a call does not have matches nothing."""

    prompt: str | None = None
    model: str | None = None
    key: str | None = None


def subject_of(key: str, body: Json) -> Subject:
    """A submit as selectors see it, even where its body is wrong."""
    fields = body if isinstance(body, Mapping) else {}
    prompt, model = fields.get("prompt"), fields.get("model")
    return Subject(
        key=key,
        prompt=prompt if isinstance(prompt, str) else None,
        model=model if isinstance(model, str) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One `--fault` as it was written: `number` is a factor or minutes, `times` how often it still strikes."""

    text: str
    row: FaultRow
    number: float | None = None
    times: int | None = None
    field: str | None = None
    pattern: re.Pattern[str] | None = None

    def fits(self, subject: Subject) -> bool:
        if self.field is None or self.pattern is None:
            return True
        value: str | None = getattr(subject, self.field)
        return value is not None and self.pattern.search(value) is not None

    @property
    def effect(self) -> Effect:
        """The row's effect with the fault's own number."""
        match self.row.effect:
            case Slower(factor=factor):
                return Slower(factor=self.number or factor)
            case TaskExpires(minutes=minutes):
                return TaskExpires(minutes=self.number or minutes)
            case effect:
                return effect


def parse_fault(text: str) -> Fault:
    """Read one fault. Raises ValueError with a sentence that names what is known."""
    name, _, rest = text.partition(":")
    row = FAULTS.get(name)
    if row is None:
        raise ValueError(f"unknown fault {name!r}; known are {', '.join(FAULTS)}")
    number: float | None = None
    times: int | None = None
    while rest and "~" not in rest.split(":", 1)[0]:
        part, _, rest = rest.partition(":")
        if re.fullmatch(r"x[1-9][0-9]*", part):
            times = int(part[1:])
        elif re.fullmatch(r"[0-9]+(\.[0-9]+)?", part) and float(part) > 0:
            number = float(part)
        else:
            raise ValueError(
                f"{part!r} in fault {text!r} is neither a number, a count like x2 nor a selector like prompt~word"
            )
    if row.number is Means.TIMES and number is not None:
        times = int(number)
    field, pattern = _selector(text, rest)
    return Fault(text=text, row=row, number=number, times=times, field=field, pattern=pattern)


def _selector(text: str, rest: str) -> tuple[str | None, re.Pattern[str] | None]:
    if not rest:
        return None, None
    name, _, pattern = rest.partition("~")
    if name not in _FIELDS:
        raise ValueError(f"fault {text!r} selects by {name!r}; known are {', '.join(_FIELDS)}")
    try:
        return _FIELDS[name], re.compile(pattern)
    except re.error as fault:
        raise ValueError(f"fault {text!r} has a bad regular expression: {fault}") from fault


class Misfortune:
    """The faults in force, for as long as the process lives. Striking counts down; what is used up is gone."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults: list[tuple[Fault, int | None]] = []
        self.put(faults)

    def put(self, faults: Iterable[Fault], *, replace: bool = False) -> None:
        if replace:
            self._faults.clear()
        self._faults += [(fault, fault.times) for fault in faults]

    def texts(self) -> list[str]:
        return [fault.text for fault, _ in self._faults]

    def strike(self, stage: Stage, subject: Subject) -> Fault | None:
        """The first fault of this stage that fits, counted as used."""
        for place, (fault, left) in enumerate(self._faults):
            if fault.row.stage is stage and fault.fits(subject):
                self._use(place, fault, left)
                return fault
        return None

    def strike_all(self, stage: Stage, subject: Subject) -> list[Fault]:
        """Every fault of this stage that fits, each counted as used: a task may be both slow and without callbacks."""
        struck = [entry for entry in self._faults if entry[0].row.stage is stage and entry[0].fits(subject)]
        for entry in struck:
            self._use(self._faults.index(entry), *entry)
        return [fault for fault, _ in struck]

    def _use(self, place: int, fault: Fault, left: int | None) -> None:
        if left is None:
            return
        if left > 1:
            self._faults[place] = (fault, left - 1)
        else:
            del self._faults[place]


def fate_of(faults: Sequence[Fault]) -> Fate:
    """What the faults that struck a new task make of its life; of several ends the first counts."""
    slowness = math.prod(fault.effect.factor for fault in faults if isinstance(fault.effect, Slower))
    ends = [fault.row.name for fault in faults if not isinstance(fault.effect, Slower | NoCallback)]
    muted = any(isinstance(fault.effect, NoCallback) for fault in faults)
    return Fate(doom=ends[0] if ends else None, slowness=float(slowness), muted=muted)


def patience_of(faults: Sequence[Fault]) -> float | None:
    """Nominal seconds until the gateway's sweep, where a fault says so."""
    minutes = [fault.effect.minutes for fault in faults if isinstance(fault.effect, TaskExpires)]
    return minutes[0] * 60.0 if minutes and minutes[0] is not None else None
