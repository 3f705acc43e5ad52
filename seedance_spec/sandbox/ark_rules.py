"""The upstream's doorkeeper: a request body becomes an order or a refusal. Pure: no I/O may enter."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from seedance_spec.sandbox.ark_tables import (
    ADAPTIVE,
    AUTO,
    DEFAULT_DURATION,
    DEFAULT_EXPIRY,
    DEFAULT_RESOLUTION,
    DURATIONS,
    EXPIRY,
    FRAMES,
    MODELS,
    RATIOS,
    SEEDS,
    SIZES,
)
from seedance_spec.sandbox.wire import Json, JsonObject

IMAGE, VIDEO, AUDIO = "image_url", "video_url", "audio_url"
ROLES: Mapping[str, tuple[str, ...]] = {
    IMAGE: ("first_frame", "last_frame", "reference_image"),
    VIDEO: ("reference_video",),
    AUDIO: ("reference_audio",),
}
MOST = {IMAGE: 9, VIDEO: 3, AUDIO: 3}
BYTES = {IMAGE: 30 << 20, VIDEO: 50 << 20, AUDIO: 15 << 20}
SERVICE_TIERS = ("default", "auto", "priority")


class ArkRefusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """The upstream says no: its HTTP status, its code, its sentence and the parameter it blames."""

    def __init__(self, code: str, message: str, *, param: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One picture, video or sound that the order starts from: `kind` is the content item's type."""

    kind: str
    url: str
    role: str | None

    @property
    def inline(self) -> bool:
        return self.url.startswith("data:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A valid request with its defaults filled in. `duration` is seconds or -1 (the model chooses)."""

    model: str
    prompt: str
    inputs: tuple[Input, ...] = ()
    resolution: str = DEFAULT_RESOLUTION
    ratio: str = ADAPTIVE
    duration: int = DEFAULT_DURATION
    frames: int | None = None
    seed: int | None = None
    generate_audio: bool = True
    watermark: bool = False
    return_last_frame: bool = False
    execution_expires_after: int = DEFAULT_EXPIRY
    priority: int = 0
    callback_url: str | None = None


def read_order(body: JsonObject) -> Order:
    """The order in a request body whose types are already right. Raises ArkRefusal."""
    model = next((one for one in MODELS.values() if one.served == body["model"]), None)
    if model is None:
        raise ArkRefusal(
            "InvalidEndpointOrModel.NotFound",
            f"The model or endpoint {body['model']} does not exist or you do not have access to it.",
            status=404,
        )
    resolution = _one_of(body, "resolution", SIZES, DEFAULT_RESOLUTION)
    if resolution not in model.prices:
        raise _invalid("resolution", f"{resolution} is not supported by model {model.served}")
    _one_of(body, "service_tier", SERVICE_TIERS, "default")
    seed = _integer(body, "seed", SEEDS, AUTO)
    return Order(
        model=model.name,
        prompt=_prompt(body),
        inputs=_inputs(body),
        resolution=resolution,
        ratio=_one_of(body, "ratio", RATIOS, ADAPTIVE),
        duration=_integer(body, "duration", (AUTO, *DURATIONS), DEFAULT_DURATION),
        frames=_integer(body, "frames", FRAMES, 0) or None,
        seed=None if seed == AUTO else seed,
        generate_audio=bool(body.get("generate_audio", True)),
        watermark=bool(body.get("watermark", False)),
        return_last_frame=bool(body.get("return_last_frame", False)),
        execution_expires_after=_integer(body, "execution_expires_after", EXPIRY, DEFAULT_EXPIRY),
        priority=_integer(body, "priority", range(10), 0),
        callback_url=_callback(body),
    )


def _invalid(param: str, why: str) -> ArkRefusal:
    message = f"The parameter `{param}` specified in the request is not valid: {why}."
    return ArkRefusal("InvalidParameter", message, param=param)


def _one_of(body: JsonObject, name: str, allowed: Sequence[str] | Mapping[str, object], default: str) -> str:
    value = str(body.get(name) or default)
    if value not in allowed:
        raise _invalid(name, f"expected one of {', '.join(allowed)}, got {value}")
    return value


def _integer(body: JsonObject, name: str, allowed: Sequence[int], default: int) -> int:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or value not in allowed:
        raise _invalid(name, f"{value} is out of range")
    return value


def _callback(body: JsonObject) -> str | None:
    url = body.get("callback_url")
    if not url:
        return None
    if not str(url).startswith(("http://", "https://")):
        raise _invalid("callback_url", "expected an http or https url")
    return str(url)


def _content(body: JsonObject) -> list[Mapping[str, Json]]:
    content = body.get("content")
    assert isinstance(content, list)
    return content


def _prompt(body: JsonObject) -> str:
    return "\n".join(str(item.get("text", "")) for item in _content(body) if item.get("type") == "text")


def _inputs(body: JsonObject) -> tuple[Input, ...]:
    items = [(place, item) for place, item in enumerate(_content(body)) if item.get("type") != "text"]
    inputs = tuple(_input(place, item) for place, item in items)
    for rule in _MODES:
        rule(inputs)
    return inputs


def _input(place: int, item: JsonObject) -> Input:
    kind = str(item.get("type") or "")
    if kind not in ROLES:
        raise _invalid(f"content[{place}].type", f"unexpected value {kind!r}")
    media = item.get(kind)
    url = str(media.get("url") or "") if isinstance(media, Mapping) else ""
    where = f"content[{place}].{kind}"
    if not url:
        raise ArkRefusal("MissingParameter", f"The request is missing `{where}.url`.", param=where)
    role = str(item["role"]) if item.get("role") else None
    if role is not None and role not in ROLES[kind]:
        raise _invalid(f"content[{place}].role", f"{role} does not fit {kind}")
    _check_url(where, kind, url)
    return Input(kind=kind, url=url, role=role)


def _check_url(where: str, kind: str, url: str) -> None:
    if url.startswith(("http://", "https://", "asset://")):
        return
    if kind == VIDEO:
        raise _invalid(where, "reference_video must be provided as a web url")
    if not url.startswith("data:"):
        raise _invalid(where, "expected a web url, base64 or asset id")
    try:
        size = len(data_uri_bytes(url))
    except ValueError as fault:
        raise _invalid(where, f"invalid base64 data, {fault}") from fault
    if size > BYTES[kind]:
        raise _invalid(where, f"the file exceeds {BYTES[kind] >> 20} MB")


def data_uri_bytes(url: str) -> bytes:
    """The bytes of `data:<type>/<format in lower case>;base64,…`. Raises ValueError."""
    head, comma, payload = url.partition(",")
    media_type = head.removeprefix("data:").removesuffix(";base64")
    if not comma or not head.endswith(";base64") or media_type != media_type.lower() or "/" not in media_type:
        raise ValueError("expected data:<type>/<format>;base64,<data>")
    try:
        return base64.b64decode(payload, validate=True)
    except binascii.Error as fault:
        raise ValueError(str(fault)) from fault


def _counts(inputs: Sequence[Input]) -> None:
    for kind, most in MOST.items():
        if sum(one.kind == kind for one in inputs) > most:
            raise _invalid("content", f"at most {most} {kind} items are supported")


def _frames_alone(inputs: Sequence[Input]) -> None:
    roles = [one.role for one in inputs]
    framed = [role for role in roles if role in ("first_frame", "last_frame")]
    if not framed:
        return
    if len(framed) != len(inputs):
        raise _invalid("content", "first/last frame content cannot be mixed with reference media content")
    if sorted(framed) not in (["first_frame"], ["first_frame", "last_frame"]):
        raise _invalid("content", "expected one first_frame and at most one last_frame")


def _roleless(inputs: Sequence[Input]) -> None:
    nameless = sum(one.kind == IMAGE and one.role is None for one in inputs)
    if nameless > 1 or (nameless and any(one.role == "reference_image" for one in inputs)):
        raise _invalid("content", "image role is required when several images are given")


def _not_audio_alone(inputs: Sequence[Input]) -> None:
    if inputs and all(one.kind == AUDIO for one in inputs):
        raise _invalid("content", "reference_audio requires at least one image or video")


_MODES: tuple[Callable[[Sequence[Input]], None], ...] = (_counts, _frames_alone, _roleless, _not_audio_alone)
