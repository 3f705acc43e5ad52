"""A film of any size, the same every time: variables, defaults, matrices, chains; and every shot of it rendered."""

from __future__ import annotations

from collections.abc import Iterator
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

SHOTS_PER_FILE = 100
_PLAIN, _CHAINED, _RATIOS, _LOOKS = 60, 10, ("16:9", "9:16", "1:1"), 10
_SUBMITTED_AT = 1_778_236_598
_PROJECT = """\
version: 1
name: season
defaults:
  model: dreamina-seedance-2-0
  duration: 5
  metadata: { resolution: 720p, ratio: 16:9, generate_audio: true }
profiles:
  draft: { model: dreamina-seedance-2-0-fast, metadata: { resolution: 480p } }
"""


def write_film(root: Path, shots: int) -> None:
    """Specs for so many shots, a hundred to a file."""
    (root / "specs").mkdir(parents=True)
    (root / "specs" / "project.yaml").write_text(_PROJECT, encoding="utf-8")
    for number in range(shots // SHOTS_PER_FILE):
        folder = root / "specs" / f"act{number // 10:03}"
        folder.mkdir(exist_ok=True)
        (folder / f"scene{number:04}.yaml").write_text("\n".join(_scene(number)) + "\n", encoding="utf-8")


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


def _scene(number: int) -> Iterator[str]:
    yield "version: 1"
    yield f'vars: {{ hero: "a tabby cat named Miso", place: "roof {number} above the old harbour" }}'
    yield "defaults:\n  metadata: { watermark: false }"
    yield "shots:"
    for shot in range(_PLAIN):
        yield f"  shot-{shot:02}:"
        yield f"    prompt: ${{hero}} crosses ${{place}} at dusk, take {number}-{shot}; slow dolly in, warm light"
        yield f"    duration: {5 + shot % 2 * 5}"
        yield f"    tags: [harbour, night-{shot % 7}]"
        yield f"    inputs:\n      - image: https://cdn.example.com/refs/{number}/{shot}.jpg\n        role: first_frame"
        yield f"    metadata: {{ seed: {number * 1000 + shot}, ratio: {_RATIOS[shot % 3]} }}"
    for shot in range(_CHAINED):
        yield f"  chain-{shot:02}:"
        yield f"    prompt: ${{hero}} walks on towards the lighthouse, part {number}-{shot}"
        yield f"    inputs:\n      - {{ shot: shot-{shot:02}, frame: last, role: first_frame }}"
    yield "  banner:"
    yield "    prompt: ${hero} on a skateboard in ${place}, product shot, look ${matrix.look}"
    yield "    matrix:"
    yield f"      ratio: [{', '.join(_RATIOS)}]"
    yield f"      look: [{', '.join(f'look-{look}' for look in range(_LOOKS))}]"
    yield '    metadata: { ratio: "${matrix.ratio}" }'


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
