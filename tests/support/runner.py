"""A GitHub runner as far as it can be imitated: expressions, a composite action's steps, the files they write."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support.whole import REPOSITORY

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
TOKEN = re.compile(r"'((?:[^']|'')*)'|(\|\||&&|==|!=|[()!])|([A-Za-z_][\w.-]*)|\s+")
WORDS = {"||": "or", "&&": "and", "!": "not", "==": "==", "!=": "!=", "(": "(", ")": ")"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How an action ran in a job: the steps that failed, what it put out, the log, the summary."""

    failed: tuple[str, ...]
    outputs: Mapping[str, str]
    log: str
    summary: str


@dataclass(slots=True)
class Runner:
    """A checkout in `workspace`; `github` is the context, `environment` what the job sets."""

    workspace: Path
    temp: Path
    github: Mapping[str, Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    action: Path = REPOSITORY

    def use(self, **inputs: str) -> Job:
        """`uses:` this repository's action with these inputs (`-` as `_`)."""
        described = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        contexts: dict[str, Any] = {"github": {**self.github, "action_path": str(self.action)}, "steps": {}}
        values = {
            name: given.get(name, self._text(each.get("default", ""), contexts, ok=True))
            for name, each in described["inputs"].items()
        }
        assert given.keys() <= values.keys(), f"no such input: {given.keys() - values.keys()}"
        contexts["inputs"] = values
        failed, log = list[str](), ""
        for step in described["runs"]["steps"]:
            if not self._wanted(step, contexts, ok=not failed):
                continue
            code, said, outputs = self._run(step, contexts)
            log += said
            contexts["steps"][step.get("id", "")] = {"outputs": outputs}
            failed += [step["name"]] if code else []
        told = {name: self._text(each["value"], contexts, ok=True) for name, each in described["outputs"].items()}
        return Job(failed=tuple(failed), outputs=told, log=log, summary=self._read("summary"))

    def _wanted(self, step: Mapping[str, Any], contexts: Mapping[str, Any], *, ok: bool) -> bool:
        condition = str(step.get("if", "success()"))
        inner = EXPRESSION.fullmatch(condition)
        return bool(evaluated(inner[1] if inner else condition, contexts, ok=ok))

    def _run(self, step: Mapping[str, Any], contexts: Mapping[str, Any]) -> tuple[int, str, dict[str, str]]:
        """As `shell: bash` does: the text in a file, -e and pipefail."""
        assert step["shell"] == "bash"
        script = self.temp / "step.sh"
        script.write_text(self._text(step["run"], contexts, ok=True), encoding="utf-8")
        output = self.temp / "output"
        output.write_text("", encoding="utf-8")
        folder = self.workspace / self._text(step.get("working-directory", "."), contexts, ok=True)
        own = {name: self._text(value, contexts, ok=True) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=folder,
            env={**self._environment(output), **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        lines = output.read_text(encoding="utf-8").splitlines()
        return done.returncode, done.stdout, dict(line.split("=", 1) for line in lines)

    def _environment(self, output: Path) -> dict[str, str]:
        place = self.temp / "seedance-spec"
        if not place.exists():
            # Installed already, as on a runner that used the action before: the very program that is tested.
            (place / "bin").mkdir(parents=True)
            program = place / "bin" / "seedance-spec"
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seedance_spec "$@"\n', encoding="utf-8")
            program.chmod(0o755)
            for mark in ("done", "done[media]"):
                (place / mark).touch()
        paths = [*self._read("path").splitlines(), os.environ["PATH"]]
        return {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PATH": ":".join(paths),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_PATH": str(self.temp / "path"),
            "GITHUB_REPOSITORY": str(self.github.get("repository", "")),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "PAUSE": "0",
            "RUNNER_TEMP": str(self.temp),
            **self.environment,
        }

    def _read(self, name: str) -> str:
        path = self.temp / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def _text(self, value: object, contexts: Mapping[str, Any], *, ok: bool) -> str:
        return EXPRESSION.sub(lambda found: _shown(evaluated(found[1], contexts, ok=ok)), str(value))


def evaluated(expression: str, contexts: Mapping[str, Any], *, ok: bool) -> Any:
    """What an expression means: literals, contexts, comparisons, always() and success(). Raises for anything else."""
    words = []
    at = 0
    while at < len(expression):
        found = TOKEN.match(expression, at)
        assert found is not None, f"not understood: {expression[at:]}"
        literal, operator, name = found.groups()
        if literal is not None:
            words.append(repr(literal.replace("''", "'")))
        elif operator is not None:
            words.append(WORDS[operator])
        elif name in {"always", "success"}:
            words.append(name)
        elif name is not None:
            words.append(repr(_looked_up(name, contexts)))
        at = found.end()
    return eval(" ".join(words), {"__builtins__": {}}, {"always": lambda: True, "success": lambda: ok})


def _looked_up(name: str, contexts: Mapping[str, Any]) -> Any:
    value: Any = contexts
    for part in name.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return value


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
