"""Why a take must change: causes on resolved values, each where it was written. Pure: it decides nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import assert_never

from seedance_spec.content_hash import FieldChange, delivery_changes, display_delivery, display_request, request_changes
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact, LabelFact, Status
from seedance_spec.lockfile.views import verdict
from seedance_spec.model.shot import FileSource, Role, Shot, ShotSource, effective_roles
from seedance_spec.plan.blame import blamed, span_of
from seedance_spec.plan.change import Author, AuthorKind, Cause
from seedance_spec.plan.gained import gained_causes
from seedance_spec.plan.world import World

_INPUT = re.compile(r"inputs\[(\d+)\]")
_SHOT = Author(kind=AuthorKind.SHOT)


def request_causes(before: AttemptFact | None, shot: Shot, *, key_of: Callable[[str], str] = str) -> tuple[Cause, ...]:
    """What the shot asks for now and did not ask for in that attempt; at least one cause."""
    if before is None or not before.request:
        return (
            Cause(
                field="shot", span=span_of(shot, "id"), text="asks for another picture; the one before is not on record"
            ),
        )
    return causes_since(before.request, shot, key_of=key_of)


def causes_since(before: JsonObject, shot: Shot, *, key_of: Callable[[str], str] = str) -> tuple[Cause, ...]:
    """What the shot asks for now and did not ask for in that displayed request; at least one cause."""
    changes = request_changes(before, display_request(shot.request), key_of=key_of)
    if not changes:
        return (Cause(field="shot", span=span_of(shot, "id"), text="the same words, but another content hash"),)
    return tuple(cause for change in changes for cause in _field_causes(change, shot))


def delivery_notes(attempt: AttemptFact, shot: Shot) -> tuple[Cause, ...]:
    """Delivery fields that were others when this take was bought: they apply to future renders."""
    changes = delivery_changes(attempt.request, display_delivery(shot.request))
    return tuple(cause for change in changes for cause in _field_causes(change, shot))


def new_causes(world: World, shot: Shot, take: int) -> tuple[Cause, ...]:
    """Why a take that nobody has is wanted, where the shot's label does not mean another picture."""
    if take > 1 and world.facts.takes(world.hash_of(shot)):
        return (Cause(field="takes", after=shot.takes, span=span_of(shot, "takes"), text=f"take {take} is wanted"),)
    match world.label_of(shot.id):
        case LabelFact(content_hash=None):
            text = "back in the specs, and asks for another picture"
        case AttemptFact():
            text = "the POST for it never landed, nothing was charged"
        case _:
            text = "never rendered"
            if gained := tuple(gained_causes(world, shot)):
                return gained
    return (Cause(field="shot", after=shot.id, span=span_of(shot, "id"), text=text),)


def retake_cause(shot: Shot, take: int) -> Cause:
    return Cause(field="take", after=take, span=span_of(shot, "id"), text="one more take, as asked by --retake")


def rebuy_causes(attempt: AttemptFact, shot: Shot) -> tuple[Cause, ...]:
    """Why a take is bought again although it was paid for, or although it failed: the user said so."""
    if attempt.status is Status.FAILED:
        return (Cause(field="attempt", span=span_of(shot, "id"), text=f"is tried again; it {failure_text(attempt)}"),)
    return (Cause(field="clip", span=span_of(shot, "id"), text="its bytes are lost, and --retake buys it again"),)


def label_causes(world: World, shot: Shot, *, renamed_from: str | None) -> tuple[Cause, ...]:
    """Why the shot's label moves without a payment: renamed, reverted, copied or back. Empty where it stays."""
    if world.label_is_at(shot):
        return ()
    if renamed_from is not None:
        return (Cause(field="shot", before=renamed_from, after=shot.id, span=span_of(shot, "id"), text="renamed"),)
    match world.label_of(shot.id):
        case AttemptFact() as before:
            return request_causes(before, shot, key_of=world.key_of)
        case LabelFact(content_hash=str() as before_hash):
            return request_causes(_any_attempt(world, before_hash), shot, key_of=world.key_of)
        case LabelFact():
            text = "back in the specs; its takes were kept"
        case _:
            text = "asks for a picture that is rendered already"
    return (Cause(field="shot", after=shot.id, span=span_of(shot, "id"), text=text),)


