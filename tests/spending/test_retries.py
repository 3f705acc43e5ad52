"""Failed takes that are bought again by themselves: which, how often, after what, and which never."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_spec.attempts.ports import Accepted, NeverSent, Refused, SubmitOutcome, TaskAnswer, TaskState, TaskView
from seedance_spec.attempts.retrying import TRANSIENT, retry_allowed, retry_pause
from seedance_spec.gateway.error_classes import ErrorClass
from seedance_spec.gateway.refusal import Refusal
from seedance_spec.lockfile.facts import Report, Reporter, Status
from seedance_spec.model.shot import Project
from seedance_spec.plan.events import Told
from tests.support.attempts import a_claim
from tests.support.conducting import Gateway, Studio, ends
from tests.support.deciding import a_film, a_shot

MOON = a_shot("film/moon", prompt="A cat on the moon")
TIMEOUT, INTERNAL = ErrorClass.UPSTREAM_TIMEOUT.value, ErrorClass.UPSTREAM_INTERNAL.value


# ── the rule ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error_class", "buys"),
    [
        (ErrorClass.UPSTREAM_TIMEOUT, "again"),
        (ErrorClass.UPSTREAM_INTERNAL, "again"),
        (ErrorClass.MODERATION, "never"),
        (ErrorClass.INPUT_UNREACHABLE, "never"),
        (ErrorClass.INVALID_REQUEST, "never"),
        (ErrorClass.GATEWAY_TIMEOUT, "never"),
        (ErrorClass.OTHER, "never"),
    ],
)
def test_only_failures_for_no_reason_of_the_request_are_retried(error_class: ErrorClass, buys: str) -> None:
    """The table of gateway.md §6: an upstream timeout and an internal error, and no other class."""
    failed = a_claim(status=Status.FAILED, reports={Reporter.GATEWAY: Report(error_class=error_class.value)})

    assert retry_allowed(failed, retries=1, made=0) is (buys == "again")


def test_the_table_above_names_every_class() -> None:
    """A new class of error is no reason to pay until somebody decides so: refusals of a submit are none either."""
    assert {each.value for each in ErrorClass} >= TRANSIENT
    assert len(ErrorClass) == 7
    assert {each.value for each in Refusal} & TRANSIENT == set()


@given(retries=st.integers(0, 5), made=st.integers(0, 10), error_class=st.sampled_from(sorted(TRANSIENT)))
def test_no_more_retries_than_the_project_allows(retries: int, made: int, error_class: str) -> None:
    """Allowed exactly while fewer were made; with 0, never."""
    failed = a_claim(status=Status.FAILED, reports={Reporter.GATEWAY: Report(error_class=error_class)})

    assert retry_allowed(failed, retries=retries, made=made) is (made < retries)


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.FAILED])
def test_only_a_failure_is_retried(status: Status) -> None:
    """What is unknown, landed, running, rendered or gone may have been paid for."""
    fact = a_claim(status=status, reports={Reporter.GATEWAY: Report(error_class=TIMEOUT)})

    assert not retry_allowed(fact, retries=5, made=0)


@pytest.mark.parametrize("reporter", [Reporter.CALLBACK, Reporter.IMPORTED])
def test_only_the_gateway_s_own_verdict_counts(reporter: Reporter) -> None:
    """What a callback or a person said of a failure triggers no payment (D4)."""
    failed = a_claim(status=Status.FAILED, reports={reporter: Report(error_class=TIMEOUT)})

    assert not retry_allowed(failed, retries=5, made=0)


@given(made=st.integers(0, 5), chance=st.floats(0, 1, exclude_max=True))
def test_pauses_grow_and_keep_within_bounds(made: int, chance: float) -> None:
    """15 s, doubling, 5 min at most; chance takes away half of it at most."""
    assert min(15 * 2**made, 300) / 2 <= retry_pause(made, chance=chance) <= min(15 * 2**made, 300)


# ── whole runs ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Failing(Gateway):
    """A gateway whose n-th task fails with the n-th class, by task id."""

    classes: Mapping[str, str]

    async def task(self, task_id: str) -> TaskAnswer:
        seen = await super().task(task_id)
        if isinstance(seen, TaskView) and seen.state is TaskState.FAILED:
            return replace(seen, error_class=self.classes[task_id], fail_reason="no fault of yours")
        return seen


def _gateway(studio: Studio, *classes: str) -> Failing:
    gateway = Failing(studio.clock)
    gateway.classes = {f"task_{place}": each for place, each in enumerate(classes, 1)}
    gateway.failing = frozenset(gateway.classes)
    return gateway


def _studio(root: Path, retries: int) -> Studio:
    (root / "specs").mkdir()
    return Studio(root=root, film=replace(a_film(MOON), project=Project(name="teaser", retries=retries)))


def _statuses(studio: Studio) -> list[str]:
    return sorted(fact.status.value for fact in studio.facts().attempts.values())


@pytest.mark.anyio
async def test_a_retry_is_a_new_attempt_of_the_same_take(tmp_path: Path) -> None:
    """The upstream fails twice, the project allows two retries: three POSTs, three facts, one clip, said each time."""
    studio = _studio(tmp_path, retries=2)
    gateway = _gateway(studio, TIMEOUT, INTERNAL)

    assert ends(await studio.apply(gateway)) == {"film/moon": "rendered"}

    assert len(gateway.bodies) == 3
    assert _statuses(studio) == ["failed", "failed", "succeeded"]
    assert {(fact.take, fact.run) for fact in studio.facts().attempts.values()} == {(1, "72727272")}
    said = [event.message for event in studio.events if isinstance(event, Told)]
    assert [each.split(" in ")[0] for each in said if "retry" in each] == ["retry 1 of 2", "retry 2 of 2"]


@pytest.mark.anyio
@pytest.mark.parametrize(("retries", "posts"), [(0, 1), (1, 2), (3, 4)])
async def test_retries_come_to_an_end(tmp_path: Path, retries: int, posts: int) -> None:
    """An upstream that always fails is paid for as often as was agreed to, and the last failure is the ending."""
    studio = _studio(tmp_path, retries=retries)
    gateway = _gateway(studio, *[INTERNAL] * 10)

    assert ends(await studio.apply(gateway)) == {"film/moon": "failed"}

    assert len(gateway.bodies) == posts


@pytest.mark.anyio
async def test_a_failure_of_an_earlier_run_waits_for_the_users_word(tmp_path: Path) -> None:
    """The next apply buys nothing; --retry-failed buys one attempt, and as many more as the project allows."""
    studio = _studio(tmp_path, retries=1)
    gateway = _gateway(studio, *[TIMEOUT] * 3)

    assert ends(await studio.apply(gateway)) == {"film/moon": "failed"}
    assert ends(await studio.apply(gateway)) == {"film/moon": "failed"}
    assert len(gateway.bodies) == 2
    assert ends(await studio.apply(gateway, retry_failed=True)) == {"film/moon": "rendered"}
    assert len(gateway.bodies) == 4


@pytest.mark.anyio
async def test_moderation_after_a_retry_ends_it(tmp_path: Path) -> None:
    """A retry whose own failure is the request's fault is the last one, whatever is left."""
    studio = _studio(tmp_path, retries=5)
    gateway = _gateway(studio, TIMEOUT, ErrorClass.MODERATION.value)

    assert ends(await studio.apply(gateway)) == {"film/moon": "failed"}

    assert len(gateway.bodies) == 2


