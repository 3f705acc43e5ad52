"""A film rendered at once, without a gateway: on record, in the store and under renders/, as an apply leaves it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from seedance_spec.clips.layout import output_path, sidecar_path
from seedance_spec.clips.sidecar import Record, Shown, sidecar_text
from seedance_spec.content_hash import content_hash, display_request
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact, Label, Report, Reporter, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Shot, ShotSource
from seedance_spec.pipeline import lockfile_of, read_specs
from seedance_spec.plan.price import estimate
from seedance_spec.realm import Realm
from seedance_spec.workplace import Workplace

_SUBMITTED_AT = 1_778_236_598


def render_film(root: Path) -> int:
    """Every shot rendered on record, its bytes in the store and shown in renders/: nothing is left to do."""
    workplace = Workplace(root=root, realm=Realm.PAID)
    film = read_specs(root).film
    facts = {shot.id: _rendered(shot) for shot in film.shots.values()}
    for shot in film.shots.values():
        _show(workplace, shot, facts[shot.id])
    made = (_made_from(fact, film.shots[shot_id]) for shot_id, fact in facts.items())
    lockfile_of(workplace).merge(Facts.of(*made))
    return len(film.shots)


def _rendered(shot: Shot) -> AttemptFact:
    hashed = content_hash(shot.request)
    clip = _clip(hashed)
    report = Report(
        model_served=shot.request.model,
        tokens=108_900,
        finished_at=_SUBMITTED_AT + 100,
        output=sha256(clip).hexdigest(),
        bytes=len(clip),
        frames=121,
    )
    return AttemptFact(
        attempt_id=f"bench-{sha256(shot.id.encode()).hexdigest()[:24]}",
        realm=Realm.PAID,
        run="bench",
        label=Label(shot=shot.id, tags=shot.tags),
        content_hash=hashed,
        take=1,
        status=Status.SUCCEEDED,
        task_id=f"task_{sha256(shot.id.encode()).hexdigest()[:24]}",
        request=display_request(shot.request),
        estimate=estimate(shot.request, input_video_seconds=None),
        submitted_at=_SUBMITTED_AT,
        reports={Reporter.GATEWAY: report},
    )


def _made_from(fact: AttemptFact, shot: Shot) -> AttemptFact:
    parents = (each.source for each in shot.request.inputs if isinstance(each.source, ShotSource))
    return replace(fact, made_from=tuple(sha256(_clip(each.content_hash)).hexdigest() for each in parents))


def _clip(hashed: str) -> bytes:
    return f"clip of {hashed}".encode()


def _show(workplace: Workplace, shot: Shot, fact: AttemptFact) -> None:
    """As publishing leaves it, but without waiting for the disk ten thousand times."""
    clip = _clip(fact.content_hash)
    digest = sha256(clip).hexdigest()
    stored = workplace.store / digest[:2] / f"{digest}.mp4"
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(clip)
    shown = workplace.root / output_path(shot.id, workplace.realm)
    shown.parent.mkdir(parents=True, exist_ok=True)
    shown.write_bytes(clip)
    record = Shown(sha256=digest, bytes=len(clip), mtime_ns=shown.stat().st_mtime_ns)
    sidecar = workplace.root / sidecar_path(output_path(shot.id, workplace.realm))
    said: JsonObject = {"format": "seedance-spec/sidecar/1", "shot": shot.id, "request": fact.request}
    sidecar.write_text(sidecar_text(said, Record(clip=record)), encoding="utf-8")
