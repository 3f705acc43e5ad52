"""How a run ended, in words and as the last JSON line: the sum, what it cost, and every way on. It prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from seedance_spec.attempts.blocking import root_of
from seedance_spec.attempts.endings import DAMAGED, INTERRUPTED, End, Ending
from seedance_spec.json_types import JsonObject
from seedance_spec.lockfile.facts import Status
from seedance_spec.plan.change import Action
from seedance_spec.plan.event_document import EndDocument, finished_document
from seedance_spec.plan.events import take_name
from seedance_spec.plan.figures import plural, usd
from seedance_spec.plan.hold import hold_words
from seedance_spec.plan.price import Pricing
from seedance_spec.plan.settled import settled_usd
from seedance_spec.plan.style import Ink, Style
from seedance_spec.plan.ways_on import mending_words, resolve_words
from seedance_spec.realm import Realm

MOST_ALIKE = 3
"""Lines of one kind that are shown; more of them are counted."""

_BOUGHT = frozenset({Action.NEW, Action.RERENDER, Action.IN_FLIGHT})
_STANDING = frozenset({Action.UNCHANGED, Action.RENAMED, Action.RESTORE})
_WORDS = {
    End.FAILED: "failed",
    End.UNKNOWN: "unknown",
    End.FAULT: "not done",
    End.MISSING: "missing",
    End.NOT_SUBMITTED: "not submitted",
    End.BLOCKED: "blocked",
    End.STALE: "left stale",
    End.RUNNING: "still running: the same command goes on",
    End.LATE: "no longer waited for",
}


def ways_on(endings: Sequence[Ending], realm: Realm) -> list[str]:
    """A line or two for every ending that is not a clip, with what to type; many missing ones are said once."""
    missing = [ending for ending in endings if ending.end is End.MISSING]
    lines = [*_not_submitted(endings), *(line for ending in endings for line in _way_on(ending, realm))]
    lines += _blocked(endings)
    if len(missing) <= MOST_ALIKE:
        return lines + _short(endings) + [_missing(ending) for ending in missing] + _forgotten(missing, realm)
    reason = missing[0].message or "their links are dead"
    counted = f"! {len(missing)} takes are missing: {reason}; --retake SHOT buys one again, `status` lists them"
    return [*lines, *_short(endings), counted, *_forgotten(missing, realm)]


def sum_line(endings: Sequence[Ending], realm: Realm, style: Style) -> str:
    """`1 of 4 takes rendered · 2 stand already · 1 failed · about $0.62 billed`: what this run brought and cost."""
    counted = Counter(ending.end for ending in endings if ending.change.action is not Action.DROPPED)
    good, total = counted[End.RENDERED], sum(counted.values())
    standing = sum(ending.end is End.RENDERED and ending.change.action in _STANDING for ending in endings)
    fetched = sum(ending.end is End.RENDERED and ending.change.action is Action.MISSING for ending in endings)
    words = [f"{good - standing - fetched} of {plural(total, 'take')} rendered"]
    words += [f"{standing} {'stands' if standing == 1 else 'stand'} already"] if standing else []
    words += [f"{fetched} fetched"] if fetched else []
    words += [f"{counted[end]} {word}" for end, word in _WORDS.items() if counted[end]]
    spent = spent_usd(endings)
    if spent:
        words.append(f"about {usd(spent)} {'billed' if realm is Realm.PAID else 'if it were paid'}")
    return style.paint(Ink.NEW if good == total else Ink.CHANGED, " · ".join(words))


def finished(endings: Sequence[Ending], codes: Sequence[int], exit_code: int, *, at: float) -> JsonObject:
    """The line that closes a stream of events."""
    takes = [_end(ending) for ending in endings if ending.change.action is not Action.DROPPED]
    return finished_document(at=at, exit_code=exit_code, codes=codes, usd=spent_usd(endings), takes=takes)


def spent_usd(endings: Sequence[Ending]) -> float:
    """What the takes that this run brought were billed, each attempt once: what was only put back cost nothing."""
    billed: dict[str, float] = {}
    for ending in endings:
        change, fact = ending.change, ending.fact
        if ending.end is End.RENDERED and change.action in _BOUGHT and change.shot and fact is not None:
            billed[fact.attempt_id] = settled_usd(fact, Pricing()) or 0.0
    return sum(billed.values())


def _end(ending: Ending) -> EndDocument:
    return {
        "shot": ending.change.shot_id,
        "take": ending.change.take,
        "end": ending.end.value,
        "task_id": ending.fact.task_id if ending.fact else None,
        "code": ending.code or None,
        "message": ending.message or None,
    }


def _way_on(ending: Ending, realm: Realm) -> Iterator[str]:
    name = take_name(ending.change.shot_id, ending.change.take)
    match ending.end:
        case End.FAULT if ending.code == DAMAGED:
            yield f"x {name}: {ending.message}: {mending_words(realm)}"
        case End.FAULT:
            task = f" (task {ending.fact.task_id})" if ending.fact and ending.fact.task_id else ""
            yield f"x {name}{task}: {ending.message}; nothing paid is lost: the same command goes on"
        case End.FAILED if ending.change.action is Action.FAILED:
            yield f"x {name}: failed before and unchanged; --retry-failed submits it once more"
        case End.UNKNOWN:
            yield from _unknown(ending, name, realm)
        case _:
            pass


def _blocked(endings: Sequence[Ending]) -> list[str]:
    """What waited for a clip that did not come: each, or how many where many stand behind one parent."""
    behind: dict[str, list[Ending]] = {}
    for ending in endings:
        if ending.end is End.BLOCKED:
            behind.setdefault(root_of(ending), []).append(ending)
    return [line for root, some in behind.items() for line in _behind(root, some)]


def _behind(root: str, some: Sequence[Ending]) -> list[str]:
    if len(some) > MOST_ALIKE:
        return [f"! {len(some)} takes are blocked behind {root}: nothing was sent for them"]
    names = ((take_name(each.change.shot_id, each.change.take), each.message) for each in some)
    return [f"! {name}: blocked: {message}" for name, message in names]


def _not_submitted(endings: Sequence[Ending]) -> Iterator[str]:
    """Why, said once for all takes that it kept from being submitted."""
    alike: dict[str, list[str]] = {}
    for ending in endings:
        if ending.end is End.NOT_SUBMITTED and ending.code != INTERRUPTED:
            name = take_name(ending.change.shot_id, ending.change.take)
            alike.setdefault(f"{ending.code}: {ending.message}", []).append(name)
    for why, names in alike.items():
        yield f"x {names[0] if len(names) == 1 else plural(len(names), 'take')}: not submitted: {why}"


def _missing(ending: Ending) -> str:
    name = take_name(ending.change.shot_id, ending.change.take)
    return (
        f"! {name}: missing: {ending.message or 'its links are dead'}; --retake {ending.change.shot_id} buys it again"
    )


def _short(endings: Sequence[Ending]) -> list[str]:
    """Why a balance that covers the bill can be too short to begin with: what the gateway holds back at submit."""
    refused = [ending.change for ending in endings if ending.end is End.NOT_SUBMITTED and ending.code == "no-money"]
    words = hold_words(refused)
    return [f"  {words}"] if words else []


def _forgotten(missing: Sequence[Ending], realm: Realm) -> list[str]:
    """A sandbox that was deleted knows none of its tasks; its lockfile is not worth keeping then."""
    if realm is Realm.PAID or not any("no longer knows" in ending.message for ending in missing):
        return []
    return ["  was the sandbox deleted? `rm specs/seedance.sandbox.lock` starts it anew; nothing was paid there"]


def _unknown(ending: Ending, name: str, realm: Realm) -> Iterator[str]:
    """What may have been paid for, and the one command that settles it."""
    change, fact = ending.change, ending.fact
    estimate = (fact.estimate if fact else None) or change.estimate
    risk = f"about {usd(estimate.usd)} at risk; " if estimate else ""
    if ending.code == "task-absent":
        task = f" {fact.task_id}" if fact and fact.task_id else ""
        yield f"? {name}: held: the gateway does not know its task{task}; {risk}it is not sent again"
        return
    state = "unknown (landed)" if fact and fact.status is Status.LANDED else "unknown"
    yield f"? {name}: {state}: {ending.message or 'no answer is known'}; {risk}it is not sent again"
    yield f"    {resolve_words(change.shot_id, change.take, realm)}"
