"""What may never be in a lockfile: keys, bearers, URLs with a query or a password. Pure: it judges texts alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, replace

from seedance_spec.json_types import Json
from seedance_spec.lockfile.facts import AttemptFact, Report
from seedance_spec.redaction import redact

_REVEALING = re.compile(
    r"(?<![A-Za-z0-9])sk-[A-Za-z0-9]"
    r"|\b[Bb]earer\s+[A-Za-z0-9]"
    r"|://\S*[?#]\S"
    r"|://[^\s/?#]*@"
    r"|/v1/(?:callback|input)/[A-Za-z0-9]"
    r"|\bX-(?:Tos|Amz|Goog)-[A-Za-z-]+=[^…&\s]"
)
_URL_TAIL = re.compile(r"(://)(?:[^\s/?#@\"'<>]*@)?([^\s?#\"'<>]*)[?#][^\s\"'<>]*")


class SecretInLockError(ValueError):
    """A fact holds what must not be written: a mistake of the program, never of its user."""


def scrub(text: str) -> str:
    """A text of somebody else's, with whatever might be secret replaced by `…`."""
    if not _REVEALING.search(text):
        return text
    scrubbed = redact(_URL_TAIL.sub(r"\1\2…", text))
    return "…" if _REVEALING.search(scrubbed) else scrubbed


def scrub_report(report: Report) -> Report:
    """The report with the words of others scrubbed; the rest of it are numbers and digests."""
    if not any(each and _REVEALING.search(each) for each in _words_of_others(report)):
        return report
    return replace(
        report,
        model_served=_scrubbed(report.model_served),
        service_tier=_scrubbed(report.service_tier),
        error_class=_scrubbed(report.error_class),
        error_code=_scrubbed(report.error_code),
        error_message=_scrubbed(report.error_message),
    )


def _words_of_others(report: Report) -> tuple[str | None, ...]:
    return (
        report.model_served,
        report.service_tier,
        report.error_class,
        report.error_code,
        report.error_message,
    )


def _scrubbed(text: str | None) -> str | None:
    return None if text is None else scrub(text)


def refuse_secrets(fact: AttemptFact) -> None:
    """Raise SecretInLockError where a fact would show a secret.

    The author's own words (prompt, label, paths of URLs) are not judged: they stand in the spec files beside it, and
    a film about a ring bearer must be recorded too.
    """
    for text in _our_words(fact):
        if _REVEALING.search(text):
            raise SecretInLockError(f"attempt {fact.attempt_id}: a key or a signed URL may not be in a lockfile")
    for source in _sources(fact.request.get("inputs")):
        if source.keys() & {"url", "uri"} or any("?" in text for text in source.values() if isinstance(text, str)):
            raise SecretInLockError(f"attempt {fact.attempt_id}: an input's URL may not be in a lockfile")


def _our_words(fact: AttemptFact) -> Iterator[str]:
    yield from (fact.run, fact.content_hash, *fact.upstream_ids, *fact.made_from)
    if fact.task_id is not None:
        yield fact.task_id
    if fact.estimate is not None:
        yield fact.estimate.table
    for report in fact.reports.values():
        yield from (each for each in astuple(report) if isinstance(each, str))


def _sources(inputs: Json) -> Iterator[Mapping[str, Json]]:
    for each in inputs if isinstance(inputs, Sequence) else ():
        match each:
            case {"source": Mapping() as source}:
                yield source
            case _:
                pass
