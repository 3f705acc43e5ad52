"""Why a take must change: causes on resolved values, each where it was written. Pure: it decides nothing."""

from __future__ import annotations

import re
from typing import assert_never

from seedance_spec.content_hash import FieldChange, delivery_changes, display_request, request_changes
from seedance_spec.lockfile.facts import AttemptFact, LabelFact, Status
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import FileSource, Role, Shot, effective_roles
from seedance_spec.plan.change import Cause
from seedance_spec.plan.world import World
from seedance_spec.specfiles.diagnostic import Span

_INPUT = re.compile(r"inputs\[(\d+)\]")


def request_causes(before: AttemptFact | None, shot: Shot) -> tuple[Cause, ...]:
    """What the shot asks for now and did not ask for in that attempt; at least one cause."""
    if before is None or not before.request:
        return (
            Cause(
                field="shot", span=_span(shot, "id"), text="asks for another picture; the one before is not on record"
            ),
        )
    changes = request_changes(before.request, display_request(shot.request))
    if not changes:
        return (Cause(field="shot", span=_span(shot, "id"), text="the same words, but another content hash"),)
    return tuple(_field_cause(change, shot) for change in changes)


def delivery_notes(attempt: AttemptFact, shot: Shot) -> tuple[Cause, ...]:
    """Delivery fields that were others when this take was bought: they apply to future renders."""
    changes = delivery_changes(attempt.request, display_request(shot.request))
    return tuple(_field_cause(change, shot) for change in changes)


def new_causes(world: World, shot: Shot, take: int) -> tuple[Cause, ...]:
    """Why a take that nobody has is wanted, where the shot's label does not mean another picture."""
    if take > 1 and world.facts.takes(world.hash_of(shot)):
        return (Cause(field="takes", after=shot.takes, span=_span(shot, "takes"), text=f"take {take} is wanted"),)
    match world.label_of(shot.id):
        case LabelFact(content_hash=None):
            text = "back in the specs, and asks for another picture"
        case AttemptFact():
            text = "the POST for it never landed, nothing was charged"
        case _:
            text = "never rendered"
    return (Cause(field="shot", after=shot.id, span=_span(shot, "id"), text=text),)


def retake_cause(shot: Shot, take: int) -> Cause:
    return Cause(field="take", after=take, span=_span(shot, "id"), text="one more take, as asked by --retake")


def rebuy_causes(attempt: AttemptFact, shot: Shot) -> tuple[Cause, ...]:
    """Why a take is bought again although it was paid for, or although it failed: the user said so."""
    if attempt.status is Status.FAILED:
        return (Cause(field="attempt", span=_span(shot, "id"), text=f"is tried again; it {failure_text(attempt)}"),)
    return (Cause(field="clip", span=_span(shot, "id"), text="its bytes are lost, and --retake buys it again"),)


def label_causes(world: World, shot: Shot, *, renamed_from: str | None) -> tuple[Cause, ...]:
    """Why the shot's label moves without a payment: renamed, reverted, copied or back. Empty where it stays."""
    if world.label_is_at(shot):
        return ()
    if renamed_from is not None:
        return (Cause(field="shot", before=renamed_from, after=shot.id, span=_span(shot, "id"), text="renamed"),)
    match world.label_of(shot.id):
        case AttemptFact() as before:
            return request_causes(before, shot)
        case LabelFact(content_hash=str() as before_hash):
            return request_causes(_any_attempt(world, before_hash), shot)
        case LabelFact():
            text = "back in the specs; its takes were kept"
        case _:
            text = "asks for a picture that is rendered already"
    return (Cause(field="shot", after=shot.id, span=_span(shot, "id"), text=text),)


def attempt_cause(attempt: AttemptFact, shot: Shot | None) -> Cause:
    """What became of a POST: under way, failed, or not known."""
    span = None if shot is None else _span(shot, "id")
    return Cause(field="attempt", span=span, text=_attempt_text(attempt))


def failure_text(attempt: AttemptFact) -> str:
    """`failed: moderation (OutputVideoSensitiveContentDetected): what the gateway said`."""
    report = verdict(attempt)
    code = f" ({report.error_code})" if report.error_code else ""
    parts = [f"{report.error_class or 'other'}{code}", *([report.error_message] if report.error_message else [])]
    return f"failed: {': '.join(parts)}"


def clip_cause(text: str, shot: Shot) -> Cause:
    return Cause(field="clip", span=_span(shot, "id"), text=text)


def pick_cause(shot: Shot, *, before: int | str, after: int | str) -> Cause:
    return Cause(field="pick", before=before, after=after, span=_span(shot, "pick"), text="another take is shown")


def _attempt_text(attempt: AttemptFact) -> str:
    match attempt.status:
        case Status.SUBMITTED:
            return "submitted, and not finished yet"
        case Status.LANDED:
            return "it landed, but its task id is not known; never sent again"
        case Status.UNKNOWN:
            return "sent, no answer seen: perhaps paid for, never sent again"
        case Status.FAILED:
            return failure_text(attempt)
        case Status.SUCCEEDED:
            return "rendered, but its bytes are not here; its link still lives"
        case Status.GONE | Status.NOT_LANDED:
            return attempt.status.value.replace("_", " ")
        case _:
            assert_never(attempt.status)


def _any_attempt(world: World, content_hash: str) -> AttemptFact | None:
    takes = world.facts.takes(content_hash)
    return next((world.facts.standing(content_hash, take) for take in takes), None)


def _field_cause(change: FieldChange, shot: Shot) -> Cause:
    found = _INPUT.fullmatch(change.field)
    if found is None:
        return Cause(field=change.field, before=change.before, after=change.after, span=_span(shot, change.field))
    return _input_cause(change, shot, int(found[1]))


def _input_cause(change: FieldChange, shot: Shot, index: int) -> Cause:
    """`inputs[i]` counts canonical inputs; the author may have written them in another order."""
    written = _written_order(shot)
    if index >= len(written):
        return Cause(field=change.field, before=change.before, span=_span(shot, "inputs"), text="taken away")
    place = written[index]
    source = shot.request.inputs[place].source
    return Cause(
        field=f"inputs[{place}]",
        before=change.before,
        after=change.after,
        span=_span(shot, f"inputs[{place}]"),
        text=source.path if isinstance(source, FileSource) else "",
    )


def _written_order(shot: Shot) -> list[int]:
    """The author's index of each canonical input: first frame, last frame, then the others as written."""
    places = {Role.FIRST_FRAME: 0, Role.LAST_FRAME: 1}
    roles = effective_roles(shot.request.inputs)
    return sorted(range(len(roles)), key=lambda index: places.get(roles[index], 2))


def _span(shot: Shot, field: str) -> Span | None:
    """Where it is written; a value that nobody wrote is answered for by the shot's key."""
    return shot.origins.get(field) or shot.origins.get("id")
