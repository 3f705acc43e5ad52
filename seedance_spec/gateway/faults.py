"""Every way a POST can end without an answer: never sent, or unknown (D3). Pure data: exceptions are known by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedance_spec.attempts.ports import NeverSent, Unknown

_MARKED = "the mark comes before the first byte, so what was not marked was not sent"
_HTTPX = "httpx 0.28, exceptions"
_PYTHON = "Python 3.11"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """One exception class, by name: what it means before the first byte of the request, and after."""

    name: str
    unsent: NeverSent
    sent: Unknown
    why: str
    source: str


def _row(name: str, unsent: str, sent: str, why: str = _MARKED, source: str = _HTTPX) -> FaultRow:
    return FaultRow(name=name, unsent=NeverSent(reason=unsent), sent=Unknown(reason=sent), why=why, source=source)


_EARLY = "this comes before the first byte only; should a mark say otherwise, the mark is believed"
_LATE = "the gateway goes on without its client and keeps the charge (gateway.md §1.5)"

FAULT_ROWS = (
    # connecting
    _row("ConnectError", "the gateway cannot be reached", "the connection failed after bytes were out", _EARLY),
    _row("ConnectTimeout", "connecting took too long", "the connection failed after bytes were out", _EARLY),
    _row("PoolTimeout", "no connection was free", "no connection was free after bytes were out", _EARLY),
    _row("ProxyError", "the proxy refused the connection", "the proxy gave up after bytes were out", _EARLY),
    _row("UnsupportedProtocol", "the base URL is not http(s)", "the protocol changed after bytes were out", _EARLY),
    _row("InvalidURL", "the base URL cannot be used", "the URL was refused after bytes were out", _EARLY),
    _row("ConnectionNotAvailable", "no connection was free", "the connection was lost", _EARLY, "httpcore 1.0"),
    # sending
    _row("WriteError", "the connection broke before the request", "the connection broke while sending", _LATE),
    _row("WriteTimeout", "the connection stalled before the request", "sending the request stalled", _LATE),
    _row(
        "LocalProtocolError",
        "the request could not be put into HTTP",
        "the request broke HTTP's rules while it was being sent",
        "where in the request it broke is not told",
    ),
    # waiting for the answer
    _row("ReadError", "the connection broke before the request", "the connection broke before an answer came", _LATE),
    _row("ReadTimeout", "the proxy did not answer in time", "no answer came in time", _LATE),
    _row("RemoteProtocolError", "the proxy broke HTTP's rules", "the connection was closed without an answer", _LATE),
    _row("CloseError", "the connection could not be closed", "the connection broke on closing", _LATE),
    # reading the answer
    _row("DecodingError", "the proxy's answer could not be unpacked", "the answer could not be unpacked", _LATE),
    _row("TooManyRedirects", "redirected too often", "redirected too often", "redirects are never followed"),
    _row("HTTPStatusError", "refused before the request", "an answer came, but its status was not read", _LATE),
    _row("StreamConsumed", "the request could not be read", "the answer was read twice", _LATE),
    _row("StreamClosed", "the request was closed too early", "the answer was closed before it was read", _LATE),
    _row("ResponseNotRead", "the proxy's answer was not read", "the answer was not read", _LATE),
    _row("RequestNotRead", "the request was not read", "the request was not read whole", _LATE),
    _row("CookieConflict", "cookies disagree", "cookies of the answer disagree", "no cookies are kept"),
    # their families, for a class that a later httpx adds
    _row("TimeoutException", "connecting took too long", "no answer came in time", _LATE),
    _row("NetworkError", "the network failed before the request", "the network failed before an answer came", _LATE),
    _row("ProtocolError", "HTTP's rules were broken before the request", "the answer broke HTTP's rules", _LATE),
    _row("TransportError", "the gateway cannot be reached", "the transport failed before an answer came", _LATE),
    _row("RequestError", "the request could not be made", "the request failed before an answer came", _LATE),
    _row("HTTPError", "the request could not be made", "HTTP failed before an answer came", _LATE),
    _row("StreamError", "the request's stream failed", "a stream failed before the answer was read", _LATE),
    # what may come through unmapped
    _row("gaierror", "the gateway's name is not known", "the name was lost after bytes were out", _EARLY, _PYTHON),
    _row("SSLError", "TLS could not be set up", "TLS broke before an answer came", _LATE, _PYTHON),
    _row("ConnectionError", "the connection broke", "the connection broke before an answer came", _LATE, _PYTHON),
    _row("TimeoutError", "connecting took too long", "no answer came in time", _LATE, _PYTHON),
    _row("OSError", "the network failed before the request", "the network failed", _LATE, _PYTHON),
    _row("BrokenResourceError", "the connection broke", "the connection broke", _LATE, "anyio 4"),
    _row("ClosedResourceError", "the connection was closed", "the connection was closed", _LATE, "anyio 4"),
    _row("EndOfStream", "the connection was closed", "the connection was closed", _LATE, "anyio 4"),
    _row("IncompleteReadError", "the connection was closed", "the answer broke off", _LATE, _PYTHON),
    _row("CancelledError", "interrupted before the request was sent", "interrupted while it was under way", _LATE),
    _row("KeyboardInterrupt", "interrupted before the request was sent", "interrupted under way", _LATE, _PYTHON),
    _row("SystemExit", "ended before the request was sent", "ended while it was under way", _LATE, _PYTHON),
    # and the rest: what nobody foresaw is judged by the mark alone
    _row("Exception", "it failed before the request was sent", "it failed while it was under way", _LATE, _PYTHON),
    _row("BaseException", "it ended before the request was sent", "it ended while it was under way", _LATE, _PYTHON),
)

_BY_NAME = {row.name: row for row in FAULT_ROWS}


def fault_row(names: Sequence[str]) -> FaultRow:
    """The row of the nearest class: `names` are those of an exception's `__mro__`, nearest first."""
    return next((_BY_NAME[name] for name in names if name in _BY_NAME), _BY_NAME["BaseException"])


def outcome_of_exception(names: Sequence[str], *, bytes_out: bool, detail: str = "") -> NeverSent | Unknown:
    """What an exception means for a POST. `detail` is its text, redacted by the caller; it is added to the reason."""
    row = fault_row(names)
    said = f" ({detail})" if detail else ""
    if bytes_out:
        return Unknown(reason=row.sent.reason + said)
    return NeverSent(reason=row.unsent.reason + said)
