"""The shape of spec files, as pydantic models: keys, types and words about each. No rule about values may enter."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from seedance_spec.model import vocabulary as words

MEDIA = "URL, data URI, or path relative to this file"
KEY_PATTERN = r"^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$"

RoleName: TypeAlias = Literal["first_frame", "last_frame", "reference_image", "reference_video", "reference_audio"]
ItemType: TypeAlias = Literal["image_url", "video_url", "audio_url"]


class _Written(BaseModel):
    """Something that a user writes: unknown keys and wrong types are errors, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Link(_Written):
    url: str = Field(description=f"{MEDIA}. A video needs a URL.", examples=["https://example.com/cat.mp4"])


class ContentItem(_Written):
    """One item of `metadata.content`, in the API's own form: a type, and the link under the key of that name."""

    type: ItemType = Field(description="What the item is; its link stands under the key of the same name.")
    image_url: Link | None = Field(None, description="Image reference (image-to-video).")
    video_url: Link | None = Field(None, description="Video input (continuation, editing).")
    audio_url: Link | None = Field(None, description="Audio reference.")
    role: RoleName | None = Field(None, description="What the input is for.")


class InputItem(_Written):
    """One image, video or audio that the shot starts from, or another shot's clip or frame."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [each]} for each in ("image", "video", "audio", "shot")],
            "dependentRequired": {"frame": ["shot"]},
        }
    )

    image: str | None = Field(None, description=f"An image: {MEDIA}.", examples=["./refs/cat.jpg"])
    video: str | None = Field(None, description="A video: its URL.", examples=["https://example.com/cat.mp4"])
    audio: str | None = Field(None, description=f"An audio: {MEDIA}.", examples=["./refs/theme.mp3"])
    shot: str | None = Field(
        None,
        description="Another shot, which is rendered first: its key in this file, or its id (`ep1/intro/moon-walk`).",
        examples=["moon-walk", "ep1/intro/moon-walk", "banner@ratio=9x16"],
    )
    frame: Literal["first", "last"] | None = Field(
        None, description="The first or last frame of that shot, as an image. Without it: the clip, as a video."
    )
    take: int | str | None = Field(
        None, description="The take of that shot: its number, or an attempt id. Default the one it shows."
    )
    role: RoleName | None = Field(None, description="What the input is for. A single image starts the clip.")
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        None, description="The SHA-256 of its bytes. It pins them, and beside a URL it stands for the URL."
    )


class Metadata(_Written):
    """Seedance's own parameters, under the API's names."""

    resolution: str | None = Field(
        None,
        description="Resolution tier. Default 720p.",
        json_schema_extra={"pattern": words.TIER_PATTERN},
        examples=list(words.RESOLUTIONS),
    )
    ratio: str | None = Field(
        None,
        description="Aspect ratio. Default adaptive.",
        json_schema_extra={"enum": [*words.RATIOS, None]},
    )
    duration: int | None = Field(
        None, description="Seconds. `duration` of the shot takes precedence.", examples=[5, 10]
    )
    frames: int | None = Field(None, description="Number of frames, instead of a duration.", examples=[121])
    seed: int | None = Field(
        None, description="Random seed.", json_schema_extra={"minimum": 0, "maximum": words.MAX_SEED}, examples=[42]
    )
    camera_fixed: bool | None = Field(None, description="true keeps the camera still.")
    watermark: bool | None = Field(None, description="Add the official watermark. Default false.")
    service_tier: str | None = Field(
        None, description="Service tier, for speed and quota.", examples=list(words.SERVICE_TIERS)
    )
    execution_expires_after: int | None = Field(None, description="Seconds after which the task is given up.")
    generate_audio: bool | None = Field(None, description="Generate audio with the video. Default true.")
    draft: bool | None = Field(None, description="Draft mode: faster, cheaper, slightly lower quality.")
    return_last_frame: bool | None = Field(None, description="Return the last frame as an image too. Default false.")
    content: list[ContentItem] | None = Field(
        None, description="Mixed image, video and audio inputs in the API's form. `inputs` is the friendlier way."
    )


class Defaults(_Written):
    """What shots share. A shot's own keys win; mappings are merged, lists replaced; null takes a default away."""

    model: str | None = Field(None, description="Seedance model.", examples=list(words.MODELS))
    prompt: str | None = Field(
        None,
        description="What is to be seen. `${name}` stands for a variable, `$${` for a plain `${`.",
        examples=["A cat walking on the moon with a starry background", "${hero} on the moon"],
    )
    image: str | None = Field(None, description=f"The image that the clip starts from: {MEDIA}.")
    images: list[str] | None = Field(None, description=f"Reference images, each a {MEDIA}.")
    duration: int | None = Field(
        None,
        description="Seconds: 4 to 15, or -1 to let the model decide. Default 5.",
        json_schema_extra={"minimum": words.AUTO_DURATION},
    )
    seconds: Annotated[str, Field(pattern=r"^-?[0-9]+$")] | None = Field(
        None, description="The duration as a text, used where `duration` is 0 or absent.", examples=["5"]
    )
    metadata: Metadata | None = Field(None, description="Seedance's own parameters.")
    inputs: list[InputItem] | None = Field(None, description="Images, video and audio that the shot starts from.")
    takes: int | None = Field(
        None,
        description="How many renderings are wanted. Default 1.",
        json_schema_extra={"minimum": 1, "maximum": words.MAX_TAKES},
    )
    description: str | None = Field(None, description="For people; changes nothing.")
    tags: list[str] | None = Field(None, description="Words to select shots by; they change nothing.")


