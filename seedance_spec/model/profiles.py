"""Named overlays: `profiles:` of project and spec files, their names and how one is laid over a shot. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_spec.model.ids import profile_fault
from seedance_spec.model.layers import layered
from seedance_spec.specfiles.diagnostic import Diagnostic, Span
from seedance_spec.specfiles.nodes import Entry, Mapping, is_empty
from seedance_spec.specfiles.quoting import quoted
from seedance_spec.specfiles.suggest import nearest

KEY, VARS = "profiles", "vars"
UNKNOWN_PROFILE = "unknown-profile"


def profiles_in(root: Mapping | None) -> Iterator[Entry]:
    """Every profile of a file, whatever it holds."""
    written = root.get(KEY) if root else None
    if isinstance(written, Mapping):
        yield from written.entries.values()


def profile_in(root: Mapping | None, name: str | None) -> Mapping | None:
    """What this file writes for a profile, its variables too."""
    found = next((each.value for each in profiles_in(root) if each.key.text == name), None)
    return found if isinstance(found, Mapping) else None


def overlay_of(profile: Mapping) -> Mapping:
    """What the profile says of shots: without its variables, and without its nulls, which only take away."""
    return _without_nulls(_without_vars(profile), profile)


def overlaid(node: Mapping, profile: Mapping) -> Mapping:
    """The shot under the overlay, which wins over all of its keys. Null takes a value away, or finds none to take."""
    overlay = _without_vars(profile)
    return _without_nulls(layered(node, overlay), overlay)


def name_faults(names: dict[str, Span], tops: set[str]) -> Iterator[Diagnostic]:
    """What is wrong with the names of profiles; `tops` are the files and folders right under specs/, without suffix."""
    taken = {each.casefold() for each in tops}
    for name, span in names.items():
        fault = profile_fault(name, span)
        if fault is not None:
            yield fault
        elif name.casefold() in taken:
            message = f"renders/{name}/ holds the clips of specs/{name}: no profile can be called like it"
            yield Diagnostic(code="reserved-name", message=message, span=span, hint="rename the profile")


def unknown_profile(name: str, known: dict[str, Span]) -> Diagnostic:
    guess = nearest(name, known)
    if guess:
        hint = f"did you mean {guess}?"
    elif known:
        hint = f"the specs have {', '.join(sorted(known))}"
    else:
        hint = "no spec file has one: write it under profiles: in specs/project.yaml"
    return Diagnostic(code=UNKNOWN_PROFILE, message=f"there is no profile {quoted(name)}", span=None, hint=hint)


def _without_vars(profile: Mapping) -> Mapping:
    if VARS not in profile.entries:
        return profile
    entries = {name: entry for name, entry in profile.entries.items() if name != VARS}
    return Mapping(file=profile.file, place=profile.place, entries=entries)


def _without_nulls(node: Mapping, overlay: Mapping) -> Mapping:
    entries = dict(node.entries)
    for name, entry in overlay.entries.items():
        left = entries.get(name)
        if left is not None and is_empty(entry.value) and is_empty(left.value):
            del entries[name]
        elif left is not None and isinstance(entry.value, Mapping) and isinstance(left.value, Mapping):
            entries[name] = Entry(left.key, _without_nulls(left.value, entry.value))
    return Mapping(file=node.file, place=node.place, entries=entries)