def attempt_cause(attempt: AttemptFact, shot: Shot | None) -> Cause:
    """What became of a POST: under way, failed, or not known."""
    span = None if shot is None else span_of(shot, "id")
    return Cause(field="attempt", span=span, text=_attempt_text(attempt))


def failure_text(attempt: AttemptFact) -> str:
    """`failed: moderation (OutputVideoSensitiveContentDetected): what the gateway said`."""
    report = verdict(attempt)
    code = f" ({report.error_code})" if report.error_code else ""
    parts = [f"{report.error_class or 'other'}{code}", *([report.error_message] if report.error_message else [])]
    return f"failed: {': '.join(parts)}"


def missing_cause(shot: Shot, spare: str | None) -> Cause:
    """A take's own bytes are not here. `spare` is a clip of it that is: nobody has to buy it again to have one."""
    if spare is None:
        return clip_cause("its bytes are neither in the store nor under renders/", shot)
    return clip_cause(f"its bytes are not here, those of its spare are: `pick: {spare}` shows them, and is free", shot)


def clip_cause(text: str, shot: Shot) -> Cause:
    return Cause(field="clip", span=span_of(shot, "id"), text=text)


def pick_cause(shot: Shot, *, before: int | str, after: int | str) -> Cause:
    return Cause(field="pick", before=before, after=after, span=span_of(shot, "pick"), text="another take is shown")


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


def _field_causes(change: FieldChange, shot: Shot) -> Iterator[Cause]:
    """One cause; or one for each variable, where several changed inside of one text."""
    found = _INPUT.fullmatch(change.field)
    if found is not None:
        yield _input_cause(change, shot, int(found[1]))
        return
    for each in blamed(shot, change.field, change.before, change.after):
        yield Cause(field=change.field, before=change.before, after=change.after, span=each.span, author=each.author)


def _input_cause(change: FieldChange, shot: Shot, index: int) -> Cause:
    """`inputs[i]` counts canonical inputs; the author may have written them in another order."""
    written = written_order(shot)
    if index >= len(written):
        span = span_of(shot, "inputs")
        return Cause(field=change.field, before=change.before, span=span, text="taken away", author=_SHOT)
    place = written[index]
    field, source = f"inputs[{place}]", shot.request.inputs[place].source
    if isinstance(source, ShotSource) and _differ_in(change, "content_hash"):
        return Cause(
            field="parent",
            before=change.before,
            after=change.after,
            span=span_of(shot, field),
            text=f"{source.shot} asks for another picture",
            author=Author(kind=AuthorKind.PARENT, name=source.shot),
        )
    (layer, *_) = blamed(shot, field, None, None)
    is_bytes = isinstance(source, FileSource) and _differ_in(change, "sha256")
    return Cause(
        field=field,
        before=change.before,
        after=change.after,
        span=span_of(shot, field),
        text=source.path if isinstance(source, FileSource) else "",
        author=Author(kind=AuthorKind.INPUT) if is_bytes else layer.author,
    )


def _differ_in(change: FieldChange, key: str) -> bool:
    """Whether both are inputs of one kind and role, and this alone is another in their sources."""
    match change.before, change.after:
        case {"source": {**old}, **one}, {"source": {**new}, **other}:
            rest_is_same = one == other and {**old, key: None} == {**new, key: None}
            return rest_is_same and key in old and old[key] != new[key]
        case _:
            return False


def written_order(shot: Shot) -> list[int]:
    """The author's index of each canonical input: first frame, last frame, then the others as written."""
    places = {Role.FIRST_FRAME: 0, Role.LAST_FRAME: 1}
    roles = effective_roles(shot.request.inputs)
    return sorted(range(len(roles)), key=lambda index: places.get(roles[index], 2))
