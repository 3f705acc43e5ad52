"""The request as lockfile and diffs show it: URLs as digest, host and path, so that nothing secret is in it. Pure."""

from __future__ import annotations

import hashlib

from seedance_spec.content_hash.canonical import digest_source, picture
from seedance_spec.content_hash.fields import DELIVERY_FIELDS
from seedance_spec.content_hash.urls import canonical_url, url_place
from seedance_spec.json_types import JsonObject
from seedance_spec.model.shot import Request, Source, UrlSource


def display_request(request: Request) -> JsonObject:
    """The canonical request with `{url_sha256, host, path}` for URLs, and the delivery fields under `delivery`.

    Two requests have one content hash exactly when they show alike apart from `delivery`.
    """
    return {**picture(request, _source), **display_delivery(request)}


def display_delivery(request: Request) -> JsonObject:
    """What of it is about the delivery alone."""
    return {"delivery": {name: getattr(request, name) for name in DELIVERY_FIELDS}}


def _source(source: Source) -> JsonObject:
    match source:
        case UrlSource(url=url, sha256=None):
            place = url_place(url)
            digest = hashlib.sha256(canonical_url(url).encode()).hexdigest()
            return {"url_sha256": digest, "host": place.host, "path": place.path}
        case _:
            return digest_source(source)
