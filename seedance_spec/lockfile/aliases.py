"""What an upgrade adds to the facts: a picture's newest hash stands for its older ones (D2). Pure: it writes none."""

from __future__ import annotations

from collections.abc import Mapping

from seedance_spec.content_hash.versions import Hashing
from seedance_spec.lockfile.facts import AliasFact
from seedance_spec.lockfile.fold import Facts
from seedance_spec.model.shot import Shot


def new_aliases(facts: Facts, shots: Mapping[str, Shot], hashing: Hashing) -> tuple[AliasFact, ...]:
    """The aliases of these shots that are not on record yet; none as long as there is one version."""
    pairs = dict.fromkeys(hashing.pairs(shots))
    return tuple(
        AliasFact(content_hash=newest, stands_for=older) for newest, older in pairs if older not in facts.same(newest)
    )


def with_aliases(facts: Facts, shots: Mapping[str, Shot], hashing: Hashing) -> Facts:
    """The facts as the newest version reads them, written down or not."""
    missing = new_aliases(facts, shots, hashing)
    return facts.merge(Facts.of(*missing)) if missing else facts
