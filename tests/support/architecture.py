"""The rules that the house keeps: layers, purity, who may import what. What a module does is read elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tests.support.house import PACKAGE, House, Import, Module, within

LAYERS: Sequence[tuple[str, ...]] = (
    ("json_types", "realm", "secret", "redaction", "clock", ""),
    ("canonical",),
    ("workplace", "connection"),
    ("specfiles",),
    ("model",),
    ("content_hash",),
    ("lockfile",),
    ("attempts.ports", "attempts.attempt_id"),
    ("gateway", "clips", "webhook"),
    ("journal",),
    ("plan_cache",),
    ("plan",),
    ("attempts",),
    ("ci",),
    ("pipeline",),
    ("hearing",),
    ("rendering", "restoring", "tidying", "upkeep"),
    ("doctor", "watch"),
    ("cli",),
    ("__main__",),
)
"""From the ground up: a room imports rooms below its own. The sandbox stands apart, and only
`cli.sandbox` opens its door; "" is the package itself."""

_PURITY = "the module is pure: no files, clock, network, environment"
_SPEAKING = frozenset({"print", "input", "exit", "quit", "sys.exit", "sys.argv", "os._exit"})
_ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.putenv"})

RESERVED: Mapping[str, tuple[str, ...]] = {
    "httpx": ("gateway.client", "webhook.shared_receiver"),
    "aiohttp": (
        "webhook.receiver",
        "webhook.standing",
        "webhook.serving",
        "webhook.input_route",
        "webhook.notify_sender",
        "sandbox",
    ),
    "av": ("clips.probe", "clips.frames", "sandbox"),
    "PIL": ("clips.probe", "clips.frames", "sandbox"),
    "yaml": ("specfiles",),
    "watchfiles": ("watch",),
    "rich": ("cli",),
    "argparse": ("cli",),
    "sqlite3": ("journal", "sandbox"),
}
"""Which modules may import a library; nobody else does."""

MAX_LINES = 350


def layer(name: str) -> int | None:
    """How high a module stands: that of the longest room that holds it; None for the sandbox and for a stranger."""
    held = [(len(room), height) for height, rooms in enumerate(LAYERS) for room in rooms if within(name, room)]
    return max(held)[1] if held else None


def back_imports(house: House) -> Iterator[str]:
    for module, each, target in _own_imports(house):
        if within(target, "sandbox") and module.name == "cli.sandbox":
            continue
        if within(module.name, "sandbox"):
            if not within(target, "sandbox"):
                yield _said(module, each.line, each.target, "the sandbox shares no code with the client")
            continue
        here, there = layer(module.name), layer(target)
        if here is None or there is None:
            yield _said(module, each.line, each.target, "imports point one way, and one of the two is in no layer")
        elif there > here or (there == here and room_of(module.name) != room_of(target)):
            yield _said(module, each.line, each.target, f"imports point one way, down from {_named(here)}")


def cycles(house: House) -> Iterator[str]:
    """Every import that closes a circle; function-local imports and those for types count too."""
    for module, each, target in _own_imports(house):
        if module.name in house.reach[target]:
            yield _said(module, each.line, each.target, "there are no import cycles")


def impurities(house: House) -> Iterator[str]:
    for module in house.modules.values():
        if module.pure:
            for verb, line, what in module.effects:
                yield _said(module, line, what, _PURITY, verb=verb)


def reserved_imports(house: House) -> Iterator[str]:
    for module in house.modules.values():
        for each in module.imports:
            rooms = RESERVED.get(each.target.partition(".")[0])
            if rooms is not None and not any(within(module.name, room) for room in rooms):
                yield _said(module, each.line, each.target, f"only {' and '.join(rooms)} may")


def effects_outside_their_room(house: House) -> Iterator[str]:
    """Calls and names that belong to one room: printing and exiting to cli, the environment to its two modules."""
    for module in house.modules.values():
        for spoken, line in module.spoken:
            rule = _broken_by(spoken, module)
            if rule:
                yield _said(module, line, spoken, rule, verb="uses")


def _broken_by(spoken: str, module: Module) -> str | None:
    if spoken in _SPEAKING and not within(module.name, "cli") and module.name != "__main__":
        return "only cli prints, reads argv or exits"
    if spoken in _ENVIRONMENT and module.name not in {"cli.settings", "cli.environment"}:
        return "only cli.settings and cli.environment read the environment"
    return None


def missing_lines_of_purpose(house: House) -> Iterator[str]:
    for module in house.modules.values():
        rest = (ast.get_docstring(module.tree) or "").removeprefix(module.purpose)
        if not module.purpose.endswith(".") or (rest and not rest.startswith("\n\n")):
            yield f"{PACKAGE}.{module.name}:1 must open with one line: what the room is for and what may not enter it"


def oversized(house: House) -> Iterator[str]:
    for module in house.modules.values():
        if module.lines > MAX_LINES:
            yield f"{PACKAGE}.{module.name} has {module.lines} lines: a file holds at most {MAX_LINES}"


def pure_share(house: House) -> float:
    lines = {name: module.lines for name, module in house.modules.items()}
    return sum(lines[name] for name in house.transitively_pure) / sum(lines.values())


def room_of(name: str) -> str:
    return name.partition(".")[0]


def _named(height: int) -> str:
    return " / ".join(LAYERS[height])


def _said(module: Module, line: int, target: str, rule: str, *, verb: str = "imports") -> str:
    return f"{PACKAGE}.{module.name}:{line} {verb} {target}: {rule}"


def _own_imports(house: House) -> Iterator[tuple[Module, Import, str]]:
    for module in house.modules.values():
        for each in module.imports:
            target = house.own(each.target)
            # A room's own module imports the room's package implicitly; its `__init__` holds only a line of purpose.
            if target is not None and target != module.name:
                yield module, each, target


def every_violation(house: House) -> list[str]:
    rules: Iterable[Iterator[str]] = (
        rule(house)
        for rule in (
            back_imports,
            cycles,
            impurities,
            reserved_imports,
            effects_outside_their_room,
            missing_lines_of_purpose,
            oversized,
        )
    )
    return [violation for rule in rules for violation in rule]
