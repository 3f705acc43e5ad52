"""What the bytes on the disk are worth against the lockfile: findings, each with its way out. Pure: others read."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from seedance_spec.clips.layout import output_path
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import clips_of, verdict
from seedance_spec.plan.figures import lasting
from seedance_spec.plan.fuse import fuse_of
from seedance_spec.plan.status_rows import State, StatusRow
from seedance_spec.realm import Realm


class ShownState(StrEnum):
    """A file below renders/. `gone`: its sidecar is here, the clip is not; `foreign`: it is none of ours."""

    WHOLE = "whole"
    EDITED = "edited"
    GONE = "gone"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was read: stored sizes by digest, which of them are damaged, what was let go, and how each file below
    renders/ is, by its path, with the digest that its sidecar names.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    damaged: frozenset[str] = frozenset()
    pruned: frozenset[str] = frozenset()
    shown: Mapping[str, ShownState] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    strangers: tuple[str, ...] = ()


class Kind(StrEnum):
    """What is wrong or strange. The first four need somebody; the others are only said. `stray`: a clip of ours that no
    shot on record is shown at any more.
    """

    DAMAGED = "damaged"
    MISSING = "missing"
    EDITED = "edited"
    GONE = "gone"
    STRAY = "stray"
    UNRECORDED = "unrecorded"
    FOREIGN = "foreign"


NEEDS_YOU = frozenset({Kind.DAMAGED, Kind.MISSING, Kind.EDITED, Kind.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that verify found. `where` is a path under the project folder, or a digest in the store."""

    kind: Kind
    where: str
    shot_id: str | None = None
    take: int | None = None
    sha256: str | None = None
    way_out: str = ""

    @property
    def needs_you(self) -> bool:
        return self.kind in NEEDS_YOU


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """How many files are whole, how many takes were let go or are elsewhere and asked for by no shot; what is wrong."""

    stored: int
    stored_bytes: int
    shown: int
    pruned: int
    elsewhere: int
    findings: tuple[Finding, ...]

    @property
    def needs_you(self) -> bool:
        return any(each.needs_you for each in self.findings)


def checkup_of(
    survey: Survey,
    facts: Facts,
    rows: Iterable[StatusRow],
    *,
    realm: Realm,
    now: float,
    moved: Container[str] = (),
) -> Checkup:
    """Findings in the order of their kinds. `rows` are those of `status_rows`: what the shots ask for. `moved` are the
    damaged clips that were set aside already.
    """
    rows = tuple(rows)
    attempts = [each for each in facts.attempts.values() if each.realm is realm]
    owners = {digest: each for each in sorted(attempts, key=_id) for digest in clips_of(each)}
    missing = [row for row in rows if row.wanted and row.state is State.MISSING]
    findings = [
        *_damaged(survey, owners, realm, now, moved),
        *(_missing(row, realm) for row in missing),
        *_shown(survey, owners, realm, _places(facts, rows, realm)),
        *(
            Finding(kind=Kind.UNRECORDED, where=each, sha256=each)
            for each in sorted(survey.sizes.keys() - owners.keys())
        ),
        *(Finding(kind=Kind.FOREIGN, where=f"store/{each}") for each in survey.strangers),
    ]
    order = list(Kind)
    whole = survey.sizes.keys() - survey.damaged
    gone = [each for each in attempts if each.status is Status.SUCCEEDED and _is_away(each, survey)]
    named = {row.attempt_id for row in missing}
    return Checkup(
        stored=len(whole),
        stored_bytes=sum(survey.sizes[each] for each in whole),
        shown=sum(state is ShownState.WHOLE for state in survey.shown.values()),
        pruned=sum(verdict(each).output in survey.pruned for each in gone),
        elsewhere=sum(verdict(each).output not in survey.pruned and each.attempt_id not in named for each in gone),
        findings=tuple(sorted(findings, key=lambda each: (order.index(each.kind), each.where))),
    )


def _sandbox(realm: Realm) -> str:
    return " --sandbox" if realm is Realm.SANDBOX else ""


def _id(attempt: AttemptFact) -> str:
    return attempt.attempt_id


def _is_away(attempt: AttemptFact, survey: Survey) -> bool:
    output = verdict(attempt).output
    return output is not None and output not in survey.sizes and output not in survey.digests.values()


def _places(facts: Facts, rows: Iterable[StatusRow], realm: Realm) -> frozenset[str]:
    """Where renders/ shows what the shots ask for, and what labels on record mean, under every profile."""
    asked = frozenset(row.output for row in rows if row.output is not None)
    return asked.union(*(_place(facts, shot_id, profile, realm) for shot_id, profile in facts.known_labels))


