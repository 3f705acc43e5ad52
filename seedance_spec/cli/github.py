"""A run on a GitHub runner: which folder it sees, how many annotations are left, the files that later steps read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from seedance_spec.cli.settings import Settings

if TYPE_CHECKING:
    from seedance_spec.attempts.endings import Ending
    from seedance_spec.ci.outputs import Outputs
    from seedance_spec.ci.workflow_commands import Note
    from seedance_spec.plan.budget import Verdict
    from seedance_spec.plan.change import Plan
    from seedance_spec.realm import Realm
    from seedance_spec.specfiles.diagnostic import Diagnostic

_LONGEST_SUMMARY = 900_000
"""GitHub drops the summary of a step that is longer than 1 MiB: what no longer fits is left to the log."""


class GitHub:
    """What is told to GitHub beside the log. Neither a full disk nor a missing file of the runner's ends a run."""

    def __init__(self, *, workspace: Path | None, summary: Path | None, output: Path | None) -> None:
        self._workspace = workspace
        self._summary = summary
        self._output = output
        self._folder = ""
        self._room: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """None where this is no GitHub runner."""
        if not settings.github_actions:
            return None
        return cls(workspace=settings.github_workspace, summary=settings.github_summary, output=settings.github_output)

    def stand_at(self, root: Path) -> None:
        """The project is this folder: annotations name files from the repository's root."""
        workspace = self._workspace.resolve() if self._workspace is not None else None
        here = root.resolve()
        if workspace is not None and here.is_relative_to(workspace):
            relative = here.relative_to(workspace).as_posix()
            self._folder = "" if relative == "." else relative

    def annotations(self, notes: Iterable[Note]) -> Sequence[str]:
        """Lines for the log. A step has room for ten in all; what is left out is counted."""
        from seedance_spec.ci.workflow_commands import MOST_SHOWN, annotated

        told = list(notes)
        room = MOST_SHOWN if self._room is None else self._room
        self._room = max(room - len(told), 0)
        return annotated(told, folder=self._folder, room=room)

    def harmless(self, text: str) -> str:
        """What was asked for, with nothing in it that the runner would obey."""
        from seedance_spec.ci.workflow_commands import harmless, harmless_json

        return harmless_json(text) if text.startswith("{") else harmless(text)

    def add_summary(self, markdown: str) -> None:
        if self._summary is None:
            return
        with suppress(OSError):
            size = self._summary.stat().st_size if self._summary.exists() else 0
            if size + len(markdown.encode()) < _LONGEST_SUMMARY:
                _append(self._summary, f"{markdown}\n\n")

    def set_outputs(self, outputs: Outputs) -> None:
        """Of several runs in one step the last one's count."""
        if self._output is not None:
            with suppress(OSError):
                _append(self._output, outputs.text)


def notes_of_run(endings: Sequence[Ending]) -> list[Note]:
    """What went wrong, at the shot that it happened to."""
    from seedance_spec.attempts.endings import End
    from seedance_spec.ci.workflow_commands import Note
    from seedance_spec.plan.events import take_name
    from seedance_spec.specfiles.diagnostic import Severity

    wrong = {End.FAILED, End.UNKNOWN, End.FAULT, End.NOT_SUBMITTED}
    return [
        Note(
            severity=Severity.ERROR,
            title=ending.end.value,
            message=f"{take_name(ending.change.shot_id, ending.change.take)}: {_said(ending)}",
            span=ending.change.span,
        )
        for ending in endings
        if ending.end in wrong
    ]


def report_plan(
    github: GitHub, plan: Plan, verdict: Verdict, complaints: Sequence[Diagnostic], *, applying: bool = False
) -> None:
    """The plan in the step's summary, and what later steps may ask of it. Of an apply nothing is billed by now: where
    it is refused, or its runner dies, no cost may stand there.
    """
    from seedance_spec.ci.outputs import outputs_of_plan
    from seedance_spec.plan.markdown import plan_markdown

    github.add_summary(plan_markdown(plan, verdict=verdict, complaints=complaints))
    outputs = outputs_of_plan(plan)
    github.set_outputs(replace(outputs, cost=0.0) if applying else outputs)


def report_run(github: GitHub, endings: Sequence[Ending], realm: Realm) -> None:
    """How a run ended in the step's summary, with every way on, and what later steps may ask of it."""
    from seedance_spec.ci.outputs import outputs_of_run
    from seedance_spec.cli.apply_summary import spent_usd, sum_line, ways_on
    from seedance_spec.plan.markdown_text import words
    from seedance_spec.plan.style import PLAIN

    lines = [f"- {words(line.strip())}" for line in ways_on(endings, realm)]
    github.add_summary("\n".join([f"**{words(sum_line(endings, realm, PLAIN))}**", "", *lines]).rstrip("\n"))
    github.set_outputs(outputs_of_run(endings, billed=spent_usd(endings)))


def _said(ending: Ending) -> str:
    return ": ".join(each for each in (ending.code, ending.message) if each) or ending.end.value


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
