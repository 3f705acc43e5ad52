"""What a run adds to the spec files: a profile, and variables from outside. Pure values; nothing is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from seedance_spec.specfiles.found import SpecFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """`profile` is the named overlay, None for none. Variables win over those of the files, the later over the earlier:
    `files` (documents of variables, with their paths as given), `environment`, then `arguments`, both by dotted name.
    """

    profile: str | None = None
    files: tuple[SpecFile, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)


NOTHING_GIVEN = Given()
