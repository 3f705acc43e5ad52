"""What a watch does next: a look after saves, one version of a shot at a time, nothing twice, all by consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_spec.watch.desk import Consent, Desk, Hold, step
from seedance_spec.watch.happenings import (
    Agreed,
    Doing,
    Ended,
    Happening,
    Job,
    Kind,
    Left,
    Look,
    Looked,
    Lost,
    Passed,
    Start,
    Superseded,
    Touched,
    Withdraw,
)
from seedance_spec.watch.sheet import Buy, Follow, Key, Sheet

MOON_1, MOON_2 = ("v1:moon-1", 1), ("v1:moon-2", 1)


def a_buy(shot_id: str, *keys: Key, **fields: Any) -> Buy:
    return Buy(shot_id=shot_id, keys=frozenset(keys), **fields)


def a_sheet(*buys: Buy, **fields: Any) -> Sheet:
    """What a look found where these shots would be bought, and nothing else is wanted."""
    wanted = frozenset(key for buy in buys for key in buy.keys)
    return Sheet(buys=buys, wanted=fields.pop("wanted", frozenset()) | wanted, **fields)


def played(desk: Desk, *happenings: Happening) -> tuple[Desk, list[Doing]]:
    """The desk after all of this, and what was done about it."""
    done: list[Doing] = []
    for each in happenings:
        desk, doings = step(desk, each)
        done += doings
    return desk, done


def looked_at(desk: Desk, sheet: Sheet) -> tuple[Desk, list[Doing]]:
    """A save was made and looked at: what was begun by what was found."""
    desk, _ = played(desk, Touched(at=0.0), Passed(at=desk.quiet))
    return played(desk, Looked(sheet=sheet))


def shots_of(doings: list[Doing]) -> list[str]:
    return [doing.job.shot_id for doing in doings if isinstance(doing, Start)]


def test_a_look_waits_until_it_is_quiet() -> None:
    """Saves a tenth of a second apart are one look, a quiet period after the last."""
    desk = Desk(quiet=0.3)
    desk, doings = played(desk, Touched(at=0.0), Passed(at=0.1), Touched(at=0.2), Passed(at=0.45))
    assert (doings, desk.due) == ([], 0.5)

    desk, doings = played(desk, Passed(at=0.5))

    assert doings == [Look()]
    assert desk.due is None


def test_a_look_does_not_wait_for_ever() -> None:
    """Where saves never stop, it is looked all the same once patience is over."""
    saves = [happening for n in range(31) for happening in (Touched(at=n / 10), Passed(at=n / 10))]

    _, doings = played(Desk(quiet=0.3, patience=3.0), *saves)

    assert [type(each) for each in doings] == [Look]


def test_a_look_that_a_save_overtook_begins_nothing() -> None:
    """What was found is older than the last save: the next look decides."""
    desk, _ = played(Desk(), Touched(at=0.0), Passed(at=0.3), Touched(at=0.35))

    desk, doings = played(desk, Looked(sheet=a_sheet(a_buy("moon", MOON_1))), Passed(at=0.65))

    assert [type(each) for each in doings] == [Look]


def test_what_changed_is_begun_once() -> None:
    """A shot that is under way is not begun again by the next look."""
    sheet = a_sheet(a_buy("moon", MOON_1, usd=0.3))
    desk, first = looked_at(Desk(), sheet)

    desk, second = looked_at(desk, sheet)

    assert (shots_of(first), shots_of(second)) == (["moon"], [])
    assert (desk.busy, desk.reserved_usd) == (frozenset({MOON_1}), 0.3)


def test_a_newer_version_waits_for_the_older_one_which_is_said_once() -> None:
    """The older one is told to send nothing more, and is seen through; then the newer one is begun."""
    desk, _ = looked_at(Desk(), a_sheet(a_buy("moon", MOON_1)))
    newer = a_sheet(a_buy("moon", MOON_2))

    desk, doings = looked_at(desk, newer)
    assert doings == [Withdraw(number=1), Superseded(shot_id="moon")]
    assert desk.holds == {"moon": Hold.OLDER_RENDERS}
    desk, again = looked_at(desk, newer)
    assert again == []
    desk, _ = played(desk, Ended(number=1))
    desk, doings = played(desk, Looked(sheet=newer))

    assert shots_of(doings) == ["moon"]
    assert desk.holds == {}


def test_a_lost_answer_keeps_nothing_waiting() -> None:
    """Nobody knows when it will be settled: the newer version is begun, and the lost one's money stays reserved."""
    desk, _ = looked_at(Desk(), a_sheet(a_buy("moon", MOON_1, usd=0.3)))
    desk, _ = played(desk, Lost(shot_id="moon"))

    desk, doings = played(desk, Looked(sheet=a_sheet(a_buy("moon", MOON_2, usd=0.2))))

    assert shots_of(doings) == ["moon"]
    assert desk.reserved_usd == 0.5


