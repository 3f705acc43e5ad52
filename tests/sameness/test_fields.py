"""Every field of a shot is classified once, and the hash obeys the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.content_hash import FIELDS, Bearing, content_hash
from seedance_spec.model.shot import (
    DataSource,
    FileSource,
    Input,
    InputKind,
    Part,
    Request,
    Role,
    Shot,
    ShotSource,
    Source,
    UrlSource,
)
from tests.support.facts import a_file, a_hash, a_request, an_image, digest, requests, some

BEARING = {(row.owner, row.field): row.bearing for row in FIELDS}


def test_every_field_is_classified_exactly_once() -> None:
    """No field of a shot, a request, an input or a source is forgotten, invented or judged twice."""
    written = [(owner, each.name) for owner in (Shot, Request, Input, *get_args(Source)) for each in fields(owner)]

    assert Counter(written) == Counter((row.owner, row.field) for row in FIELDS)


def test_every_classification_has_a_reason() -> None:
    """Each row says why."""
    assert [row for row in FIELDS if len(row.reason) < 10] == []


OTHER_VALUES: dict[str, list[Any]] = {
    "model": ["a", "b"],
    "prompt": ["a", "b", "", " a", "a\n\nb", "a\nb", "A"],
    "inputs": [(), (an_image(),), (an_image(a_file()),), (an_image(), an_image())],
    "duration": [None, -1, 5, 10],
    "frames": [None, 121, 29],
    "resolution": ["480p", "720p"],
    "ratio": ["16:9", "adaptive"],
    "seed": [None, 0, 1],
    "camera_fixed": [None, True],
    "watermark": [False, True],
    "generate_audio": [False, True],
    "draft": [False, True],
    "service_tier": [None, "default", "flex"],
    "execution_expires_after": [None, 72000],
    "return_last_frame": [False, True],
}


@pytest.mark.parametrize("field", [each.name for each in fields(Request)])
@some
@given(data=st.data(), request_=requests)
def test_a_request_changes_its_hash_with_its_picture_and_with_nothing_else(
    field: str, data: st.DataObject, request_: Request
) -> None:
    """Another value of a picture field is another hash; another value of a delivery field is the same."""
    one, other = data.draw(st.permutations(OTHER_VALUES[field]))[:2]
    before, after = _with(request_, field, one), _with(request_, field, other)

    assert (content_hash(before) != content_hash(after)) == (BEARING[Request, field] is Bearing.PICTURE)


OTHERS: dict[type, tuple[Callable[..., Any], dict[str, Any]]] = {
    Input: (
        partial(Input, kind=InputKind.IMAGE, source=a_file("cat"), role=Role.FIRST_FRAME),
        {"kind": InputKind.VIDEO, "source": a_file("dog"), "role": Role.LAST_FRAME},
    ),
    UrlSource: (
        partial(UrlSource, url="https://example.com/a", sha256=None),
        {"url": "https://example.com/b", "sha256": digest("b")},
    ),
    FileSource: (a_file, {"path": "b.jpg", "sha256": digest("dog"), "bytes": 2, "media_type": "image/png"}),
    DataSource: (
        partial(DataSource, uri="data:,a", sha256=digest("a"), bytes=1, media_type="text/plain"),
        {"uri": "data:,b", "sha256": digest("b"), "bytes": 2, "media_type": "image/gif"},
    ),
    ShotSource: (
        partial(ShotSource, content_hash=a_hash("a"), take=1, part=Part.LAST_FRAME),
        {"content_hash": a_hash("b"), "take": "1", "part": Part.FIRST_FRAME, "shot": "film/other"},
    ),
}


@pytest.mark.parametrize(
    ("owner", "field"), [(row.owner, row.field) for row in FIELDS if row.owner not in {Request, Shot}]
)
def test_an_input_changes_the_hash_with_its_picture_and_with_nothing_else(owner: type, field: str) -> None:
    """Another value of a picture field of an input is another hash; where its bytes lie and how they travel is not."""
    build, others = OTHERS[owner]
    one, other = _hash_of(build()), _hash_of(build(**{field: others[field]}))

    assert (one != other) == (BEARING[owner, field] is Bearing.PICTURE)


def test_labels_are_fields_of_the_shot_alone() -> None:
    """What names and chooses is not part of the request, so that no hash can see it."""
    labels = {(row.owner, row.field) for row in FIELDS if row.bearing is Bearing.LABEL}

    assert labels == {(Shot, each.name) for each in fields(Shot)} - {(Shot, "request")}


def _with(request: Request, field: str, value: Any) -> Request:
    return replace(request, **{field: value})


def _hash_of(value: Input | Source) -> str:
    return content_hash(a_request(inputs=(value if isinstance(value, Input) else an_image(value),)))
