"""How long renderings take, learnt from the project's own: by model, size, length, kind. Pure: no clock may enter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import TypeAlias

from seedance_spec.json_types import Json, JsonObject
from seedance_spec.lockfile.facts import AttemptFact, Reporter, Status
from seedance_spec.model.frame_sizes import FRAMES_PER_SECOND
from seedance_spec.model.shot import Input, InputKind, Request, UrlSource
from seedance_spec.plan.price import LONGEST_SECONDS, frame_size
from seedance_spec.realm import Realm

USUAL_SECONDS = 98.0
"""Submit to success of 5 s at 720p, as the API page's own example shows it."""

LATE = 1.5
"""What is called late before anything is known: so many times the usual."""

_USUAL_PIXELS = 1280 * 720 * 121
_NEWEST = 50
"""Renderings of one kind that count: what a gateway was like last year says little."""

_MOST = 1000
"""Renderings that are looked at in all: a project of years starts as fast as a new one."""

_ENOUGH = 5
"""Renderings that make a kind of its own; with fewer of them a wider kind is asked."""

_PRIOR_WEIGHT = 3.0
"""The usual figure counts as so many renderings, so that a first one does not decide everything."""

_LATEST = 3.0
"""Nothing is called late only after more than so many times the usual: one bad day would silence every guard."""

_LONGEST = 86_400
"""Seconds of a rendering that can be one: after a day the gateway sweeps (gateway.md §1.8)."""

_Kind: TypeAlias = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Seconds from submit to the end as the gateway shows it: half of all take `usual`, 19 of 20 no more than `late`.

    Both at the gateway's own speed, never at a sandbox's.
    """

    usual: float = USUAL_SECONDS
    late: float = LATE * USUAL_SECONDS


USUAL = Expected()
"""For whoever has nothing better: 5 s at 720p."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """`paces` holds, by kind, the newest renderings as multiples of what their size makes usual."""

    paces: Mapping[_Kind, Sequence[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Iterable[AttemptFact]) -> Durations:
        """Learn from facts. Those of a sandbox tell how fast it was told to be, not how long a rendering takes."""
        timed = sorted(
            ((finished, seconds, each) for each in facts for finished, seconds in _timed(each)),
            key=lambda one: (-one[0], one[2].attempt_id),
        )
        paces: dict[_Kind, list[float]] = {}
        for _, seconds, fact in timed[:_MOST]:
            request = _asked(fact.request)
            pace = seconds / _by_size(request)
            for kind in _kinds(request):
                held = paces.setdefault(kind, [])
                if len(held) < _NEWEST:
                    held.append(pace)
        return cls(paces=paces)

    def expected(self, request: Request | None) -> Expected:
        """What this request will take. With few renderings of its kind the usual figure has its say too."""
        if request is None:
            return USUAL
        held = [self.paces.get(kind, ()) for kind in _kinds(request)]
        paces = next((each for each in held if len(each) >= _ENOUGH), held[-1])
        by_size = _by_size(request)
        usual = _blended(median(paces) if paces else 1.0, len(paces), prior=1.0)
        late = _blended(_late(paces) if paces else LATE, len(paces), prior=LATE * usual)
        return Expected(usual=by_size * usual, late=by_size * min(max(late, usual), _LATEST * usual))


NO_HISTORY = Durations()


def _blended(found: float, count: int, *, prior: float) -> float:
    return (_PRIOR_WEIGHT * prior + count * found) / (_PRIOR_WEIGHT + count)


def _late(paces: Sequence[float]) -> float:
    """Of 20 one is slower."""
    return sorted(paces)[ceil(0.95 * len(paces)) - 1]


def _timed(fact: AttemptFact) -> Iterable[tuple[int, int]]:
    """When it was finished and how many seconds it took, by the gateway's own times; nothing where it did not say."""
    report = fact.reports.get(Reporter.GATEWAY)
    if report is None or report.finished_at is None or fact.submitted_at is None:
        return
    succeeded = fact.status in {Status.SUCCEEDED, Status.GONE}
    seconds = report.finished_at - fact.submitted_at
    if succeeded and fact.realm is Realm.PAID and 0 < seconds <= _LONGEST:
        yield report.finished_at, seconds


def _kinds(request: Request) -> tuple[_Kind, ...]:
    """From the narrowest to the widest: each holds the one before."""
    model, size, seconds = request.model, request.resolution, _length(request)
    has_video = any(each.kind is InputKind.VIDEO for each in request.inputs)
    return (
        (model, size, seconds, request.generate_audio, has_video),
        (model, size, seconds),
        (model, size),
        (model,),
    )


def _length(request: Request) -> int | None:
    """The length as asked for; frames and seconds are two ways to say one thing."""
    return request.duration if request.frames is None else round(request.frames / FRAMES_PER_SECOND)


def _asked(said: JsonObject) -> Request:
    """As much of a fact's request as a duration depends on. A newer version may have written what we do not know."""
    return Request(
        model=_text(said.get("model")) or "",
        prompt="",
        inputs=tuple(_inputs(said.get("inputs"))),
        duration=_whole(said.get("duration")),
        frames=_whole(said.get("frames")),
        resolution=_text(said.get("resolution")) or "",
        ratio=_text(said.get("ratio")) or "",
        generate_audio=said.get("generate_audio") is not False,
    )


def _inputs(said: Json) -> Iterable[Input]:
    for each in said if isinstance(said, list | tuple) else ():
        kind = each.get("kind") if isinstance(each, Mapping) else None
        if isinstance(kind, str) and kind in set(InputKind):
            yield Input(kind=InputKind(kind), source=UrlSource(url=""))


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _by_size(request: Request) -> float:
    """The one observed time, scaled by pixels and frames."""
    width, height = frame_size(request) or (1280, 720)
    seconds = LONGEST_SECONDS if request.duration is None or request.duration < 0 else request.duration
    frames = request.frames if request.frames is not None else FRAMES_PER_SECOND * seconds + 1
    return USUAL_SECONDS * width * height * frames / _USUAL_PIXELS
