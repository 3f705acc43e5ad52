"""What each field of a shot bears on, said once: the picture, its delivery, or a label. Pure: a table, no logic."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seedance_spec.model.shot import DataSource, FileSource, Input, Request, Shot, ShotSource, UrlSource


class Bearing(StrEnum):
    """PICTURE is hashed. DELIVERY is not: a changed one applies to future renders. LABEL only names and chooses."""

    PICTURE = "picture"
    DELIVERY = "delivery"
    LABEL = "label"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    owner: type
    field: str
    bearing: Bearing
    reason: str


_P, _D, _L = Bearing.PICTURE, Bearing.DELIVERY, Bearing.LABEL

FIELDS: tuple[FieldRow, ...] = tuple(
    FieldRow(owner=owner, field=field, bearing=bearing, reason=reason)
    for owner, field, bearing, reason in (
        (Request, "model", _P, "another model draws another clip"),
        (Request, "prompt", _P, "it says what is seen"),
        (
            Request,
            "inputs",
            _P,
            "what the clip starts from or is guided by; prompts refer to references by their order",
        ),
        (Request, "duration", _P, "another length is another clip"),
        (Request, "frames", _P, "another length is another clip"),
        (Request, "resolution", _P, "another frame size"),
        (Request, "ratio", _P, "another frame shape"),
        (Request, "seed", _P, "it picks one of many pictures; none written is a wish of its own"),
        (Request, "camera_fixed", _P, "it rules the camera; unwritten is false"),
        (Request, "watermark", _P, "it is drawn into the picture"),
        (Request, "generate_audio", _P, "it adds a sound track to the clip"),
        (Request, "draft", _P, "a draft is drawn more coarsely; unwritten is false"),
        (Request, "service_tier", _D, "it changes queue and price, not the picture"),
        (Request, "execution_expires_after", _D, "it only says how long the task may wait"),
        (Request, "return_last_frame", _D, "it asks for one more file of the same clip"),
        (Input, "kind", _P, "an image starts a clip, a video continues one"),
        (Input, "source", _P, "its bytes are what is seen or heard"),
        (Input, "role", _P, "first frame, last frame or reference; hashed as the role that it plays"),
        (UrlSource, "url", _P, "it stands for its bytes, without userinfo and signature"),
        (UrlSource, "sha256", _P, "the bytes themselves: it replaces the URL"),
        (FileSource, "path", _D, "a moved file has the same bytes"),
        (FileSource, "sha256", _P, "the bytes themselves"),
        (FileSource, "bytes", _D, "the digest says it already"),
        (FileSource, "media_type", _D, "how the same bytes are announced"),
        (DataSource, "uri", _D, "how the same bytes are spelled"),
        (DataSource, "sha256", _P, "the bytes themselves"),
        (DataSource, "bytes", _D, "the digest says it already"),
        (DataSource, "media_type", _D, "how the same bytes are announced"),
        (ShotSource, "content_hash", _P, "the parent's wanted picture"),
        (ShotSource, "take", _P, "each take of the parent is another picture"),
        (ShotSource, "part", _P, "the whole clip or one frame of it"),
        (ShotSource, "shot", _D, "a renamed parent has the same clip"),
        (Shot, "id", _L, "a renamed or moved shot is the same picture"),
        (Shot, "request", _P, "see the rows of Request"),
        (Shot, "takes", _L, "how many are wanted, not what"),
        (Shot, "pick", _L, "which one is shown, not what"),
        (Shot, "description", _L, "words for people"),
        (Shot, "tags", _L, "words for selecting"),
        (Shot, "profile", _L, "which overlay it was read under, not what came of it"),
        (Shot, "origins", _L, "where it was written"),
    )
)

PICTURE_FIELDS = tuple(row.field for row in FIELDS if row.owner is Request and row.bearing is Bearing.PICTURE)
DELIVERY_FIELDS = tuple(row.field for row in FIELDS if row.owner is Request and row.bearing is Bearing.DELIVERY)