def _place(facts: Facts, shot_id: str, profile: str | None, realm: Realm) -> frozenset[str]:
    """None for a label that was dropped, or that no spec could have given."""
    latest = facts.latest_of_label(shot_id, profile)
    if latest is None or not latest.content_hash:
        return frozenset()
    try:
        return frozenset({output_path(shot_id, realm, profile)})
    except ValueError:
        return frozenset()


def _damaged(
    survey: Survey, owners: Mapping[str, AttemptFact], realm: Realm, now: float, moved: Container[str]
) -> Iterator[Finding]:
    whole_copies = {digest for path, digest in survey.digests.items() if survey.shown[path] is ShownState.WHOLE}
    for digest in survey.damaged:
        attempt = owners.get(digest)
        yield Finding(
            kind=Kind.DAMAGED,
            where=digest,
            shot_id=attempt.label.shot if attempt else None,
            take=attempt.take if attempt else None,
            sha256=digest,
            way_out=_mending(digest, attempt, realm, now, has_copy=digest in whole_copies, is_aside=digest in moved),
        )


def _mending(
    digest: str, attempt: AttemptFact | None, realm: Realm, now: float, *, has_copy: bool, is_aside: bool
) -> str:
    sandbox = _sandbox(realm)
    first = "" if is_aside else f"seedance-spec verify{sandbox} --set-aside, then "
    if attempt is not None and verdict(attempt).last_frame == digest:
        return f"{first}seedance-spec collect{sandbox}: a copy under renders/ is taken in, else it is cut from its clip"
    if has_copy:
        return f"{first}seedance-spec collect{sandbox}: renders/ has a whole copy"
    left = fuse_of(attempt, now) if attempt is not None else None
    if left:
        return f"{first}seedance-spec collect{sandbox}: its link lives {lasting(left)}"
    if attempt is None:
        aside = "" if is_aside else f"; seedance-spec verify{sandbox} --set-aside moves it out of the way"
        return f"no fact names it{aside}"
    return f"{first}copy it from another clone's store, or {_again(attempt.label.shot, sandbox)}"


def _again(shot_id: str, sandbox: str) -> str:
    return f"seedance-spec apply{sandbox} --retake {shot_id} buys it again"


def _missing(row: StatusRow, realm: Realm) -> Finding:
    sandbox = _sandbox(realm)
    if row.fuse:
        way_out = f"seedance-spec collect{sandbox}: its link lives {lasting(row.fuse)}"
    else:
        way_out = f"its link is dead: copy it from another clone's store, or {_again(row.shot_id, sandbox)}"
    return Finding(
        kind=Kind.MISSING,
        where=row.output or row.sha256 or row.content_hash,
        shot_id=row.shot_id,
        take=row.take,
        sha256=row.sha256,
        way_out=way_out,
    )


def _shown(
    survey: Survey, owners: Mapping[str, AttemptFact], realm: Realm, places: Container[str]
) -> Iterator[Finding]:
    for path, state in survey.shown.items():
        digest = survey.digests.get(path)
        owner = owners.get(digest) if digest is not None else None
        kind, way_out = _shown_kind(state, realm, recorded=owner is not None)
        if owner is not None and path not in places:
            kind, way_out = Kind.STRAY, _stray(survey, digest)
        if kind is not None:
            yield Finding(
                kind=kind,
                where=path,
                shot_id=owner.label.shot if owner else None,
                take=owner.take if owner else None,
                sha256=digest,
                way_out=way_out,
            )


def _stray(survey: Survey, digest: str | None) -> str:
    if digest in survey.sizes.keys() - survey.damaged:
        return "no shot is shown here any more; the store has its bytes: delete it, or keep it as your own"
    return "no shot is shown here any more; it may be the only copy: delete it when the store has its bytes"


def _shown_kind(state: ShownState, realm: Realm, *, recorded: bool) -> tuple[Kind | None, str]:
    apply = f"seedance-spec apply{_sandbox(realm)}"
    match state:
        case ShownState.WHOLE:
            return (None, "") if recorded else (Kind.UNRECORDED, "")
        case ShownState.EDITED:
            return Kind.EDITED, f"{apply} shows the clip again, and keeps yours beside it"
        case ShownState.GONE:
            return Kind.GONE, f"{apply} shows it again"
        case ShownState.FOREIGN:
            return Kind.FOREIGN, ""
        case _:
            assert_never(state)
