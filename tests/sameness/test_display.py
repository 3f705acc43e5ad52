"""A request as lockfile and diffs show it: everything that explains a change, nothing that is secret."""

from __future__ import annotations

import json
from hashlib import sha256

from hypothesis import given

from seedance_spec.content_hash import (
    FieldChange,
    canonical_url,
    content_hash,
    delivery_changes,
    display_delivery,
    display_request,
    request_changes,
)
from seedance_spec.json_types import Json
from seedance_spec.model.shot import Input, InputKind, Part, Request, Role, ShotSource, UrlSource
from tests.support.facts import a_file, a_hash, a_request, an_image, digest, requests, some

SIGNED = UrlSource(url="https://user:canary-pw@cdn.example.com:8443/refs/cat.jpg?v=2&X-Tos-Signature=canary#canary")


def test_a_url_is_shown_as_digest_host_and_path() -> None:
    """Userinfo, query and fragment are not shown; the digest is that of the canonical URL."""
    shown = display_request(a_request(inputs=(an_image(SIGNED),)))

    source = {
        "url_sha256": sha256(canonical_url(SIGNED.url).encode()).hexdigest(),
        "host": "cdn.example.com:8443",
        "path": "/refs/cat.jpg",
    }
    assert shown["inputs"] == [{"kind": "image", "role": "first_frame", "source": source}]
    assert "canary" not in json.dumps(shown)


def test_a_request_is_shown_with_every_default_and_its_delivery() -> None:
    """The whole picture, and the delivery beside it."""
    parent = ShotSource(content_hash=a_hash(), take=2, part=Part.VIDEO)
    request = a_request(inputs=(Input(kind=InputKind.VIDEO, source=parent),), service_tier="flex")

    assert display_request(request) == {
        "model": "dreamina-seedance-2-0",
        "prompt": "A cat walking on the moon",
        "inputs": [
            {
                "kind": "video",
                "role": "reference_video",
                "source": {"content_hash": a_hash(), "take": 2, "part": "video"},
            }
        ],
        "duration": 5,
        "frames": None,
        "resolution": "720p",
        "ratio": "adaptive",
        "seed": None,
        "camera_fixed": False,
        "watermark": False,
        "generate_audio": True,
        "draft": False,
        "delivery": {"service_tier": "flex", "execution_expires_after": None, "return_last_frame": False},
    }


@some
@given(one=requests, other=requests)
def test_every_new_hash_has_a_cause_and_every_cause_a_new_hash(one: Request, other: Request) -> None:
    """What is shown changes exactly when the hash does: a plan can always say why."""
    changes = request_changes(display_request(one), display_request(other))

    assert bool(changes) == (content_hash(one) != content_hash(other))


@some
@given(one=requests, other=requests)
def test_a_delivery_that_changed_is_told(one: Request, other: Request) -> None:
    """Delivery fields are compared apart from the picture."""
    changes = delivery_changes(display_request(one), display_request(other))

    names = ("service_tier", "execution_expires_after", "return_last_frame")
    assert changes == tuple(
        FieldChange(field=name, before=getattr(one, name), after=getattr(other, name))
        for name in names
        if getattr(one, name) != getattr(other, name)
    )


def test_changes_name_the_fields_of_a_request_and_the_place_of_an_input() -> None:
    """A change says which field, from what, to what; an input that came has no before, one that went has no after."""
    cat, dog = an_image(a_file("cat"), Role.REFERENCE_IMAGE), an_image(a_file("dog"), Role.REFERENCE_IMAGE)
    before = display_request(a_request(seed=1, inputs=(cat,)))
    after = display_request(a_request(seed=2, ratio="1:1", inputs=(dog, cat)))

    assert request_changes(before, after) == (
        FieldChange(field="inputs[0]", before=_shown("cat"), after=_shown("dog")),
        FieldChange(field="inputs[1]", before=None, after=_shown("cat")),
        FieldChange(field="ratio", before="adaptive", after="1:1"),
        FieldChange(field="seed", before=1, after=2),
    )
    assert request_changes(after, before)[1] == FieldChange(field="inputs[1]", before=_shown("cat"), after=None)


def test_requests_of_other_versions_can_be_compared() -> None:
    """A field that only the other side knows is a change; a side that says nothing of delivery has none."""
    shown = display_request(a_request())

    assert request_changes(shown, {**shown, "tools": ["web"]}) == (
        FieldChange(field="tools", before=None, after=["web"]),
    )
    assert request_changes({**shown, "inputs": "odd"}, shown) == ()
    assert delivery_changes({}, shown) == ()
    assert delivery_changes({"delivery": {}}, shown) == (
        FieldChange(field="return_last_frame", before=None, after=False),
    )


def _shown(word: str) -> Json:
    return {"kind": "image", "role": "reference_image", "source": {"sha256": digest(word)}}


def test_the_delivery_alone_shows_as_it_does_beside_the_picture() -> None:
    """What is compared of a rendered take's delivery is what its record shows."""
    request = a_request(service_tier="flex", return_last_frame=True)

    assert display_delivery(request) == {"delivery": display_request(request)["delivery"]}