def test_a_child_waits_for_its_parent() -> None:
    """What a shot starts from is rendered first, and it is looked anew before the child is bought."""
    sheet = a_sheet(a_buy("moon", MOON_1), a_buy("exit", ("v1:exit", 1), parents=frozenset({"moon"})))

    desk, doings = looked_at(Desk(), sheet)

    assert (shots_of(doings), desk.holds) == (["moon"], {"exit": Hold.PARENT})


def test_no_more_shots_are_begun_than_there_are_places() -> None:
    """The others wait for their turn, and the next end lets the next one begin."""
    sheet = a_sheet(a_buy("a", ("v1:a", 1)), a_buy("b", ("v1:b", 1)), a_buy("c", ("v1:c", 1)))
    desk, doings = looked_at(Desk(places=2), sheet)
    assert (shots_of(doings), desk.holds) == (["a", "b"], {"c": Hold.PLACE})

    rest = replace(sheet, buys=sheet.buys[1:])
    desk, _ = played(desk, Ended(number=1))
    desk, doings = played(desk, Looked(sheet=rest))

    assert shots_of(doings) == ["c"]


def test_what_was_tried_in_vain_is_tried_again_on_a_key_alone() -> None:
    """A refused POST would be refused again: no look repeats it, a yes does."""
    sheet = a_sheet(a_buy("moon", MOON_1))
    desk, _ = looked_at(Desk(), sheet)
    desk, _ = played(desk, Ended(number=1, unbought={MOON_1: "no money"}))
    desk, doings = played(desk, Looked(sheet=sheet))
    assert (doings, desk.holds) == ([], {"moon": Hold.GIVEN_UP})

    desk, _ = played(desk, Agreed())
    _, doings = played(desk, Looked(sheet=sheet))

    assert shots_of(doings) == ["moon"]


def test_a_yes_is_one_to_what_was_shown() -> None:
    """With a key to pay, the version that was shown is bought; one saved after it needs a yes of its own."""
    desk, doings = looked_at(Desk(consent=Consent.KEY), a_sheet(a_buy("moon", MOON_1)))
    assert (doings, desk.holds) == ([], {"moon": Hold.KEY})
    desk, _ = played(desk, Agreed())

    desk, doings = played(desk, Looked(sheet=a_sheet(a_buy("moon", MOON_2))))

    assert (doings, desk.holds) == ([], {"moon": Hold.KEY})


def test_a_yes_is_one_to_the_price_that_was_shown() -> None:
    """What waits is bought at the price that was agreed to or less; a dearer one needs a yes of its own."""
    shown = a_sheet(a_buy("moon", MOON_1, usd=0.3), refused="no more today")
    desk, _ = looked_at(Desk(consent=Consent.KEY), shown)
    desk, _ = played(desk, Agreed(), Looked(sheet=shown))

    dearer, doings = looked_at(desk, a_sheet(a_buy("moon", MOON_1, usd=0.6)))
    assert (doings, dearer.holds) == ([], {"moon": Hold.KEY})
    _, doings = looked_at(desk, a_sheet(a_buy("moon", MOON_1, usd=0.2)))

    assert shots_of(doings) == ["moon"]


def test_a_commit_pays_once_the_head_moved_and_the_file_is_clean() -> None:
    """An edit waits; a commit of something else moves the head and leaves it dirty; its own commit renders it."""
    desk, doings = looked_at(Desk(consent=Consent.COMMIT), a_sheet(a_buy("moon", MOON_1, clean=True), head="c1"))
    assert (doings, desk.holds) == ([], {"moon": Hold.COMMIT})
    desk, doings = looked_at(desk, a_sheet(a_buy("moon", MOON_2), head="c1"))
    assert doings == []
    desk, doings = looked_at(desk, a_sheet(a_buy("moon", MOON_2), head="c2"))
    assert doings == []

    desk, doings = looked_at(desk, a_sheet(a_buy("moon", MOON_2, clean=True), head="c3"))

    assert shots_of(doings) == ["moon"]


def test_an_edit_that_is_committed_before_anybody_looked_is_rendered() -> None:
    """Saved and committed within one quiet period: the head moved since the look before."""
    desk, _ = looked_at(Desk(consent=Consent.COMMIT), a_sheet(head="c1"))

    _, doings = looked_at(desk, a_sheet(a_buy("moon", MOON_1, clean=True), head="c2"))

    assert shots_of(doings) == ["moon"]


