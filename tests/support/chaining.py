"""Shots that start from another shot, and a gateway that names the links of what it rendered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace

from seedance_spec.attempts.ports import Content, TaskAnswer, TaskState, TaskView
from seedance_spec.content_hash import content_hash
from seedance_spec.model.shot import Input, InputKind, Part, Shot, ShotSource
from tests.support.clips import png
from tests.support.conducting import RENDER_SECONDS, Gateway
from tests.support.deciding import a_shot

MOON = a_shot("film/moon", prompt="A cat on the moon")


def a_child(part: Part = Part.VIDEO, *, of: Shot = MOON, take: int | str = 1, shot_id: str = "film/exit") -> Shot:
    """A shot that starts from a part of another one's take."""
    kind = InputKind.VIDEO if part is Part.VIDEO else InputKind.IMAGE
    return a_shot(shot_id, prompt="The cat walks out", inputs=(Input(kind=kind, source=a_source(part, of, take)),))


def a_source(part: Part = Part.VIDEO, of: Shot = MOON, take: int | str = 1) -> ShotSource:
    return ShotSource(content_hash=content_hash(of.request), take=take, part=part, shot=of.id)


def link_of(task_id: str) -> str:
    return f"https://tos.example.test/{task_id}.mp4?X-Tos-Signature=a-secret-for-a-day"


@dataclass(slots=True)
class LinkingGateway(Gateway):
    """Shows a finished task with its links; `frames` has a last frame's PNG for those that were asked for one.

    `log` is every look in order; `on_look` is awaited before each is answered. `later` are answers that come instead of
    what it knows, one per look.
    """

    links: dict[str, str] = field(default_factory=dict)
    frames: bool = False
    log: list[str] = field(default_factory=list)
    later: list[TaskAnswer] = field(default_factory=list)
    on_look: Callable[[str], Awaitable[None]] | None = None

    async def task(self, task_id: str) -> TaskAnswer:
        self.log.append(task_id)
        if self.on_look is not None:
            await self.on_look(task_id)
        answer = await Gateway.task(self, task_id)
        if self.later:
            return self.later.pop(0)
        if not isinstance(answer, TaskView) or answer.state is not TaskState.SUCCEEDED:
            return answer
        return replace(
            answer,
            result_url=self.links.get(task_id, link_of(task_id)),
            last_frame_url=f"https://tos.example.test/{task_id}.png" if self.frames else None,
            finish_time=int(self.born[task_id] + RENDER_SECONDS),
        )

    def link(self, url: str, *, offset: int = 0) -> AbstractAsyncContextManager[Content]:
        assert url.endswith(".png"), f"only frames are fetched by their link: {url}"
        return _frame(offset)


@asynccontextmanager
async def _frame(offset: int) -> AsyncIterator[Content]:
    async def blocks() -> AsyncIterator[bytes]:
        yield png()[offset:]

    yield Content(blocks=blocks(), length=len(png()), offset=offset)
