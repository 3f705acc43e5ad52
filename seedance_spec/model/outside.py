"""Variables from outside the specs: their files, and words of the command line that change nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_spec.model.given import Given
from seedance_spec.model.secrets import holds_key, keys_in
from seedance_spec.model.variables import Names
from seedance_spec.specfiles import nodes
from seedance_spec.specfiles.diagnostic import Diagnostic
from seedance_spec.specfiles.located import read_yaml
from seedance_spec.specfiles.nodes import described, head, is_empty
from seedance_spec.specfiles.positions import whole_file
from seedance_spec.specfiles.quoting import quoted
from seedance_spec.specfiles.suggest import nearest


def check_given(given: Given) -> tuple[tuple[nodes.Mapping, ...], tuple[Diagnostic, ...]]:
    """The roots of the variable files, and what is wrong with them and with the other values."""
    roots: list[nodes.Mapping] = []
    complaints: list[Diagnostic] = []
    for file in given.files:
        root, told = read_yaml(file.path, file.text)
        complaints += (*told, *keys_in(file.path, file.text))
        if isinstance(root, nodes.Mapping):
            roots.append(root)
        elif root is not None and not is_empty(root):
            complaints.append(_not_variables(root))
    for where, names in (("SEEDANCE_VAR_", given.environment), ("--var ", given.arguments)):
        complaints += (_key_in(f"{where}{name}") for name, text in names.items() if holds_key(text))
    return tuple(roots), tuple(complaints)


def unused_arguments(given: Given, used: set[str], names: Names) -> Iterator[Diagnostic]:
    """Every --var that no text asked for: it was meant to change something."""
    for name in given.arguments:
        if name not in used:
            guess = nearest(name, {*used, *names} - {*given.arguments})
            hint = f"did you mean {guess}?" if guess else "write it into a text as ${" + name + "}, or leave it away"
            message = f"--var {name}: no text of the specs uses {quoted(name)}"
            yield Diagnostic(code="unused-variable", message=message, span=None, hint=hint)


def _not_variables(root: nodes.Node) -> Diagnostic:
    span = head(root) if isinstance(root, nodes.Scalar) else whole_file(root.file)
    message = f"a file of variables holds keys, not {described(root)}"
    return Diagnostic(code="not-variables", message=message, span=span, hint="write one per line: `hero: a cat`")


def _key_in(where: str) -> Diagnostic:
    message = f"{where} holds what looks like an API key, and what it sets is sent and recorded"
    return Diagnostic(code="key-in-spec", message=message, span=None, hint="the key is read from EASYROUTER_API_KEY")
