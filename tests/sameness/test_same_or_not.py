"""What an author may change without paying again, and what not."""

from __future__ import annotations

import json
import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.content_hash import canonical_bytes, canonical_request, content_hash
from seedance_spec.model.shot import Input, InputKind, Request, Role, UrlSource
from tests.support.facts import a_file, a_request, an_image, requests, some

CAT = UrlSource(url="https://example.com/cat.jpg")


@some
@given(one=requests, other=requests)
def test_two_canonical_requests_share_a_hash_only_when_they_are_equal(one: Request, other: Request) -> None:
    """No two different canonical requests are written with the same bytes."""
    assert (content_hash(one) == content_hash(other)) == (canonical_request(one) == canonical_request(other))


@some
@given(request_=requests)
def test_the_canonical_form_is_rfc_8785(request_: Request) -> None:
    """The bytes that are hashed are those of RFC 8785, and nothing of the request is lost in them."""
    assert rfc8785.dumps(json.loads(canonical_bytes(request_))) == canonical_bytes(request_)
    assert json.loads(canonical_bytes(request_)) == canonical_request(request_)


@some
@given(lines=st.lists(st.text(max_size=6), min_size=1, max_size=4), data=st.data())
def test_line_ends_trailing_blanks_and_composition_of_a_prompt_say_nothing(
    lines: list[str], data: st.DataObject
) -> None:
    """An editor may change how a prompt is stored: the hash stays."""
    ends = data.draw(st.lists(st.sampled_from(["\n", "\r\n", " \n", "\t \r\n"]), min_size=4, max_size=4))
    plain = "\n".join(line.replace("\r", "").replace("\n", "") for line in lines)
    edited = "".join(line + end for line, end in zip(plain.split("\n"), ends, strict=False))

    assert content_hash(a_request(prompt=unicodedata.normalize("NFD", edited))) == content_hash(a_request(prompt=plain))


def test_one_image_is_the_same_in_every_way_to_write_it() -> None:
    """`image`, one-item `images` or `inputs`, with `first_frame` or without, and `content` all mean one request."""
    ways = [an_image(CAT), an_image(CAT, Role.FIRST_FRAME)]

    assert len({content_hash(a_request(inputs=(way,))) for way in ways}) == 1


def test_an_unwritten_flag_is_false() -> None:
    """Writing a default out loud is free."""
    assert content_hash(a_request()) == content_hash(a_request(camera_fixed=False, draft=False))


def test_frames_are_told_apart_by_role_and_references_by_order() -> None:
    """Swapping first and last frame in the list changes nothing; swapping two references does."""
    first, last = an_image(CAT, Role.FIRST_FRAME), an_image(a_file(), Role.LAST_FRAME)
    one, two = an_image(CAT, Role.REFERENCE_IMAGE), an_image(a_file(), Role.REFERENCE_IMAGE)

    assert content_hash(a_request(inputs=(first, last))) == content_hash(a_request(inputs=(last, first)))
    assert content_hash(a_request(inputs=(one, two))) != content_hash(a_request(inputs=(two, one)))


def test_references_keep_the_order_of_the_author_around_frames() -> None:
    """Frames come first in the canonical form; everything else stays in the author's order."""
    song = Input(kind=InputKind.AUDIO, source=a_file("song"))
    inputs = (
        song,
        an_image(CAT, Role.LAST_FRAME),
        an_image(CAT, Role.REFERENCE_IMAGE),
        an_image(CAT, Role.FIRST_FRAME),
    )

    canonical = json.loads(canonical_bytes(a_request(inputs=inputs)))

    assert [each["role"] for each in canonical["inputs"]] == [
        "first_frame",
        "last_frame",
        "reference_audio",
        "reference_image",
    ]


def test_a_role_less_image_means_what_its_company_makes_of_it() -> None:
    """Alone it starts the clip; beside another input it is a reference, and hashes as one."""
    video = Input(kind=InputKind.VIDEO, source=CAT)

    assert content_hash(a_request(inputs=(an_image(CAT), video))) == content_hash(
        a_request(inputs=(an_image(CAT, Role.REFERENCE_IMAGE), video))
    )


def test_half_a_surrogate_pair_is_no_text() -> None:
    """A text that is not Unicode has no hash, rather than an unstable one."""
    with pytest.raises(ValueError, match="surrogates not allowed"):
        content_hash(a_request(prompt="\ud800"))
