"""The film of sixty shots: its files, its takes when all is rendered, and edits of it told as one line per change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from seedance_spec.clips.layout import output_path
from seedance_spec.lockfile.facts import AttemptFact, Label, Report, Reporter
from seedance_spec.model.frame_sizes import FRAMES_PER_SECOND
from seedance_spec.model.given import NOTHING_GIVEN, Given
from seedance_spec.model.local_file import LocalFile
from seedance_spec.model.shot import Film, InputKind, Shot
from seedance_spec.plan.change import Action, Cause, Change, Plan
from seedance_spec.plan.price import estimate
from seedance_spec.realm import Realm
from tests.support.deciding import NOON, Scene, a_rendering
from tests.support.facts import digest
from tests.support.reading import a_film, a_local_image

HOME = Path(__file__).parents[1] / "fixtures" / "film"
HILL = "specs/refs/hill.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One thing that somebody does to the film: a text is replaced, a file renamed, or a picture repainted."""

    file: str = ""
    old: str = ""
    new: str = ""
    rename: str = ""
    repaint: bool = False

    def of(self, texts: Mapping[str, str]) -> dict[str, str]:
        edited = dict(texts)
        if self.file:
            text = edited.pop(self.file)
            assert text.count(self.old) == 1 or self.rename, f"{self.old!r} is to stand once in {self.file}"
            edited[self.rename or self.file] = text.replace(self.old, self.new)
        return edited


def texts() -> dict[str, str]:
    """The film's files by their path under specs/."""
    specs = HOME / "specs"
    return {path.relative_to(specs).as_posix(): path.read_text("utf-8") for path in sorted(specs.rglob("*.yaml"))}


def film(files: Mapping[str, str], *, painted: str = "dusk", given: Given = NOTHING_GIVEN) -> Film:
    """The film of these files. Fails on any complaint. `painted` is what the picture of the hill shows."""
    hill: LocalFile = a_local_image(HILL, sha256=digest(painted))
    specs = {name: text for name, text in files.items() if name != "project.yaml"}
    found, told = a_film(files=specs, project=files["project.yaml"], local={HILL: hill}, given=given)
    assert told == ()
    return found


def bought(of: Film) -> tuple[AttemptFact, ...]:
    """A finished take for every one that is wanted."""
    return tuple(_bought(shot, take) for shot in of.shots.values() for take in range(1, shot.takes + 1))


def after(edit: Edit, given: Given = NOTHING_GIVEN) -> Plan:
    """The plan when all sixty shots were rendered and shown, and then this happened."""
    before = film(texts())
    facts = bought(before)
    shown = {output_path(each.id, Realm.PAID): digest(f"{each.id}#{each.pick or 1}") for each in before.shots.values()}
    scene = Scene(
        film=film(edit.of(texts()), painted="dawn" if edit.repaint else "dusk", given=given),
        facts=facts,
        stored=frozenset(digest(each.attempt_id) for each in facts),
        published=shown,
    )
    return scene.plan()


def told(plan: Plan) -> list[str]:
    """`re-render k1#1: prompt by shot, $0.388` for everything that is not unchanged."""
    return [_told(change) for change in plan.changes if change.action is not Action.UNCHANGED or change.note]


def _told(change: Change) -> str:
    causes = " and ".join(map(_cause, (*change.causes, *change.note)))
    price = f", ${change.estimate.usd:.4f}" if change.pays and change.estimate is not None else ""
    return f"{change.action} {change.shot_id}#{change.take}: {causes}{price}"


def _cause(cause: Cause) -> str:
    if cause.author is None:
        return f"{cause.field} ({cause.text})" if cause.text else cause.field
    return f"{cause.field} by {' '.join(filter(None, (cause.author.kind.value, cause.author.name)))}"


def _bought(shot: Shot, take: int) -> AttemptFact:
    """As a gateway would have billed it: exactly what was reckoned; a clip of n seconds has 24·n + 1 frames."""
    frames = FRAMES_PER_SECOND * (shot.request.duration or 0) + 1
    has_video = any(each.kind is InputKind.VIDEO for each in shot.request.inputs)
    seconds = (FRAMES_PER_SECOND * 4 + 1) / FRAMES_PER_SECOND if has_video else None
    reckoned = estimate(shot.request, input_video_seconds=seconds)
    assert reckoned is not None
    name = f"{shot.id}#{take}"
    report = Report(tokens=reckoned.tokens, finished_at=NOON + 98, output=digest(name), frames=frames)
    label = Label(shot=shot.id, profile=shot.profile)
    fact = a_rendering(shot, name, reports={Reporter.GATEWAY: report})
    return replace(fact, take=take, label=label, estimate=reckoned, input_video_seconds=seconds)
