"""What must hold in every history, checked after each run and at its end. It looks at the world's own books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from seedance_spec.attempts.endings import End, Ending
from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.views import verdict
from seedance_spec.sandbox.gateway_life import Status as Shown
from tests.lab.simulation.chronicle import Chronicle
from tests.lab.simulation.codec import clip_of
from tests.lab.simulation.gateway import LINK_SECONDS, Gateway, Job
from tests.lab.simulation.studio import Studio

_FORWARD = tuple(Status)


@dataclass(slots=True, eq=False)
class Promises:
    """`given_up` are attempts that the user called not landed at a guess: what follows is by his word."""

    chronicle: Chronicle
    gateway: Gateway
    given_up: set[str] = field(default_factory=set)
    faults: list[tuple[str, str]] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    resolved: set[str] = field(default_factory=set)
    closed: Counter[str] = field(default_factory=Counter)
    calm_since: float = 0.0
    _outputs: set[str] = field(default_factory=set)
    _replaced: set[str] = field(default_factory=set)
    _seen: dict[str, AttemptFact] = field(default_factory=dict)
    _keys: dict[tuple[str, int], list[Job]] = field(default_factory=dict)

    def broken(self, kind: str, text: str) -> None:
        self.faults.append((kind, text))
        self.chronicle.note("BROKEN     {}: {}", kind, text)

    # ── paid once ───────────────────────────────────────────────────────────────────────────────────────────────────

    def accepted(self, job: Job, studio: Studio) -> None:
        """A POST was accepted: it is the attempt's only one, and the take's only one but for the user's own word."""
        if self.gateway.posts[job.attempt_id] > 1:
            self.broken("post", f"…{job.attempt_id[-6:]} was sent {self.gateway.posts[job.attempt_id]} times")
        row, run = studio.journal.row(job.attempt_id), studio.runs[job.attempt_id]
        if row is None:
            self.broken("post", f"…{job.attempt_id[-6:]} was paid for and is not in the journal")
            return
        before = self._keys.setdefault((row.fact.content_hash, row.fact.take), [])
        for other in before:
            word = other.attempt_id in self.given_up
            failed = other.row.status == Shown.FAILURE and (run.wish.retry_failed or bool(run.wish.retake))
            if bool(run.wish.retake) and not _is_here(other, studio):
                # Given up by the user's word, once and for all: what is bought in its place may fail and be retried.
                self._replaced.add(other.attempt_id)
            if not (word or failed or other.attempt_id in self._replaced):
                self.broken("double", f"…{job.attempt_id[-6:]} pays again for what …{other.attempt_id[-6:]} paid for")
        before.append(job)

    def recorded(self, fact: AttemptFact, studio: Studio) -> None:
        """A clip is on record only once its bytes are safe: a crash now would leave a promise without them."""
        output = verdict(fact).output
        if output is None or output in self._outputs:
            return
        self._outputs.add(output)
        if not studio.store.has(output):
            self.broken("early", f"…{fact.attempt_id[-6:]} is recorded with a clip that the store does not hold")

    # ── after each run ──────────────────────────────────────────────────────────────────────────────────────────────

    def look(self, studio: Studio) -> None:
        known = studio.known().attempts
        for attempt_id, before in self._seen.items():
            now = known.get(attempt_id)
            if now is None:
                self.broken("forgotten", f"…{attempt_id[-6:]} is no longer on record")
            elif _FORWARD.index(now.status) < _FORWARD.index(before.status):
                self.broken("regress", f"…{attempt_id[-6:]} went from {before.status} back to {now.status}")
            elif before.task_id is not None and now.task_id != before.task_id:
                self.broken("regress", f"…{attempt_id[-6:]} was {before.task_id} and is {now.task_id}")
        self._seen = dict(known)
        self.unknown |= {key for key, fact in known.items() if fact.status in {Status.UNKNOWN, Status.LANDED}}
        self._look_at_renders(studio)

    def _look_at_renders(self, studio: Studio) -> None:
        outputs = {verdict(fact).output for fact in self._seen.values()}
        clips = {_clip(name) for name in self.gateway.upstream.works}
        folder = studio.root / "renders"
        for path in folder.rglob("*.mp4") if folder.exists() else ():
            digest = _sha(path.read_bytes())
            if digest not in clips:
                self.broken("renders", f"{path.name} is no whole clip")
            elif digest not in outputs:
                self.broken("renders", f"{path.name} shows a clip that is not on record")

    # ── at the end ──────────────────────────────────────────────────────────────────────────────────────────────────

    def judge(self, studio: Studio, endings: tuple[Ending, ...]) -> None:
        known = studio.known().attempts
        ends = {each.fact.attempt_id: each.end for each in endings if each.fact is not None}
        paid = {job.attempt_id for job in self.gateway.jobs.values()}
        for job in self.gateway.jobs.values():
            fact = known.get(job.attempt_id)
            if fact is None:
                self.broken("lost", f"…{job.attempt_id[-6:]} was paid for and is not on record")
            elif job.attempt_id not in self.given_up:
                self._judge(job, fact, ends.get(job.attempt_id), studio)
        self._look_at_lockfile(studio, known)
        for attempt_id in self.unknown:
            self._close(attempt_id, known.get(attempt_id))
        for attempt_id, fact in known.items():
            if attempt_id not in paid and fact.status is not Status.NOT_LANDED:
                self.broken("left", f"…{attempt_id[-6:]} was never paid for and stays {fact.status}")

    def _look_at_lockfile(self, studio: Studio, known: Mapping[str, AttemptFact]) -> None:
        """Other clones see the lockfile alone: it says all that the journal knows, whatever died between the two and
        whatever git brought back.
        """
        written = studio.lockfile.read()[0].attempts
        for attempt_id, fact in known.items():
            if written.get(attempt_id) != fact:
                self.broken("lockfile", f"it lacks what the journal knows of …{attempt_id[-6:]}")

    def _close(self, attempt_id: str, fact: AttemptFact | None) -> None:
        """By what an attempt that was unknown was closed, where anything did."""
        if fact is None or fact.status in {Status.UNKNOWN, Status.LANDED}:
            return
        if attempt_id in self.resolved or attempt_id in self.given_up:
            self.closed["resolve"] += 1
        elif fact.task_id is None:
            self.closed["callback"] += 1
        else:
            self.closed["billing log"] += 1

    def _judge(self, job: Job, fact: AttemptFact, end: End | None, studio: Studio) -> None:
        name = f"…{job.attempt_id[-6:]}"
        output = verdict(fact).output
        rendered = output is not None and output in {_clip(work) for work in job.works}
        kept = rendered and output is not None and studio.store.verify(output)
        match fact.status:
            case Status.SUCCEEDED if kept:
                if end not in {End.RENDERED, None}:
                    self.broken("shown", f"{name} lies in the store and ends {end}")
            case Status.SUCCEEDED if job.row.status == Shown.SUCCESS and self._burnt(job):
                if end not in {End.MISSING, None}:
                    self.broken("lost", f"{name}: its links died, and it ends {end}")
            case Status.GONE:
                pass
            case Status.FAILED if job.row.status == Shown.FAILURE:
                pass
            case Status.SUBMITTED | Status.LANDED | Status.UNKNOWN if job.shown_at is None:
                # The one ending that tells the user, in every run, of an attempt which nobody can answer for.
                if end is not End.UNKNOWN:
                    self.broken("silent", f"{name}: the gateway lost its row, and it ends {end}")
            case _:
                said = f"{job.row.status}, {'kept' if kept else 'not kept'}"
                self.broken("lost", f"{name} is {fact.status}, ends {end}; the gateway says {said}")

    def _burnt(self, job: Job) -> bool:
        """Whether its links were dead before anybody could come back for it."""
        return self.gateway.upstream.works[job.row.upstream_id].updated_at + LINK_SECONDS < self.calm_since + 600.0


def _is_here(job: Job, studio: Studio) -> bool:
    """Whether the project knows that it holds this clip: else `--retake` gives it up and buys the take again."""
    row = studio.journal.row(job.attempt_id)
    return row is not None and verdict(row.fact).output is not None and studio.store.has(_digest(job))


def _digest(job: Job) -> str:
    return _clip(job.row.upstream_id)


@lru_cache(maxsize=1000)
def _clip(upstream_id: str) -> str:
    """The digest of the clip of that task."""
    return _sha(clip_of(upstream_id))


def _sha(data: bytes) -> str:
    return sha256(data).hexdigest()
