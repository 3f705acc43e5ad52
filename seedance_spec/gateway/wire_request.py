"""The body of a submit, from a request (gateway.md §8.5). Pure: local bytes come in as data URIs."""

from __future__ import annotations

from collections.abc import Mapping

from seedance_spec.json_types import Json, JsonObject
from seedance_spec.model.shot import (
    DataSource,
    FileSource,
    Input,
    InputKind,
    Request,
    Role,
    ShotSource,
    UrlSource,
    effective_roles,
)

_ITEM_TYPES = {InputKind.IMAGE: "image_url", InputKind.VIDEO: "video_url", InputKind.AUDIO: "audio_url"}


def submit_body(
    request: Request, *, inline: Mapping[str, str], callback_url: str | None, execution_expires_after: int
) -> JsonObject:
    """What is POSTed for `request`.

    `inline` maps a local file's sha256 to its data URI. `execution_expires_after` (seconds) is this attempt's own
    value, sent where the author wrote none (D3's fingerprint). Raises ValueError for an input that is another shot's
    clip or a local file without a data URI: the caller resolves both first.
    """
    body: dict[str, Json] = {"model": request.model, "prompt": request.prompt}
    metadata: dict[str, Json] = {}
    _put_inputs(request.inputs, inline, body, metadata)
    _put_length(request, body, metadata)
    metadata |= {
        "resolution": request.resolution,
        "ratio": request.ratio,
        "generate_audio": request.generate_audio,
        "watermark": request.watermark,
    }
    metadata |= _written(request)
    own = request.execution_expires_after
    metadata["execution_expires_after"] = execution_expires_after if own is None else own
    if callback_url is not None:
        metadata["callback_url"] = callback_url
    return body | {"metadata": metadata}


def _put_inputs(
    inputs: tuple[Input, ...], inline: Mapping[str, str], body: dict[str, Json], metadata: dict[str, Json]
) -> None:
    match inputs:
        case ():
            pass
        case (Input(kind=InputKind.IMAGE, role=None) as only,):
            body["image"] = _url(only, inline)
        case _:
            # never beside `image`: the gateway merges the two element by element into nonsense (gateway.md §2)
            roles = effective_roles(inputs)
            metadata["content"] = [_item(each, role, inline) for each, role in zip(inputs, roles, strict=True)]


def _item(each: Input, role: Role, inline: Mapping[str, str]) -> JsonObject:
    kind = _ITEM_TYPES[each.kind]
    return {"type": kind, kind: {"url": _url(each, inline)}, "role": role.value}


def _url(each: Input, inline: Mapping[str, str]) -> str:
    match each.source:
        case UrlSource(url=url):
            return url
        case DataSource(uri=uri):
            return uri
        case FileSource(sha256=digest, path=path):
            if digest not in inline:
                raise ValueError(f"no data URI was handed in for the local file {path}")
            return inline[digest]
        case ShotSource():
            raise ValueError("an input is another shot's clip: it must be resolved to a URL or a file before a submit")


def _put_length(request: Request, body: dict[str, Json], metadata: dict[str, Json]) -> None:
    if request.frames is not None:
        metadata["frames"] = request.frames
        return
    if request.duration is None:
        raise ValueError("a request has a duration or frames")
    if request.duration > 0:
        # generations of the gateway read different ones of the three (gateway.md §2)
        body["duration"] = request.duration
        body["seconds"] = str(request.duration)
    metadata["duration"] = request.duration


def _written(request: Request) -> dict[str, Json]:
    """What is sent only where the author wrote it: the upstream may refuse the mere presence of some of these."""
    optional: dict[str, Json] = {
        "seed": request.seed,
        "camera_fixed": request.camera_fixed,
        "draft": request.draft,
        "service_tier": request.service_tier,
        "return_last_frame": request.return_last_frame or None,
    }
    return {name: value for name, value in optional.items() if value is not None}
