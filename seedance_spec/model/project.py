"""What specs/project.yaml says of the project itself: name, retries, money. Pure: its defaults are for `layers`."""

from __future__ import annotations

from seedance_spec.model import vocabulary as words
from seedance_spec.model.money_keys import budget_of, prices_of
from seedance_spec.model.shot import Project
from seedance_spec.specfiles.diagnostic import Diagnostic
from seedance_spec.specfiles.nodes import Mapping, Node, Scalar

UNNAMED = Project(name="project")
"""A project without a file, or whose file does not say."""


def project_of(root: Mapping) -> tuple[Project, tuple[Diagnostic, ...]]:
    """The project, and what is wrong with its values; misshapen ones are passed over, they have complaints of their
    own.
    """
    written, complaints = _retries(root.get("retries"))
    budget, over = budget_of(root.get("budget"))
    prices, wrong = prices_of(root.get("prices"))
    project = Project(name=_name(root.get("name")), retries=written, budget=budget, prices=prices)
    return project, (*complaints, *over, *wrong)


def _name(node: Node | None) -> str:
    match node:
        case Scalar(value=str(name)) if name.strip():
            return name
        case _:
            return UNNAMED.name


def _retries(node: Node | None) -> tuple[int, tuple[Diagnostic, ...]]:
    match node:
        case Scalar(value=bool()):
            return UNNAMED.retries, ()
        case Scalar(value=int(number)) if 0 <= number <= words.MAX_RETRIES:
            return number, ()
        case Scalar(value=int(number)):
            message = f"retries {number} is out of range"
            hint = f"use 0 to {words.MAX_RETRIES}; 0 buys nothing again by itself"
            return UNNAMED.retries, (Diagnostic(code="bad-retries", message=message, span=node.span, hint=hint),)
        case _:
            return UNNAMED.retries, ()