class Chosen(Defaults):
    """What one shot says over its defaults: the same keys, and which take it shows."""

    pick: int | str | None = Field(None, description="The chosen take: its number, or an attempt id. Default take 1.")


class ShotEntry(Chosen):
    """One clip to be rendered."""

    matrix: Any = Field(
        None,
        description=(
            "One shot for every combination of values: `${matrix.ratio}` stands for that of the axis `ratio`, and the"
            " id is `banner@ratio=9x16`."
        ),
    )


class ProfileEntry(Chosen):
    """A named overlay: it wins over every key of every shot. null takes a value away."""

    vars: dict[str, Any] | None = Field(None, description="Variables that the profile sets.")


class SpecDocument(_Written):
    """A file under specs/ that describes shots."""

    version: Literal[1] = Field(description="The version of this format.")
    description: str | None = Field(None, description="For people; changes nothing.")
    vars: dict[str, Any] | None = Field(None, description="Variables of this file, over those of the project.")
    defaults: Defaults | None = Field(None, description="What the shots of this file share.")
    profiles: dict[str, ProfileEntry] | None = Field(
        None,
        description="Named overlays for the shots of this file (`--profile draft`), over those of the project.",
        json_schema_extra={"propertyNames": {"pattern": KEY_PATTERN}},
        examples=[{"draft": {"model": words.FAST, "metadata": {"resolution": "480p"}}}],
    )
    shots: dict[str, ShotEntry] | None = Field(
        None,
        description="The shots, by key: ASCII letters, digits, dot, hyphen and underscore.",
        json_schema_extra={"propertyNames": {"pattern": KEY_PATTERN}},
    )


class BudgetEntry(_Written):
    """What may be spent. It only lowers what the command line and the environment allow."""

    run: float | None = Field(
        None,
        description="US dollars that one run may come to, at the upper end of its estimate.",
        json_schema_extra={"minimum": 0},
        examples=[20],
    )
    month: float | None = Field(
        None,
        description="US dollars that a calendar month (UTC) may come to, with what the lockfile says was spent.",
        json_schema_extra={"minimum": 0},
        examples=[200],
    )
    rerender_percent: float | None = Field(
        None,
        description="Share of finished shots that may re-render without --force. Default and most 50.",
        json_schema_extra={"minimum": 0, "maximum": 100},
        examples=[20],
    )


class PriceEntry(_Written):
    """A price. It is shown; guards reckon with it only where it is higher than the price they know."""

    usd_per_million_tokens: float = Field(
        description="US dollars per million tokens.", json_schema_extra={"exclusiveMinimum": 0}, examples=[7.0]
    )
    with_video: float | None = Field(
        None,
        description="The same with a video among the inputs. Default: the price without.",
        json_schema_extra={"exclusiveMinimum": 0},
        examples=[4.3],
    )
    source: str | None = Field(None, description="Who says so.", examples=["invoice of May"])
    date: str | None = Field(None, description="When it was so.", examples=["2026-05-08"])


class ModelPriceEntry(PriceEntry):
    """The prices of one model."""

    resolutions: dict[str, PriceEntry] | None = Field(
        None,
        description="Prices of single resolutions, where they differ.",
        examples=[{"1080p": {"usd_per_million_tokens": 7.7}}],
    )


class PricesDocument(_Written):
    """A file of prices outside the specs (SEEDANCE_PRICES_FILE)."""

    version: Literal[1] = Field(description="The version of this format.")
    prices: dict[str, ModelPriceEntry] = Field(description="Prices by model.")


class ProjectDocument(_Written):
    """specs/project.yaml: what all spec files share."""

    version: Literal[1] = Field(description="The version of this format.")
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(None, description="The project's name.")
    description: str | None = Field(None, description="For people; changes nothing.")
    vars: dict[str, Any] | None = Field(None, description="Variables that every spec file may use.")
    defaults: Defaults | None = Field(None, description="What all shots of the project share.")
    profiles: dict[str, ProfileEntry] | None = Field(
        None,
        description="Named overlays (`--profile draft`): each wins over every key of every shot.",
        json_schema_extra={"propertyNames": {"pattern": KEY_PATTERN}},
        examples=[{"draft": {"model": words.FAST, "metadata": {"resolution": "480p"}}}],
    )
    retries: int | None = Field(
        None,
        description=(
            "How often an apply buys a take again by itself when it failed for no reason of the request (upstream"
            " timeout, internal error: refunded). Default 0."
        ),
        json_schema_extra={"minimum": 0, "maximum": words.MAX_RETRIES},
    )
    budget: BudgetEntry | None = Field(None, description="What may be spent; it only lowers other caps.")
    prices: dict[str, ModelPriceEntry] | None = Field(
        None,
        description="The project's own prices by model, for what is shown.",
        examples=[{"dreamina-seedance-2-0": {"usd_per_million_tokens": 7.0, "with_video": 4.3}}],
    )
