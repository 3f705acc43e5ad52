"""How the apply of a plan is typed: the same realm, profile, variables and selection again. Pure."""

from __future__ import annotations

from seedance_spec.plan.change import Plan
from seedance_spec.realm import Realm


def apply_typed(plan: Plan) -> str:
    """The command whose plan this is, as it is to be typed."""
    words = (
        "seedance-spec apply",
        "--sandbox" if plan.realm is Realm.SANDBOX else "",
        f"--profile {plan.profile}" if plan.profile else "",
        plan.given,
        plan.selection,
    )
    return " ".join(filter(None, words))
