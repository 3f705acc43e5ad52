"""Builders and Hypothesis strategies for requests and facts: whole, plausible values with one thing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from seedance_spec.json_types import Json
from seedance_spec.lockfile.facts import (
    AliasFact,
    AttemptFact,
    Estimate,
    Fact,
    Label,
    LabelFact,
    ProjectFact,
    Report,
    Reporter,
    Status,
)
from seedance_spec.model.shot import (
    DataSource,
    FileSource,
    Input,
    InputKind,
    Part,
    Request,
    Role,
    ShotSource,
    Source,
    UrlSource,
)
from seedance_spec.realm import Realm

some = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How many examples a universal is tried on; never judged by the clock of a busy machine."""


def digest(word: str) -> str:
    """64 hex digits that are the same for the same word."""
    return sha256(word.encode()).hexdigest()


def a_hash(word: str = "moon-walk", version: int = 1) -> str:
    """A content hash that is the same for the same word."""
    return f"v{version}:{digest(word)}"


def a_request(**overrides: Any) -> Request:
    return replace(Request(model="dreamina-seedance-2-0", prompt="A cat walking on the moon"), **overrides)


def an_image(source: Source | None = None, role: Role | None = None) -> Input:
    return Input(kind=InputKind.IMAGE, source=source or UrlSource(url="https://example.com/cat.jpg"), role=role)


def a_file(word: str = "cat", **overrides: Any) -> FileSource:
    file = FileSource(path=f"refs/{word}.jpg", sha256=digest(word), bytes=1000, media_type="image/jpeg")
    return replace(file, **overrides)


def an_attempt(attempt_id: str = "a1", **overrides: Any) -> AttemptFact:
    """A submitted attempt at take 1 of `moon-walk`."""
    attempt = AttemptFact(
        attempt_id=attempt_id,
        realm=Realm.PAID,
        run="r1",
        label=Label(shot="ep1/intro/moon-walk"),
        content_hash=a_hash(),
        take=1,
        status=Status.SUBMITTED,
        task_id=f"task_{attempt_id}",
        submitted_at=1778236598,
    )
    return replace(attempt, **overrides)


def a_report(**overrides: Any) -> Report:
    """What the gateway says of a finished clip."""
    report = Report(
        model_served="dreamina-seedance-2-0-260128",
        seed=42,
        service_tier="default",
        tokens=108900,
        quota=818125,
        finished_at=1778236698,
        output=digest("clip"),
        bytes=4718203,
        frames=121,
    )
    return replace(report, **overrides)


def a_rendered_attempt(attempt_id: str = "a1", clip: str | None = None, **overrides: Any) -> AttemptFact:
    """A succeeded attempt whose clip has the digest of the word `clip`."""
    reports = {Reporter.GATEWAY: a_report(output=digest(clip or attempt_id))}
    return an_attempt(attempt_id, **{"status": Status.SUCCEEDED, "reports": reports, **overrides})


def a_full_attempt() -> AttemptFact:
    """An attempt in which every field says something."""
    every_word = Report(
        model_served="m", seed=1, service_tier="default", tokens=2, quota=3, error_class="moderation",
        error_code="OutputVideoSensitiveContentDetected", error_message="blocked", finished_at=4,
        output=digest("clip"), bytes=5, frames=121, last_frame=digest("frame"),
    )  # fmt: skip
    return an_attempt(
        "a9",
        label=Label(shot="ep1/intro/moon-walk", profile="final", tags=("hero", "night")),
        upstream_ids=("cgt-1", "cgt-2"),
        request={"model": "dreamina-seedance-2-0", "inputs": []},
        input_video_seconds=4.5,
        estimate=Estimate(usd=0.762, tokens=108900, table="2026-05"),
        made_from=(digest("parent"),),
        reports=dict.fromkeys(Reporter, every_word),
        extra={"x_new": 1},
    )


def request_from_json(value: Mapping[str, Any]) -> Request:
    """A request as the vectors file writes it: the fields of Request; a source is `{<kind>: {<its fields>}}`."""
    inputs = tuple(_input_from_json(each) for each in value.get("inputs", ()))
    return Request(**{**value, "inputs": inputs})


