"""All that was seen of one project and machine, and the findings that it comes to. Pure: nothing is looked at here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedance_spec.doctor.finding import Finding, Trouble
from seedance_spec.doctor.gateway import GatewaySight, NoGateway, NoKey, gateway_findings
from seedance_spec.doctor.machine import (
    DiskSight,
    MediaSight,
    ProgramSight,
    disk_finding,
    media_finding,
    program_finding,
)
from seedance_spec.doctor.project import (
    GitSight,
    LockSight,
    SpecsSight,
    git_findings,
    lock_findings,
    no_project_findings,
    renders_finding,
    specs_finding,
)
from seedance_spec.doctor.receiver import (
    CallbackKeySight,
    ReceiverSight,
    RoundTrip,
    ServeSight,
    Untried,
    is_loopback_url,
    is_well,
    key_finding,
    receiver_findings,
    round_trip_finding,
    serve_finding,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSight:
    """`models` are those that the shots name; `renders` is what stands in the way of writing there, else empty."""

    specs: SpecsSight
    models: frozenset[str]
    lock: LockSight | Trouble
    renders: str
    git: GitSight | Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """`project` is a Trouble where there is none. `receiver` and `round_trip` are None where no URL was named."""

    sandbox: bool
    program: ProgramSight
    media: MediaSight
    disk: DiskSight
    project: ProjectSight | Trouble
    gateway: GatewaySight | NoKey | NoGateway | Trouble
    callback_key: CallbackKeySight
    serve: ServeSight | None
    receiver: ReceiverSight | Trouble | None
    round_trip: RoundTrip | Trouble | Untried | None


def findings_of(seen: Sights) -> tuple[Finding, ...]:
    """In the order in which they are read: machine, project, gateway, receiver."""
    return (
        program_finding(seen.program),
        media_finding(seen.media, sandbox=seen.sandbox),
        disk_finding(seen.disk),
        *_project_findings(seen.project, shared=seen.receiver is not None),
        *_gateway_findings(seen),
        key_finding(seen.callback_key),
        serve_finding(seen.serve),
        *receiver_findings(seen.receiver, key_fault=bool(seen.callback_key.fault)),
        round_trip_finding(_round_trip(seen), sandbox=seen.sandbox, at_home=_is_at_home(seen)),
    )


def _project_findings(seen: ProjectSight | Trouble, *, shared: bool) -> Iterator[Finding]:
    if isinstance(seen, Trouble):
        yield from no_project_findings(seen.reason)
        return
    yield specs_finding(seen.specs)
    yield from lock_findings(seen.lock, shared=shared)
    yield renders_finding(seen.renders)
    yield from git_findings(seen.git)


def _round_trip(seen: Sights) -> RoundTrip | Trouble | Untried | None:
    """One fault is told once: where the receiver itself is at fault, its callback says nothing of the public URL."""
    named = isinstance(seen.receiver, ReceiverSight)
    at_fault = not is_well(seen.receiver) if isinstance(seen.receiver, ReceiverSight) else False
    serves = not named and seen.serve is not None and bool(seen.serve.trouble)
    if isinstance(seen.round_trip, RoundTrip) and seen.round_trip.seconds is None and (at_fault or serves):
        return Untried(reason="not known: the receiver itself comes first")
    return seen.round_trip


def _is_at_home(seen: Sights) -> bool:
    """Whether the gateway runs on this machine, where any address of ours can be called."""
    url = seen.gateway.url if isinstance(seen.gateway, GatewaySight) else ""
    return seen.sandbox or is_loopback_url(url)


def _gateway_findings(seen: Sights) -> Iterator[Finding]:
    models = frozenset[str]() if isinstance(seen.project, Trouble) else seen.project.models
    called_back = seen.sandbox or seen.round_trip is not None
    return gateway_findings(seen.gateway, wanted=models, called_back=called_back)
