"""Builders for decisions: a small film, what happened to it, and which bytes are here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from seedance_spec.clips.layout import output_path
from seedance_spec.content_hash import content_hash, display_request
from seedance_spec.lockfile.facts import AttemptFact, Fact, Label, LabelFact, Report, Reporter, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.origin import Origin
from seedance_spec.model.shot import Film, Project, Request, Shot
from seedance_spec.plan.change import Action, Change, Plan
from seedance_spec.plan.decide import decide
from seedance_spec.plan.price import estimate
from seedance_spec.plan.world import Options, Presence
from seedance_spec.realm import Realm
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from tests.support.facts import digest

NOON = 1_778_236_800
"""Unix seconds of 2026-05-08 10:40:00 UTC."""


def a_span(line: int = 3, column: int = 5, *, file: str = "specs/film.yaml", width: int = 4) -> Span:
    return Span(file=file, line=line, column=column, end_line=line, end_column=column + width)


def an_origin(line: int = 3, column: int = 5, **overrides: Any) -> Origin:
    """A value that the shot itself says, at this place of `specs/film.yaml`."""
    return replace(Origin(span=a_span(line, column)), **overrides)


def a_request(**overrides: Any) -> Request:
    request = Request(model="dreamina-seedance-2-0", prompt="A cat walking on the moon", ratio="16:9")
    return replace(request, **overrides)


def a_shot(shot_id: str = "film/moon-walk", *, line: int = 3, **overrides: Any) -> Shot:
    """A shot of `specs/film.yaml`; fields of Request and of Shot alike, every one written at a line of its own."""
    of_shot = {key: overrides.pop(key) for key in ("takes", "pick", "origins", "tags") if key in overrides}
    fields = (
        "prompt",
        "model",
        "ratio",
        "resolution",
        "duration",
        "seed",
        "generate_audio",
        "service_tier",
        "inputs[0]",
    )
    written = {name: an_origin(line + place, 13) for place, name in enumerate(fields, 1)}
    origins = {"id": an_origin(line, 3), "pick": an_origin(line, 30), "takes": an_origin(line, 20), **written}
    shot = Shot(id=shot_id, request=a_request(**overrides), origins=origins)
    return replace(shot, **of_shot)


def a_film(*shots: Shot) -> Film:
    return Film(project=Project(name="teaser-q4"), shots={shot.id: shot for shot in shots})


def an_attempt(shot: Shot, attempt_id: str = "a1", status: Status = Status.SUBMITTED, **overrides: Any) -> AttemptFact:
    """An attempt at take 1 of this shot."""
    fact = AttemptFact(
        attempt_id=attempt_id,
        realm=Realm.PAID,
        run="r1",
        label=Label(shot=shot.id),
        content_hash=content_hash(shot.request),
        take=1,
        status=status,
        task_id=f"task_{attempt_id}",
        request=display_request(shot.request),
        estimate=estimate(shot.request, input_video_seconds=None),
        submitted_at=NOON,
    )
    return replace(fact, **overrides)


def a_rendering(shot: Shot, attempt_id: str = "a1", **overrides: Any) -> AttemptFact:
    """A succeeded attempt whose clip has the digest of its attempt id."""
    report = Report(tokens=108_900, finished_at=NOON + 98, output=digest(attempt_id), bytes=4_200_000, frames=121)
    said = {"status": Status.SUCCEEDED, "reports": {Reporter.GATEWAY: report}}
    return an_attempt(shot, attempt_id, **{**said, **overrides})


def a_failure(shot: Shot, attempt_id: str = "a1", error_class: str = "moderation", **overrides: Any) -> AttemptFact:
    code = "OutputVideoSensitiveContentDetected"
    report = Report(error_class=error_class, error_code=code, error_message="blocked", finished_at=NOON + 40)
    return an_attempt(shot, attempt_id, Status.FAILED, **{"reports": {Reporter.GATEWAY: report}, **overrides})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A film, what happened and what is here; `decide` it, then look at it."""

    film: Film
    facts: tuple[Fact, ...] = ()
    stored: frozenset[str] = frozenset()
    published: Mapping[str, str | None] = field(default_factory=dict)
    pruned: frozenset[str] = frozenset()
    realm: Realm = Realm.PAID

    def decide(self, *, retry_failed: bool = False, retake: Iterable[str] = ()) -> tuple[Plan, tuple[Diagnostic, ...]]:
        return decide(
            self.film,
            Facts.of(*self.facts),
            Presence(stored=self.stored, published=self.published, pruned=self.pruned),
            realm=self.realm,
            options=Options(retry_failed=retry_failed, retake=frozenset(retake)),
        )

    def plan(self, *, retry_failed: bool = False, retake: Iterable[str] = ()) -> Plan:
        plan, complaints = self.decide(retry_failed=retry_failed, retake=retake)
        assert complaints == ()
        return plan

    def complaints(self) -> tuple[Diagnostic, ...]:
        return self.decide()[1]


def a_scene(
    *shots: Shot,
    facts: Iterable[Fact] = (),
    stored: Iterable[str] = (),
    shown: Mapping[str, str] | None = None,
    pruned: Iterable[str] = (),
) -> Scene:
    """`stored`, `pruned` and `shown` (by shot id) name clips by attempt id."""
    published = {output_path(shot_id, Realm.PAID): digest(clip) for shot_id, clip in (shown or {}).items()}
    return Scene(
        film=a_film(*shots),
        facts=tuple(facts),
        stored=frozenset(digest(each) for each in stored),
        published=published,
        pruned=frozenset(digest(each) for each in pruned),
    )


def rows(plan: Plan) -> list[tuple[str, int, Action]]:
    return [(change.shot_id, change.take, change.action) for change in plan.changes]


def only(plan: Plan) -> Change:
    (change,) = plan.changes
    return change


def a_label(shot_id: str, meant: Shot | None, when: int = NOON + 1000) -> LabelFact:
    return LabelFact(
        shot=shot_id, profile=None, content_hash=None if meant is None else content_hash(meant.request), when=when
    )
