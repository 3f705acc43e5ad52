"""From the gateway's request to the upstream's, field by field as generation G1b does it. Pure: no I/O may enter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from seedance_spec.sandbox.wire import Json, JsonObject


class SubmitRefusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """The gateway's task layer says no (shape B)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """The body of a POST after the gateway's own typing. Absent fields have Go's zero values."""

    model: str
    prompt: str
    images: tuple[str, ...] = ()
    duration: int = 0
    seconds: str = ""
    metadata: JsonObject = field(default_factory=dict)


def read_submit(body: JsonObject) -> Submit:
    """The typed request, refused in the gateway's order: types, prompt, seconds. Raises SubmitRefusal."""
    image = _text(body, "image")
    submit = Submit(
        model=_text(body, "model"),
        prompt=_text(body, "prompt"),
        images=_texts(body, "images") or ((image,) if image.strip() else ()),
        duration=_lenient_integer(body.get("duration")),
        seconds=_text(body, "seconds"),
        metadata=_metadata(body.get("metadata")),
    )
    if not submit.prompt.strip():
        raise SubmitRefusal(400, "invalid_request", "prompt is required")
    for wanted in (submit.duration, _lenient_integer(submit.seconds)):
        if not 0 <= wanted <= 3600:
            raise SubmitRefusal(400, "invalid_seconds", "seconds must be between 1 and 3600")
    return submit


def has_video_input(submit: Submit) -> bool:
    """Whether the gateway's price table sees a video: it looks at `metadata.content` alone."""
    content = submit.metadata.get("content")
    items = content if isinstance(content, list) else []
    return any(isinstance(item, Mapping) and (item.get("type") == "video_url" or "video_url" in item) for item in items)


def upstream_body(submit: Submit, *, served: str) -> JsonObject:
    """What the gateway posts upstream: whitelisted metadata, images merged element by element, text last.

    Raises SubmitRefusal(500, build_request_failed) where Go could not decode the metadata.
    """
    body: dict[str, Json] = {"model": served}
    for name, decode in _WHITELIST.items():
        if submit.metadata.get(name) is not None:
            body[name] = decode(name, submit.metadata[name])
    seconds = submit.duration if submit.duration > 0 else _lenient_integer(submit.seconds)
    if seconds > 0:
        body["duration"] = seconds
    items = [item for item in _merged(submit) if item.get("type") != "text"]
    body["content"] = [*items, {"type": "text", "text": submit.prompt}]
    return body


def _merged(submit: Submit) -> list[dict[str, Json]]:
    """Go decodes `metadata.content` onto the slice that `images` made: same places merge, the rest is cut off."""
    images: list[dict[str, Json]] = [{"type": "image_url", "image_url": {"url": url}} for url in submit.images]
    if "content" not in submit.metadata:
        return images
    content = submit.metadata["content"]
    if content is None:
        return []
    if not isinstance(content, list):
        raise _undecodable("content", content, "[]doubao.ContentItem")
    images += [{}] * (len(content) - len(images))
    return [_onto(under, item) for under, item in zip(images, content, strict=False)]


def _onto(under: Mapping[str, Json], item: Json) -> dict[str, Json]:
    if item is None:
        return dict(under)
    if not isinstance(item, Mapping):
        raise _undecodable("content", item, "doubao.ContentItem")
    merged = dict(under)
    for name in ("type", "text", "role"):
        if item.get(name) is not None:
            merged[name] = _string(f"content.{name}", item[name])
    for name in ("image_url", "video_url", "audio_url"):
        if name in item:
            merged[name] = _media_url(name, item[name])
    return {name: value for name, value in merged.items() if value is not None}


def _media_url(name: str, value: Json) -> Json:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _undecodable(f"content.{name}", value, "doubao.MediaURL")
    url = value.get("url")
    return {} if url is None else {"url": _string(f"content.{name}.url", url)}


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise SubmitRefusal(400, "invalid_request", _go_mismatch("TaskSubmitReq", name, value, "string"))
    return value


def _texts(body: JsonObject, name: str) -> tuple[str, ...]:
    value = body.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise SubmitRefusal(400, "invalid_request", _go_mismatch("TaskSubmitReq", name, value, "[]string"))
    return tuple(_text({name: item}, name) for item in value)


def _metadata(value: Json) -> JsonObject:
    """An object, or text that holds one; anything else is none."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _lenient_integer(value: Json) -> int:
    """An int or numeric text; whatever is neither counts as not given."""
    match value:
        case bool() | None:
            return 0
        case int():
            return value
        case str() if _INTEGER.fullmatch(value):
            return int(value)
        case _:
            return 0


_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


def _string(name: str, value: Json) -> Json:
    if not isinstance(value, str):
        raise _undecodable(name, value, "string")
    return value


def _integer(name: str, value: Json) -> Json:
    match value:
        case bool():
            raise _undecodable(name, value, "int")
        case int():
            return value
        case str() if _INTEGER.fullmatch(value):
            return int(value)
        case _:
            raise _undecodable(name, value, "int")


def _boolean(name: str, value: Json) -> Json:
    match value:
        case bool():
            return value
        case str() if value.lower() in ("true", "false", "1", "0"):
            return value.lower() in ("true", "1")
        case _:
            raise _undecodable(name, value, "bool")


def _tools(name: str, value: Json) -> Json:
    if not isinstance(value, list):
        raise _undecodable(name, value, "[]struct")
    return [{"type": item["type"]} for item in value if isinstance(item, Mapping) and "type" in item]


def _undecodable(name: str, value: Json, wanted: str) -> SubmitRefusal:
    why = _go_mismatch("requestPayload", name, value, wanted)
    return SubmitRefusal(
        500, "build_request_failed", f"convert request payload failed: unmarshal metadata failed: {why}"
    )


def _go_mismatch(struct: str, name: str, value: Json, wanted: str) -> str:
    match value:
        case bool():
            got = "bool"
        case float():
            got = f"number {value}"
        case int():
            got = "number"
        case str():
            got = "string"
        case Mapping():
            got = "object"
        case _:
            got = "array"
    return f"json: cannot unmarshal {got} into Go struct field {struct}.{name} of type {wanted}"


_WHITELIST: Mapping[str, Callable[[str, Json], Json]] = {
    "callback_url": _string,
    "return_last_frame": _boolean,
    "service_tier": _string,
    "execution_expires_after": _integer,
    "generate_audio": _boolean,
    "draft": _boolean,
    "tools": _tools,
    "safety_identifier": _string,
    "priority": _integer,
    "resolution": _string,
    "ratio": _string,
    "duration": _integer,
    "frames": _integer,
    "seed": _integer,
    "camera_fixed": _boolean,
    "watermark": _boolean,
}
