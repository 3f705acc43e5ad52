"""The house as data: every module of the package with its imports, and what it does. No rule may enter."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "seedance_spec"

IMPURE: Mapping[str, str] = {
    "clock": "it is the clock",
    "workplace": "it names places on the disk",
    "specfiles.find": "it reads specs/",
    "model.local_files": "it reads local inputs",
    "lockfile.file": "it is the file",
    "gateway.client": "it speaks HTTP",
    "gateway.network": "it knows the machine's network",
    "gateway.log_lines": "it listens to the library's log",
    "journal": "it is SQLite",
    "clips": "it keeps bytes",
    "webhook.receiver": "it listens",
    "webhook.standing": "it listens",
    "webhook.input_route": "it hands out bytes",
    "webhook.serving": "it holds connections",
    "webhook.connections": "it holds connections",
    "webhook.door": "it holds connections",
    "webhook.shared_receiver": "it speaks HTTP",
    "webhook.group_commit": "it waits for the disk",
    "webhook.desk": "it waits for the disk",
    "webhook.bell": "it waits",
    "webhook.notifier": "it waits for the right moment",
    "webhook.notify_sender": "it speaks HTTP",
    "webhook.standing_place": "it is a folder",
    "webhook.key_file": "it is a file",
    "attempts": "it performs effects",
    "plan_cache.sight": "it looks at files",
    "plan_cache.recall": "it reads an answer",
    "plan_cache.remember": "it keeps an answer",
    "pipeline": "it reads and remembers",
    "hearing": "it opens receivers",
    "rendering": "it performs one apply",
    "restoring": "it shows clips",
    "tidying": "it reads and remembers",
    "upkeep": "it keeps house among bytes",
    "doctor.looking": "it looks at the world",
    "watch.follower": "it follows files",
    "watch.commits": "it asks git",
    "watch.looker": "it reads and remembers",
    "watch.session": "it performs what the desk says",
    "cli": "it speaks with people and machines",
    "sandbox": "it is a server",
    "__main__": "it is the door",
}
"""The only modules and rooms that may touch files, clock, network, randomness or environment; all others are pure.

Inside them, a module whose first line says "Pure" is held to that word all the same.
"""

_EFFECTS = frozenset(
    [
        "os",
        "sys",
        "io",
        "time",
        "random",
        "secrets",
        "uuid",
        "socket",
        "ssl",
        "select",
        "signal",
        "asyncio",
        "threading",
        "multiprocessing",
        "subprocess",
        "shutil",
        "tempfile",
        "glob",
        "fcntl",
        "mmap",
        "sqlite3",
        "http",
        "logging",
        "getpass",
        "platform",
        "contextvars",
        "anyio",
        "httpx",
        "aiohttp",
        "av",
        "PIL",
        "rich",
        "watchfiles",
    ]
)
_OPENING = frozenset({"open", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"})
_HANDED_IN = frozenset({"random.Random"})
"""Types of what pure code is handed: naming them has no effect."""
_PURE_PATHS = frozenset({"PurePath", "PurePosixPath"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported module or name: `target` as written in full, at `line`; `typing` where it is for types alone."""

    target: str
    line: int
    typing: bool


@dataclass(frozen=True, kw_only=True)
class Module:
    """One file. `name` is relative to the package: `plan.change`; a room's own is `plan`, the package's ''."""

    name: str
    tree: ast.Module
    text: str

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(_imports(self.tree, typing=False))

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def pure(self) -> bool:
        """Whether the module has promised to be pure: by its room, or in its own words."""
        return "Pure" in self.purpose or not any(within(self.name, room) for room in IMPURE)

    @property
    def purpose(self) -> str:
        """The module's first line."""
        return (ast.get_docstring(self.tree) or "").partition("\n")[0]

    @cached_property
    def effects(self) -> tuple[tuple[str, int, str], ...]:
        """What it does that a pure module must not: the verb, the line and what is imported or used."""
        return tuple(self._effects())

    def _effects(self) -> Iterator[tuple[str, int, str]]:
        for each in self.imports:
            top, _, rest = each.target.partition(".")
            touches_disk = top == "pathlib" and rest not in _PURE_PATHS
            effect = top in _EFFECTS or each.target.startswith("urllib.request") or touches_disk
            if effect and not each.typing and each.target not in _HANDED_IN:
                yield "imports", each.line, each.target
        yield from (("uses", line, spoken) for spoken, line in self.spoken if spoken in _OPENING)

    @cached_property
    def spoken(self) -> tuple[tuple[str, int], ...]:
        """Every call of a plain name and every attribute of one, with its line."""
        found = ((_spoken(node), getattr(node, "lineno", 0)) for node in ast.walk(self.tree))
        return tuple((spoken, line) for spoken, line in found if spoken)


@dataclass(frozen=True, kw_only=True)
class House:
    modules: Mapping[str, Module]

    def own(self, target: str) -> str | None:
        """The module of the house that an import names, or None where it names another library's."""
        if target != PACKAGE and not target.startswith(f"{PACKAGE}."):
            return None
        name = target[len(PACKAGE) + 1 :]
        while name and name not in self.modules:
            name = name.rpartition(".")[0]
        return name

    @cached_property
    def transitively_pure(self) -> frozenset[str]:
        """The modules without effects that import, at run time, nothing of the house that has any."""
        pure = {name for name, module in self.modules.items() if not module.effects}
        while spoilt := {name for name in pure if not self._needs(name) <= pure}:
            pure -= spoilt
        return frozenset(pure)

    def with_line(self, name: str, line: str) -> House:
        """The house as it would be with one more line at the end of a module."""
        text = f"{self.modules[name].text}{line}\n"
        return House(modules={**self.modules, name: Module(name=name, tree=ast.parse(text), text=text)})

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """What each module imports, directly or through others."""
        direct = {name: self._imported(name) for name in self.modules}
        reached = dict(direct)
        while True:
            wider = {name: held.union(*(reached[each] for each in held)) for name, held in reached.items()}
            if wider == reached:
                return reached
            reached = wider

    def _imported(self, name: str) -> frozenset[str]:
        owned = (self.own(each.target) for each in self.modules[name].imports)
        return frozenset(each for each in owned if each is not None and each != name)

    def _needs(self, name: str) -> set[str]:
        owned = (self.own(each.target) for each in self.modules[name].imports if not each.typing)
        return {each for each in owned if each is not None}


def read_house(folder: Path) -> House:
    modules = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        modules[name] = Module(name=name, tree=ast.parse(text), text=text)
    return House(modules=modules)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def _imports(node: ast.AST, *, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import(names=names):
                yield from (Import(target=name.name, line=child.lineno, typing=typing) for name in names)
            case ast.ImportFrom(module=str(source), names=names):
                yield from (Import(target=f"{source}.{name.name}", line=child.lineno, typing=typing) for name in names)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield from _imports(child, typing=True)
            case _:
                yield from _imports(child, typing=typing)


def _spoken(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
            return f"{owner}.{attribute}"
        case _:
            return ""
