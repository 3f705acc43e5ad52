"""How our bodies differ from the API page's four examples: a closed table. Pure data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalisation:
    """One difference. `path` is a dotted path into the body, `[]` for every item of a list; `value` says what stands
    there. Nothing that the page sends is ever left out or changed.
    """

    path: str
    value: str
    reason: str
    source: str


NORMALISATIONS = (
    Normalisation(
        path="duration",
        value="the duration, an integer",
        reason="a length written in metadata alone is repeated on top: the page says that the top level wins",
        source="API page 3.1; gateway.md §2, §8.5",
    ),
    Normalisation(
        path="seconds",
        value="the duration, as text",
        reason="one generation of the gateway reads only `seconds` and renders 5 s otherwise",
        source="gateway.md §2, §8.5",
    ),
    Normalisation(
        path="metadata.duration",
        value="the duration, an integer",
        reason="one generation of the gateway forwards only the metadata",
        source="gateway.md §2, §8.5",
    ),
    Normalisation(
        path="metadata.ratio",
        value="adaptive",
        reason="the upstream's default is said aloud, so that a change of it changes no clip",
        source="gateway.md §5.1, §8.5",
    ),
    Normalisation(
        path="metadata.generate_audio",
        value="true",
        reason="the upstream's default is said aloud, so that a change of it changes no clip",
        source="gateway.md §5.1, §8.5",
    ),
    Normalisation(
        path="metadata.watermark",
        value="false",
        reason="the upstream's default is said aloud, so that a change of it changes no clip",
        source="gateway.md §5.1; design D2",
    ),
    Normalisation(
        path="metadata.content[].role",
        value="the role that the item plays, reference_video for a video",
        reason="the upstream refuses several items without roles, and a role says the same for one",
        source="gateway.md §2, §5.1, §8.5",
    ),
    Normalisation(
        path="metadata.execution_expires_after",
        value="this attempt's own number of seconds",
        reason="it makes the upstream give up before the gateway's sweep, and is an attempt's fingerprint",
        source="design D3; gateway.md §8.4",
    ),
    Normalisation(
        path="metadata.callback_url",
        value="this attempt's capability URL, where a receiver is reachable",
        reason="the API page's own way to learn of completion",
        source="API page 3.3; design D4",
    ),
)
