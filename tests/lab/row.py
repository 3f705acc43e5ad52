"""What a row of the crash laboratory is: named cases that can be run one by one, and what each may leave behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one case left. All counts are 0 where the promise holds.

    `double_charges`: takes that were paid for more than once. `lost_results`: paid clips that neither lie here nor can
    still be had by what is on record. `repairs`: files that a person would have to mend. `posts_over_one`: attempts
    with more than one POST. `unknown_left`: attempts whose outcome was not on record after the fault, whether the case
    closed them or not; `closed` says how many of them were closed by what ("by itself", "resolve --landed" …).
    `struck` is false where the fault never happened, because the run was over before its point: such a case shows
    nothing and is counted as done, not as struck. `failed` says that the promise was broken, in any way; `note` how, in
    one line, or what is worth knowing of a case that passed.
    """

    double_charges: int = 0
    lost_results: int = 0
    repairs: int = 0
    posts_over_one: int = 0
    unknown_left: int = 0
    closed: Mapping[str, int] = field(default_factory=dict)
    struck: bool = True
    failed: bool = False
    note: str = ""


class Row(Protocol):
    """One row of the table. A module of `tests/lab/rows/` is one row: it has `def row(scratch: Path) -> Row`, and where
    it needs programs beyond pip `NEEDS`, a tuple of their names: the runner looks for them before anything runs.

    `name` is the module's name and the word of `ROWS=` and `CASE=name:case`; `title` is what the table calls it. `goal`
    is how many cases the long form wants. `together` is how many cases that follow each other go to one worker at a
    time: one, unless they share work.

    A row is made and prepared in one process and may then be forked into several: what a case needs to run (processes,
    folders) is started when the first case asks for it, by each process for itself.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def goal(self) -> int: ...
    @property
    def together(self) -> int: ...

    def prepare(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """Get ready for `goal`, `cases` and `run`, and leave nothing open.

        Gives what the cases hang on and had to be measured: counts by name, none where nothing had. The runner keeps
        them for this tree; `known` are those of an earlier session, which hold for this one too.
        """

    def cases(self) -> Iterator[str]:
        """Stable ids, the same and in the same order whenever it is asked: seeds, kill points, names of bugs.

        The runner passes over those that the results file holds for this tree. It may hold more than `goal` of them, or
        be endless: the runner stops at the goal, at the end, or when the time is up, whichever comes first. An id that
        ends in a number (`1234`, `write:57`) is kept in the results file as part of a range.
        """

    def run(self, case: str) -> Outcome:
        """Run one case to its end, alone and from nothing. The same case always does the same, as far as it can.

        A broken promise is an Outcome with `failed`; an exception is a fault of the laboratory itself and stops it.
        """

    def close(self) -> None:
        """End what this process started for the row: processes, folders."""
