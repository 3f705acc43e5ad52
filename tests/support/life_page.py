"""The state table of docs/life-of-an-attempt.md, drawn from `step`: every state meets an example of every event."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_spec.attempts.life import step
from seedance_spec.attempts.posting import OPEN
from seedance_spec.attempts.stages import (
    Ask,
    Effect,
    Fetch,
    Post,
    Reach,
    Record,
    Release,
    Rest,
    Salvage,
    Seek,
    Stage,
    State,
    StopAsking,
    StopSubmits,
    Tell,
)
from tests.support.attempts import EVENTS, a_state


def life_table() -> str:
    """One row for each thing that can happen: where, by which events, what it becomes and what is done. States in which
    the same happens share a row.
    """
    rows: dict[tuple[str, str, str], list[str]] = {}
    for state in _states():
        for (becomes, done), events in _outcomes(state).items():
            rows.setdefault((", ".join(events), becomes, done), []).append(_named(state))
    lines = "".join(
        f"| {_everywhere(where)} | {events} | {becomes} | {done} |\n" for (events, becomes, done), where in rows.items()
    )
    return f"| state | event | becomes | and then |\n| --- | --- | --- | --- |\n{lines}"


def life_diagram() -> str:
    """The ways between stages, without what leads from a stage to itself."""
    edges = sorted(_edges(), key=lambda edge: (_place(edge[0]), _place(edge[1])))
    names = "".join(f'    state "{stage.value}" as {_id(stage)}\n' for stage in Stage)
    lines = "".join(f"    {_id(before)} --> {_id(after)}\n" for before, after in edges)
    ends = "".join(f"    {_id(stage)} --> [*]\n" for stage in Stage if stage not in {each for each, _ in edges})
    start = f"    [*] --> {_id(Stage.CLAIMED)}\n"
    return f"```mermaid\nstateDiagram-v2\n{names}{start}{lines}{ends}```\n"


def _states() -> Iterator[State]:
    for stage in Stage:
        yield a_state(stage)
        if stage in OPEN:
            yield a_state(stage, poked=True)


def _outcomes(state: State) -> dict[tuple[str, str], list[str]]:
    """What can happen, with the events that do it; what leaves everything as it is, is left out."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, event in EVENTS.items():
        after, effects = step(state, event)
        if (after, effects) != (state, ()):
            becomes = "" if after == state else "called back" if after.stage is state.stage else _named(after)
            done = ", ".join(dict.fromkeys(map(_effect, effects)))
            found.setdefault((becomes, done), []).append(name)
    return found


def _everywhere(where: list[str]) -> str:
    return "any" if len(where) == len(list(_states())) else ", ".join(where)


def _edges() -> set[tuple[Stage, Stage]]:
    return {
        (state.stage, after.stage)
        for state in _states()
        for event in EVENTS.values()
        for after, _ in [step(state, event)]
        if after.stage is not state.stage
    }


def _named(state: State) -> str:
    return f"**{state.stage.value}**{' (called back)' if state.poked else ''}"


def _effect(effect: Effect) -> str:
    match effect:
        case Record(status=None):
            return "record it"
        case Record(status=status):
            return f"record `{status.value}`" if status else "record it"
        case Reach():
            return f"mark `{effect.mark.value}`"
        case Release():
            return "release, claim anew" if effect.again else "release"
        case StopSubmits():
            return "stop submits"
        case Tell():
            return f"say *{effect.hint.value}*"
        case Post() | Ask() | StopAsking() | Fetch() | Seek() | Salvage() | Rest():
            return _WORDS[type(effect)]


_WORDS: dict[type[Effect], str] = {
    Post: "POST",
    Ask: "ask",
    StopAsking: "stop asking",
    Fetch: "fetch",
    Seek: "look for evidence",
    Salvage: "salvage",
    Rest: "rest",
}


def _place(stage: Stage) -> int:
    return tuple(Stage).index(stage)


def _id(stage: Stage) -> str:
    return stage.value.replace("-", "_")