@pytest.mark.anyio
async def test_a_retry_waits_and_is_stopped_by_what_stops_every_submit(tmp_path: Path) -> None:
    """Time passes before the second POST; when that one is refused for want of money, nothing more is sent."""
    studio = _studio(tmp_path, retries=5)
    gateway = _gateway(studio, TIMEOUT)
    times: list[float] = []
    gateway.on_submit = lambda _: times.append(studio.clock.now())
    gateway.answer = _no_money_from_the_second

    (ending,) = await studio.apply(gateway)

    assert (ending.end, ending.code) == ("not-submitted", "no-money")
    assert times[1] - times[0] >= 98 + 7.5
    assert _statuses(studio) == ["failed"]


def _no_money_from_the_second(nth: int) -> SubmitOutcome:
    if nth == 1:
        return Accepted(task_id="task_1")
    return Refused(code="no-money", message="insufficient", status=402)


@pytest.mark.anyio
async def test_a_retry_that_was_never_sent_still_passes_over_the_failed_attempt(tmp_path: Path) -> None:
    """A refused connection between two attempts frees the claim; the next one goes through."""
    studio = _studio(tmp_path, retries=1)
    gateway = _gateway(studio, TIMEOUT)
    outcomes: Iterator[SubmitOutcome] = iter(
        [Accepted(task_id="task_1"), NeverSent(reason="no route"), Accepted(task_id="task_2")]
    )
    gateway.answer = lambda _: next(outcomes)

    assert ends(await studio.apply(gateway)) == {"film/moon": "rendered"}

    assert len(gateway.bodies) == 2


@pytest.mark.anyio
async def test_an_attempt_of_an_earlier_run_that_fails_now_is_not_retried(tmp_path: Path) -> None:
    """What is only seen through was agreed to in another run: nobody has agreed to pay for it again in this one."""
    studio = _studio(tmp_path, retries=3)
    gateway = _gateway(studio, TIMEOUT)
    (change,) = studio.plan().changes
    fact = a_claim(shot=MOON.id, content_hash=change.content_hash, realm=studio.workplace.realm)
    studio.journal.record(replace(fact, status=Status.SUBMITTED, task_id="task_1", submitted_at=1_800_000_000))
    gateway.born["task_1"] = studio.clock.now()

    assert ends(await studio.apply(gateway)) == {"film/moon": "failed"}

    assert gateway.bodies == []


@pytest.mark.anyio
async def test_a_take_that_was_given_up_on_is_missing_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Written off by --retake and not bought since: said as missing, not as work that still runs."""
    studio = _studio(tmp_path, retries=3)
    gateway = _gateway(studio)
    (change,) = studio.plan().changes
    fact = a_claim(shot=MOON.id, content_hash=change.content_hash, realm=studio.workplace.realm)
    studio.journal.record(replace(fact, status=Status.GONE, task_id="task_1", submitted_at=1_800_000_000))

    assert ends(await studio.apply(gateway)) == {"film/moon": "missing"}

    assert gateway.bodies == []
