"""A look at a project in a folder, as a watch of the sandbox takes it."""

from __future__ import annotations

from pathlib import Path

from seedance_spec.model.given import Given
from seedance_spec.plan.budget import caps_of
from seedance_spec.plan.parent_delivery import Connected
from seedance_spec.plan.prices import BUILT_IN
from seedance_spec.plan.selection import Selection
from seedance_spec.realm import Realm
from seedance_spec.watch.looker import Aim, Looker
from seedance_spec.workplace import Workplace


def a_looker(root: Path, *, drafts: bool = True) -> Looker:
    aim = Aim(
        given=Given(),
        drafts=drafts,
        scope=Selection(),
        trusted=BUILT_IN,
        connected=Connected(),
        caps=lambda project, is_agreed: caps_of(project.budget, force=is_agreed),
    )
    return Looker(Workplace(root=root, realm=Realm.SANDBOX), aim)