def _input_from_json(value: Mapping[str, Any]) -> Input:
    ((kind, said),) = value["source"].items()
    role = Role(value["role"]) if "role" in value else None
    return Input(kind=InputKind(value["kind"]), role=role, source=_source_from_json(kind, said))


def _source_from_json(kind: str, said: Mapping[str, Any]) -> Source:
    match kind:
        case "url":
            return UrlSource(**said)
        case "file":
            return FileSource(**said)
        case "data":
            return DataSource(**said)
        case "shot":
            return ShotSource(**{**said, "part": Part(said["part"])})
        case _:
            raise ValueError(kind)


_words = st.sampled_from(["a", "b", "c"])
_few = st.integers(min_value=0, max_value=3)
digests = _words.map(digest)
hashes = st.builds(a_hash, _words)
times = st.integers(min_value=1778236590, max_value=1778236595)

json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
extras = st.dictionaries(st.sampled_from(["x_new", "x_other"]), json_values, max_size=2)

sources: st.SearchStrategy[Source] = st.one_of(
    st.builds(
        UrlSource,
        url=st.sampled_from(["https://h/a.png", "https://h/b.png?v=2", "https://u:p@h/a.png?X-Tos-Signature=1#f"]),
        sha256=st.none() | digests,
    ),
    st.builds(a_file, _words, path=st.text(max_size=5), bytes=_few, media_type=_words),
    st.builds(DataSource, uri=st.text(max_size=5), sha256=digests, bytes=_few, media_type=_words),
    st.builds(ShotSource, content_hash=hashes, take=st.integers(1, 3) | _words, part=st.sampled_from(Part)),
)
inputs = st.builds(Input, kind=st.sampled_from(InputKind), source=sources, role=st.none() | st.sampled_from(Role))
requests = st.builds(
    Request,
    model=_words,
    prompt=st.text(max_size=8) | _words,
    inputs=st.lists(inputs, max_size=3).map(tuple),
    duration=st.none() | st.sampled_from([-1, 5, 10]),
    frames=st.none() | st.just(121),
    resolution=st.sampled_from(["480p", "720p"]),
    ratio=st.sampled_from(["16:9", "adaptive"]),
    seed=st.none() | _few,
    camera_fixed=st.none() | st.booleans(),
    watermark=st.booleans(),
    generate_audio=st.booleans(),
    draft=st.none() | st.booleans(),
    service_tier=st.none() | _words,
    execution_expires_after=st.none() | _few,
    return_last_frame=st.booleans(),
)

labels = st.builds(Label, shot=_words, profile=st.none() | _words, tags=st.lists(_words, max_size=2).map(tuple))
reports = st.builds(
    Report,
    model_served=st.none() | _words,
    seed=st.none() | _few,
    tokens=st.none() | _few,
    error_message=st.none() | st.text(max_size=6),
    finished_at=st.none() | times,
    output=st.none() | digests,
    last_frame=st.none() | digests,
)
attempts = st.builds(
    AttemptFact,
    attempt_id=_words,
    realm=st.sampled_from(Realm),
    run=_words,
    label=labels,
    content_hash=hashes,
    take=st.integers(1, 3),
    status=st.sampled_from(Status),
    task_id=st.none() | _words,
    upstream_ids=st.lists(_words, max_size=2).map(tuple),
    request=st.dictionaries(st.sampled_from(["model", "prompt"]), json_values, max_size=2),
    input_video_seconds=st.none() | st.sampled_from([2.0, 4.5]),
    estimate=st.none() | st.builds(Estimate, usd=st.sampled_from([0.5, 1.0]), tokens=_few, table=_words),
    submitted_at=st.none() | times,
    made_from=st.lists(digests, max_size=2).map(tuple),
    reports=st.dictionaries(st.sampled_from(Reporter), reports, max_size=3),
    extra=extras,
)
facts: st.SearchStrategy[Fact] = st.one_of(
    attempts,
    st.builds(ProjectFact, project_id=_words, extra=extras),
    st.builds(AliasFact, content_hash=hashes, stands_for=hashes, extra=extras),
    st.builds(
        LabelFact, shot=_words, profile=st.none() | _words, content_hash=st.none() | hashes, when=times, extra=extras
    ),
)
