"""From a change to the attempt and body that its POST sends. Inline bytes are read here; nothing is sent from here."""

from __future__ import annotations

import asyncio

from seedance_spec.attempts.attempt_id import RANDOM_BYTES, mint
from seedance_spec.attempts.fingerprint import fingerprint
from seedance_spec.attempts.means import Means
from seedance_spec.content_hash import display_request
from seedance_spec.gateway.wire_request import submit_body
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import AttemptFact, Label, Status
from seedance_spec.model.shot import FileSource, Shot
from seedance_spec.plan.change import Change


def new_attempt(change: Change, shot: Shot, means: Means) -> AttemptFact:
    """The fact of an attempt that is about to be claimed: until its bytes are out it says nothing to anybody."""
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
    )


async def body_of(fact: AttemptFact, shot: Shot, means: Means) -> JsonObject:
    """The body of this attempt's POST. Raises FileChanged when a local input is no longer what was planned."""
    inline = {
        each.source.sha256: await asyncio.to_thread(means.files.data_uri, each.source)
        for each in shot.request.inputs
        if isinstance(each.source, FileSource)
    }
    return submit_body(
        shot.request,
        inline=inline,
        callback_url=means.callback_url(fact.attempt_id),
        execution_expires_after=fingerprint(fact.attempt_id),
    )
