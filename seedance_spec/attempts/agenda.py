"""What the table asked one lane for and is not done yet. It performs nothing."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_spec.attempts.stages import Ask, Effect, Fetch, Post, Release, Rest, Salvage, Seek


@dataclass(slots=True)
class Agenda:
    """One lane's open effects. `fetch_at` and `salvage_at` are Unix seconds; `released` and `resting` end the lane."""

    post: bool = False
    ask: bool = False
    fetch_at: float | None = None
    seek: bool = False
    salvage_at: float | None = None
    released: Release | None = None
    resting: bool = False

    def note(self, effect: Effect, *, now: float) -> None:
        match effect:
            case Post():
                self.post = True
            case Ask():
                # Whatever is asked about has a task id: nothing is left to seek.
                self.ask, self.seek, self.salvage_at = True, False, None
            case Fetch():
                self.ask = False
                self.fetch_at = now + (effect.after or 0.0)
            case Seek():
                self.seek = True
            case Salvage():
                self.salvage_at = now + (effect.after or 0.0)
            case Release():
                self.released = effect
            case Rest():
                self.resting = True
            case _:
                # What must be durable was made so before anything is noted; the rest is said, not done.
                raise AssertionError(effect)

    def is_empty(self, *, stopping: bool) -> bool:
        """Whether nothing is left to do, or a stop leaves nothing that must be done now: a POST that is to be sent must
        still come to an outcome.
        """
        if self.resting or self.released is not None:
            return True
        return not self.post and (stopping or not (self.ask or self.seek or self.fetch_at is not None))
