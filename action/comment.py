#!/usr/bin/env python3
"""Keep one comment on a pull request: found by a hidden marker, made or edited. Standard library only."""

from __future__ import annotations

import json
import os
import sys
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

LONGEST = 65_536
MOST_PAGES = 50
TIMEOUT = 30.0


class RefusedError(Exception):
    """GitHub said no; the status says how, 0 that it said nothing at all."""

    def __init__(self, status: int, said: str) -> None:
        # One line: a runner obeys what stands at the beginning of others.
        super().__init__(f"GitHub answered {status}: {' '.join(said.split())}" if status else f"no answer: {said}")
        self.status = status


def asked(method: str, path: str, body: object = None) -> Any:
    """GitHub's answer as JSON. Raises RefusedError."""
    request = Request(  # noqa: S310 - the address is the runner's own
        f"{os.environ.get('GITHUB_API_URL', 'https://api.github.com')}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - as above
            return json.load(answer)
    except HTTPError as error:
        raise RefusedError(error.code, error.read(300).decode(errors="replace")) from None
    except (OSError, HTTPException, ValueError) as error:
        raise RefusedError(0, type(error).__name__) from None


def ours(repository: str, number: str, marker: str) -> dict[str, Any] | None:
    """The comment that begins with our marker and was written by whom we write as: anybody may type a marker."""
    author = os.environ.get("COMMENT_AUTHOR") or "github-actions[bot]"
    for page in range(1, MOST_PAGES + 1):
        comments = asked("GET", f"/repos/{repository}/issues/{number}/comments?per_page=100&page={page}")
        for comment in comments:
            # A user that is gone is null.
            login = (comment["user"] or {}).get("login")
            if login == author and (comment["body"] or "").startswith(marker):
                return dict(comment)
        if len(comments) < 100:
            break
    return None


def keep(repository: str, number: str, marker: str, body: str) -> str:
    """What was done, in one word."""
    text = f"{marker}\n{body}"[:LONGEST]
    found = ours(repository, number, marker)
    if found is None:
        asked("POST", f"/repos/{repository}/issues/{number}/comments", {"body": text})
        return "made"
    if found["body"].replace("\r\n", "\n") == text:
        return "current"
    asked("PATCH", f"/repos/{repository}/issues/comments/{found['id']}", {"body": text})
    return "edited"


def main(name: str, file: str) -> int:
    body = Path(file).read_text(encoding="utf-8").strip()
    try:
        done = keep(
            os.environ["GITHUB_REPOSITORY"], os.environ["PULL_REQUEST"], f"<!-- seedance-spec: {name} -->", body
        )
    except RefusedError as refused:
        if refused.status in {403, 404}:
            # A pull request from a fork has a token that can only read: its plan stands in the step's summary.
            sys.stderr.write("this token may not comment (a fork's never may): see the step's summary\n")
            return 0
        sys.stderr.write(f"{refused}\n")
        return 1
    sys.stdout.write(f"comment {done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
