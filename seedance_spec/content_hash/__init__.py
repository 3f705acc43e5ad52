"""Same picture or not: the table of fields, the canonical form, its hash. Pure: no file, clock or network may enter."""

from seedance_spec.content_hash.canonical import (
    NEWEST_VERSION,
    canonical_bytes,
    canonical_request,
    content_hash,
    hash_version,
    is_content_hash,
    normal_text,
)
from seedance_spec.content_hash.changes import FieldChange, delivery_changes, request_changes
from seedance_spec.content_hash.display import display_delivery, display_request
from seedance_spec.content_hash.fields import FIELDS, Bearing, FieldRow
from seedance_spec.content_hash.urls import canonical_url
from seedance_spec.content_hash.versions import HASHING, Hashing

__all__ = [
    "FIELDS",
    "HASHING",
    "NEWEST_VERSION",
    "Bearing",
    "FieldChange",
    "FieldRow",
    "Hashing",
    "canonical_bytes",
    "canonical_request",
    "canonical_url",
    "content_hash",
    "delivery_changes",
    "display_delivery",
    "display_request",
    "hash_version",
    "is_content_hash",
    "normal_text",
    "request_changes",
]
