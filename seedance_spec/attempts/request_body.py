"""From a change to the attempt and body that its POST sends. Inputs are resolved here; nothing is submitted here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from seedance_spec.attempts.attempt_id import RANDOM_BYTES, mint
from seedance_spec.attempts.fingerprint import fingerprint
from seedance_spec.attempts.means import Means
from seedance_spec.attempts.parent_inputs import Look, with_parents
from seedance_spec.attempts.parents import clips_of_parents
from seedance_spec.content_hash import display_request
from seedance_spec.gateway.wire_request import submit_body
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact, Label, Status
from seedance_spec.model.shot import DataSource, FileSource, Request, Shot
from seedance_spec.model.vocabulary import MAX_BODY_BYTES
from seedance_spec.plan.change import Change


class TooLarge(Exception):  # noqa: N818 - it names what is wrong, as the callers' `except` reads it
    """The inline inputs together are more than the upstream takes."""


def new_attempt(change: Change, shot: Shot, means: Means) -> AttemptFact:
    """The fact of an attempt that is about to be claimed: until its bytes are out it says nothing to anybody.

    Which clips of other shots it is made from is settled here, so that it is durable with the claim.
    """
    now = means.clock.now()
    attempt_id = mint(
        realm=means.workplace.realm,
        project_id=means.project_id,
        run=means.run,
        content_hash=change.content_hash,
        take=change.take,
        now=now,
        random=means.random(RANDOM_BYTES),
    )
    return AttemptFact(
        attempt_id=attempt_id,
        realm=means.workplace.realm,
        run=means.run,
        label=Label(shot=shot.id, profile=shot.profile, tags=shot.tags),
        content_hash=change.content_hash,
        take=change.take,
        status=Status.UNKNOWN,
        request=display_request(shot.request),
        estimate=change.estimate,
        submitted_at=int(now),
        made_from=clips_of_parents(shot, means),
    )


async def body_of(fact: AttemptFact, shot: Shot, means: Means, look: Look) -> JsonObject:
    """The body of this attempt's POST; `look` asks for a parent's task.

    Raises FileChanged when a local input is no longer what was planned, NotDeliverable when another shot's clip or
    frame cannot be brought to the gateway, and TooLarge.
    """
    inline = {
        each.source.sha256: await asyncio.to_thread(means.files.data_uri, each.source)
        for each in shot.request.inputs
        if isinstance(each.source, FileSource)
    }
    # Links last: they are asked for as late as can be.
    request = await with_parents(fact, shot, means, look)
    _check_size(request, inline.values())
    return submit_body(
        request,
        inline=inline,
        callback_url=means.callback_url(fact.attempt_id),
        execution_expires_after=fingerprint(fact.attempt_id),
    )


def _check_size(request: Request, inline: Iterable[str]) -> None:
    inputs = (each.source for each in request.inputs)
    size = sum(map(len, inline)) + sum(len(each.uri) for each in inputs if isinstance(each, DataSource))
    if size > MAX_BODY_BYTES:
        most = MAX_BODY_BYTES >> 20
        raise TooLarge(
            f"its inline inputs come to {size >> 20} MB, the upstream takes {most}: use a URL for some of them"
        )
