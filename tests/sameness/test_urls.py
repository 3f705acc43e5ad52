"""A URL counts as written, without password and signature."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.content_hash import canonical_url
from tests.support.facts import some


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("https://user:pw@h/a", "https://h/a"),
        ("https://a@b@h/a", "https://h/a"),
        ("//user@h/a", "//h/a"),
        ("https://h/@user/a@b", "https://h/@user/a@b"),
        ("https://h/a?mail=a@b", "https://h/a?mail=a@b"),
        ("https://h/a?X-Tos-Signature=s", "https://h/a"),
        ("https://h/a?X-Tos-Signature=s#t=1", "https://h/a#t=1"),
        ("https://h/a?v=1&X-Amz-Date=d&w=2&X-Amz-Signature=s", "https://h/a?v=1&w=2"),
        ("https://h/a?X-Goog-Algorithm=g&v", "https://h/a?v"),
        ("https://h/a?Expires=1&Signature=s&Key-Pair-Id=k&v=1", "https://h/a?v=1"),
        ("https://h/a?Policy=p&Signature=s&Key-Pair-Id=k", "https://h/a"),
        ("https://h/a?sv=1&se=2&sr=b&sp=r&sig=s&st=3&spr=https&v=1", "https://h/a?v=1"),
        ("https://h/a?skoid=1&sktid=1&skt=1&ske=1&sks=b&skv=1&srt=o&ss=b&sip=1&sv=1&sig=1", "https://h/a"),
    ],
)
def test_password_and_signature_go(written: str, canonical: str) -> None:
    """Userinfo and the closed list of signature parameters are taken away, and nothing with them."""
    assert canonical_url(written) == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "?",
        "#",
        "https://h",
        "https://h/a?",
        "https://h/a?&&b&",
        "HTTPS://Example.COM:443/A%2f%2F/../b?b=2&a=1&b=1#Fragment",
        "https://h/a?x-tos-process=image/resize,w_100",
        "https://h/a?x-amz-date=d",
        "https://h/a?Expires=1&Policy=p&Key-Pair-Id=k",
        "https://h/a?sig=1&sp=2",
        "https://h/a?sv=1&sp=2",
        "https://h/a?My-X-Amz-Date=1",
        "https://h/a?versionId=1&response-content-type=image/png",
        "https://h/a#?X-Amz-Signature=s",
        "https://h/a?b=https://u:p@h",
        "asset://asset-1",
        "not a url at all \n",
    ],
)
def test_everything_else_stays_as_written(url: str) -> None:
    """Case, order, escapes, ports, fragments and parameters that only look like a signature stay."""
    assert canonical_url(url) == url


@some
@given(url=st.text() | st.text(alphabet="aX-Amz:/?#&=@sigv", max_size=30))
def test_any_text_has_a_canonical_form_that_is_its_own(url: str) -> None:
    """It never raises, and a second time changes nothing."""
    assert canonical_url(canonical_url(url)) == canonical_url(url)


@some
@given(
    path=st.text(alphabet="ab/%.~", max_size=6),
    query=st.lists(st.sampled_from(["v=1", "w", "X=2", "x-tos-process=1"]), max_size=3),
    signature=st.dictionaries(
        st.sampled_from(["X-Amz-Date", "X-Tos-Expires", "X-Goog-Signature"]), st.text(alphabet="0aF%=/+"), max_size=3
    ),
    at=st.integers(0, 3),
)
def test_a_new_signature_is_no_new_url(path: str, query: list[str], signature: dict[str, str], at: int) -> None:
    """Signing a URL, wherever the parameters are put, gives the same URL."""
    signed = [*query[:at], *(f"{name}={value}" for name, value in signature.items()), *query[at:]]

    assert canonical_url(_url(path, signed)) == canonical_url(_url(path, query))


def _url(path: str, query: list[str]) -> str:
    return f"https://h/{path}" + (f"?{'&'.join(query)}" if query else "")
