"""How a POST without an answer is judged: every exception there is, before and after its first byte."""

from __future__ import annotations

import asyncio
import inspect
import ssl
from collections.abc import Iterator

import anyio
import httpcore
import httpx
import pytest

from seedance_spec.attempts.ports import NeverSent, Unknown
from seedance_spec.gateway.faults import FAULT_ROWS, FaultRow, fault_row, outcome_of_exception


def tree(root: type[BaseException]) -> Iterator[type[BaseException]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


def exceptions_of(module: object) -> set[type[BaseException]]:
    found = (value for _, value in inspect.getmembers(module, inspect.isclass))
    return {each for each in found if issubclass(each, BaseException)}


HTTP_EXCEPTIONS = sorted(
    {
        each
        for root in (*exceptions_of(httpx), *exceptions_of(httpcore))
        for each in tree(root)
        if each.__module__.split(".")[0] in {"httpx", "httpcore"}
    },
    key=lambda each: f"{each.__module__}.{each.__name__}",
)
OTHERS = [
    asyncio.CancelledError,
    asyncio.IncompleteReadError,
    TimeoutError,
    OSError,
    ConnectionError,
    ssl.SSLError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    KeyboardInterrupt,
    SystemExit,
]


def names(kind: type[BaseException]) -> list[str]:
    return [each.__name__ for each in kind.__mro__]


def test_the_tree_of_exceptions_is_walked() -> None:
    """The walk really finds the library's classes, deep ones too."""
    assert {httpx.ReadTimeout, httpx.InvalidURL, httpx.StreamClosed, httpx.CookieConflict} <= set(HTTP_EXCEPTIONS)
    assert len(HTTP_EXCEPTIONS) > 35


@pytest.mark.parametrize("kind", [*HTTP_EXCEPTIONS, *OTHERS], ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_exception_has_a_row_of_its_own(kind: type[BaseException]) -> None:
    """A class that a new version adds without a row fails here before it costs anybody money."""
    assert fault_row(names(kind)).name == kind.__name__


@pytest.mark.parametrize("row", FAULT_ROWS, ids=lambda row: row.name)
def test_the_mark_decides_whether_money_may_be_gone(row: FaultRow) -> None:
    """Before the first byte a POST was never sent and may be retried; after it the outcome is unknown."""
    assert isinstance(outcome_of_exception([row.name], bytes_out=False), NeverSent)
    assert isinstance(outcome_of_exception([row.name], bytes_out=True), Unknown)


def test_no_row_is_written_twice_or_for_nothing() -> None:
    """Each row names an exception that exists, once, with its reason and source."""
    known = {each.__name__ for each in (*HTTP_EXCEPTIONS, *OTHERS, Exception, BaseException)} | {"gaierror"}
    assert sorted(row.name for row in FAULT_ROWS) == sorted(known)
    assert all(row.why and row.source for row in FAULT_ROWS)


def test_a_class_that_nobody_foresaw_is_judged_by_its_nearest_family() -> None:
    """A subclass that a later library adds inherits its family's row."""

    class Http3Error(httpx.NetworkError):
        pass

    assert fault_row(names(Http3Error)).name == "NetworkError"
    assert fault_row(names(ConnectionResetError)).name == "ConnectionError"
    assert fault_row(["Nonsense"]).name == "BaseException"


def test_the_reason_tells_what_the_exception_said() -> None:
    """The library's own words stand behind ours."""
    assert outcome_of_exception(names(httpx.ReadTimeout), bytes_out=True, detail="ReadTimeout") == Unknown(
        reason="no answer came in time (ReadTimeout)"
    )
    assert outcome_of_exception(names(httpx.ConnectError), bytes_out=False, detail="refused") == NeverSent(
        reason="the gateway cannot be reached (refused)"
    )
