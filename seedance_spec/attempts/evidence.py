"""Which task is which lost attempt's: proven by more than looks, or not at all (D3). Pure: it is handed what was seen.

An attempt whose answer was lost is recognised by the `execution_expires_after` that it alone sent, or by the upstream's
id that a callback on its own capability named; model and time must agree. What fits two stays unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from seedance_spec.attempts.fingerprint import fingerprint
from seedance_spec.attempts.ports import TaskView
from seedance_spec.gateway.billing_log import LogRow
from seedance_spec.json_types import Json
from seedance_spec.lockfile.facts import AttemptFact

EARLIEST = -15 * 60
LATEST = 60 * 60
"""Seconds from our own time of the POST to the gateway's time of the submit: clocks differ, and slow uplinks carry many
megabytes of inline images.
"""

_DATE = re.compile(r"-\d{6}$")
_VENDOR = re.compile(r"^[a-z]+-(?=seedance)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """An attempt whose task is not known. `expiry` is the `execution_expires_after` that it sent; `is_own` tells that
    no other attempt sends it by design: an author's own value proves nothing alone.
    """

    attempt_id: str
    model: str
    submitted_at: int
    expiry: int
    is_own: bool
    upstream_ids: tuple[str, ...] = ()


def lost_of(fact: AttemptFact) -> Lost | None:
    """What is known of an attempt without a task id; None where there is one, or too little to recognise it by."""
    model = fact.request.get("model")
    if fact.task_id is not None or fact.submitted_at is None or not isinstance(model, str):
        return None
    authors = _authors_expiry(fact)
    return Lost(
        attempt_id=fact.attempt_id,
        model=model,
        submitted_at=fact.submitted_at,
        expiry=fingerprint(fact.attempt_id) if authors is None else authors,
        is_own=authors is None,
        upstream_ids=fact.upstream_ids,
    )


def candidates(rows: Iterable[LogRow], facts: Iterable[AttemptFact], *, lost: Iterable[Lost]) -> tuple[str, ...]:
    """The tasks worth a look, oldest first: settled since the first loss, and known to no fact of ours."""
    since = min((each.submitted_at for each in lost), default=None)
    if since is None:
        return ()
    known = {fact.task_id for fact in facts}
    settled = sorted((row.at, row.task_id) for row in rows if row.task_id is not None and row.at >= since + EARLIEST)
    return tuple(dict.fromkeys(task_id for _, task_id in settled if task_id not in known))


def bind(lost: Iterable[Lost], views: Iterable[TaskView]) -> Mapping[str, str]:
    """Attempt id → task id, for every pair that fits and of which neither fits anything else."""
    seen = views_of(views)
    pairs = {(each.attempt_id, view.task_id) for each in lost for view in seen if is_of(view, each)}
    attempts = Counter(attempt_id for attempt_id, _ in pairs)
    tasks = Counter(task_id for _, task_id in pairs)
    return {attempt: task for attempt, task in sorted(pairs) if attempts[attempt] == tasks[task] == 1}


def is_of(view: TaskView, lost: Lost) -> bool:
    """Whether a task is proven to be the lost attempt's, were there no other that fits as well."""
    if not _in_time(view, lost) or not same_model(lost.model, view.model_served):
        return False
    if view.execution_expires_after not in {None, lost.expiry}:
        return False
    named = view.upstream_id is not None and view.upstream_id in lost.upstream_ids
    return named or (lost.is_own and view.execution_expires_after is not None)


def same_model(asked: str, served: str | None) -> bool:
    """Whether the model that was served is the one that was asked for, vendor's prefix and date aside."""
    return served is not None and _family(served) == _family(asked)


def misfits(view: TaskView, fact: AttemptFact, *, ours: bool) -> Iterator[str]:
    """Why a task cannot be this attempt's, in sentences; what the gateway does not say is no reason.

    `ours`: the attempt's own POST may have made it, so fingerprint and time must agree too.
    """
    model = fact.request.get("model")
    if isinstance(model, str) and view.model_served is not None and not same_model(model, view.model_served):
        yield f"it was rendered by {view.model_served}, the shot asks for {model}"
    said: Mapping[str, Json] = {
        "duration": view.duration,
        "frames": view.frames,
        "resolution": view.resolution,
        "ratio": view.ratio,
        "seed": view.seed,
    }
    for name, value in said.items():
        wanted = fact.request.get(name)
        if value is not None and wanted not in {None, "adaptive", -1, value}:
            yield f"its {name} is {value}, the shot asks for {wanted}"
    lost = lost_of(fact) if ours else None
    if lost is None:
        return
    if view.execution_expires_after not in {None, lost.expiry}:
        yield f"its execution_expires_after is {view.execution_expires_after}, this attempt sent {lost.expiry}"
    if view.submit_time is not None and not _in_time(view, lost):
        yield "it was submitted at another time than this attempt"


def views_of(views: Iterable[TaskView]) -> tuple[TaskView, ...]:
    """Each task once, whatever was seen of it how often."""
    return tuple({view.task_id: view for view in sorted(views, key=repr)}.values())


def _authors_expiry(fact: AttemptFact) -> int | None:
    delivery = fact.request.get("delivery")
    value = delivery.get("execution_expires_after") if isinstance(delivery, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _in_time(view: TaskView, lost: Lost) -> bool:
    return view.submit_time is not None and EARLIEST <= view.submit_time - lost.submitted_at <= LATEST


def _family(model: str) -> str:
    return _VENDOR.sub("", _DATE.sub("", model.strip().lower()))
