"""Which attempt's clip a child starts from, as it is known at this moment. Nothing is sent or written from here."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_spec.attempts.means import Means
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.fold import Facts
from seedance_spec.lockfile.views import face_of, verdict
from seedance_spec.model.shot import Shot, ShotSource


def parent_of(source: ShotSource, means: Means, *, clips: frozenset[str] = frozenset()) -> AttemptFact | None:
    """The succeeded attempt that is meant, None where there is none yet.

    Of several at one take it is the one of `clips` (SHA-256), else the one that the plan knew, else the smallest id.
    """
    if isinstance(source.take, str):
        found = _newest(means.facts.attempts.get(source.take), source.take, means)
        return found if found is not None and _counts(found, means) else None
    face = means.facts.face(source.content_hash, source.take)
    known = frozenset(() if face is None else (verdict(face).output or "",))
    attempts = {each.attempt_id: each for each in _at(source.content_hash, source.take, means)}
    return face_of((each for each in attempts.values() if _counts(each, means)), clips or known)


def clips_of_parents(shot: Shot, means: Means) -> tuple[str, ...]:
    """The SHA-256 of every clip that the shot starts from, as far as they are known; sorted, each once."""
    sources = (each.source for each in shot.request.inputs)
    parents = (parent_of(each, means) for each in sources if isinstance(each, ShotSource))
    clips = {verdict(each).output for each in parents if each is not None}
    return tuple(sorted(each for each in clips if each is not None))


def _at(content_hash: str, take: int, means: Means) -> Iterator[AttemptFact]:
    """Every attempt at one take: what the plan knew, as it stands now, and what this run recorded. The whole journal is
    gone through only where that holds no clip: another process may have bought it meanwhile.
    """
    same, found = means.facts.same(content_hash), False
    for known in (*means.facts.takes(content_hash).get(take, ()), *means.ledger.recorded(same, take)):
        newest = _newest(known, known.attempt_id, means)
        if newest is not None:
            found = found or newest.status is Status.SUCCEEDED
            yield newest
    if not found:
        for row in means.journal.rows():
            if row.released is None and row.fact.content_hash in same and row.fact.take == take:
                yield row.fact


def _newest(known: AttemptFact | None, attempt_id: str, means: Means) -> AttemptFact | None:
    row = means.journal.row(attempt_id)
    if row is None or row.released is not None:
        return known
    return row.fact if known is None else Facts.of(known, row.fact).attempts[attempt_id]


def _counts(attempt: AttemptFact, means: Means) -> bool:
    return attempt.status is Status.SUCCEEDED and attempt.realm is means.workplace.realm