def test_what_the_guards_refuse_is_held() -> None:
    """Nothing is bought while they object; what costs nothing is done all the same."""
    sheet = a_sheet(a_buy("moon", MOON_1), refused="12 takes × $1", free=frozenset({"restore jump"}))

    desk, doings = looked_at(Desk(), sheet)

    assert [doing.job.kind for doing in doings if isinstance(doing, Start)] == [Kind.FREE]
    assert desk.holds == {"moon": Hold.REFUSED}


def test_what_costs_nothing_is_done_once_and_again_after_a_save() -> None:
    """A disk that refuses must not be asked in a circle."""
    sheet = a_sheet(free=frozenset({"restore jump"}))
    desk, _ = looked_at(Desk(), sheet)
    desk, _ = played(desk, Ended(number=1))
    desk, doings = played(desk, Looked(sheet=sheet))
    assert doings == []

    _, doings = looked_at(desk, sheet)

    assert [type(each) for each in doings] == [Start]


def test_an_attempt_on_record_is_followed_once() -> None:
    """What an earlier session left under way is seen through, and holds its shot's place meanwhile."""
    follow = Follow(attempt_id="a1", shot_id="moon", key=MOON_1, renders=True)
    sheet = a_sheet(a_buy("moon", MOON_2), follows=(follow,))
    desk, doings = looked_at(Desk(), sheet)
    assert [doing.job.attempt_id for doing in doings if isinstance(doing, Start)] == ["a1"]
    assert desk.holds == {"moon": Hold.OLDER_RENDERS}

    desk, _ = played(desk, Ended(number=1))
    _, doings = played(desk, Looked(sheet=sheet))

    assert shots_of(doings) == ["moon"]


def test_whoever_leaves_begins_nothing_more() -> None:
    """No look and no job follows."""
    desk, _ = looked_at(Desk(), a_sheet(a_buy("moon", MOON_1)))

    desk, doings = played(desk, Left(), Touched(at=9.0), Passed(at=99.0), Ended(number=1), Looked(sheet=a_sheet()))

    assert (doings, desk.due) == ([], None)


# ── whole sessions ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class World:
    """A gateway and a project as a desk sees them: what the specs ask for, what is rendered, what is under way."""

    desk: Desk = field(default_factory=lambda: Desk(places=3))
    now: float = 0.0
    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("a", "b", "c"), 0))
    rendered: set[Key] = field(default_factory=set)
    bought: list[Key] = field(default_factory=list)
    jobs: dict[int, Job] = field(default_factory=dict)
    asked: bool = False

    def happen(self, happening: Happening) -> None:
        self.desk, doings = step(self.desk, happening)
        for doing in doings:
            match doing:
                case Look():
                    self.asked = True
                case Start(job=job):
                    self.bought += sorted(job.keys)
                    self.jobs[job.number] = job
                case _:
                    pass
        held = [job.shot_id for job in self.jobs.values()]
        assert len(held) == len(set(held)) <= 3, "one version of a shot at a time, and no more than there are places"

    def save(self, shot_id: str) -> None:
        self.versions[shot_id] += 1
        self.happen(Touched(at=self.now))

    def end(self) -> None:
        if self.jobs:
            job = self.jobs.pop(min(self.jobs))
            self.rendered |= job.keys
            self.happen(Ended(number=job.number))

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.happen(Passed(at=self.now))

    def look(self) -> None:
        if self.asked:
            self.asked = False
            self.happen(Looked(sheet=self.sheet()))

    def sheet(self) -> Sheet:
        keys: Mapping[str, Key] = {shot_id: (f"v1:{shot_id}{version}", 1) for shot_id, version in self.versions.items()}
        open_keys = {shot_id: key for shot_id, key in keys.items() if key not in self.rendered | self.desk.busy}
        return Sheet(
            buys=tuple(a_buy(shot_id, key) for shot_id, key in open_keys.items()), wanted=frozenset(keys.values())
        )


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", "end", "look", "wait", "calm"]), max_size=60))
def test_whatever_happens_the_last_version_is_rendered_and_no_take_bought_twice(story: list[str]) -> None:
    """In any order of saves, looks, ends and pauses: no take is begun twice, and once it is calm the newest stands."""
    world = World()
    for word in story:
        match word:
            case "end":
                world.end()
            case "look":
                world.look()
            case "wait":
                world.wait(0.1)
            case "calm":
                world.wait(1.0)
                world.look()
            case shot_id:
                world.save(shot_id)
    world.happen(Touched(at=world.now))
    for _ in range(20):
        world.wait(1.0)
        world.look()
        world.end()

    assert len(world.bought) == len(set(world.bought))
    assert {(f"v1:{shot_id}{version}", 1) for shot_id, version in world.versions.items()} <= world.rendered
